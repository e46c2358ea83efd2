"""Candidates -> entries of the frontier: whether what a document names is fetched, as what, and how soon.

Asks scope by address and place, what the pages of a site have taught (learning), and in a back-fill the walk.
What is refused, or met for the first time, is in the ledger. Never fetches.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from w3lib.url import safe_url_string

from pipelines import identify
from pipelines.identify import canonical_url
from pipelines.model import Site
from scraper import dated, yields
from scraper.backfill import LEFT_FOR, PAST, Walk
from scraper.discovery.candidate import LINKS, Candidate, Place, Role
from scraper.discovery.sitemaps import DEEPEST, MOST_SITEMAPS
from scraper.frontier import Due, Found, Frontier
from scraper.learning import Learning
from scraper.ledger import Ledger
from scraper.politeness import host_of
from scraper.report import Tally
from scraper.scope import Judgement, Reason, Scope, Verdict, is_headline, without_session

MANY_SITEMAPS = f"trap: more than {MOST_SITEMAPS:,} sitemaps"
NESTED = "trap: a sitemap too deep in others"
_RANK = {Verdict.ARTICLE: 0, Verdict.LISTING: -5, Verdict.UNLIKELY: -25, Verdict.REFUSED: 0}
_RANK_OF_PLACE = {Place.FEED: 5, Place.NEWS_SITEMAP: 5, Place.SITEMAP: 0}
"""What a site announces as new comes first, what it shows next, what it lists of old last."""
_RANK_OF_HEADLINE = 4
_RANK_OF_LABEL = -20
"""Where all addresses look alike, the words of the links to them tell articles from tags and sections."""
_NO_DOOR = 2
"""Links from the front page from which on a listing is no door that every crawl asks."""


@dataclass(slots=True)
class Candidates:
    """Judges what one crawl finds."""

    sites: Mapping[str, Site]
    scopes: Mapping[str, Scope]
    walks: Mapping[str, Walk]
    frontier: Frontier
    ledger: Ledger
    learning: Learning
    tally: Tally
    _sitemaps: set[str] = field(default_factory=set)
    _sitemap_counts: dict[str, int] = field(default_factory=dict)
    _told_of_sitemaps: set[str] = field(default_factory=set)
    _linked: set[tuple[str, str, Role]] = field(default_factory=set)
    """(site, address, role) of links that were entered or refused: another page with them tells nothing."""

    def door(self, candidate: Candidate, site: str) -> Found:
        """The frontier's entry for a door that sites.yml names."""
        return _found(candidate, self.sites[site], depth=0, due=Due.DOOR)

    def entry(self, candidate: Candidate, site: str, depth: int, refusal: str | None = None) -> Found | None:
        """The frontier's entry for what a document names, or None when scope, or `refusal`, refuses it, and
        for a link that this crawl has met before."""
        is_edition = candidate.place is Place.HEAD and candidate.role is Role.PAGE
        if candidate.place not in LINKS and not is_edition:
            return self._judged(candidate, site, depth, refusal)[0]
        link = (site, candidate.url, candidate.role)
        if link in self._linked or self.scopes[site].is_elsewhere(candidate.url):
            return None  # a page links to anything; what it links to elsewhere is not an address of this site
        found, is_final = self._judged(candidate, site, depth, refusal)
        if is_final:
            self._linked.add(link)
        return found

    def may_be_article(self, found: Found, said: Candidate) -> bool:
        """Whether a link of a listing counts for it: as an article by its looks, or by what such addresses
        turned out to be, or as none of what sites link besides."""
        if found.role is not Role.PAGE:
            return False
        judgement = self.scopes[found.site].judge(found.url, place=said.place, text=said.text)
        is_plain = judgement.reason is Reason.SECTION and said.place in (Place.MAIN, Place.BODY)
        is_proven = self.learning.yield_of(found.site, found.pattern).rank > 0
        return judgement.verdict is Verdict.ARTICLE or is_plain or is_proven

    def _judged(
        self, candidate: Candidate, site: str, depth: int, refusal: str | None
    ) -> tuple[Found | None, bool]:
        """The entry, or None; and whether another page that names it could change nothing about that."""
        plain = self.learning.parameters.strip(candidate.url, site)
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
            self.ledger.meet(url, found, refusal)
        if original := _original(refusal, found.url, self.sites[site]):
            return self._judged(replace(candidate, url=original), site, depth, None)[0], True
        if found.due is Due.BACKFILL:
            return (None if refusal else found), not refusal or out_of_scope is not None
        rank = _RANK[judgement.verdict] + _RANK_OF_PLACE.get(candidate.place, 3)
        rank += self.learning.yield_of(site, found.pattern).rank
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
        walk.left += not self.ledger.has_met(found.url)
        return replace(found, not_before=time.time() + LEFT_FOR), None


def _original(refusal: str | None, url: str, site: Site) -> str | None:
    """What is fetched in place of an address that is refused as one of many of its page, or None."""
    if refusal == Reason.SESSION:
        plain = without_session(url, site.keep_params)
        return plain if plain != url else None
    return _on_own_host(url, site) if refusal == Reason.COPY else None


def _on_own_host(url: str, site: Site) -> str | None:
    """The page's address on the site's own host, where `url` is the same on a host for phones or AMP."""
    original = identify.original_of(url)
    if original is None or host_of(original) == host_of(url):
        return None
    own = (host_of(site.url), *site.hosts)
    host = next((host for host in own if host.removeprefix("www.") == host_of(original)), None)
    return urlsplit(original)._replace(netloc=host).geturl() if host else None


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


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _sortable(moment: Any) -> str:
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(moment, datetime)
        else moment.isoformat()
    )
