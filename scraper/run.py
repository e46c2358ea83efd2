"""What the parts of one running crawl share: the archive, the frontier, the pace, the count, and the stop.

`Run` is made by `scraper.crawl` and carried by the spider, where Scrapy's components find it. It decides
nothing about pages: it turns candidates into frontier entries by asking scope, and errors into reasons.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from scrapy import exceptions
from scrapy.http import Request
from w3lib.url import safe_url_string

from pipelines import errors
from pipelines.identify import canonical_url
from pipelines.model import Outcome, Site
from pipelines.store import Archive, Note
from pipelines.warc import WarcWriter
from scraper import netguard
from scraper.discovery.candidate import LINKS, Candidate, Place
from scraper.frontier import Due, Found, Frontier, RobotsCopy, Task, unusable
from scraper.politeness import Pace
from scraper.report import Tally
from scraper.robots import TOKEN
from scraper.scope import Reason, Scope, Verdict

if TYPE_CHECKING:
    from scraper.archiving import Archiving

log = logging.getLogger(__name__)

VERSION = "0.1"
TIMEOUT = 60.0
"""Seconds for one request in all: look-up, connection, headers and body."""
_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (exceptions.CannotResolveHostError, "host name unknown"),
    (exceptions.DownloadConnectionRefusedError, "connection refused"),
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.ResponseDataLossError, "connection broken off"),
    (exceptions.UnsupportedURLSchemeError, "not http or https"),
)


_RANK = {Verdict.ARTICLE: 0, Verdict.LISTING: -5, Verdict.UNLIKELY: -25, Verdict.REFUSED: 0}
_RANK_OF_PLACE = {Place.FEED: 5, Place.NEWS_SITEMAP: 5, Place.SITEMAP: 0}
"""What a site announces as new comes first, what it shows next, what it lists of old last."""


def user_agent(contact: str | None) -> str:
    """Who we are and whom to tell, as sent with every request."""
    return f"{TOKEN}/{VERSION} (+{contact})" if contact else f"{TOKEN}/{VERSION}"


def host_of(url: str) -> str:
    """Host and port of `url`, in lower case: what shares a pace."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


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
    pace: Pace = field(default_factory=Pace)
    in_flight: set[str] = field(default_factory=set)
    """Keys handed out and not yet answered."""
    closed: dict[str, str] = field(default_factory=dict)
    """Host -> why it is left alone for the rest of this crawl."""
    stopping: bool = False
    failure: errors.ArchiveError | None = None
    """What ended the crawl before its time."""
    on_entered: Callable[[list[tuple[str, str]]], None] = lambda lanes: None
    on_stop: Callable[[], None] = lambda: None
    callbacks: tuple[Any, Any] = (None, None)
    """The spider's callback and errback."""
    archiving: Archiving = field(init=False)
    scopes: dict[str, Scope] = field(init=False)
    pages: Counter[str] = field(default_factory=Counter)
    _noted: set[str] = field(default_factory=set)
    _addresses: dict[str, str] = field(default_factory=dict)
    """Key -> address, of what this crawl has met first."""

    def __post_init__(self) -> None:
        today = datetime.now(UTC).date()
        self.scopes = {key: Scope(site, today) for key, site in self.sites.items()}

    # Requests

    def request(self, url: str, site: str, known: Task | RobotsCopy | None) -> Request:
        """A request with our name, and the validators of what is known already (RFC 9110, 13.1)."""
        headers = {"User-Agent": self.agent, **_HEADERS}
        if self.sites[site].language:
            headers["Accept-Language"] = f"{self.sites[site].language}, *;q=0.5"
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        if known is not None and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        meta = {"site": site, "download_timeout": TIMEOUT}
        return Request(url, headers=headers, meta=meta, dont_filter=True)

    def released(self, task: Task) -> None:
        """The request for `task` has been answered, or has failed."""
        self.in_flight.discard(task.key)
        self.pace.finished(task.host)

    def slow(self, site: str, host: str) -> None:
        """Ask `host` no faster than its site allows."""
        self.pace.slow_to(host, self.sites[site].delay)

    def may_fetch_pages(self, site: str) -> bool:
        """Whether the site's budget of pages, and the crawl's, is not yet spent."""
        own = self.sites[site].max_pages
        return (own is None or self.pages[site] < own) and (
            self.max_pages is None or self.pages.total() < self.max_pages
        )

    def count_page(self, site: str) -> None:
        """A page is fetched on the site's budget."""
        self.pages[site] += 1

    # What is found

    def door(self, candidate: Candidate, site: str) -> Found:
        """The frontier's entry for a door that sites.yml names."""
        return _found(candidate, site, depth=0, due=Due.DOOR)

    def candidate(self, candidate: Candidate, site: str, depth: int) -> Found | None:
        """The frontier's entry for what a document names, or None when scope refuses it."""
        found = _found(candidate, site, depth=depth, due=Due.NEW)
        spelling = safe_url_string(candidate.url)
        judgement = self.scopes[site].judge(candidate.url, role=candidate.role, place=candidate.place)
        refused = judgement.verdict is Verdict.REFUSED
        if judgement.reason == Reason.OTHER_HOST and candidate.place in LINKS:
            return None  # a page links to anything; what it links to elsewhere is not an address of this site
        for url in dict.fromkeys((found.url, spelling)):
            if url not in self._noted:
                self._noted.add(url)
                self._first_seen(replace(found, url=url), judgement.reason if refused else None)
        rank = _RANK[judgement.verdict] + _RANK_OF_PLACE.get(candidate.place, 3)
        return None if refused else replace(found, rank=rank)

    def _first_seen(self, found: Found, refusal: str | None) -> None:
        """A line in the ledger for an address that this crawl has not met before."""
        known = self.frontier.address(found.key) or self._addresses.get(found.key)
        if known is None and refusal:
            self.note(found.url, found.site, Outcome.REFUSED, refusal, found.found_on)
        elif known is None:
            self._addresses[found.key] = found.url
            self.note(found.url, found.site, Outcome.QUEUED, found.due, found.found_on)
        elif known != found.url:
            self.note(found.url, found.site, Outcome.DUPLICATE, "another spelling", found.found_on, known)

    def note(
        self,
        url: str,
        site: str,
        outcome: Outcome,
        reason: str,
        found_on: str | None,
        leads_to: str | None = None,
    ) -> None:
        """A line in the ledger for a URL that was not fetched just now."""
        note = Note(url, outcome, reason, site, found_on=found_on, leads_to=leads_to)
        self.archive.note(note, datetime.now(UTC))

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
            named = unusable(error, self.folder / "archive.db")
            self.fail(named)
            raise named from error

    def fail(self, error: errors.ArchiveError) -> None:
        """End the crawl because of `error`; the first one counts."""
        self.failure = self.failure or error
        self.stopping = True
        self.on_stop()

    def explain(self, error: BaseException, url: str) -> str:
        """Why a request failed, in words fit for the ledger."""
        host = urlsplit(url).hostname or ""
        private = netguard.refused_answer(host)
        if private is not None and isinstance(error, exceptions.CannotResolveHostError):
            return f"address: {host} resolves to {private}, which is not a public address"
        for kind, reason in _REASONS:
            if isinstance(error, kind):
                return reason
        if isinstance(error, exceptions.DownloadFailedError):
            return _broken(error)
        if not isinstance(error, (exceptions.IgnoreRequest, OSError)):
            log.warning("%s: an error that nobody foresaw", url, exc_info=error)
        said = str(error).strip().splitlines()
        return f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__


def _broken(error: exceptions.DownloadFailedError) -> str:
    """What went wrong on the wire, from the failures that Twisted gathered."""
    failures = getattr(error.__cause__, "reasons", None) or ()
    names = {type(failure.value).__name__ for failure in failures} or {type(error.__cause__).__name__}
    if "ParseError" in names:
        return "not an answer in HTTP"
    closed = {"ConnectionDone", "ConnectionLost", "ResponseNeverReceived"}
    return "connection closed without an answer" if names & closed else " and ".join(sorted(names))


def _found(candidate: Candidate, site: str, *, depth: int, due: Due) -> Found:
    url = safe_url_string(candidate.url)
    key = canonical_url(url)
    if len(parse_qsl(urlsplit(url).query)) > len(parse_qsl(urlsplit(key).query)):
        url = key  # It carries tracking parameters, and no site wants those of another reader.
    lastmod = candidate.lastmod
    return Found(
        key=key,
        url=url,
        site=site,
        host=host_of(url),
        role=candidate.role,
        due=due,
        depth=depth,
        found_on=candidate.found_on,
        lastmod=_sortable(lastmod) if lastmod else None,
    )


def _sortable(moment: Any) -> str:
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(moment, datetime)
        else moment.isoformat()
    )
