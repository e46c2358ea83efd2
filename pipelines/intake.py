"""The one path from a capture to the rows of archive.db: verdict, extraction, identity, revision, rows.

Promises: every capture leaves a row in `captures` and an outcome with a reason in the ledger; a strange page
is an outcome, never an exception. Everything is written in the archive's open transaction; the caller
commits. Never fetches, never reads the clock: a capture says when it was fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin, urlsplit

from pipelines import identify, observations, revise, verdict
from pipelines import site as site_room
from pipelines.article.model import shipped
from pipelines.errors import ArchiveBusy, ArchiveUnusable
from pipelines.model import (
    Capture,
    Drop,
    Extraction,
    Known,
    Outcome,
    Probe,
    Revision,
    Site,
    SiteMemory,
    Taken,
)
from pipelines.reading import DECLARATION, PAGE, PROBE, SUBRESOURCE, Read, describe, read
from pipelines.store import TAKEDOWN, Archive, Note, Withheld, stored_day

log = logging.getLogger(__name__)

_STANDING = (Outcome.ARTICLE, Outcome.UNCHANGED, Outcome.DUPLICATE)
"""Outcomes of an address at which an article stands."""


class Found(Enum):
    """How a capture's article was recognised."""

    NEW = auto()
    SAME = auto()
    """At its own address."""
    MOVED = auto()
    """At the address that its own one redirects to now."""
    COPY = auto()
    """A further address of it: print or AMP page, the same words elsewhere on the site."""


@dataclass(frozen=True, slots=True)
class _Visit:
    """One capture, and under what circumstances it came."""

    capture: Capture
    site: Site
    crawl: int | None
    own_key: str
    """identify.article_key of the address itself, whatever the page claims."""
    read: Read
    probe: Probe | None
    """What the host of this address says where there is nothing."""


@dataclass(frozen=True, slots=True)
class _Match:
    found: Found
    known: Known | None
    key: str
    """The key that the article has from now on."""


