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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
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
from scraper import dated, netguard, yields
from scraper.backfill import Named, Walk
from scraper.discovery.candidate import LINKS, Candidate, Place, Role
from scraper.discovery.sitemaps import DEEPEST, MOST_SITEMAPS
from scraper.frontier import Due, Found, Frontier, RobotsCopy, Task, unusable
from scraper.parameters import Parameters
from scraper.politeness import PATIENCE, Pace, host_of
from scraper.report import Tally
from scraper.robots import TOKEN, OriginClosed
from scraper.scope import Judgement, Reason, Scope, Verdict, is_headline, without_session
from scraper.visits import Rates, trusts_validators
from scraper.yields import Yield

if TYPE_CHECKING:
    from scraper.archiving import Archiving
    from scraper.browser import Browser

log = logging.getLogger(__name__)

VERSION = "0.1"
COPY = "a copy for print, AMP or phones"
"""The reason in the ledger of an address that is known to be one, and is not fetched."""
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
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (exceptions.CannotResolveHostError, "host name unknown"),
    (exceptions.DownloadConnectionRefusedError, "connection refused"),
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.ResponseDataLossError, "connection broken off"),
    (exceptions.UnsupportedURLSchemeError, "not http or https"),
)


MANY_SITEMAPS = f"trap: more than {MOST_SITEMAPS:,} sitemaps"
NESTED = "trap: a sitemap too deep in others"
_RANK = {Verdict.ARTICLE: 0, Verdict.LISTING: -5, Verdict.UNLIKELY: -25, Verdict.REFUSED: 0}
_RANK_OF_PLACE = {Place.FEED: 5, Place.NEWS_SITEMAP: 5, Place.SITEMAP: 0}
"""What a site announces as new comes first, what it shows next, what it lists of old last."""
_RANK_OF_HEADLINE = 4
_RANK_OF_LABEL = -20
"""Where all addresses look alike, the words of the links to them tell articles from tags and sections."""
_TELLING = frozenset({Outcome.ARTICLE, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.NOT_ARTICLE})
"""Outcomes that tell what a page is; errors and walls tell nothing."""


