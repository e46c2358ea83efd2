"""One article to read; beneath it its versions, its source, its addresses, what the cleaner left out."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from readingroom.markup import body
from readingroom.pages.changed import KINDS
from readingroom.web import Room, admitted, missing, page

ARTICLE = """
select a.*, s.name as site_name, s.licence, t.html
from articles a left join article_text t on t.id = a.id left join sites s on s.key = a.site
where a.id = :id
"""
VERSIONS = """
select ordinal, seen, change, title, words_added, words_removed, capture from revisions
where article = :id order by ordinal desc limit 200
"""
ADDRESSES = """
select url, outcome, reason, status, leads_to from urls
where article = :id or leads_to in (select url from urls where article = :id)
order by first_seen, url limit 100
"""
CAPTURES = "select * from captures where article = :id order by id desc limit 50"
AUTHORS = """
select name from article_authors join authors on authors.id = article_authors.author
where article = :id order by position
"""
TAGS = """
select name from article_tags join tags on tags.id = article_tags.tag
where article = :id order by name limit 100
"""
IMAGES = "select url, caption, credit from images where article = :id order by id limit 20"
NO_ARTICLE = "There is no article {id} in this archive."
REMOVED = "select reason, text from removed_blocks where article = :id order by position limit 200"


async def show(datasette: Any, request: Any) -> Any:
    """GET /article/ID"""
    here = await admitted(datasette, request)
    found = await article_row(here, request)
    if found is None:
        return await missing(here, request, NO_ARTICLE.format(**request.url_vars))
    versions, captures = [await here.rows(sql, {"id": found["id"]}) for sql in (VERSIONS, CAPTURES)]
    rest = {
        name: await here.rows(sql, {"id": found["id"]})
        for name, sql in (("addresses", ADDRESSES), ("authors", AUTHORS), ("tags", TAGS), ("images", IMAGES),
                          ("removed", REMOVED))
    }  # fmt: skip
    source = _source(versions, captures)
    return await page(here, request, "article.html", {
        **rest, "article": found, "body": body(found["html"]), "versions": versions, "captures": captures,
        "source": source, "chain": _chain(source), "wayback": _wayback(found["url"], source), "kinds": KINDS,
    })  # fmt: skip


async def article_row(here: Room, request: Any) -> sqlite3.Row | None:
    """The article that the address names, with its text and its site's name, or None."""
    return await here.row(ARTICLE, {"id": int(request.url_vars["id"])})


def _source(versions: list[sqlite3.Row], captures: list[sqlite3.Row]) -> sqlite3.Row | None:
    """The capture that the text shown was read from: that of the newest version which is not a tombstone."""
    wanted = next((version["capture"] for version in versions if version["change"] != "withdrawn"), None)
    return next((capture for capture in captures if capture["id"] == wanted), None)


def _chain(capture: sqlite3.Row | None) -> list[str]:
    """The addresses that redirected to the capture; none where the column holds no such list."""
    try:
        chain = json.loads((capture and capture["chain"]) or "[]")
    except ValueError:
        return []
    return [str(url) for url in chain] if isinstance(chain, list) else []


def _wayback(url: str, capture: sqlite3.Row | None) -> str:
    """The Wayback Machine's copy nearest to the capture."""
    stamp = "".join(char for char in (capture["fetched"] if capture else "") if char.isdigit()) or "2"
    return f"https://web.archive.org/web/{stamp}/{url}"
