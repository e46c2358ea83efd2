"""Search: the words a reader types, the articles that have them, the passages where they stand.

Without words it lists all articles, or all of one site, newest first. No query, however odd, is an error.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from datasette.database import QueryInterrupted

from readingroom.markup import CLOSE, OPEN, marked
from readingroom.web import Room, admitted, number, page
from readingroom.words import expression

PAGE = 20
LAST_PAGE = 50
SITES = "select key, name from sites order by name limit 500"
# `cross join` makes SQLite look up the words first; else it asks the index anew for each article of a site.
# Titles weigh most, then standfirst and byline: the weights of bm25() in the order of the index's columns.
RANKED = """
select f.rowid as id from articles_fts f {join}
where f.articles_fts match :words and f.rank match 'bm25(8.0, 4.0, 2.0, 1.0)' {site}
order by f.rank limit :most offset :skip
"""
NEWEST = """
select a.id from articles_fts f cross join articles a on a.id = f.rowid
where f.articles_fts match :words {site} order by a.published desc limit :most offset :skip
"""
LISTED = "select a.id from articles a {where} order by a.published desc limit :most offset :skip"
COUNT = "select count(*) as found from articles_fts f {join} where f.articles_fts match :words {site}"
KEPT_COUNT = "select sum(articles) as found from sites where :site = '' or key = :site"
# Passages are cut for the rows of one page only: for every match they would cost seconds.
PASSAGES = f"""
select a.*, s.name as site_name,
       highlight(articles_fts, 0, '{OPEN}', '{CLOSE}') as found_title,
       snippet(articles_fts, 3, '{OPEN}', '{CLOSE}', ' … ', 40) as passage
from articles_fts f join articles a on a.id = f.rowid left join sites s on s.key = a.site
where f.articles_fts match :words and f.rowid = :id
"""
ONE = """
select a.*, s.name as site_name, null as found_title, null as passage
from articles a left join sites s on s.key = a.site
where a.id = :id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    typed: str
    words: str
    """The FTS5 expression; empty lists everything."""
    site: str
    order: str
    leaf: int

    @classmethod
    def read(cls, request: Any) -> Asked:
        """The question of a request; whatever is missing or odd falls back to its default."""
        typed = (request.args.get("q") or "").strip()
        order = "newest" if request.args.get("order") == "newest" else "best"
        leaf = number(request.args.get("page"), 1, within=(1, LAST_PAGE))
        return cls(typed, expression(typed), request.args.get("site") or "", order, leaf)

    def sql(self, template: str) -> str:
        """`template` narrowed to the site, if one is asked for."""
        if not self.site:
            return template.format(join="", site="", where="")
        site = "a.site = :site"
        return template.format(
            join="cross join articles a on a.id = f.rowid", site=f"and {site}", where=f"where {site}"
        )

    def values(self) -> dict[str, object]:
        """What the SQL's names stand for; one row more than a page tells whether there is another."""
        return {"words": self.words, "site": self.site, "most": PAGE + 1, "skip": PAGE * (self.leaf - 1)}


async def show(datasette: Any, request: Any) -> Any:
    """GET /search?q=&site=&order=&page="""
    here = await admitted(datasette, request)
    asked = Asked.read(request)
    listed = not asked.words and not asked.typed
    found: list[sqlite3.Row] = []
    slow = False
    if asked.words or listed:
        try:
            found = await _articles(here, asked)
        except QueryInterrupted:
            slow = True
    return await page(here, request, "search.html", {
        "here": "/search", "asked": asked, "listed": listed, "slow": slow, "sites": await here.rows(SITES),
        "count": await _count(here, asked), "found": found[:PAGE], "marked": marked,
        "more": len(found) > PAGE and asked.leaf < LAST_PAGE,
    })  # fmt: skip


async def _articles(here: Room, asked: Asked) -> list[sqlite3.Row]:
    """The articles of one page, and the first of the next as a sign that there is one."""
    template = LISTED if not asked.words else NEWEST if asked.order == "newest" else RANKED
    ids = [row["id"] for row in await here.rows(asked.sql(template), asked.values())]
    detail = PASSAGES if asked.words else ONE
    rows = [await here.row(detail, {"words": asked.words, "id": number}) for number in ids]
    return [row for row in rows if row is not None]


async def _count(here: Room, asked: Asked) -> int | None:
    """How many articles there are in all; None where counting would take too long."""
    try:
        row = await here.row(asked.sql(COUNT) if asked.words else KEPT_COUNT, asked.values())
    except QueryInterrupted:
        return None
    return row["found"] or 0 if row else 0