PAST = frozenset({Reason.PAGINATION, Reason.DATE_ARCHIVE})
"""What further pages of a listing look like."""
_NO_DOOR = 2
"""Links from the front page from which on a listing is no door that every crawl asks."""
LEFT_FOR = 86_400.0
"""Seconds for which a back-fill leaves aside what is older than it asks for."""


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
    parameters: Parameters = field(init=False)
    pages: Counter[str] = field(default_factory=Counter)
    spent_today: Mapping[str, int] = field(default_factory=dict)
    """Site -> pages of its `max_pages` that are spent already."""
    _yields: dict[str, dict[str, Yield]] = field(default_factory=dict)
    _probes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _rates: dict[str, Rates] = field(default_factory=dict)
    _working: set[tuple[str, str]] = field(default_factory=set)
    """(site, role) wherever a feed or sitemap is known that answers as one."""
    _copies: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """Key of an article that is not archived yet -> addresses that seem to be copies of it, where found."""
    _sitemaps: set[str] = field(default_factory=set)
    _sitemap_counts: dict[str, int] = field(default_factory=dict)
    _told_of_sitemaps: set[str] = field(default_factory=set)
    _noted: set[str] = field(default_factory=set)
    _addresses: dict[str, str] = field(default_factory=dict)
    """Key -> address, of what this crawl has met first."""
    _freed: set[str] = field(default_factory=set)
    """Keys in flight whose host may be asked again already."""
    _linked: set[tuple[str, str, Role]] = field(default_factory=set)
    """(site, address, role) of links that were entered or refused: another page with them tells nothing."""

    def __post_init__(self) -> None:
        today = datetime.now(UTC).date()
        self.scopes = {key: Scope(site, today) for key, site in self.sites.items()}
        self.parameters = Parameters(self.archive, self.frontier.lessons, self.sites)

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

    def rates(self, site: str) -> Rates:
        """How the site's articles have changed, as far as was known when this crawl began."""
        if site not in self._rates:
            self._rates[site] = Rates(self.frontier.lessons.looks(site))
        return self._rates[site]

    def yield_of(self, site: str, pattern: str) -> Yield:
        """What the pages of this shape turned out to be so far."""
        if site not in self._yields:
            self._yields[site] = self.frontier.lessons.yields(site)
        return self._yields[site].get(pattern, yields.NOTHING)

    def learn(self, task: Task, taken: Taken) -> None:
        """Remember what a page that was fetched for the first time turned out to be, and on what it was
        found."""
        if task.last_fetched is not None or not task.pattern or taken.outcome not in _TELLING:
            return
        if name := self.parameters.is_copy(task, taken):
            if self.parameters.learn(task.site, name):
                self.tally.note(task.site, f"the parameter {name!r} changes nothing: it is left out now")
            if name in self.parameters.idle(task.site):
                return  # an address that is the same but for this says nothing of its pattern
        before, is_new = self.yield_of(task.site, task.pattern), taken.change is Change.FIRST
        self._keep(task.site, task.pattern, before, before.with_page(is_article=is_new))
        if is_new and task.found_on:
            finder = yields.pattern(task.found_on)
            before = self.yield_of(task.site, finder)
            self._keep(task.site, finder, before, before.with_find())

    def _keep(self, site: str, pattern: str, before: Yield, after: Yield) -> None:
        self._yields[site][pattern] = after
        self.frontier.lessons.keep_yield(site, pattern, before, after)

    def trap(self, task: Task) -> str | None:
        """Why a page never fetched before is not worth it, or None; a few of a trap are tried.

        A page of the past is judged by what the walk has seen of its listing.
        """
        walk = self.walks.get(task.site)
        if walk is not None and self._is_past(task):
            return walk.refusal(task.url, task.found_on, self.published)
        if task.due is not Due.NEW or task.role not in (Role.PAGE, Role.LISTING) or not task.pattern:
            return None
        if not self.yield_of(task.site, task.pattern).is_barren:
            return None
        self._probes[task.site, task.pattern] += 1
        return yields.BARREN if self._probes[task.site, task.pattern] > yields.PROBES else None

    def _is_past(self, task: Task) -> bool:
        is_page = task.due is Due.NEW and self.scopes[task.site].judge(task.url).reason in PAST
        return task.due is Due.BACKFILL or is_page

    def published(self, url: str) -> date | None:
        """When the article at this address was published, as far as the archive knows."""
        known = self.archive.article_by_url(url)
        return date.fromisoformat(known.day) if known is not None and known.day else None

    def walked(self, task: Task, named: Iterable[tuple[Found, Candidate]]) -> list[Found]:
        """A listing came in a back-fill, naming this for the first time in this crawl; what else may lie in
        the past behind it."""
        walk = self.walks[task.site]
        return self._past(task, walk.walked(task.url, self._articles(named)))

    def months(self, task: Task, named: Iterable[tuple[Found, Candidate]]) -> list[Found]:
        """Where the months of what a feed names may be listed."""
        return self._past(task, self.walks[task.site].months(self._articles(named)))

    def _articles(self, named: Iterable[tuple[Found, Candidate]]) -> list[Named]:
        likely = [found.url for found, said in named if self._may_be_article(found, said)]
        return [Named(url, _last_day(url)) for url in likely]

    def _past(self, task: Task, urls: Iterable[str]) -> list[Found]:
        past = (Candidate(url, Role.LISTING, task.url, Place.PAST) for url in urls)
        found = [self.candidate(candidate, task.site, task.depth) for candidate in past]
        return [entry for entry in found if entry is not None]

    def _may_be_article(self, found: Found, said: Candidate) -> bool:
        """Whether a link of a listing counts for it: as an article by its looks, or by what such addresses
        turned out to be, or as none of what sites link besides."""
        if found.role is not Role.PAGE:
            return False
        judgement = self.scopes[found.site].judge(found.url, place=said.place, text=said.text)
        is_plain = judgement.reason is Reason.SECTION and said.place in (Place.MAIN, Place.BODY)
        is_proven = self.yield_of(found.site, found.pattern).rank > 0
        return judgement.verdict is Verdict.ARTICLE or is_plain or is_proven

    def works(self, site: str, role: str) -> None:
        """A feed or sitemap of the site answered as one."""
        self._working.add((site, role))

    def lacks(self, site: str, role: str) -> bool:
        """Whether no feed, or no sitemap, of the site is known that works."""
        return (site, role) not in self._working

    def is_needless(self, task: Task) -> bool:
        """Whether a guess need not be asked any more: the site has a door of this kind."""
        return task.due is Due.GUESS and not self.lacks(task.site, task.role)

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
        is_edition = candidate.place is Place.HEAD and candidate.role is Role.PAGE
        if candidate.place not in LINKS and not is_edition:
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
        plain = self.parameters.strip(candidate.url, site)
        candidate = candidate if plain == candidate.url else replace(candidate, url=plain)
        found = _found(candidate, self.sites[site], depth=depth, due=Due.NEW)
        judgement = self.scopes[site].judge(
            candidate.url, role=candidate.role, place=candidate.place, text=candidate.text
        )
        if judgement.reason is Reason.PAGINATION or candidate.place is Place.NEXT:
            found = replace(found, depth=min(depth, max(depth - 1, 2)))
        out_of_scope = judgement.reason if judgement.verdict is Verdict.REFUSED else None
        found, is_past = self._aimed(found, judgement, candidate)
        refusal = refusal or out_of_scope or is_past or self._one_sitemap_more(found)
        refusal = refusal or (yields.TOO_FAR if found.depth > yields.DEEPEST else None)
        for url in dict.fromkeys((found.url, safe_url_string(candidate.url))):
            if url not in self._noted:
                self._noted.add(url)
                self._first_seen(replace(found, url=url), refusal)
        if original := self._original(refusal, found.url, site):
            return self._candidate(replace(candidate, url=original), site, depth, None)[0], True
        if found.due is Due.BACKFILL:
            return (None if refusal else found), not refusal or out_of_scope is not None
        rank = _RANK[judgement.verdict] + _RANK_OF_PLACE.get(candidate.place, 3)
        rank += self.yield_of(site, found.pattern).rank
        rank += _rank_of_words(candidate, judgement) if candidate.place in LINKS else 0
        return (None if refusal else replace(found, rank=rank)), not refusal or out_of_scope is not None

    def _one_sitemap_more(self, found: Found) -> str | None:
        """Why a sitemap that is not known yet is one too many, or None."""
        if found.role is not Role.SITEMAP:
            return None
        if found.depth > DEEPEST:
            return NESTED
        if found.key in self._sitemaps or self.frontier.address(found.key) is not None:
            return None
        if found.site not in self._sitemap_counts:
            self._sitemap_counts[found.site] = self.frontier.count(found.site, Role.SITEMAP)
        if self._sitemap_counts[found.site] >= MOST_SITEMAPS:
            if found.site not in self._told_of_sitemaps:
                self._told_of_sitemaps.add(found.site)
                self.tally.note(found.site, f"{MANY_SITEMAPS}: no more are read")
            return MANY_SITEMAPS
        self._sitemaps.add(found.key)
        self._sitemap_counts[found.site] += 1
        return None

    def _original(self, refusal: str | None, url: str, site: str) -> str | None:
        """What is fetched in place of an address that is refused as one of many of its page, or None."""
        if refusal == Reason.SESSION:
            plain = without_session(url, self.sites[site].keep_params)
            return plain if plain != url else None
        return self._on_own_host(url, site) if refusal == Reason.COPY else None

    def _on_own_host(self, url: str, site: str) -> str | None:
        """The page's address on the site's own host, where `url` is the same on a host for phones or AMP."""
        original = identify.original_of(url)
        if original is None or host_of(original) == host_of(url):
            return None
        own = (host_of(self.sites[site].url), *self.sites[site].hosts)
        host = next((host for host in own if host.removeprefix("www.") == host_of(original)), None)
        return urlsplit(original)._replace(netloc=host).geturl() if host else None

    def _aimed(self, found: Found, judgement: Judgement, said: Candidate) -> tuple[Found, str | None]:
        """In a back-fill: the further page of a listing waits for its turn in the walk, and what is older
        than asked for waits for another crawl; and why it is not fetched at all, or None."""
        walk = self.walks.get(found.site)
        if walk is None or judgement.verdict is Verdict.REFUSED or found.role is Role.FEED:
            return found, None
        if found.role is Role.LISTING or judgement.reason in PAST:
            depth = min(max(found.depth, _NO_DOOR), _NO_DOOR + 1)
            rank = walk.rank(found.url)
            page = replace(found, role=Role.LISTING, due=Due.BACKFILL, depth=depth, rank=rank)
            return page, walk.forbids(found.url)
        is_sitemap = found.role is Role.SITEMAP
        named = dated.sitemap_period(found.url) if is_sitemap else dated.period(found.url)
        stated = None if is_sitemap else _day(said.published or said.lastmod)
        if not walk.is_older(stated, named):
            return found, None
        walk.left += found.url not in self._noted
        return replace(found, not_before=time.time() + LEFT_FOR), None

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
        """Give an address for print, AMP or phones to the article that it copies; whether there is one."""
        original = identify.original_of(found.url)
        key = identify.article_key(original, None, self.sites[found.site]) if original else ""
        article = self.archive.article_by_key(key) if original else None
        if article is None:
            self._copies.setdefault(key, {})[found.url] = found.found_on
            return False
        self.note_copy(found.url, found.site, article.article, article.url, found.found_on)
        return True

    def copies_of(self, url: str, site: str) -> Mapping[str, str | None]:
        """Addresses that were met before the article at `url` was archived, and seem to be copies of it: each
        with where it was found."""
        return self._copies.pop(identify.article_key(url, None, self.sites[site]), {})

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


def _rank_of_words(link: Candidate, judgement: Judgement) -> int:
    """What the words of a link say beside an address like an article's: a headline is one, and one or two
    words are more often a tag. A link without words, a picture for one, says nothing."""
    if is_headline(link.text):
        return _RANK_OF_HEADLINE
    is_label = 0 < len(link.text.split()) < 3 and len(link.text) < 25
    looks = judgement.reason in (Reason.NUMBERED, Reason.SLUG)
    return _RANK_OF_LABEL if is_label and looks else 0


def _last_day(url: str) -> date | None:
    """The day that an address names; of a month the last, so that nothing of it is taken for older."""
    named = dated.period(url)
    return named.last if named else None


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _sortable(moment: Any) -> str:
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(moment, datetime)
        else moment.isoformat()
    )
