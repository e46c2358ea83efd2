"""The sites of the archive: what is kept of each, since when, how fully; and for one site a calendar of
captures."""

from __future__ import annotations

import calendar
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby
from typing import Any

from readingroom.dates import MONTHS
from readingroom.facts import plain
from readingroom.pages.front import DIRECTORY
from readingroom.periods import By, between, called, fitting
from readingroom.picture import picture, shown
from readingroom.question import Question
from readingroom.web import Room, admitted, answer, missing, number

LEDGER = "select site, outcome, count(*) as addresses from urls group by site, outcome"
COVERAGE = """
with recursive span as (
  select key as site,
    (select substr(published, 1, 7) from articles where site = sites.key and published > '0001'
     order by published limit 1) as first,
    (select substr(published, 1, 7) from articles where site = sites.key
     order by published desc limit 1) as last
  from sites order by articles desc, name limit :most
), months(site, month, last) as (
  select site, first, last from span where first is not null
  union all
  select site, strftime('%Y-%m', month || '-01', '+1 month'), last from months where month < last
)
select site, count(*) as months, sum(not exists (
  select 1 from articles a where a.site = months.site and a.published >= month and a.published < month || '~'
)) as gaps
from months group by site
"""
"""Months from each site's first article to its last, and those of them without: short looks into an index."""
LISTED = """
select site, listed, covered from health
where day = (select max(day) from health h where h.site = health.site) and listed > 0
"""
"""Addresses in each site's feeds and sitemaps after its last crawl, and those of them that were fetched."""
SITE_LEDGER = """
select outcome, reason, count(*) as addresses from urls where site = :site
group by outcome, reason order by addresses desc, outcome, reason limit 60
"""
CAPTURED = """
select (select fetched from captures where site = :site and fetched > '0001' order by fetched limit 1) as
first,
       (select fetched from captures where site = :site and fetched < ':' order by fetched desc limit 1) as
       last
"""
CAPTURES = """
select substr(fetched, 1, 10) as day, count(*) as captures from captures
where site = :site and fetched >= :year and fetched < :year || '~' group by 1 order by 1
"""
MOST_SITES = 500
LEVELS = (1, 10, 100, 1000)
"""Captures of a day from which its square is darker."""


@dataclass(frozen=True, slots=True)
class Day:
    """A square of the calendar."""

    date: str
    number: int
    captures: int

    @property
    def level(self) -> int:
        """0 for none, and up to the number of LEVELS."""
        return sum(self.captures >= level for level in LEVELS)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the archive has of a site, over time."""

    first: str | None
    """Date of its first article, as stored."""
    last: str | None
    by: str
    """The length of a period: month, or year where the months are too many."""
    articles: Mapping[str, int]
    """Articles of each period from the first to the last."""

    @property
    def gaps(self) -> list[list[str]]:
        """The periods without an article, those that follow each other together."""
        runs = groupby(self.articles.items(), lambda one: not one[1])
        return [[period for period, _ in run] for is_empty, run in runs if is_empty]


async def directory(datasette: Any, request: Any) -> Any:
    """GET /sites"""
    here = await admitted(datasette, request)
    rows = await here.rows(DIRECTORY, {"most": MOST_SITES})
    ledger: dict[str, dict[str, int]] = {}
    for row in await here.rows_in_time(LEDGER) or ():
        ledger.setdefault(row["site"], {})[row["outcome"]] = row["addresses"]
    coverage = {row["site"]: row for row in await here.rows_in_time(COVERAGE, {"most": MOST_SITES}) or ()}
    listed = {row["site"]: row for row in await here.rows_in_time(LISTED) or ()}
    told = [
        {**dict(site), "ledger": ledger.get(site["key"], {}),
         **_told(coverage.get(site["key"]), "months", "gaps"),
         **_told(listed.get(site["key"]), "listed", "covered")}
        for site in rows
    ]  # fmt: skip
    return await answer(here, request, "sites.html", {"here": "/sites", "sites": told}, {"sites": told})


def _told(row: sqlite3.Row | None, *names: str) -> dict[str, int | None]:
    """Those numbers of a row; None for each where there is no row."""
    return {name: row[name] if row else None for name in names}


async def show(datasette: Any, request: Any) -> Any:
    """GET /sites/KEY?year="""
    here = await admitted(datasette, request)
    key = request.url_vars["key"]
    site = await here.row("select * from sites where key = :key", {"key": key})
    if site is None:
        return await missing(here, request, f"There is no site {key} in this archive.")
    coverage = await _coverage(here, key)
    years, year, days = await _captures(here, key, request.args.get("year"))
    ledger = await here.rows_in_time(SITE_LEDGER, {"site": key})
    periods, found = list(coverage.articles), list(coverage.articles.values())
    return await answer(here, request, "site.html", {
        "here": "/sites", "site": site, "coverage": coverage,
        "gaps": [" to ".join(map(called, dict.fromkeys((gap[0], gap[-1])))) for gap in coverage.gaps],
        "picture": picture(periods, [("", found)], "articles") if periods else None, "periods": periods,
        "found": found, "called": called, "shown": shown, "ledger": ledger, "years": years, "year": year,
        "calendar": months(year, days) if year else (), "captures": sum(days.values()),
        "weekdays": calendar.day_abbr,
    }, {
        "site": dict(site), "first_article": coverage.first, "last_article": coverage.last,
        "by": coverage.by, "articles": coverage.articles, "gaps": list(chain.from_iterable(coverage.gaps)),
        "year": year, "years": years, "captures": dict(days),
        "ledger": None if ledger is None else plain(ledger),
    })  # fmt: skip


async def _coverage(here: Room, site: str) -> Coverage:
    asked = Question.read({"site": site})
    first, last = (await here.ask(asked.span()))[0]
    by = fitting(By.MONTH, first or "", last or "")
    periods = between(by, first, last) if first else []
    articles = {row["period"]: row["found"] for row in await here.ask(asked.in_periods(periods))}
    return Coverage(first, last, by.name.lower(), articles)


async def _captures(
    here: Room, site: str, asked: str | None
) -> tuple[list[int], int | None, Mapping[str, int]]:
    """Years with captures, the year shown, and the captures of its days."""
    captured = await here.row(CAPTURED, {"site": site})
    first, last = (
        number(((captured and captured[name]) or "")[:4], 0, within=(1, 9999)) for name in ("first", "last")
    )
    if not first or last < first:
        return [], None, {}
    year = number(asked, last, within=(first, last))
    rows = await here.rows(CAPTURES, {"site": site, "year": f"{year:04}"})
    return list(range(first, last + 1)), year, {row["day"]: row["captures"] for row in rows}


def months(year: int, captures: Mapping[str, int]) -> list[tuple[str, list[list[Day | None]]]]:
    """Name and weeks of each month of a year; a week begins on Monday, None is a day of another month."""
    weeks = calendar.Calendar().monthdayscalendar
    return [
        (
            name,
            [
                [_square(year, month, day, captures) if day else None for day in week]
                for week in weeks(year, month)
            ],
        )
        for month, name in enumerate(MONTHS, start=1)
    ]


def _square(year: int, month: int, day: int, captures: Mapping[str, int]) -> Day:
    stamp = date(year, month, day).isoformat()
    return Day(stamp, day, captures.get(stamp, 0))
