"""Any two versions of an article with every word marked as kept, added or removed; or one alone, to read."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from readingroom.difference import Paragraph, compare, compare_line
from readingroom.facts import entry, plain
from readingroom.pages.article import NO_ARTICLE, VERSIONS, article_row
from readingroom.pages.changed import KINDS
from readingroom.web import admitted, answer, missing, number

VERSION = """
select r.*, c.url, c.warc_file, c.warc_offset, c.digest
from revisions r left join captures c on c.id = r.capture
where r.article = :id and r.ordinal = :ordinal
"""


async def show(datasette: Any, request: Any) -> Any:
    """GET /article/ID/versions?old=&new=&view=side; without numbers the newest beside the one before."""
    here = await admitted(datasette, request)
    article = await article_row(here, request)
    if article is None:
        return await missing(here, request, NO_ARTICLE.format(**request.url_vars))
    every = await here.rows(VERSIONS, {"id": article["id"]})
    last = every[0]["ordinal"] if every else 0
    new = number(request.args.get("new"), last, within=(1, last))
    old = number(request.args.get("old"), _before(new, every), within=(1, last))
    rows = [await here.row(VERSION, {"id": article["id"], "ordinal": ordinal}) for ordinal in (old, new)]
    before, after = rows
    if before is None or after is None:
        return await missing(here, request, f"No such versions of article {article['id']} are recorded.")
    side = request.args.get("view") == "side"
    difference = await asyncio.to_thread(_difference, before, after)
    return await answer(here, request, "versions.html", {
        "article": article, "versions": every, "kinds": KINDS, "old": before, "new": after, "side": side,
        **difference,
    }, {
        "article": entry(article), "versions": plain(every), "old": dict(before), "new": dict(after),
        "difference": _told(difference),
    })  # fmt: skip


def _before(ordinal: int, versions: list[sqlite3.Row]) -> int:
    """The version to set beside `ordinal`: the one before, tombstones skipped; the first beside itself."""
    told = (row["ordinal"] for row in versions if row["change"] != "withdrawn")
    return next((earlier for earlier in told if earlier < ordinal), ordinal)


def _told(difference: dict[str, Any]) -> dict[str, Any]:
    """A difference as JSON tells it."""
    return {
        "title": _runs(difference["title"]),
        "standfirst": _runs(difference["standfirst"]),
        "passages": [
            {"changed": passage.changed, "paragraphs": [_runs(part) for part in passage.paragraphs]}
            for passage in difference["passages"]
        ],
    }


def _runs(paragraph: Paragraph) -> list[dict[str, str]]:
    return [{"mark": run.mark.value, "text": run.text} for run in paragraph]


def _difference(old: sqlite3.Row, new: sqlite3.Row) -> dict[str, Any]:
    """Headline, standfirst and text of two versions, each with its marks; a tombstone has none of its own."""
    if new["change"] == "withdrawn":
        new = old
    return {
        "title": compare_line(old["title"], new["title"]),
        "standfirst": compare_line(old["standfirst"], new["standfirst"]),
        "passages": compare(old["text"], new["text"]),
    }
