"""Survey: what `newsarchive add` sees of a new site, as an entry for sites.yml and notes in plain sentences.

A few polite, guarded requests: robots.txt first, then the front page, its feeds, its sitemaps. Nothing is
stored, nothing that robots.txt forbids is fetched; how requests are made is the visitor's business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipelines.errors import SiteUnreachable
from pipelines.model import Site
from scraper import robots
from scraper.discovery.candidate import Candidate, Place, Role, Unreadable, absolute
from scraper.discovery.feeds import FEED_ROOTS, Feed, read_feed
from scraper.discovery.links import PageLinks, parse, read_links
from scraper.discovery.markup import root_name, text_of, tidy
from scraper.discovery.sitemaps import Sitemap, read_sitemap
from scraper.guess import FEED_PATHS, SITEMAP_PATHS
from scraper.scope import Reason, Scope, Verdict
from scraper.visitor import Answer, Visitor

MOST_FEEDS = 6
MOST_SITEMAPS = 8
MOST_SECTIONS = 12
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gob", "gov", "net", "org"})
_BETWEEN_PARTS = re.compile(r"\s[–—·:-]\s|\|")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Survey:
    """A site as it was seen."""

    site: Site
    """Ready to be written to sites.yml."""
    notes: tuple[str, ...]
    """What was seen, a sentence each."""
    warnings: tuple[str, ...] = ()
    """What may keep the archive from being complete, and what to do about it."""


@dataclass(slots=True)
class _Seen:
    """What has been found so far."""

    front: Answer
    tree: LexborHTMLParser
    links: PageLinks
    scope: Scope
    policy: robots.Policy
    feeds: dict[str, Feed] = field(default_factory=dict)
    sitemaps: dict[str, Sitemap] = field(default_factory=dict)
    guessed_sitemaps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def articles(self, candidates: Iterable[Candidate]) -> set[str]:
        """The addresses among `candidates` that look like articles of the site."""
        return {
            found.url
            for found in candidates
            if self.scope.judge(found.url, role=found.role, place=found.place, text=found.text).verdict
            is Verdict.ARTICLE
        }


def survey(
    url: str, *, contact: str, allow_private: bool = False, timeout: float = 20.0, pause: float = 0.5
) -> Survey:
    """Look at the site whose front page is `url`; a host name alone means https.

    contact: goes into the User-Agent. timeout: seconds for each answer in all. pause: seconds between two
    requests. Raises SiteUnreachable when it does not answer, answers with an error, or shows nothing that
    looks like news; AddressRefused when it is not a public address and `allow_private` is not given.
    """
    with Visitor(contact, allow_private=allow_private, timeout=timeout, pause=pause) as visitor:
        seen = _look(visitor, _address(url))
        _read_feeds(visitor, seen)
        _read_sitemaps(visitor, seen)
    _weigh(seen)
    return Survey(_entry(seen, allow_private), tuple(seen.notes), tuple(seen.warnings))


def _address(url: str) -> str:
    """`url` with a scheme. Raises SiteUnreachable when it cannot be the address of a site."""
    address = absolute("", url if "//" in url else f"https://{url}")
    if address is None or "@" in urlsplit(address).netloc:
        raise SiteUnreachable(f"{url!r} is not the address of a web site: give it as https://example.org/")
    return address


def _look(visitor: Visitor, url: str) -> _Seen:
    """The front page and the robots.txt that speaks for it."""
    front = visitor.page(url)
    text = text_of(front.body, front.content_type)
    if root_name(text) in FEED_ROOTS:
        raise SiteUnreachable(f"{url} is a feed: give the front page, whose feeds are then looked for")
    if "html" not in (front.content_type or "html").lower() or not text.lstrip().startswith("<"):
        kind = front.content_type if text else "empty"
        raise SiteUnreachable(f"{url} is {kind}, not an HTML page: give the site's front page")
    tree = parse(front.body, front.content_type)
    policy = visitor.policy(front.url)
    links = read_links(tree, front.url)
    seen = _Seen(front, tree, links, Scope(Site("new", front.url)), policy)
    seen.notes.append(_robots_note(visitor, front.url, policy))
    if urlsplit(front.url).netloc != urlsplit(url).netloc:
        seen.notes.append(f"{url} redirects to {front.url}, which is taken for the front page")
    return seen


def _robots_note(visitor: Visitor, url: str, policy: robots.Policy) -> str:
    groups = visitor.groups(url)
    if groups is None:
        return "robots.txt: none, so everything may be fetched"
    said = [f"{groups} group{'s' * (groups != 1)}"]
    if policy.sitemaps():
        said.append(f"names {_count(len(policy.sitemaps()), 'sitemap')}")
    if policy.crawl_delay():
        said.append(f"Crawl-delay {policy.crawl_delay():g}")
    return "robots.txt: " + ", ".join(said)


def _read_feeds(visitor: Visitor, seen: _Seen) -> None:
    """The feeds that the front page announces, else one at a common path; what adds nothing is left out."""
    announced = [c.url for c in seen.links.candidates if c.role is Role.FEED and _usable_feed(seen.scope, c)]
    found = [_attempt(visitor, seen, url, _feed) for url in announced[:MOST_FEEDS]]
    if not announced:
        found = [_first_of(visitor, _on(seen.front.url, FEED_PATHS), _feed)]
    known: set[str] = set()
    for url, feed in filter(None, found):
        urls = {entry.url for entry in feed.candidates}
        if urls - known or not urls:
            seen.feeds[url] = feed
            entries = _count(len(feed.candidates), "entry", "entries")
            seen.notes.append(f"feed {url}: {entries}{_newest(feed.candidates)}")
        known |= urls


def _usable_feed(scope: Scope, found: Candidate) -> bool:
    """Whether a feed is the site's; a feed that the page announces may lie on another host."""
    reason = scope.judge(found.url, role=Role.FEED, place=found.place).reason
    return reason is Reason.DOCUMENT_OF_LINKS or (reason is Reason.OTHER_HOST and found.place is Place.HEAD)