class Intake:
    """Takes captures into one archive; `sites` as sites.yml has them."""

    def __init__(self, archive: Archive, sites: Mapping[str, Site]) -> None:
        shipped()  # an installation that lacks its classifier is told here, and not page by page
        self._archive = archive
        self._sites = sites
        self._memories: dict[str, SiteMemory] = {}
        self._probes: dict[str, Probe | None] = {}
        withheld = archive.withheld()
        self._withheld_hashes = {(one.site, words) for one in withheld for words in one.hashes}
        self._withheld_keys = {
            key
            for one in withheld
            for key in (
                one.key,
                *(identify.article_key(url, None, _owner(one, sites)) for url in one.addresses),
            )
        }

    def take(
        self,
        capture: Capture,
        *,
        site: str,
        role: str = PAGE,
        crawl: int | None = None,
        extraction: Extraction | None = None,
    ) -> Taken:
        """Write what became of one capture; never raises for what the page holds.

        role: "page", or the name of the door that this is (robots, sitemap, feed, listing): no article; or
        "probe", of a made-up address, against which the host's pages are judged from then on.
        extraction: what another reader than the cleaner read off something that is not HTML (plain text).
        Raises KeyError for a site that the archive does not have, and ArchiveUnusable or ArchiveBusy when it
        cannot be written.
        """
        entry = self._sites[site]
        if extraction is not None:
            found = describe(capture, extraction, role)
        else:
            found = read(capture, role, entry, self._memory(entry))
        return self.write(capture, found, site=site, role=role, crawl=crawl)

    def write(
        self,
        capture: Capture,
        found: Read,
        *,
        site: str,
        role: str = PAGE,
        crawl: int | None = None,
    ) -> Taken:
        """Write what became of a capture that has been read (pipelines.reading); as `take`.

        Never looks at the capture's body.
        """
        entry = self._sites[site]
        own_key = identify.article_key(capture.url, None, entry)
        probe = self._probe_of(capture.url) if role == PAGE else None
        visit = _Visit(capture, entry, crawl, own_key, found, probe)
        reading = found.content
        try:
            with self._archive.savepoint():
                if role == PROBE:
                    return self._learn(visit, reading)
                if isinstance(reading, Drop) and reading.reason in (SUBRESOURCE, DECLARATION):
                    return self._drop(visit, reading, _Match(Found.NEW, None, own_key), None)
                if isinstance(reading, Drop):
                    return self._drop_unread(visit, reading)
                return self._judge(visit, reading)
        except (ArchiveUnusable, ArchiveBusy):
            raise
        except Exception as error:  # whatever a hostile page provokes is an outcome of that page
            log.exception("%s: failed while it was taken in", capture.url)
            drop = Drop(Outcome.FAILED, f"error: {type(error).__name__}")
            with self._archive.savepoint():
                return self._drop(visit, drop, _Match(Found.NEW, None, visit.own_key), None)

    def _memory(self, site: Site) -> SiteMemory:
        if site.key not in self._memories:
            self._memories[site.key] = site_room.memory(site)
        return self._memories[site.key]

    # What a host says where there is nothing.

    def _probe_of(self, url: str) -> Probe | None:
        host = _netloc(url)
        if host not in self._probes:
            self._probes[host] = observations.probe(self._archive, host)
        return self._probes[host]

    def _learn(self, visit: _Visit, reading: Extraction | Drop) -> Taken:
        """Remember the answer to a made-up address; one that leads away from it speaks for the host too."""
        capture = visit.capture
        made_up = capture.chain[0] if capture.chain else capture.url
        target = _target(capture) if 300 <= capture.status < 400 else capture.url
        lost = target is not None and _last_segment(target) != _last_segment(made_up)
        text = "" if lost or isinstance(reading, Drop) else reading.text
        probe = Probe(
            _netloc(made_up), made_up, capture.fetched, capture.status, target if lost else None, text
        )
        observations.put_probe(self._archive, probe)
        self._probes[probe.host] = probe
        said = f"HTTP {capture.status}" + (f", {len(text.split()):,} words" if text else "")
        drop = Drop(Outcome.NOT_ARTICLE, PROBE, f"{said}, leads to {target}" if lost else said)
        return self._drop(visit, drop, _Match(Found.NEW, None, visit.own_key), None)

    def _judge(self, visit: _Visit, extraction: Extraction) -> Taken:
        if self._is_withheld(visit, extraction):
            unknown = _Match(Found.NEW, None, visit.own_key)
            return self._drop(visit, Drop(Outcome.WITHHELD, TAKEDOWN), unknown, extraction)
        match = self._match(visit, extraction)
        drop = verdict.judge_page(visit.capture, extraction, visit.read.source, match.known, visit.probe)
        if drop is None and match.found is Found.COPY:
            drop = Drop(Outcome.DUPLICATE, "copy")
        if drop is not None:
            return self._drop(visit, drop, match, extraction)
        return self._revise(visit, match, extraction)

    def _is_withheld(self, visit: _Visit, extraction: Extraction | None) -> bool:
        """Whether the archivist withholds what this tells of: by its address, one that redirects here, the
        one it claims, or its words."""
        if not self._withheld_keys:
            return False
        keys = {visit.own_key}
        keys |= {identify.article_key(address, None, visit.site) for address in visit.capture.chain}
        if extraction is None:
            return not keys.isdisjoint(self._withheld_keys)
        keys.add(identify.article_key(visit.capture.url, extraction.canonical_url, visit.site))
        is_known = (visit.site.key, visit.read.words) in self._withheld_hashes
        return is_known or not keys.isdisjoint(self._withheld_keys)

    # Which article is it?

    def _match(self, visit: _Visit, extraction: Extraction) -> _Match:
        """The article that the archive has of this page: by address, by redirect, or by its words."""
        key = identify.article_key(visit.capture.url, extraction.canonical_url, visit.site)
        if visit.read.is_translation:
            key = visit.own_key
        if key != visit.own_key:
            named = self._archive.article_by_key(key)
            if named is not None and not _is_home(named, visit) and not named.gone:
                if identify.agree(named.latest.text, extraction.text):
                    return _Match(Found.COPY, named, key)
                key = visit.own_key
        known = self._archive.article_by_key(key) or self._at_home(visit, key)
        if known is not None and self._is_false_claim(known, visit, extraction):
            self._archive.rename(known.article, _key_of_home(known, visit.site))
            known = None
        if known is not None:
            return _Match(Found.SAME, known, key)
        known = self._moved_here(visit)
        if known is not None:
            return _Match(Found.MOVED, known, key)
        return self._match_words(visit, extraction, key)

    def _is_false_claim(self, known: Known, visit: _Visit, extraction: Extraction) -> bool:
        """Whether the article that is filed under this address only claimed it (rel=canonical), before anyone
        had seen what stands here, and that is something else. A wall refutes nothing."""
        if known.key != visit.own_key or _is_home(known, visit) or self._moved_here(visit):
            return False
        if identify.agree(known.latest.text, extraction.text):
            return False
        drop = verdict.judge_page(visit.capture, extraction, visit.read.source, None, visit.probe)
        refutes = drop is None or drop.outcome is Outcome.NOT_ARTICLE
        return refutes and self._archive.article_by_key(_key_of_home(known, visit.site)) is None

    def _at_home(self, visit: _Visit, key: str) -> Known | None:
        """The article that lives at this address although its key is another (first found as a copy); no
        article has `key`."""
        known = self._archive.article_by_key(visit.own_key) if key != visit.own_key else None
        known = known or self._archive.article_by_url(visit.capture.url)
        return known if known is not None and _is_home(known, visit) else None

    def _moved_here(self, visit: _Visit) -> Known | None:
        """The article whose own address redirects here; one that merely points at articles moves none."""
        for address in visit.capture.chain:
            key = identify.article_key(address, None, visit.site)
            known = self._archive.article_by_key(key) or self._archive.article_by_url(address)
            if known is not None and _key_of_home(known, visit.site) == key:
                return known
        return None

    def _match_words(self, visit: _Visit, extraction: Extraction, key: str) -> _Match:
        """The same words elsewhere on the site: a copy; the article itself when its old address is gone."""
        if not extraction.text:
            return _Match(Found.NEW, None, key)
        known = self._archive.article_by_hash(visit.site.key, visit.read.words)
        day = stored_day(extraction.published)
        if known is None or (day and known.day and day != known.day):
            return _Match(Found.NEW, None, key)
        return _Match(Found.SAME if known.gone else Found.COPY, known, key)

    # What is written.

    def _revise(self, visit: _Visit, match: _Match, extraction: Extraction) -> Taken:
        known = match.known
        result = revise.revise(
            known.latest if known else None,
            extraction,
            withdrawn=bool(known and known.gone),
            earlier=lambda words: self._archive.version_with(known.article, words) if known else None,
            digest=visit.read.words,
            words=visit.read.source.words,
        )
        url = _address(visit, known)
        if isinstance(result, Revision):
            return self._archive_version(visit, match, extraction, result, url)
        assert known is not None  # nothing is unchanged that was not there
        self._archive.seen_again(known, url, visit.capture.fetched)
        self._record(visit, Outcome.UNCHANGED, "same words", known.article, extraction, here=known.article)
        return _taken(Outcome.UNCHANGED, "same words", known.article, extraction)

    def _archive_version(
        self, visit: _Visit, match: _Match, extraction: Extraction, revision: Revision, url: str
    ) -> Taken:
        seen, change = visit.capture.fetched, revision.change
        article = self._archive.put_article(
            match.known, revision, extraction, key=match.key, url=url, site=visit.site.key, seen=seen,
            words=visit.read.source.words, position=visit.capture.position,
        )  # fmt: skip
        capture = self._record(visit, Outcome.ARTICLE, change.value, article, extraction, here=article)
        self._archive.put_revision(article, revision, capture, seen, extraction)
        return replace(_taken(Outcome.ARTICLE, change.value, article, extraction), change=change)

    def _drop_unread(self, visit: _Visit, drop: Drop) -> Taken:
        """A response that is not worth reading; it may still tell that an article is gone, or as it was."""
        if 300 <= visit.capture.status < 400:
            drop = verdict.judge_redirect(visit.capture, _target(visit.capture), visit.probe) or drop
        match = self._match_address(visit)
        known = match.known
        if known is not None and drop.outcome is Outcome.GONE and self._lived_here(known, visit):
            return self._bury(visit, drop, known, here=match.found is Found.SAME)
        if known is None and drop.outcome is Outcome.UNCHANGED and self._is_withheld(visit, None):
            drop = Drop(Outcome.WITHHELD, TAKEDOWN)
        if known is not None and drop.outcome is Outcome.UNCHANGED:
            self._archive.seen_again(known, known.url, visit.capture.fetched)
        if known is not None and drop.reason == "redirect":
            self._follow(known, visit)
        return self._drop(visit, drop, match, None)

    def _follow(self, known: Known, visit: _Visit) -> None:
        """Where an article's own address redirects to one that was met before as a copy of it, it has moved
        there."""
        target = _target(visit.capture)
        there = self._archive.article_by_url(target) if target and self._lived_here(known, visit) else None
        if target and there is not None and there.article == known.article:
            self._archive.seen_again(known, target, visit.capture.fetched)

    def _match_address(self, visit: _Visit) -> _Match:
        """The article that the archive has of this address, without a look at the page."""
        known = self._archive.article_by_key(visit.own_key) or self._archive.article_by_url(visit.capture.url)
        if known is not None:
            return _Match(Found.SAME, known, visit.own_key)
        return _Match(Found.MOVED, self._moved_here(visit), visit.own_key)

    def _lived_here(self, known: Known, visit: _Visit) -> bool:
        """Whether the article was last known to live at this address, or at one that redirects here."""
        addresses = (visit.capture.url, *visit.capture.chain)
        keys = {identify.article_key(address, None, visit.site) for address in addresses}
        return (
            not known.gone and visit.capture.fetched >= known.seen and _key_of_home(known, visit.site) in keys
        )

    def _bury(self, visit: _Visit, drop: Drop, known: Known, *, here: bool) -> Taken:
        """The page of an article is gone: a tombstone, and its text stays. here: not after a redirect."""
        stone = revise.tombstone(known.latest)
        self._archive.mark_gone(known, stone.ordinal, visit.capture.fetched)
        home = known.article if here else None
        capture = self._record(visit, drop.outcome, drop.reason, known.article, None, here=home)
        self._archive.put_revision(known.article, stone, capture, visit.capture.fetched, None)
        return Taken(drop.outcome, drop.reason, known.article, stone.change)

    def _drop(self, visit: _Visit, drop: Drop, match: _Match, extraction: Extraction | None) -> Taken:
        """Write why there is no version; what an article merely redirects to is no address of it."""
        article = match.known.article if match.known else None
        here = None if match.found is Found.MOVED else article
        self._record(visit, drop.outcome, drop.reason, article, extraction, here=here, evidence=drop.evidence)
        return _taken(drop.outcome, drop.reason, article, extraction)

    def _record(
        self,
        visit: _Visit,
        outcome: Outcome,
        reason: str,
        article: int | None,
        extraction: Extraction | None,
        *,
        here: int | None,
        evidence: str | None = None,
    ) -> int:
        """The capture's row, and the ledger's rows of its address and of those that redirected to it.

        article: what the capture tells of; here: the article that lives at the address, if it is one's.
        """
        capture, site = visit.capture, visit.site.key
        number = self._archive.put_capture(
            capture, outcome, reason, site=site, crawl=visit.crawl, article=article,
            extractor=_extractor() if extraction else None,
            encoding=extraction.encoding if extraction else None, length=visit.read.length,
            reservation=visit.read.asks, evidence=evidence,
        )  # fmt: skip
        if reason in (SUBRESOURCE, DECLARATION) and self._archive.in_ledger(capture.url):
            return number  # a script that asks for a page says nothing of how that page's own story stands
        final = Note(
            capture.url, outcome, reason, site, capture.status, here, fetched=True,
            leads_to=_target(capture) if reason == "redirect" else None, capture=number,
        )  # fmt: skip
        passed = Outcome.DUPLICATE if here and outcome in _STANDING else outcome
        hops = (
            Note(address, passed, "redirect", site, article=article, leads_to=capture.url, fetched=True,
                 capture=number)
            for address in capture.chain
            if address != capture.url
        )  # fmt: skip
        self._archive.note_all((final, *hops), capture.fetched)
        return number


