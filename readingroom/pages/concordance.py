"""Keyword in context: every place where the words of a search stand, one under the other."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any

from datasette import Response

from pipelines.formats import harmless
from readingroom.concordance import Line, Side, lines
from readingroom.markup import CLOSE, OPEN
from readingroom.pages.search import Leaf, choices, found, next_address
from readingroom.question import Question
from readingroom.web import admitted, answer, unreadable

ARTICLES = 200
"""Articles whose lines one page shows, and within which it sorts."""
MOST = 1000
"""Lines that one page shows."""
SIDES = {Side.TEXT: "as they come", Side.LEFT: "by the word before", Side.RIGHT: "by the word after"}
CONTEXT = f"""
select a.id, a.title, a.site, s.name as site_name, a.published, a.utc_offset, a.language,
       highlight(articles_fts, 3, '{OPEN}', '{CLOSE}') as marked
from articles_fts f cross join articles a on a.id = f.rowid left join sites s on s.key = a.site
where f.articles_fts match :words and f.rowid in (select value from json_each(:ids))
"""


async def show(datasette: Any, request: Any) -> Any:
    """GET /concordance?...&sort=text|left|right&page=&after=; .json and .csv tell the same lines."""
    here = await admitted(datasette, request)
    asked = Question.read(request.args)
    if request.path.endswith(".csv") and (answered := unreadable(asked)):
        return answered
    side = Side(request.args["sort"]) if request.args.get("sort") in set(Side) else Side.TEXT
    count, leaf, slow = None, Leaf((), 1, {}), False
    if asked.words:
        count, leaf, slow = await found(here, asked, request, ARTICLES, CONTEXT)
    told = _sorted(leaf, side)
    if request.path.endswith(".csv"):
        disposition = {"Content-Disposition": 'attachment; filename="concordance.csv"'}
        return Response(_table(told[:MOST]), headers=disposition, content_type="text/csv; charset=utf-8")
    again = {**asked.parameters, "sort": side.value}
    table = here.path("/concordance.csv", **again, page=leaf.number, after=request.args.get("after"))
    shown = {
        "here": "/search", "view": "/concordance", "asked": asked, "choices": await choices(here, asked),
        "count": count, "leaf": leaf, "slow": slow, "lines": told[:MOST], "is_cut": len(told) > MOST,
        "sources": {row["id"]: row for row in leaf.rows}, "side": side, "sides": SIDES, "again": again,
        "brief": all(len(line.found) <= 12 for line in told), "table": table,
    }  # fmt: skip
    return await answer(here, request, "concordance.html", shown, {
        "question": asked.parameters, "ignored": asked.why_ignored, "sort": side.value,
        "count": count, "complete": not slow,
        "of_articles": len(leaf.rows), "is_cut": len(told) > MOST,
        "lines": [asdict(line) for line in told[:MOST]],
        "next": next_address(here, request, "/concordance.json", leaf, again),
    })  # fmt: skip


def _sorted(leaf: Leaf, side: Side) -> list[Line]:
    """The lines of these articles."""
    found = [line for row in leaf.rows for line in lines(row["id"], row["marked"] or "")]
    return found if side is Side.TEXT else sorted(found, key=lambda line: line.key(side))


def _table(found: list[Line]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("article", "left", "found", "right"))
    writer.writerows([harmless(value) for value in asdict(line).values()] for line in found)
    return out.getvalue()
