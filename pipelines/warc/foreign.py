"""What a WARC record of others holds, in the words of this archive: record -> Exchange.

Promises: chunk framing is undone, a request is never invented, and what cannot be read raises WarcError with
the reason. HTTP/1.0, no reason phrase, lines that end with a line feed alone, folded headers and bodies that
were decoded before they were recorded are all read. Never guesses a date or a status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from pipelines import coding
from pipelines.errors import WarcError
from pipelines.model import Exchange
from pipelines.warc.reader import Headers, payload_digest
from pipelines.warc.records import Record

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_HEAD_BYTES = 1 << 20
_STATUS = re.compile(rb"(HTTP/\d(?:\.\d)?)[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<[!?a-zA-Z]")


def exchange(record: Record) -> Exchange:
    """The exchange that a response or revisit record holds, without a request.

    A Content-Encoding that the body does not have any more is renamed X-Orig-Content-Encoding, as browsertrix
    does. Raises WarcError when the block is no HTTP message, or the record fails `check` or has no date.
    """
    check(record)
    head, body = _divided(record.block)
    found = _status_line(head)
    headers = tuple(_headers(head))
    body, cut = coding.unchunk(body) if _is_chunked(headers) else (body, None)
    return Exchange(
        record.url, date(record), "", (), int(found[2]), (found[3] or b"").decode("latin-1").strip(),
        found[1].decode(), _true_codings(headers, body), body, record.fields.get("warc-ip-address"),
        record.fields.get("warc-truncated") or cut,
    )  # fmt: skip


def status(record: Record) -> int:
    """The HTTP status of a response or revisit; raises WarcError when the block is no HTTP message."""
    return int(_status_line(record.block[:_HEAD_BYTES])[2])


def check(record: Record) -> None:
    """Raise WarcError when the block does not have its sha1 digest; other algorithms are not checked."""
    algorithm, _, digest = record.fields.get("warc-block-digest", "").partition(":")
    if algorithm.lower() == "sha1" and payload_digest(record.block)[5:] != digest.upper():
        raise WarcError("it does not match its digest")


def date(record: Record) -> datetime:
    """WARC-Date in UTC; raises WarcError without one."""
    try:
        moment = datetime.fromisoformat(record.fields["warc-date"])
    except (KeyError, ValueError) as error:
        raise WarcError("it has no usable WARC-Date") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def content_type(record: Record) -> str:
    """What a record holds, by its own word, as "text/html", or by its first bytes; else "unknown"."""
    declared, body = record.fields.get("content-type", ""), record.block[:_HEAD_BYTES]
    if declared.lower().startswith("application/http"):
        head, body = _divided(body)
        declared = next((value for name, value in _headers(head) if name.lower() == "content-type"), "")
    essence = declared.partition(";")[0].strip().lower()[:60]
    return essence or ("text/html" if _MARKUP.match(body[:512]) else "unknown")


def is_http(record: Record) -> bool:
    """Whether the block is an HTTP message: some crawlers keep DNS answers as responses."""
    return record.fields.get("content-type", "application/http").lower().startswith("application/http")


def _status_line(head: bytes) -> re.Match[bytes]:
    found = _STATUS.match(head)
    if found is None:
        raise WarcError("its block does not begin with an HTTP status line")
    return found


def _divided(block: bytes) -> tuple[bytes, bytes]:
    end = _HEAD_END.search(block)
    return (block[: end.start()], block[end.end() :]) if end else (block, b"")


def _headers(head: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each header line; folded lines joined (RFC 9112, 5.2)."""
    for line in _FOLD.sub(b" ", head).splitlines()[1:]:
        name, _, value = line.decode("latin-1").partition(":")
        yield name.strip(), value.strip()


def _is_chunked(headers: Headers) -> bool:
    return any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)


def _true_codings(headers: Headers, body: bytes) -> Headers:
    """The headers; a Content-Encoding renamed that was undone before the record was written."""
    named = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
    if not named or not _MARKUP.match(body[:512]) or coding.decode(body, named)[1] is None:
        return headers
    return tuple(
        (f"X-Orig-{name}" if name.lower() == "content-encoding" else name, value) for name, value in headers
    )
