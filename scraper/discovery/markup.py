"""Somebody else's XML, made fit to be read: unpacked, decoded, escaped, bounded, and streamed.

Promises time and memory linear in the input, whatever the bytes. No entity is expanded but XML's five and
HTML's names for characters, and no document is fetched. Raises candidate.Unreadable and nothing else.
"""

from __future__ import annotations

import html.entities
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

from lxml import etree

from pipelines.article.decode import decode
from scraper.discovery.candidate import Unreadable

MOST_EVENTS = 2_000_000
"""Starts and ends of elements that are looked at: twenty elements for each URL of the fullest sitemap."""

MOST_FAULTS = 10_000

_CHUNK = 65_536
_TAG = re.compile(rb"<[A-Za-z/]")
_AMPERSAND = re.compile(r"&(?!#(?:[0-9]{1,7}|x[0-9A-Fa-f]{1,6});)([A-Za-z][A-Za-z0-9]{1,31};)?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
_W3C = re.compile(
    r"(\d{4})-(\d\d?)(?:-(\d\d?))?"
    r"(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? ?(?:(Z)|([+-])(\d\d):?(\d\d)?)?)?",
    re.IGNORECASE,
)


def unpack(body: bytes, most: int) -> tuple[bytes, bool]:
    """`body`, or what its gzip holds, `most` bytes at most; and whether something is missing from its end."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:most], len(body) > most
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, most)
    except zlib.error as error:
        raise Unreadable(f"damaged gzip ({error})") from error
    return plain, not unpacker.eof


def text_of(body: bytes, content_type: str | None) -> str:
    """The text of a document, in whatever encoding it came. Never raises."""
    return decode(body, content_type).markup.decode()


def root_name(text: str) -> str | None:
    """The local name of the first element, in lower case ("rss", "html"); None when `text` is no markup."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith("<"):
        return None
    found = re.search(r"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z][\w.-]{0,60})", start)
    return found.group(1).lower() if found else None


def stream(text: str) -> Iterator[tuple[str, etree._Element]]:
    """("start" or "end", element) in document order, as far as a recovering parser follows.

    The caller frees what it has read (`forget`). Raises Unreadable for an overlong tag: no honest document
    has one, and its attributes would cost more memory than its bytes. Ends early after MOST_FAULTS, each of
    which lxml would remember.
    """
    escaped = _escape(text).encode()
    if _has_overlong_tag(escaped):
        raise Unreadable("hostile XML: a tag of more than 64 KiB")
    parser = etree.XMLPullParser(
        events=("start", "end"), recover=True, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    number = 0
    try:
        for start in range(0, len(escaped), _CHUNK):
            parser.feed(escaped[start : start + _CHUNK])
            for found in _elements(parser):
                yield found
                number += 1
            if number > MOST_EVENTS or len(parser.error_log) > MOST_FAULTS:
                return
        parser.close()
    except etree.XMLSyntaxError:
        pass  # What came before the break was read; that nothing came is for the caller to say.
    yield from _elements(parser)


def _elements(parser: etree.XMLPullParser) -> Iterator[tuple[str, etree._Element]]:
    return ((event, found) for event, found in parser.read_events() if isinstance(found, etree._Element))


def _has_overlong_tag(markup: bytes) -> bool:
    """Whether a tag has no end within 32 to 64 KiB; looks at the last `>` of each 64 KiB alone."""
    at = 0
    while at + _CHUNK < len(markup):
        end = markup.rfind(b">", at, at + _CHUNK)
        if end < 0 and _TAG.search(markup, at, at + _CHUNK // 2):
            return True
        at = end + 1 if end >= 0 else at + _CHUNK // 2
    return False


def forget(element: etree._Element) -> None:
    """Free `element` and its earlier siblings, so that a streamed document never stands in memory whole."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local_name(element: etree._Element) -> str:
    """The element's name without namespace or prefix, in lower case."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


def tidy(text: str | None) -> str | None:
    """`text` with its blanks made single, or None when nothing is left."""
    return " ".join(text.split())[:1000] or None if text else None


def cut_note(most_bytes: int | None, most_entries: int | None) -> str | None:
    """What to say when a document was cut at so many bytes or entries; None when at neither."""
    if most_entries:
        return f"more than {most_entries:,} entries: the rest was not read"
    if most_bytes:
        return f"broken off, or larger than {most_bytes >> 20} MB: only its beginning was read"
    return None


def w3c_time(text: str | None) -> datetime | date | None:
    """A W3C date-time (a profile of ISO 8601, https://www.w3.org/TR/NOTE-datetime); None when `text` is none.

    An aware datetime in UTC; a date where the text has no time or no offset; "2026-07" is its first day.
    """
    found = _W3C.match(text.strip()) if text else None
    if not found:
        return None
    year, month, day, hour, minute, second, zulu, sign, hours, minutes = found.groups()
    try:
        if not (zulu or sign):
            return date(int(year), int(month), int(day or 1))
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        local = (int(year), int(month), int(day or 1), int(hour), int(minute), min(int(second or 0), 59))
        return datetime(*local, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _escape(text: str) -> str:
    """`text` without forbidden characters, every entity by number, and every other `&` escaped.

    A bare `&` in an address is the commonest fault of sitemaps. lxml's recovery loses the word after it, and,
    from a document's first fault on, every entity that is not written by number. CDATA stays as it is.
    """
    first, *others = _CONTROL.sub("", text.lstrip()).split("<![CDATA[")
    pieces = [_AMPERSAND.sub(_reference, first, MOST_EVENTS)]
    for piece in others:
        inside, end, after = piece.partition("]]>")
        pieces.append("<![CDATA[" + inside + end + _AMPERSAND.sub(_reference, after, MOST_EVENTS))
    return "".join(pieces)


def _reference(match: re.Match[str]) -> str:
    name = match.group(1) or ""
    characters = html.entities.html5.get(name)
    return "".join(f"&#{ord(c)};" for c in characters) if characters else "&#38;" + name
