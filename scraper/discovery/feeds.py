"""Feeds: bytes -> candidate URLs, with the titles and dates that they carry.

Reads RSS 0.9x to 2.0, RDF, Atom (RFC 4287) by feedparser, and JSON Feed (https://www.jsonfeed.org/version/1.1/).
What feedparser gets is first reduced to the few elements that discovery needs, well-formed and bounded: its
own recovery takes minutes on hostile markup. Raises Unreadable and nothing else. Never fetches.
"""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import feedparser
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from scraper.discovery import markup
from scraper.discovery.candidate import Candidate, Place, Role, Unreadable, absolute

MOST_BYTES = 10 * 1024 * 1024
MOST_ENTRIES = 1_000
FEED_ROOTS = frozenset({"rss", "feed", "rdf"})

_ENTRY = frozenset({"item", "entry"})
_KEPT = frozenset({
    "rss", "feed", "rdf", "channel", "items", "item", "entry", "title", "link", "guid", "id", "origlink",
    "language", "pubdate", "published", "updated", "modified", "issued", "created", "date", "ttl",
    "updateperiod", "updatefrequency",
})  # fmt: skip
_MOST_ELEMENTS = 20 * MOST_ENTRIES
_MOST_ATTRIBUTES = 32
_MOST_TEXT = 20_000
"""Characters of one element."""
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


@dataclass(frozen=True, slots=True)
class Feed:
    """What one feed announces."""

    candidates: list[Candidate]
    title: str | None = None
    language: str | None = None
    period: int | None = None
    """Seconds within which the feed says it need not be asked again (ttl, sy:updatePeriod)."""
    cut: str | None = None
    """What was left unread and why, or None when all was read."""


def read_feed(body: bytes, url: str, content_type: str | None = None) -> Feed:
    """The feed in `body`, which came from `url`. Raises Unreadable."""
    plain, short = markup.unpack(body, MOST_BYTES)
    text = markup.text_of(plain, content_type)
    if text.lstrip().startswith("{"):
        return _json_feed(text, url)
    root = markup.root_name(text)
    if root not in FEED_ROOTS:
        raise Unreadable("no feed: " + (f"its first element is <{root}>" if root else "neither XML nor JSON"))
    return _xml_feed(text, url, short)


def _xml_feed(text: str, url: str, short: bool) -> Feed:
    reduced, more = _reduce(text)
    try:
        parsed = feedparser.parse(
            BytesIO(reduced), sanitize_html=False, resolve_relative_uris=False,
            response_headers={"content-location": url, "content-type": "application/xml; charset=utf-8"},
        )  # fmt: skip
    except Exception as error:  # A namespace with a blank raises ValueError, and that is but one.
        raise Unreadable(f"no feed: feedparser cannot read it ({type(error).__name__}: {error})") from error
    feed: Mapping[str, Any] = parsed.feed
    language = feed.get("language")
    found = [_from_entry(entry, url, language) for entry in parsed.entries[:MOST_ENTRIES]]
    return Feed(
        [candidate for candidate in found if candidate], _plain(feed.get("title")), language, _period(feed),
        markup.cut_note(MOST_BYTES if short else None, MOST_ENTRIES if more else None),
    )  # fmt: skip


def _reduce(text: str) -> tuple[bytes, bool]:
    """The feed reduced to what discovery needs, as well-formed XML; and whether entries were left out."""
    root: etree._Element | None = None
    entries = elements = 0
    for event, element in markup.stream(text):
        root = element if root is None else root
        name = markup.local_name(element)
        if event == "start":
            entries += name in _ENTRY
            elements += name in _KEPT
            if entries > MOST_ENTRIES or elements > _MOST_ELEMENTS:
                _drop(element)
                break
            continue
        if len(element.attrib) > _MOST_ATTRIBUTES:
            element.attrib.clear()
        if element.text and len(element.text) > _MOST_TEXT:
            element.text = element.text[:_MOST_TEXT]
        if name not in _KEPT and element is not root:
            _drop(element)
    if root is None:
        raise Unreadable("no feed: malformed XML: no element can be read")
    return etree.tostring(root, encoding="utf-8", xml_declaration=True), entries > MOST_ENTRIES


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _from_entry(entry: Mapping[str, Any], found_on: str, language: str | None) -> Candidate | None:
    url = absolute(found_on, entry.get("feedburner_origlink") or entry.get("link") or "")
    if url is None:
        return None
    return Candidate(
        url, Role.PAGE, found_on, Place.FEED,
        title=_plain(entry.get("title")),
        published=_time(entry, "published"), lastmod=_time(entry, "updated"),
        language=entry.get("language") or language,
    )  # fmt: skip


def _time(entry: Mapping[str, Any], name: str) -> datetime | date | None:
    """feedparser's reading of a date (UTC), or ours where it would make up a time of day."""
    written = entry.get(name) if name in entry else None
    exact = markup.w3c_time(written)
    if exact is not None:
        return exact
    parsed = entry.get(f"{name}_parsed") if written else None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _period(feed: Mapping[str, Any]) -> int | None:
    ttl = _number(feed.get("ttl"))
    if ttl:
        return ttl * 60
    span = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    return span // max(_number(feed.get("sy_updatefrequency")) or 1, 1) if span else None


def _number(text: object) -> int | None:
    written = str(text or "").strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 8 else None


def _plain(title: object) -> str | None:
    """A title without markup: RSS does not say whether its titles are HTML, and many are."""
    if not isinstance(title, str):
        return None
    return markup.tidy(LexborHTMLParser(title[:5000]).text() if "<" in title or "&" in title else title)


def _json_feed(text: str, url: str) -> Feed:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("no feed: broken JSON") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise Unreadable("no feed: JSON without a list of items")
    return Feed(
        list(_from_items(items[:MOST_ENTRIES], url, _string(feed.get("language")))),
        _plain(feed.get("title")), _string(feed.get("language")),
        cut=markup.cut_note(None, MOST_ENTRIES if len(items) > MOST_ENTRIES else None),
    )  # fmt: skip


def _from_items(items: Iterable[object], found_on: str, language: str | None) -> Iterable[Candidate]:
    for item in items:
        if not isinstance(item, dict):
            continue
        address = _string(item.get("url")) or _string(item.get("external_url")) or _string(item.get("id"))
        url = absolute(found_on, address) if address else None
        if url:
            yield Candidate(
                url, Role.PAGE, found_on, Place.FEED, title=_plain(item.get("title")),
                published=markup.w3c_time(_string(item.get("date_published"))),
                lastmod=markup.w3c_time(_string(item.get("date_modified"))),
                language=_string(item.get("language")) or language,
            )  # fmt: skip


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None
