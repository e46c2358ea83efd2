"""What the parts of one running crawl share: the archive, the frontier, the pace, the count, and the stop.

`Run` is made by `scraper.crawl` and carried by the spider, where Scrapy's components find it. It decides
nothing about pages: it turns candidates into frontier entries by asking scope, and errors into reasons.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
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

from pipelines import errors, identify
from pipelines.identify import canonical_url
from pipelines.model import Capture, Change, Outcome, Site, Taken
from pipelines.store import Archive, Note
from pipelines.warc import WarcWriter
from scraper import netguard, yields
from scraper.discovery.candidate import LINKS, Candidate, Place, Role
from scraper.frontier import Due, Found, Frontier, RobotsCopy, Task, unusable
from scraper.politeness import PATIENCE, Pace
from scraper.report import Tally
from scraper.robots import TOKEN, OriginClosed
from scraper.scope import Reason, Scope, Verdict
from scraper.visits import Rates, trusts_validators
from scraper.yields import Yield

if TYPE_CHECKING:
    from scraper.archiving import Archiving
    from scraper.browser import Browser

log = logging.getLogger(__name__)

VERSION = "0.1"
COPY = "a copy for print or AMP"
"""The reason in the ledger of an address that is known to be one, and is not fetched."""
TIMEOUT = 60.0
"""Seconds for one request in all: look-up, connection, headers and body."""
_NAP = 0.5
"""Seconds after which whoever waits for a host looks whether the crawl still runs."""
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
_TELLING = frozenset({Outcome.ARTICLE, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.NOT_ARTICLE})
"""Outcomes that tell what a page is; errors and walls tell nothing."""


def user_agent(contact: str | None) -> str:
    """Who we are and whom to tell, as sent with every request."""
    return f"{TOKEN}/{VERSION} (+{contact})" if contact else f"{TOKEN}/{VERSION}"


def _validators(known: Task | RobotsCopy) -> dict[str, str]:
    """What to ask with whether it changed (RFC 9110, 13.1)."""
    named = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in named.items() if value}


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
    due_only: bool = False
    """Doors are asked when their time has come, not because a crawl begins."""
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
    browser: Browser | None = None
    """What fills pages that need JavaScript, where it is installed."""
    archiving: Archiving = field(init=False)
    scopes: dict[str, Scope] = field(init=False)
    pages: Counter[str] = field(default_factory=Counter)
    spent_today: Mapping[str, int] = field(default_factory=dict)
    """Site -> pages of its `max_pages` that are spent already."""
    _yields: dict[str, dict[str, Yield]] = field(default_factory=dict)
    _probes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _rates: dict[str, Rates] = field(default_factory=dict)
    _noted: set[str] = field(default_factory=set)
    _addresses: dict[str, str] = field(default_factory=dict)
    """Key -> address, of what this crawl has met first."""
    _linked: set[tuple[str, str, Role]] = field(default_factory=set)
    """(site, address, role) of links that were entered or refused: another page with them tells nothing."""

    def __post_init__(self) -> None:
        today = datetime.now(UTC).date()
        self.scopes = {key: Scope(site, today) for key, site in self.sites.items()}

    # Requests

    def request(self, url: str, site: str, known: Task | RobotsCopy | None) -> Request:
        """A request with our name, and the validators of what is known already (RFC 9110, 13.1)."""
        headers = {"User-Agent": self.agent, **_HEADERS}
        if self.sites[site].language:
            headers["Accept-Language"] = f"{self.sites[site].language}, *;q=0.5"
        if known is not None and trusts_validators(known, time.time()):
            headers |= _validators(known)
        meta = {"site": site, "download_timeout": TIMEOUT}
        return Request(url, headers=headers, meta=meta, dont_filter=True)

    def fills(self, site: str, role: str, capture: Capture) -> bool:
        """Whether a browser is to fill this page whatever it holds: its site says so, and there is one."""
        return self.browser is not None and self.browser.always(self.sites[site], role, capture)

    def rates(self, site: str) -> Rates:
        """How the site's articles have changed, as far as was known when this crawl began."""
        if site not in self._rates:
            self._rates[site] = Rates(self.frontier.looks(site))
        return self._rates[site]

    def yield_of(self, site: str, pattern: str) -> Yield:
        """What the pages of this shape turned out to be so far."""
        if site not in self._yields:
            self._yields[site] = self.frontier.yields(site)
        return self._yields[site].get(pattern, yields.NOTHING)

    def learn(self, task: Task, taken: Taken) -> None:
        """Remember what a page that was fetched for the first time turned out to be, and on what it was
        found."""
        if task.last_fetched is not None or not task.pattern or taken.outcome not in _TELLING:
            return
        before, is_new = self.yield_of(task.site, task.pattern), taken.change is Change.FIRST
        self._keep(task.site, task.pattern, before, before.with_page(is_article=is_new))
        if is_new and task.found_on:
            finder = yields.pattern(task.found_on)
            before = self.yield_of(task.site, finder)
            self._keep(task.site, finder, before, before.with_find())

    def _keep(self, site: str, pattern: str, before: Yield, after: Yield) -> None:
        self._yields[site][pattern] = after
        self.frontier.keep_yield(site, pattern, before, after)

    def trap(self, task: Task) -> str | None:
        """Why a page never fetched before is not worth it, or None; a few of a trap are tried."""
        if task.due is not Due.NEW or task.role not in (Role.PAGE, Role.LISTING) or not task.pattern:
            return None
        if not self.yield_of(task.site, task.pattern).is_barren:
            return None
        self._probes[task.site, task.pattern] += 1
        return yields.BARREN if self._probes[task.site, task.pattern] > yields.PROBES else None

    def released(self, task: Task) -> None:
        """The request for `task` has been answered, or has failed."""
        self.in_flight.discard(task.key)
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

    def may_fetch_pages(self, site: str) -> bool:
        """Whether the site's budget of pages, and the crawl's, is not yet spent."""
        own = self.sites[site].max_pages
        return (own is None or self.pages[site] + self.spent_today.get(site, 0) < own) and (
            self.max_pages is None or self.pages.total() < self.max_pages
        )

    def count_page(self, site: str) -> None:
        """A page is fetched on the site's budget."""
        self.pages[site] += 1

    # What is found

    def door(self, candidate: Candidate, site: str) -> Found:
        """The frontier's entry for a door that sites.yml names."""
        return _found(candidate, self.sites[site], depth=0, due=Due.DOOR)

    def candidate(
        self, candidate: Candidate, site: str, depth: int, refusal: str | None = None
    ) -> Found | None:
        """The frontier's entry for what a document names, or None when scope, or `refusal`, refuses it, and
        for a link that this crawl has met before."""
        if candidate.place not in LINKS:
            return self._candidate(candidate, site, depth, refusal)[0]
        link = (site, candidate.url, candidate.role)
        if link in self._linked or self.scopes[site].is_elsewhere(candidate.url):
            return None  # a page links to anything; what it links to elsewhere is not an address of this site
        found, is_final = self._candidate(candidate, site, depth, refusal)
        if is_final:
            self._linked.add(link)
        return found

    def _candidate(
        self, candidate: Candidate, site: str, depth: int, refusal: str | None
    ) -> tuple[Found | None, bool]:
        """The entry, or None; and whether another page that names it could change nothing about that."""
        found = _found(candidate, self.sites[site], depth=depth, due=Due.NEW)
        judgement = self.scopes[site].judge(candidate.url, role=candidate.role, place=candidate.place)
        if judgement.reason is Reason.PAGINATION or candidate.place is Place.NEXT:
            found = replace(found, depth=min(depth, max(depth - 1, 2)))
        out_of_scope = judgement.reason if judgement.verdict is Verdict.REFUSED else None
        refusal = refusal or out_of_scope or (yields.TOO_FAR if found.depth > yields.DEEPEST else None)
        for url in dict.fromkeys((found.url, safe_url_string(candidate.url))):
            if url not in self._noted:
                self._noted.add(url)
                self._first_seen(replace(found, url=url), refusal)
        rank = _RANK[judgement.verdict] + _RANK_OF_PLACE.get(candidate.place, 3)
        rank += self.yield_of(site, found.pattern).rank
        return (None if refusal else replace(found, rank=rank)), not refusal or out_of_scope is not None

    def _first_seen(self, found: Found, refusal: str | None) -> None:
        """A line in the ledger for an address that this crawl has not met before."""
        known = self.frontier.address(found.key) or self._addresses.get(found.key)
        if refusal == Reason.COPY and self._copy(found):
            return
        if known is None and refusal:
            self.note(found.url, found.site, Outcome.REFUSED, refusal, found.found_on)
        elif known is None:
            self._addresses[found.key] = found.url
            self.note(found.url, found.site, Outcome.QUEUED, found.due, found.found_on)
        elif known != found.url:
            self.note(found.url, found.site, Outcome.DUPLICATE, "another spelling", found.found_on, known)

    def _copy(self, found: Found) -> bool:
        """Give an address for print or AMP to the article of which it is a copy; whether there is one."""
        original = identify.original_of(found.url)
        key = identify.article_key(original, None, self.sites[found.site]) if original else ""
        article = self.archive.article_by_key(key) if original else None
        if article is None:
            return False
        self.note_copy(found.url, found.site, article.article, article.url, found.found_on)
        return True

    def note_copy(self, url: str, site: str, article: int, original: str, found_on: str | None) -> None:
        """A line in the ledger for a copy that is not fetched: the article lists all its addresses."""
        note = Note(url, Outcome.DUPLICATE, COPY, site, article=article, found_on=found_on, leads_to=original)
        self.archive.note(note, datetime.now(UTC))

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
    if "HeadTooLong" in names:
        return "headers without end"
    if "ParseError" in names:
        return "not an answer in HTTP"
    closed = {"ConnectionDone", "ConnectionLost", "ResponseNeverReceived"}
    return "connection closed without an answer" if names & closed else " and ".join(sorted(names))


def _found(candidate: Candidate, site: Site, *, depth: int, due: Due) -> Found:
    url = safe_url_string(candidate.url)
    key = canonical_url(url, site.keep_params)
    if len(parse_qsl(urlsplit(url).query)) > len(parse_qsl(urlsplit(key).query)):
        url = key  # It carries tracking parameters, and no site wants those of another reader.
    lastmod = candidate.lastmod
    return Found(
        key=key,
        url=url,
        site=site.key,
        host=host_of(url),
        role=candidate.role,
        due=due,
        depth=depth,
        found_on=candidate.found_on,
        lastmod=_sortable(lastmod) if lastmod else None,
        pattern=yields.pattern(key),
    )


def _sortable(moment: Any) -> str:
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(moment, datetime)
        else moment.isoformat()
    )
