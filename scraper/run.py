"""What the parts of one running crawl share: the archive, the frontier, the pace, the count, and the stop.

`Run` is made by `scraper.crawl` and carried by the spider, where Scrapy's components find it. It decides
nothing about pages.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.http import Request

from pipelines import errors
from pipelines.model import Capture, Site
from pipelines.store import Archive
from pipelines.warc import WarcWriter
from scraper.backfill import Walk
from scraper.candidates import Candidates
from scraper.discovery.candidate import Role
from scraper.frontier import FRONTIER, Due, Frontier, RobotsCopy, Task, unusable
from scraper.learning import Learning
from scraper.ledger import Ledger
from scraper.politeness import PATIENCE, Pace, host_of
from scraper.report import Tally
from scraper.robots import TOKEN, OriginClosed
from scraper.scope import Scope
from scraper.visits import trusts_validators

if TYPE_CHECKING:
    from scraper.archiving import Archiving
    from scraper.browser import Browser

VERSION = "0.1"
TIMEOUT = 60.0
"""Seconds for one request in all: look-up, connection, headers and body."""
_NAP = 0.5
"""Seconds after which whoever waits for a host looks whether the crawl still runs."""
_SOON = 0.05
"""Seconds after which whoever wants a host back looks whether it is free."""
_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}


def user_agent(contact: str | None) -> str:
    """Who we are and whom to tell, as sent with every request."""
    return f"{TOKEN}/{VERSION} (+{contact})" if contact else f"{TOKEN}/{VERSION}"


def _validators(known: Task | RobotsCopy) -> dict[str, str]:
    """What to ask with whether it changed (RFC 9110, 13.1)."""
    named = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in named.items() if value}


@dataclass(slots=True)
class Run:
    """One crawl while it runs."""

    folder: Path
    sites: Mapping[str, Site]
    agent: str
    crawl: int
    """Row id in `crawls`."""
    archive: Archive
    warc: WarcWriter
    frontier: Frontier
    tally: Tally
    max_pages: int | None = None
    due_only: bool = False
    """Doors are asked when their time has come, not because a crawl begins."""
    walks: Mapping[str, Walk] = field(default_factory=dict)
    """Site -> the walk through its past, in a back-fill."""
    pace: Pace = field(default_factory=Pace)
    in_flight: set[str] = field(default_factory=set)
    """Keys handed out and not yet answered."""
    closed: dict[str, str] = field(default_factory=dict)
    """Host -> why it is left alone for the rest of this crawl."""
    stopping: bool = False
    failure: errors.ArchiveError | None = None
    """What ended the crawl before its time."""
    on_entered: Callable[[list[tuple[str, str]]], None] = lambda lanes: None
    on_free: Callable[[], None] = lambda: None
    """Called when a host may be asked again before its last page has been taken in."""
    on_stop: Callable[[], None] = lambda: None
    callbacks: tuple[Any, Any] = (None, None)
    """The spider's callback and errback."""
    browser: Browser | None = None
    """What fills pages that need JavaScript, where it is installed."""
    archiving: Archiving = field(init=False)
    scopes: dict[str, Scope] = field(init=False)
    ledger: Ledger = field(init=False)
    learning: Learning = field(init=False)
    candidates: Candidates = field(init=False)
    pages: Counter[str] = field(default_factory=Counter)
    spent_today: Mapping[str, int] = field(default_factory=dict)
    """Site -> pages of its `max_pages` that are spent already."""
    _working: set[tuple[str, str]] = field(default_factory=set)
    """(site, role) wherever a feed or sitemap is known that answers as one."""
    _freed: set[str] = field(default_factory=set)
    """Keys in flight whose host may be asked again already."""

    def __post_init__(self) -> None:
        today = datetime.now(UTC).date()
        self.scopes = {key: Scope(site, today) for key, site in self.sites.items()}
        self.ledger = Ledger(self.archive, self.frontier, self.sites)
        self.learning = Learning(self.archive, self.frontier.lessons, self.sites, self.tally)
        self.candidates = Candidates(
            self.sites, self.scopes, self.walks, self.frontier, self.ledger, self.learning, self.tally
        )

    # Requests

    def request(self, url: str, site: str, known: Task | RobotsCopy | None) -> Request:
        """A request with our name, and the validators of what is known already (RFC 9110, 13.1)."""
        headers = {"User-Agent": self.agent, **_HEADERS}
        if self.sites[site].language:
            headers["Accept-Language"] = f"{self.sites[site].language}, *;q=0.5"
        if known is not None and not self._needs_whole(known) and trusts_validators(known, time.time()):
            headers |= _validators(known)
        meta = {"site": site, "download_timeout": TIMEOUT}
        return Request(url, headers=headers, meta=meta, dont_filter=True)

    def _needs_whole(self, known: Task | RobotsCopy) -> bool:
        """Whether an answer that nothing changed would not do: a walk needs what a door or listing names."""
        return isinstance(known, Task) and known.site in self.walks and known.role is not Role.PAGE

    def fills(self, site: str, role: str, capture: Capture) -> bool:
        """Whether a browser is to fill this page whatever it holds: its site says so, and there is one."""
        return self.browser is not None and self.browser.always(self.sites[site], role, capture)

    # Doors

    def works(self, site: str, role: str) -> None:
        """A feed or sitemap of the site answered as one."""
        self._working.add((site, role))

    def lacks(self, site: str, role: str) -> bool:
        """Whether no feed, or no sitemap, of the site is known that works."""
        return (site, role) not in self._working

    def is_needless(self, task: Task) -> bool:
        """Whether a guess need not be asked any more: the site has a door of this kind."""
        return task.due is Due.GUESS and not self.lacks(task.site, task.role)

    # Hosts

    def free(self, task: Task) -> None:
        """The answer for `task` is in and needs only to be read: its host may be asked again."""
        self._freed.add(task.key)
        self.pace.finished(task.host, time.time())
        self.on_free()

    async def regain(self, task: Task) -> None:
        """Have the host of `task` to ourselves again, if it was set free: the page asks it for more."""
        if task.key not in self._freed:
            return
        self.pace.want_back(task.host)
        while not self.pace.take_back(task.host):
            await asyncio.sleep(_SOON)
        self._freed.remove(task.key)

    def released(self, task: Task) -> None:
        """What the request for `task` came to has been taken in."""
        self.in_flight.discard(task.key)
        if task.key in self._freed:
            self._freed.remove(task.key)
        else:
            self.pace.finished(task.host, time.time())

    def slow(self, site: str, host: str) -> None:
        """Ask `host` no faster than its site allows."""
        self.pace.slow_to(host, self.sites[site].delay)

    async def turn(self, host: str) -> None:
        """Wait until `host`, which is ours, may be asked once more for the sake of the request that waits.

        Raises OriginClosed when it rests for longer than a crawl waits, or the crawl ends.
        """
        while (wait := self.pace.next_start(host) - time.time()) > 0:
            if self.stopping:
                raise OriginClosed("the crawl ends")
            if wait > PATIENCE:
                raise OriginClosed("its host asks to be left alone for a while")
            await asyncio.sleep(min(wait, _NAP))

    # The budget

    def may_fetch_pages(self, site: str) -> bool:
        """Whether the site's budget of pages, and the crawl's, is not yet spent."""
        own = self.sites[site].max_pages
        return (own is None or self.pages[site] + self.spent_today.get(site, 0) < own) and (
            self.max_pages is None or self.pages.total() < self.max_pages
        )

    def count_page(self, site: str) -> None:
        """A page is fetched on the site's budget."""
        self.pages[site] += 1

    # Trouble

    def close_host(self, site: str, host: str, reason: str) -> None:
        """Leave `host` alone for the rest of this crawl; a site whose own host it is has failed."""
        self.closed[host] = reason
        if host == host_of(self.sites[site].url):
            self.tally.site_failed(site, reason)

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Whatever keeps us from writing ends the crawl in order: what cannot be kept must not be fetched."""
        try:
            yield
        except errors.ArchiveError as error:
            self.fail(error)
            raise
        except sqlite3.Error as error:
            named = unusable(error, self.folder / FRONTIER)  # the archive names its own
            self.fail(named)
            raise named from error

    def fail(self, error: errors.ArchiveError) -> None:
        """End the crawl because of `error`; the first one counts."""
        self.failure = self.failure or error
        self.stopping = True
        self.on_stop()
