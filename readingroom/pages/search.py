"""Search: the words a reader types, the articles that have them, the passages where they stand.

Without words it lists all articles that pass the filters, newest first. No query, however odd, is an error.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasette.database import QueryInterrupted

from readingroom.facts import entry
from readingroom.markup import CLOSE, OPEN, marked, unmarked
from readingroom.question import Order, Place, Question, Statement
from readingroom.web import Room, admitted, answer, number

PAGE = 20
LAST_PAGE = 50
"""Of articles by relevance, which are ranked anew for each page; in order of date there is no last page."""
SORTED_AT_MOST = 20_000
"""Articles with the words that are sorted by date; of more, the first by date are looked for one by one."""
STEPS = 4_000
"""Articles looked at one by one, before all that have the words are sorted after all."""
SITES = "select key, name from sites order by name limit 500"
DISTINCT = """
with recursive known(value) as (
  select min({0}) from articles
  union all select (select min({0}) from articles where {0} > value) from known where value is not null
)
select value from known where value > '' limit 300
"""
"""The values of an indexed column, one short look into the index for each."""
FORMS = {
    "csv": "CSV", "json": "JSON", "jsonl": "JSON Lines", "parquet": "Parquet", "bib": "BibTeX", "ris": "RIS",
    "csl.json": "CSL-JSON",
}  # fmt: skip
"""Ending and name of each format that a result can be taken away in."""
# Passages are cut for the rows of one page only: for every match they would cost seconds.
PASSAGES = f"""
select a.*, s.name as site_name,
       highlight(articles_fts, 0, '{OPEN}', '{CLOSE}') as found_title,
       snippet(articles_fts, 3, '{OPEN}', '{CLOSE}', ' … ', 40) as passage
from articles_fts f cross join articles a on a.id = f.rowid left join sites s on s.key = a.site
where f.articles_fts match :words and f.rowid in (select value from json_each(:ids))
"""
LISTED = """
select a.*, s.name as site_name, null as found_title, null as passage
from articles a left join sites s on s.key = a.site
where a.id in (select value from json_each(:ids))
"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of results."""

    rows: Sequence[sqlite3.Row]
    number: int
    onward: dict[str, str]
    """Parameters that the address of the next page adds; empty on the last."""


async def show(datasette: Any, request: Any) -> Any:
    """GET /search?q=&site=&section=&author=&language=&kind=&access=&since=&until=&order=&page=&after="""
    here = await admitted(datasette, request)
    asked = Question.read(request.args)
    count, leaf, slow = await found(here, asked, request, PAGE)
    return await answer(here, request, "search.html", {
        "here": "/search", "view": "/search", "asked": asked, "choices": await choices(here, asked),
        "slow": slow, "count": count, "leaf": leaf, "marked": marked, "forms": FORMS.items(),
        "sql": "" if asked.vain else asked.shown(),
    }, {
        "question": asked.parameters, "ignored": asked.why_ignored, "count": count, "complete": not slow,
        "articles": [
            entry(row, passage=unmarked(row["passage"]) if row["passage"] else None) for row in leaf.rows
        ],
        "next": next_address(here, request, "/search.json", leaf, asked.parameters),
    })  # fmt: skip


def next_address(
    here: Room, request: Any, path: str, leaf: Leaf, parameters: Mapping[str, str]
) -> str | None:
    """The full address of the page after this one, for programs; None on the last."""
    if not leaf.onward:
        return None
    return str(here.datasette.absolute_url(request, here.path(path, **parameters, **leaf.onward)))


async def choices(here: Room, asked: Question) -> dict[str, list[tuple[str, str]]]:
    """What the filters can be set to: for each, values and what readers call them; what is set is among
    them."""
    found = {"site": [(row["key"], row["name"] or row["key"]) for row in await here.rows(SITES)]}
    for name in ("section", "language", "kind", "access"):
        found[name] = [(row["value"], row["value"]) for row in await here.rows(DISTINCT.format(name))]
    for name, listed in found.items():
        value = asked.filters.get(name)
        if value and value not in dict(listed):
            listed.append((value, value))
    return found


async def counted(here: Room, asked: Question) -> int | None:
    """How many articles there are in all; None where counting would take too long."""
    statement = asked.count()
    rows = await here.rows_in_time(statement.sql, statement.values)
    return rows[0]["found"] or 0 if rows else None


async def found(
    here: Room, asked: Question, request: Any, size: int, detail: str | None = None
) -> tuple[int | None, Leaf, bool]:
    """How many articles there are, as `counted` says; one page of them; whether that would take too long.

    By relevance both are looked for at once, on two cores; by date, the count says how to look.
    """

    async def leaf(count: int | None) -> Leaf | None:
        try:
            return await leaf_of(here, asked, request, count, size, detail)
        except QueryInterrupted:
            return None

    if asked.vain:
        return None, Leaf((), 1, {}), False
    if asked.order is Order.BEST:
        count, page = await asyncio.gather(counted(here, asked), leaf(None))
    else:
        count = await counted(here, asked)
        page = await leaf(count)
    return count, page or Leaf((), 1, {}), page is None


async def articles(
    here: Room, asked: Question, ids: Sequence[int], detail: str | None = None
) -> list[sqlite3.Row]:
    """The articles with these ids in their order, as `detail` tells them, or else with the passages found."""
    values = {"words": asked.words, "ids": json.dumps(ids)}
    rows = {
        row["id"]: row for row in await here.rows(detail or (PASSAGES if asked.words else LISTED), values)
    }
    return [rows[number] for number in ids if number in rows]


async def by_date(
    here: Room, asked: Question, most: int, after: Place | None, count: int | None
) -> list[sqlite3.Row]:
    """Ids and dates of the first `most` articles after a place, those without a date last.

    count: how many there are in all, by which the quicker way is chosen.
    """
    found: list[sqlite3.Row] = []
    if after is None or after.published:
        if asked.words and (count is None or count > SORTED_AT_MOST):
            found = await here.ask(asked.walked(most, after, STEPS))
        if len(found) < most:
            found = await here.ask(asked.dated(most, after))
    if len(found) < most and not {"since", "until"} & set(asked.filters):
        found = [*found, *await here.ask(asked.undated(most - len(found), after))]
    return found


async def leaf_of(
    here: Room, asked: Question, request: Any, count: int | None, size: int, detail: str | None = None
) -> Leaf:
    """The articles of one page of `size`, as `detail` or else `articles` tells them.

    One more than fits tells whether there is another page. Raises QueryInterrupted.
    """
    page = number(request.args.get("page"), 1, within=(1, LAST_PAGE if asked.order is Order.BEST else 10**9))
    if asked.order is Order.BEST:
        found = await here.ask(asked.ranked(size + 1, size * (page - 1)))
        onward = {"page": str(page + 1)} if len(found) > size and page < LAST_PAGE else {}
    else:
        after = Place.read(request.args.get("after"))
        found = await by_date(here, asked, size + 1, after, count)
        last = found[size - 1] if len(found) > size else None
        page = page if after else 1
        place = str(Place(last["published"] or "", last["id"])) if last else ""
        onward = {"page": str(page + 1), "after": place} if last else {}
    ids = [row["id"] for row in found[:size]]
    return Leaf(await articles(here, asked, ids, detail), page, onward)


def every_id(asked: Question) -> list[Statement]:
    """Statements whose rows, one after the other, are the ids of all articles asked for in their order."""
    if asked.order is Order.BEST:
        return [asked.ranked()]
    return [asked.dated(), *([] if {"since", "until"} & set(asked.filters) else [asked.undated()])]
