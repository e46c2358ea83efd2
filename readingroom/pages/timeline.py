"""Counts over time: of one search, or of up to four searches side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasette.database import QueryInterrupted

from readingroom.pages.search import SITES, choices
from readingroom.periods import By, between, called, fitting
from readingroom.picture import picture, shown
from readingroom.question import Question
from readingroom.web import Room, admitted, answer

COMPARED = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """How many articles a question found in each period, and how many there were without its words."""

    name: str
    asked: Question
    found: Sequence[int]
    of: Sequence[int]

    def values(self, share: bool) -> list[float]:
        """The counts, or with `share` their share in a thousand articles."""
        return self.thousandths if share else [float(number) for number in self.found]

    @property
    def thousandths(self) -> list[float]:
        """Articles found in a thousand articles of the same site, section and so on; 0 where there were
        none."""
        return [1000 * one / every if every else 0.0 for one, every in zip(self.found, self.of, strict=True)]


async def show(datasette: Any, request: Any) -> Any:
    """GET /timeline?...&by=year|month|day&scale=thousand"""
    here = await admitted(datasette, request)
    asked = Question.read(request.args)
    by, share = By.read(request.args.get("by")), request.args.get("scale") == "thousand" and bool(asked.words)
    by, periods, counts = await _counted(here, [] if asked.vain else [("", asked)], by)
    return await answer(here, request, "timeline.html", {
        "here": "/search", "view": "/timeline", "asked": asked, "choices": await choices(here, asked),
        **_shown(by, periods, counts or [], share), "slow": counts is None,
    }, {
        "question": asked.parameters, "ignored": asked.why_ignored, **_facts(by, periods, counts),
    })  # fmt: skip


async def compare(datasette: Any, request: Any) -> Any:
    """GET /compare?q=&site=&q=&site=...&since=&until=&by=&scale=raw: the first q with the first site, and so
    on."""
    here = await admitted(datasette, request)
    sites = [(row["key"], row["name"] or row["key"]) for row in await here.rows(SITES)]
    pairs = _pairs(request)
    span = {name: request.args.get(name) for name in ("since", "until")}
    asked = [Question.read({"q": words, "site": site, **span}) for words, site in pairs]
    named = [(_name(one, dict(sites)), one) for one in asked if one.typed or "site" in one.filters]
    by, share = By.read(request.args.get("by")), request.args.get("scale") != "raw"
    by, periods, counts = await _counted(here, [(name, one) for name, one in named if not one.vain], by)
    share = share and any(one.words for one in asked)
    return await answer(here, request, "compare.html", {
        "here": "/compare", "rows": [*pairs, *[("", "")] * COMPARED][:COMPARED], "sites": sites,
        "asked": asked[0], **_shown(by, periods, counts or [], share),
        "slow": counts is None,
    }, {
        "questions": [one.parameters for _, one in named], "ignored": asked[0].why_ignored,
        **_facts(by, periods, counts),
    })  # fmt: skip


def _pairs(request: Any) -> list[tuple[str, str]]:
    """(words, site) of each row of the form, at least one."""
    words, sites = request.args.getlist("q")[:COMPARED], request.args.getlist("site")[:COMPARED]
    rows = max(len(words), len(sites), 1)
    return list(zip(words + [""] * (rows - len(words)), sites + [""] * (rows - len(sites)), strict=True))


def _name(asked: Question, sites: dict[str, str]) -> str:
    site = asked.filters.get("site", "")
    return " in ".join(filter(None, (asked.typed, sites.get(site, site))))


async def _counted(
    here: Room, named: Sequence[tuple[str, Question]], by: By | None
) -> tuple[By, list[str], list[Counts] | None]:
    """The length of a period, the periods, and the counts of each question; None where that takes too
    long."""
    spans = [(await here.ask(asked.span()))[0] for _, asked in named]
    known = [(span["first"], span["last"]) for span in spans if span["first"]]
    if not known:
        return by or By.MONTH, [], []
    first, last = min(first for first, _ in known), max(last for _, last in known)
    length = fitting(by, first, last)
    periods = between(length, first, last)
    try:
        counts = await asyncio.gather(*(_counts(here, name, asked, length, periods) for name, asked in named))
    except QueryInterrupted:
        return length, periods, None
    return length, periods, list(counts)


async def _counts(here: Room, name: str, asked: Question, by: By, periods: Sequence[str]) -> Counts:
    every = here.ask(asked.of_all().in_periods(periods))
    if not asked.words:
        of = [row["found"] for row in await every]
        return Counts(name, asked, of, of)
    rows, some = await asyncio.gather(every, here.ask(asked.by_period(by)))  # at once, on two cores
    of, found = [row["found"] for row in rows], {row["period"]: row["found"] for row in some}
    return Counts(name, asked, [found.get(period, 0) for period in periods], of)


def _shown(by: By, periods: Sequence[str], counts: Sequence[Counts], share: bool) -> dict[str, object]:
    """What the templates of both pages show."""
    unit = "of a thousand articles" if share else "articles"
    series = [(count.name, count.values(share)) for count in counts]
    return {
        "by": by.name.lower(),
        "periods": periods,
        "counts": counts,
        "share": share,
        "unit": unit,
        "called": called,
        "shown": shown,
        "picture": picture(periods, series, unit) if periods else None,
    }


def _facts(by: By, periods: Sequence[str], counts: Sequence[Counts] | None) -> dict[str, object]:
    return {
        "by": by.name.lower(), "complete": counts is not None, "periods": list(periods),
        "series": [
            {"question": one.asked.parameters, "found": list(one.found), "articles": list(one.of),
             "per_thousand": [round(value, 3) for value in one.thousandths]} for one in counts or []
        ],
    }  # fmt: skip
