"""MHTML (RFC 2557), a page as browsers save it in one file -> the page's own part.

Promises: the part's bytes with their transfer encoding undone and nothing else changed. Never reads the
pictures and frames beside it.
"""

from __future__ import annotations

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from pipelines.errors import InputUnreadable

_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Page:
    """A document that was saved, and what is known of where and when."""

    body: bytes
    content_type: str
    url: str | None = None
    """http or https, where the file says from where it was saved."""
    saved: datetime | None = None
    """Aware, UTC."""


def read(content: bytes) -> Page:
    """The page of an MHTML file; raises InputUnreadable when there is none in it."""
    message = email.message_from_bytes(content)
    root = _root(message)
    if root is None:
        raise InputUnreadable("no MHTML file: there is no HTML page in it")
    body = root.get_payload(decode=True)
    if not isinstance(body, bytes) or not body.strip():
        raise InputUnreadable("the page in it is empty")
    charset = root.get_content_charset()
    kind = root.get_content_type() + (f"; charset={charset}" if charset else "")
    return Page(body, kind, _address(message, root), _date(message))


def _root(message: Message) -> Message | None:
    """The part that the file's `start` names, or its first HTML part."""
    pages = [part for part in message.walk() if part.get_content_type() in _HTML]
    start = message.get_param("start")
    named = (part for part in pages if start and part.get("Content-ID", "").strip() == start)
    return next(named, pages[0] if pages else None)


def _address(message: Message, root: Message) -> str | None:
    """Chromium names the page in Snapshot-Content-Location, every browser in the part's Content-Location."""
    places = (message["Snapshot-Content-Location"], root["Content-Location"], message["Content-Location"])
    said = ("".join(str(place or "").split()) for place in places)
    return next((url for url in said if url.startswith(("http://", "https://"))), None)


def _date(message: Message) -> datetime | None:
    try:
        moment = parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
