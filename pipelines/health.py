"""Is a site's crawl well, against its own history? Pure: the ledger of its days -> a word, and why.

A site may fall silent without any error: a redesign, a wall, a feed that nobody fills any more. What is usual
is what the site itself did on its last days; no site is measured by another. Never reads the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

HISTORY = 28
"""Days that tell what is usual."""
_ENOUGH = 5
"""Pages or articles below which nothing is said about shares."""
_SURE = 5.0
"""Articles that must have been expected before their absence means something: by chance, one time in 150."""
_MUCH = 0.2
"""A share of walls or errors that is trouble, if it is not usual."""
_TIMES = 3.0
_HALF = 0.5
WALLS = frozenset({"captcha", "consent wall", "login", "script-only shell"})
"""Reasons in the ledger by which a site keeps its pages to itself under status 200."""


@dataclass(frozen=True, slots=True)
class Day:
    """What one site's crawls of one day did; a row of the table `health`."""

    day: date
    seen: int = 0
    """Addresses seen for the first time."""
    fetched: int = 0
    new: int = 0
    changed: int = 0
    refused: int = 0
    failed: int = 0
    walls: int = 0
    words: float | None = None
    """Mean words of the new articles; None without one."""
    dated: int = 0
    """New articles with a date of publication."""
    signed: int = 0
    """New articles with an author."""
    reasons: Mapping[str, int] | None = None
    """"outcome: reason" -> addresses, of what did not become an article."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a site does."""

    word: str
    """"good", "silent", "dropping", "walled", "failing" or "thinner"."""
    why: str = ""


def judge(days: Sequence[Day], today: date) -> Health:
    """The health of a site by the days on which it was crawled; the gravest trouble gives the word."""
    known = [day for day in sorted(days, key=lambda day: day.day) if day.day > today - timedelta(HISTORY)]
    if not known:
        return Health("good")
    last, before = known[-1], known[:-1]
    return (
        _shares(last, before)
        or _silence(known)
        or _drop(known, today)
        or _thinner(last, before)
        or Health("good")
    )


def _shares(last: Day, before: Sequence[Day]) -> Health | None:
    """More walls or errors on the last day than is usual."""
    for word, name, what in (("walled", "walls", "walls"), ("failing", "failed", "errors")):
        count, of = getattr(last, name), max(last.fetched, getattr(last, name))
        usual = _share(sum(getattr(day, name) for day in before), sum(day.fetched for day in before))
        share = _share(count, of)
        if count >= _ENOUGH and share >= _MUCH and share >= _TIMES * usual:
            return Health(word, f"{count:,} {what} in {of:,} answers; usual are {usual:.0%}")
    return None


def _silence(known: Sequence[Day]) -> Health | None:
    """No new article for longer than chance allows."""
    quiet = next((n for n, day in enumerate(reversed(known)) if day.new), len(known))
    spoken = known[: len(known) - quiet]
    if not quiet or not spoken:
        return None
    # The first day brings what a site has gathered in years.
    usual = _mean([day.new for day in spoken[1:]])
    if usual * quiet < _SURE:
        return None
    return Health("silent", f"nothing new since {spoken[-1].day:%d %B}; usual are {usual:.1f} articles a day")


def _drop(known: Sequence[Day], today: date) -> Health | None:
    """A week with far fewer new articles than the weeks before."""
    week = [day.new for day in known if day.day > today - timedelta(7)]
    usual = _mean([day.new for day in known if day.day <= today - timedelta(7)][1:])
    if len(week) < 3 or usual * len(week) < 2 * _SURE or _mean(week) > usual / 4:
        return None
    return Health("dropping", f"{_mean(week):.1f} new articles a day this week; usual are {usual:.1f}")


def _thinner(last: Day, before: Sequence[Day]) -> Health | None:
    """New articles that are shorter, or lack dates or authors: often the mark of a redesign."""
    earlier = sum(day.new for day in before)
    if last.new < _ENOUGH or earlier < _ENOUGH:
        return None
    words = sum((day.words or 0.0) * day.new for day in before) / earlier
    if (last.words or 0.0) < _HALF * words:
        return Health("thinner", f"new articles have {last.words or 0:.0f} words; usual are {words:.0f}")
    for name, what in (("dated", "a date"), ("signed", "an author")):
        usual = _share(sum(getattr(day, name) for day in before), earlier)
        share = _share(getattr(last, name), last.new)
        if usual > _HALF and share < _HALF * usual:
            return Health("thinner", f"{share:.0%} of the new articles have {what}; usual are {usual:.0%}")
    return None


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0


def _mean(numbers: Sequence[int]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
