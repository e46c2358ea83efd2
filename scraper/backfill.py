"""How far back: `newsarchive crawl --backfill --since DAY` walks the listings of a site into its past. Pure.

A crawl finds what a site announces. What it has published before lies in the further pages of its listings,
in archive pages by date, and in sitemaps of years past. A walk asks for them one after the other, the newest
first, and only when the articles named so far have been fetched. It ends a listing

- when a page of it has nothing but articles older than asked for,
- when several pages in a row name no article that this walk has not met: an endless pagination that repeats
  its last page, a calendar of empty days, a facet that sorts the same articles anew,
- when there is no further page.

Archive pages by date need no link: where one was seen, or where the addresses of articles begin with year and
month, the periods before it are asked for too. None lies in the future.

A walk is of one site and one crawl. It never fetches and never reads the clock; what has been walked is
remembered by the frontier, so that the walk of a crawl that was killed goes on where it ended.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from scraper import dated, yields
from scraper.scope import DEEPEST_PAGINATION, FIRST_YEAR, PAGE_PARAMETERS, PAGE_WORDS, Reason

PAST = frozenset({Reason.PAGINATION, Reason.DATE_ARCHIVE})
"""What further pages of a listing look like."""
LEFT_FOR = 86_400.0
"""Seconds for which a back-fill leaves aside what is older than it asks for."""
OLDER = "older than the back-fill asks for"
FUTURE = "trap: a calendar beyond today"
NOTHING_NEW = "trap: a listing that names nothing new"
MOST_GUESSES = 12
"""Lists of a month that are asked for, of one site, because articles' addresses begin like them."""
_DRY_PAGES = 3
"""So many pages of a listing in a row without an article that is new to the walk end it."""
_DRY_PERIODS = {"{day}": 31, "{month}": 6, "{year}": 2}
"""The same, of archive pages by date: papers pause."""
_DRY_PATTERN = 40
"""The same, over all listings whose addresses have one shape: facets and tags are listings without number."""
_PATH_PAGE = re.compile(rf"(/(?:{'|'.join(sorted(PAGE_WORDS))})/)(\d{{1,9}})(?=/|\.\w+$|$|\?)", re.IGNORECASE)
_PARAMETER_PAGE = re.compile(
    rf"([?&](?:{'|'.join(sorted(PAGE_PARAMETERS))})=)(\d{{1,9}})(?=&|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Step:
    """Where a page stands in a listing."""

    series: str
    """The listing: the address with the number of the page, or the date, taken out."""
    number: int
    """1 is the newest page, or the present day, month or year."""
    period: dated.Period | None = None
    """The days that it lists, where its address says so."""

    @property
    def dry_pages(self) -> int:
        """Pages without anything new that end the listing."""
        return next((most for span, most in _DRY_PERIODS.items() if span in self.series), _DRY_PAGES)


def step(url: str, today: date) -> Step:
    """Where the page at `url` stands in a listing; a listing of its own where its address has no number."""
    named = dated.period(url) or dated.year_of(url)
    found = _page(url)
    if found:
        return Step(f"{url[: found.end(1)]}{{page}}{url[found.end() :]}", max(int(found[2]), 1), named)
    if named is None:
        return Step(url, 1)
    return Step(dated.series(url), max((today - named.last).days // named.days + 2, 1), named)


def next_page(url: str) -> str | None:
    """The address of the page after the one whose number is in `url`; None where there is no number."""
    found = _page(url)
    if not found or int(found[2]) >= DEEPEST_PAGINATION:
        return None
    return f"{url[: found.end(1)]}{int(found[2]) + 1}{url[found.end() :]}"


def _page(url: str) -> re.Match[str] | None:
    return _PARAMETER_PAGE.search(url) or _PATH_PAGE.search(url)


@dataclass(frozen=True, slots=True)
class Named:
    """An article that a listing names."""

    url: str
    day: date | None
    """When it was published, as far as its address tells."""


@dataclass(slots=True)
class _Series:
    """What is known of one listing."""

    dry: int = 0
    """Pages in a row that named nothing new."""
    cut: int | None = None
    """The lowest number of a page on which everything is older than asked for."""
    waiting: list[tuple[int, str, Sequence[Named]]] = field(default_factory=list)
    """Pages whose articles were not yet fetched when they were named: number, address, articles."""


class Walk:
    """The walk through one site's past; `since` is the first day that is wanted."""

    def __init__(self, since: date, today: date) -> None:
        self.since = since
        self.pages = 0
        """Pages of listings that were walked."""
        self.left = 0
        """Addresses that were named, are older than asked for, and were left for another crawl."""
        self.reached: date | None = None
        """The oldest day, not before `since`, of an article that a listing named."""
        self._today = today
        self._series: dict[str, _Series] = {}
        self._dry: Counter[str] = Counter()
        self._beyond: set[str] = set()
        self._guessed: set[str] = set()

    # What is named.

    def is_older(self, published: date | None, period: dated.Period | None) -> bool:
        """Whether what was published then, or names that period in its address, is older than asked for."""
        last = period.last if period else published
        return last is not None and last < self.since

    def rank(self, url: str) -> int:
        """What is added to the priority of a page: the newest pages of all listings come first."""
        return -min(step(url, self._today).number, 30_000)

    def forbids(self, url: str) -> str | None:
        """Why a page of a listing is not worth a place in the queue, or None."""
        period = step(url, self._today).period
        if period is None:
            return None
        if period.first > self._today or period.first.year < FIRST_YEAR:
            return FUTURE if period.first > self._today else OLDER
        return OLDER if period.last < self.since else None

    # What is walked.

    def walked(self, url: str, articles: Sequence[Named]) -> Iterator[str]:
        """A page of a listing came, naming `articles` that this walk has not met before, in the page's order;
        the addresses that may go on from it."""
        here = step(url, self._today)
        known = self._series.setdefault(here.series, _Series())
        self.pages += 1
        known.dry = 0 if articles else known.dry + 1
        pattern = yields.pattern(url)
        self._dry[pattern] = 0 if articles else self._dry[pattern] + 1
        known.waiting.append((here.number, url, articles))
        if articles and (following := next_page(url)):
            yield following
        if here.period and not _page(url) and known.dry < here.dry_pages:
            earlier = dated.before(url)
            if earlier and not self.forbids(earlier):
                yield earlier
        yield from self.months(articles)

    def months(self, articles: Sequence[Named]) -> Iterator[str]:
        """Where the articles of this month may be listed, by how the addresses of articles begin."""
        for article in articles:
            guess = dated.archive_of(article.url, self._today)
            if guess and guess not in self._guessed and len(self._guessed) < MOST_GUESSES:
                self._guessed.add(guess)
                yield guess

    def refusal(self, url: str, found_on: str | None, published: Callable[[str], date | None]) -> str | None:
        """Why a page of a listing is not fetched after all, or None.

        `published`: when an article that has been fetched was published, as far as that is known.
        """
        reason = self.forbids(url)
        if reason:
            return reason
        here = step(url, self._today)
        known = self._series.setdefault(here.series, _Series())
        self._assess(here.series, published)
        if found_on:
            self._assess(step(found_on, self._today).series, published)
        if found_on in self._beyond or (known.cut is not None and here.number >= known.cut):
            return OLDER
        is_dry = known.dry >= here.dry_pages or self._dry[yields.pattern(url)] >= _DRY_PATTERN
        return NOTHING_NEW if is_dry else None

    def _assess(self, name: str, published: Callable[[str], date | None]) -> None:
        """Look at the days of what a listing's pages have named, now that it has been fetched.

        A page is beyond what is wanted when all its articles are older, unless they stand in the order of
        their days, the oldest first: then the newer ones come on further pages.
        """
        known = self._series.get(name)
        if known is None:
            return
        for number, url, articles in known.waiting:
            days = [day for named in articles if (day := named.day or published(named.url))]
            wanted = [day for day in days if day >= self.since]
            if wanted:
                self.reached = min(wanted) if self.reached is None else min(self.reached, *wanted)
            elif days and days[0] >= days[-1]:
                self._beyond.add(url)
                known.cut = number if known.cut is None else min(known.cut, number)
        known.waiting.clear()

    def assess_all(self, published: Callable[[str], date | None]) -> None:
        """Look at what the last pages have named: at the end of a crawl."""
        for name in self._series:
            self._assess(name, published)