def _read_sitemaps(visitor: Visitor, seen: _Seen) -> None:
    """The sitemaps that robots.txt names, else one at a common path, and the newest of their children."""
    waiting = [urljoin(seen.front.url, url) for url in seen.policy.sitemaps()]
    if not waiting:
        guessed = _first_of(visitor, _on(seen.front.url, SITEMAP_PATHS), _sitemap)
        if guessed:
            seen.guessed_sitemaps.append(guessed[0])
            seen.sitemaps.update([guessed])
            waiting = _children(guessed[1])
    asked = set(seen.sitemaps)
    while waiting and len(asked) < MOST_SITEMAPS:
        url = waiting.pop(0)
        found = None if url in asked else _attempt(visitor, seen, url, _sitemap)
        asked.add(url)
        if found:
            seen.sitemaps.update([found])
            waiting += _children(found[1])
    _note_sitemaps(seen, len(set(waiting) - asked))


def _feed(visitor: Visitor, url: str) -> Feed:
    answer = visitor.page(url)
    return read_feed(answer.body, answer.url, answer.content_type)


def _sitemap(visitor: Visitor, url: str) -> Sitemap:
    answer = visitor.page(url)
    return read_sitemap(answer.body, answer.url, answer.content_type)


def _children(sitemap: Sitemap) -> list[str]:
    """The sitemaps of an index, the newest first."""
    return [child.url for child in sorted(sitemap.children, key=_age, reverse=True)]


def _attempt(
    visitor: Visitor, seen: _Seen, url: str, read: Callable[[Visitor, str], T]
) -> tuple[str, T] | None:
    """What `read` makes of a document that the site names; when it cannot, that is worth a warning."""
    try:
        return url, read(visitor, url)
    except (SiteUnreachable, Unreadable) as error:
        seen.warnings.append(f"named by the site, but of no use: {_about(url, error)}")
        return None


def _first_of(
    visitor: Visitor, urls: Iterable[str], read: Callable[[Visitor, str], T]
) -> tuple[str, T] | None:
    """The first of some guessed addresses that `read` can make something of."""
    for url in urls:
        try:
            return url, read(visitor, url)
        except (SiteUnreachable, Unreadable):
            continue  # A guess that fails says nothing.
    return None


def _about(url: str, error: Exception) -> str:
    return str(error) if url in str(error) else f"{url}: {error}"


def _note_sitemaps(seen: _Seen, unread: int) -> None:
    pages = _pages(seen)
    if not seen.sitemaps:
        return
    urls = {found.url for found in pages}
    news = sum(sitemap.is_news for sitemap in seen.sitemaps.values())
    seen.notes.append(
        f"{_count(len(seen.sitemaps), 'sitemap')} read, {news} for news: "
        f"{_count(len(urls), 'address', 'addresses')}, "
        f"{len(seen.articles(pages)):,} of them like articles{_newest(pages)}"
    )
    if unread:
        seen.notes.append(f"{_count(unread, 'further sitemap')} not read now: a crawl reads them all")


