"""When a page or a door is worth another look. Pure: what is known of it and when -> a time, in Unix seconds.

Articles change most on their first day and hardly after a month; how much so is learned for each site and
section from what earlier looks found. Feeds and sitemaps tell by their own dates how often they have
something new. Whatever a site states about changes (a lastmod, an address that vanished from a sitemap) comes
before this plan and does not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import pairwise
from math import inf
from statistics import median
from urllib.parse import urlsplit

from pipelines.model import Change, Kind, Outcome, Taken
from scraper.discovery.candidate import Role
from scraper.frontier import Look, RobotsCopy, Task

HOUR = 3600.0
DAY = 24 * HOUR
_PLAN = (
    (DAY, 3 * HOUR),
    (7 * DAY, DAY),
    (30 * DAY, 7 * DAY),
    (365 * DAY, 30 * DAY),
    (inf, 365 * DAY),
)
"""(younger than, look again after), for a site of which nothing is known."""
_LIVE = HOUR / 2
_RARELY = 365 * DAY
_NOT_ARTICLE = 30 * DAY
_NOT_YET_THERE = 3 * DAY
"""For which an address that led to nothing is tried again: feeds announce what is not yet there."""
_USUAL = 10.0
"""So many looks by the plan find one change, on a site of which nothing is known."""
_DOUBT = 5.0
"""Changes that must be seen before what a site shows weighs as much as what is usual."""
_SPREAD = 4.0
"""The plan is stretched or shortened by this factor at most."""
_CHANGED = frozenset({Change.CORRECTION, Change.REWRITE, Change.HEADLINE, Change.UPDATE, Change.RETURNED})

SHORTEST_POLL = 10 * 60.0
_LONGEST_POLL: Mapping[Role, float] = {Role.FEED: DAY, Role.SITEMAP: 7 * DAY, Role.LISTING: DAY}
_FIRST_POLL: Mapping[Role, float] = {Role.FEED: HOUR, Role.SITEMAP: 6 * HOUR, Role.LISTING: HOUR}
_NEWEST = 20
"""Dates of a feed or sitemap that tell its rate."""

FULL_AFTER = 7 * DAY
MOST_UNMODIFIED = 10
"""After so many 304 in a row, or so long, a page is asked for as a whole: some servers say 304 for ever."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How one site really changes: what revisits of its articles found, by section and age."""

    seen: Mapping[tuple[str, int], tuple[int, float]] = field(default_factory=dict)
    """(section, number of the row in the plan) -> (changes, seconds over which they were watched); the
    section "" is the whole site."""

    def factor(self, section: str, row: int) -> float:
        """By how much the plan's wait is to be stretched; below 1 where things change more than is usual."""
        between = _USUAL * _PLAN[row][1]
        whole = self._against("", row, between)
        own = self._against(section, row, between * whole) if section else 1.0
        return min(max(whole * own, 1 / _SPREAD), _SPREAD)

    def _against(self, section: str, row: int, between: float) -> float:
        """Time between changes as seen, over that which was expected; a gamma prior of _DOUBT changes."""
        changes, seconds = self.seen.get((section, row), (0, 0.0))
        return (seconds / between + _DOUBT) / (changes + _DOUBT)


UNKNOWN = Rates()


def next_visit(taken: Taken, task: Task, now: float, rates: Rates = UNKNOWN) -> float:
    """When the page of `task`, just taken in, is due again for its age alone."""
    if taken.outcome is Outcome.GONE:
        age = now - task.found_at
        was_nothing = taken.article is None and age < _NOT_YET_THERE
        return now + (max(DAY, 3 * age) if was_nothing else _RARELY)
    standing = taken.outcome in (Outcome.ARTICLE, Outcome.WITHHELD)
    if not standing and (taken.outcome is not Outcome.UNCHANGED or taken.article is None):
        return now + _NOT_ARTICLE
    age = now - freshest(taken, task, now)
    row = _row(age)
    wait = _PLAN[row][1] * rates.factor(section_of(task.url), row)
    if taken.kind is Kind.LIVE_BLOG and age < DAY:
        return now + min(wait, _LIVE)
    return now + (wait / 2 if taken.change in _CHANGED else wait)


def freshest(taken: Taken, task: Task, now: float) -> float:
    """The last time that the page was new: its publication, or its last change where that is believed.

    A page that says it was modified just now, and has the same words, is not believed. Without a date of its
    own it is as old as it was at the last visit, or as its address is to us.
    """
    published = _seconds(taken.published)
    born = task.born if published is None else published
    if born is None:
        born = task.found_at
    modified = _seconds(taken.modified)
    if modified is not None and modified <= now and taken.outcome is Outcome.ARTICLE:
        return max(born, modified)
    return born


def look(taken: Taken, task: Task, now: float) -> Look | None:
    """What a revisit of an article teaches of its site; None where this was none."""
    if task.last_fetched is None or taken.article is None or task.role is not Role.PAGE:
        return None
    if taken.outcome not in (Outcome.ARTICLE, Outcome.UNCHANGED):
        return None
    row = _row(now - freshest(taken, task, now))
    return Look(section_of(task.url), row, now - task.last_fetched, taken.change in _CHANGED)


def next_poll(
    role: Role, dates: Iterable[datetime | date | None], asks: int | None, task: Task, status: int, now: float
) -> float:
    """When a door is due again.

    `dates`: of what it lists. `asks`: seconds for which it says it need not be asked (ttl, sy:updatePeriod).
    A feed is asked about twice in the time in which it usually gets an entry; one that has been silent for
    long, or says 304, more and more rarely.
    """
    usual = _FIRST_POLL.get(role, HOUR) * (1 if task.depth == 0 or role is not Role.LISTING else 6)
    planned = task.planned - task.last_fetched if task.planned and task.last_fetched else usual
    gap = _gap(dates, now)
    own = usual if gap is None else gap / 2
    wait = min(planned * 1.5 if status == 304 else own, _LONGEST_POLL.get(role, DAY))
    return now + max(wait, SHORTEST_POLL, min(asks or 0.0, DAY))


def _gap(dates: Iterable[datetime | date | None], now: float) -> float | None:
    """Seconds between two entries, of the newest ones and until now; None when too few are dated."""
    moments = sorted((moment for found in dates if (moment := _seconds(found)) is not None), reverse=True)
    newest = [now, *(moment for moment in moments if moment <= now)][: _NEWEST + 1]
    if len(newest) < 4:
        return None
    return max(median(later - earlier for later, earlier in pairwise(newest)), (now - newest[1]) / 4)


def trusts_validators(known: Task | RobotsCopy, now: float) -> bool:
    """Whether to ask "only if it changed": not for ever, since some servers then never say that it did."""
    if isinstance(known, RobotsCopy):
        return now - known.fetched < FULL_AFTER
    return known.unmodified < MOST_UNMODIFIED and now - (known.last_full or 0.0) < FULL_AFTER


def section_of(url: str) -> str:
    """The section that an address lies in, by its first directory; "" where it has none."""
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    return segments[0].lower()[:40] if len(segments) > 1 else ""


def _row(age: float) -> int:
    """The row of the plan for an article that was new `age` seconds ago."""
    return next(number for number, (limit, _) in enumerate(_PLAN) if age < limit)


def _seconds(moment: datetime | date | None) -> float | None:
    """Unix seconds; a day counts from its first moment, a time without an offset as UTC."""
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), UTC)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