def _owner(one: Withheld, sites: Mapping[str, Site]) -> Site:
    """The site of a withheld article, whether sites.yml still names it or not."""
    return sites.get(one.site or "") or Site(one.site or "", one.url)


def _taken(outcome: Outcome, reason: str, article: int | None, extraction: Extraction | None) -> Taken:
    if extraction is None:
        return Taken(outcome, reason, article)
    return Taken(outcome, reason, article, None, extraction.kind, extraction.published, extraction.modified)


def _target(capture: Capture) -> str | None:
    """Where a redirect leads, or None when it does not say."""
    location = capture.header("location")
    try:
        return urljoin(capture.url, location) if location else None
    except ValueError:
        return None


def _netloc(url: str) -> str:
    """Host and port, in lower case."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _last_segment(url: str) -> str:
    """The last part of the path that says anything."""
    try:
        return urlsplit(url).path.rstrip("/").rpartition("/")[2]
    except ValueError:
        return ""


def _key_of_home(known: Known, site: Site) -> str:
    return identify.article_key(known.url, None, site)


def _is_home(known: Known, visit: _Visit) -> bool:
    """Whether the article lives at the address of this visit."""
    return _key_of_home(known, visit.site) == visit.own_key


def _address(visit: _Visit, known: Known | None) -> str:
    """Where the article lives: the address known so far, unless this is another, or a shorter spelling."""
    url = visit.capture.url
    if known is None or not _is_home(known, visit):
        return url
    return min(known.url, url, key=len)


@cache
def _extractor() -> str:
    """The version of the code that cleans pages."""
    try:
        return f"newsarchive {version('newsarchive')}"
    except PackageNotFoundError:
        return "newsarchive (not installed)"
