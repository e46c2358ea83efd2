"""Sitemaps: bytes -> candidate URLs, with the dates, titles and languages that they carry.

Reads urlset, sitemapindex, news sitemaps, plain text, feeds used as sitemaps, each plain or gzip, whole or
broken (https://www.sitemaps.org/protocol.html). Bounded to the protocol's 50 MB and 50,000 entries: what lies
beyond is cut, and the cut is stated. Raises Unreadable and nothing else. Never fetches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from scraper.discovery import markup
from scraper.discovery.candidate import Candidate, Place, Role, Unreadable, absolute
from scraper.discovery.feeds import FEED_ROOTS, read_feed

MOST_BYTES = 50 * 1024 * 1024
MOST_ENTRIES = 50_000
MOST_SITEMAPS = 5_000
"""Of one site, children of indexes included: one a day for more than thirteen years."""
DEEPEST = 3
"""Indexes within indexes; the protocol has none within another, but sites do."""

_WANTED = {
    ("url", "loc"): "loc", ("url", "lastmod"): "lastmod",
    ("sitemap", "loc"): "child", ("sitemap", "lastmod"): "lastmod",
    ("news", "title"): "title", ("news", "publication_date"): "published",
    ("publication", "language"): "language",
}  # fmt: skip
"""(parent, element) -> field. The parent tells a page's <loc> from that of an image or video."""

_END = re.compile(r"(?:</(?:\w+:)?(?:urlset|sitemapindex)\s*|/)>\s*(?:<!--[^>]*-->\s*)?$", re.IGNORECASE)

Entry = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap file lists."""

    candidates: list[Candidate]
    """Pages."""
    children: list[Candidate]
    """Further sitemaps, of an index."""
    cut: str | None = None
    """What was left unread and why, or None when all was read."""

    @property
    def is_index(self) -> bool:
        """Whether it lists sitemaps rather than pages."""
        return bool(self.children)

    @property
    def is_news(self) -> bool:
        """Whether any entry carries news fields."""
        return any(found.place is Place.NEWS_SITEMAP for found in self.candidates)


def read_sitemap(body: bytes, url: str, content_type: str | None = None) -> Sitemap:
    """The sitemap in `body`, which came from `url`. Raises Unreadable."""
    plain, short = markup.unpack(body, MOST_BYTES)
    text = markup.text_of(plain, content_type)
    root = markup.root_name(text)
    if root in FEED_ROOTS:
        feed = read_feed(plain, url, content_type)
        return Sitemap(feed.candidates, [], feed.cut)
    if root not in (None, "urlset", "sitemapindex"):
        raise Unreadable(f"no sitemap: the first element is <{root}>")
    if root is None:
        return _collect(_lines(text), url, short)
    return _collect(_entries(text), url, short or not _END.search(text[-200:]))


def _collect(entries: Iterator[Entry], url: str, short: bool) -> Sitemap:
    pages: list[Candidate] = []
    children: list[Candidate] = []
    number = 0
    for number, entry in enumerate(entries, start=1):
        if number > MOST_ENTRIES:
            break
        found = _candidate(entry, url)
        if found:
            (children if found.role is Role.SITEMAP else pages).append(found)
    if number and not pages and not children:
        raise Unreadable("no sitemap: nothing in it is an address")
    cut = markup.cut_note(MOST_BYTES if short else None, MOST_ENTRIES if number > MOST_ENTRIES else None)
    return Sitemap(pages, children, cut)


def _candidate(entry: Entry, found_on: str) -> Candidate | None:
    url = absolute(found_on, entry.get("child") or entry.get("loc") or "")
    if url is None:
        return None
    news = "title" in entry or "published" in entry
    if "child" in entry:
        role, place = Role.SITEMAP, Place.SITEMAP_INDEX
    else:
        role, place = Role.PAGE, Place.NEWS_SITEMAP if news else Place.SITEMAP
    return Candidate(
        url, role, found_on, place,
        title=entry.get("title"), published=_time(entry, "published"), lastmod=_time(entry, "lastmod"),
        language=entry.get("language"),
    )  # fmt: skip


def _time(entry: Entry, name: str) -> datetime | date | None:
    return markup.w3c_time(entry.get(name))


def _lines(text: str) -> Iterator[Entry]:
    """Of a plain text sitemap: an address a line. Raises Unreadable when no line is one."""
    found = None
    for found in re.finditer(r"^[ \t]*(https?://\S+)[ \t\r]*$", text, re.MULTILINE):
        yield {"loc": found.group(1)}
    if found is None:
        raise Unreadable("no sitemap: neither XML nor a list of addresses")


def _entries(text: str) -> Iterator[Entry]:
    """Of an XML sitemap, streamed; an entry whose end is missing ends where the next begins."""
    entry: Entry = {}
    for event, element in markup.stream(text):
        name = markup.local_name(element)
        if event == "end":
            parent = element.getparent()
            field = _WANTED.get((markup.local_name(parent), name)) if parent is not None else None
            value = markup.tidy(element.text) if field else None
            if field and value:
                entry.setdefault(field, value)
            markup.forget(element)
        if entry and name in ("url", "sitemap"):
            yield entry
            entry = {}
    if entry:
        yield entry
