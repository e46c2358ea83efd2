"""Is a site's crawl well, against its own history? Pure: the ledger of its days -> a word, and why.

A site may fall silent without any error: a redesign, a wall, a feed that nobody fills any more. What is usual
is what the site itself did on its last days; no site is measured by another. Never reads the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

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
_MISSES = 2
"""Answers in a row after which a feed or sitemap is no longer believed to come back by itself."""
_FEW_WALLS = 3
"""Walls that are trouble: a crawl leaves the host alone after so many in a row."""
_LISTED = 20
"""Addresses in feeds and sitemaps below which nothing is said about coverage."""
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
    pages: int = 0
    """Pages asked for, doors aside: what `max_pages` counts."""
    listed: int = 0
    """Addresses in the site's feeds and sitemaps at the end of the day's last crawl."""
    covered: int = 0
    """Of these, those that have been fetched and answered."""


@dataclass(frozen=True, slots=True)
class Door:
    """A feed or sitemap that has been one, as its answers showed it; a row of the table `doors`."""

    url: str
    role: str
    first_asked: datetime
    last_asked: datetime
    last_good: datetime
    """When it last was what it should be."""
    last_new: datetime
    """When it last listed an address that it had not listed before."""
    entries: int = 0
    fresh: int = 0
    """Addresses that it came to list after it was first read."""
    misses: int = 0
    """Answers in a row by which it was no feed or sitemap."""
    problem: str | None = None
    """What was wrong with its last answer."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a site does."""

    word: str
    """One of WORDS."""
    why: str = ""


WORDS = (
    "good", "silent", "dropping", "walled", "failing", "thinner", "stale", "behind",
    "unreachable", "empty", "new", "paused", "imported",
)  # fmt: skip
"""The words for how a site does; those from "unreachable" on do not come from the history of its days."""


def standing(
    days: Sequence[Day],
    doors: Sequence[Door],
    today: date,
    *,
    error: str | None,
    articles: int,
    walled: Mapping[str, float] | None = None,
) -> Health:
    """How a site that has been crawled does. error: why its last crawl could not have it; articles: that the
    archive has of it; walled: its hosts that are left alone for bot walls -> until when, in Unix seconds."""
    if error:
        return Health("unreachable", error)
    for host, until in (walled or {}).items():
        end = datetime.fromtimestamp(until, UTC)
        return Health("walled", f"{host} answers with a bot wall: left alone until {end:%d %B, %H:%M} UTC")
    if not articles:
        return Health("empty", "no article in it yet")
    return judge(days, today, doors)


def judge(days: Sequence[Day], today: date, doors: Sequence[Door] = ()) -> Health:
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
        or _stale(known, doors)
        or _behind(last, before)
        or Health("good")
    )


def _stale(known: Sequence[Day], doors: Sequence[Door]) -> Health | None:
    """A feed or sitemap that died, or that nobody fills any more although the site goes on."""
    for door in doors:
        if trouble := _dead(door) or _frozen(door, known):
            return Health("stale", f"{door.role} {door.url}: {trouble}")
    return None


def _dead(door: Door) -> str | None:
    """No feed or sitemap any more: by more than one answer, for a day or longer."""
    if door.misses < _MISSES or door.last_asked - door.last_good < timedelta(1):
        return None
    return f"{door.problem or 'no answer'}, since {door.last_good:%d %B}"


def _frozen(door: Door, known: Sequence[Day]) -> str | None:
    """Nothing new in it for longer than chance allows, by its own rate, while the site had new articles."""
    quiet = (door.last_asked - door.last_new) / timedelta(1)
    lived = (door.last_new - door.first_asked) / timedelta(1)
    usual = door.fresh / max(lived, 1.0)
    if usual * quiet < _SURE or not any(day.new for day in known if day.day > door.last_new.date()):
        return None
    return f"nothing new since {door.last_new:%d %B}; usual are {usual:.1f} addresses a day"


def _behind(last: Day, before: Sequence[Day]) -> Health | None:
    """Far less than usual of what feeds and sitemaps list has been fetched."""
    shares = sorted(day.covered / day.listed for day in before if day.listed)
    if last.listed < _LISTED or not shares:
        return None
    usual, share = shares[len(shares) // 2], last.covered / last.listed
    if share > usual - _MUCH:
        return None
    return Health(
        "behind",
        f"{last.covered:,} of the {last.listed:,} addresses in its feeds and sitemaps were fetched; "
        f"usual are {usual:.0%}",
    )


def _shares(last: Day, before: Sequence[Day]) -> Health | None:
    """More walls or errors on the last day than is usual."""
    for word, name, what in (("walled", "walls", "walls"), ("failing", "failed", "errors")):
        count, of = getattr(last, name), max(last.fetched, getattr(last, name))
        usual = _share(sum(getattr(day, name) for day in before), sum(day.fetched for day in before))
        share = _share(count, of)
        few = _FEW_WALLS if name == "walls" else _ENOUGH
        if count >= few and share >= _MUCH and share >= _TIMES * usual:
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