def _weigh(seen: _Seen) -> None:
    """Whether this is a news site at all. Raises SiteUnreachable when nothing speaks for it."""
    linked = seen.articles(seen.links.candidates)
    elsewhere = seen.articles(found for feed in seen.feeds.values() for found in feed.candidates)
    elsewhere |= seen.articles(_pages(seen))
    if not linked and not elsewhere:
        raise SiteUnreachable(
            f"{seen.front.url} answers, but nothing looks like news: no feed with entries, no sitemap with "
            "articles, no link like an article's. Give the page where its news is listed, or write the entry "
            "in sites.yml by hand, with its sections"
        )
    seen.notes.append(
        f"front page: {_count(len(linked), 'link')} to articles, {len(_sections(seen))} to sections"
    )
    if not linked:
        seen.warnings.append(
            "the front page as served has no link to an article, perhaps because JavaScript fills it: "
            "the crawl rests on feeds and sitemaps"
        )
    if not elsewhere:
        seen.warnings.append(
            "no feed and no sitemap with articles: the crawl rests on the links of its pages"
        )
    seen.warnings.extend(_neighbours(seen))


def _neighbours(seen: _Seen) -> Iterator[str]:
    """Hosts below the site's own domain that its front page links to: perhaps sections, perhaps not."""
    own = (urlsplit(seen.front.url).hostname or "").removeprefix("www.")
    hosts = Counter(urlsplit(c.url).hostname or "" for c in seen.links.candidates)
    for host, count in hosts.most_common():
        if host.endswith(f".{own}") and host != f"www.{own}":
            yield f"{_count(count, 'link')} to {host}: if it belongs to the site, add it under `hosts`"


def _entry(seen: _Seen, allow_private: bool) -> Site:
    name = _name(seen)
    site = Site(
        key=_key(seen.front.url, name),
        url=seen.front.url,
        name=name,
        language=_language(seen),
        feeds=tuple(seen.feeds),
        sitemaps=tuple(seen.guessed_sitemaps),
        sections=tuple(_sections(seen)),
        allow_private=allow_private,
    )
    return replace(site, delay=max(site.delay, seen.policy.crawl_delay()))


def _sections(seen: _Seen) -> list[str]:
    """Section pages: those in the navigation, or wherever they stand when there is none."""
    found = {
        c.url: c.place
        for c in seen.links.candidates
        if seen.scope.judge(c.url, role=c.role, place=c.place).reason is Reason.SECTION
        and seen.policy.allows(c.url)
    }
    in_navigation = [url for url, place in found.items() if place in (Place.NAV, Place.HEADER)]
    return (in_navigation or [url for url, place in found.items() if place is not Place.FOOTER])[
        :MOST_SECTIONS
    ]


def _name(seen: _Seen) -> str:
    """What the site calls itself: og:site_name, else what is like its host, or returns, in its titles."""
    for selector in ('meta[property="og:site_name"]', 'meta[name="application-name"]'):
        node = seen.tree.css_first(selector)
        said = tidy(node.attributes.get("content")) if node else None
        if said:
            return said[:80]
    host = (urlsplit(seen.front.url).hostname or "").removeprefix("www.")
    node = seen.tree.css_first("title")
    titles = [tidy(node.text()) if node else None, *(feed.title for feed in seen.feeds.values())]
    parts = [
        part.strip() for title in titles if title for part in _BETWEEN_PARTS.split(title) if part.strip()
    ]
    alike = [part for part in parts if _letters(part) in _letters(host)]
    often = [part for part, _ in Counter(parts).most_common(1)]
    return (alike or often or [host])[0][:80]


def _key(url: str, name: str) -> str:
    """A short name: the host without www and public suffix, or the site's name where the host is none."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or ":" in host:
        return _slug(re.sub(r"^(?:the|der|die|das|le|la|el|il)\s+", "", name, flags=re.IGNORECASE)) or "site"
    labels.pop()
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return _slug("-".join(labels)) or "site"


def _language(seen: _Seen) -> str | None:
    node = seen.tree.css_first("html[lang]")
    said = [node.attributes.get("lang") if node else None]
    said += [feed.language for feed in seen.feeds.values()]
    said += [found.language for found in _pages(seen)[:1]]
    return next((tag for tag in said if tag and _LANGUAGE.fullmatch(tag)), None)


def _pages(seen: _Seen) -> list[Candidate]:
    return [found for sitemap in seen.sitemaps.values() for found in sitemap.candidates]


def _on(url: str, paths: Iterable[str]) -> Iterator[str]:
    return (urljoin(url, path) for path in paths)


def _age(found: Candidate) -> str:
    """Sorts by lastmod, the unknown last when reversed."""
    return found.lastmod.isoformat() if found.lastmod else ""


def _newest(candidates: Iterable[Candidate]) -> str:
    days = [_day(found.published or found.lastmod) for found in candidates]
    known = [day for day in days if day]
    return f", newest {max(known).isoformat()}" if known else ""


def _day(moment: datetime | date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].rstrip("-")
