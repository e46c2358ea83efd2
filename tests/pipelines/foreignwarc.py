"""WARC records as other crawlers write them, made by hand so that no library of ours smooths them."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterable

WORDS = (
    "The harbour board agreed on Monday to rebuild the breakwater that the January storm broke open. "
    "Work begins in April and is to last until the autumn, the engineer said, and the ferry keeps running. "
)


def page(number: int, words: str = WORDS) -> bytes:
    """An article; each number is another one."""
    title = f"Breakwater number {number} is rebuilt after the storm"
    text = "".join(f"<p>Pier {number} part {part}: {words}</p>" for part in range(4))
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>'
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "' + title + '"}</script>'
        f"</head><body><article><h1>{title}</h1>{text}</article></body></html>"
    ).encode()


def digest(content: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(content).digest()).decode()


def record(
    url: str,
    block: bytes,
    *,
    kind: str = "response",
    date: str = "2024-05-01T12:00:00Z",
    content_type: str = "application/http; msgtype=response",
    fields: Iterable[str] = (),
    version: str = "1.0",
) -> bytes:
    lines = [
        f"WARC/{version}", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Date: {date}",
        f"WARC-Record-ID: <urn:uuid:{digest(url.encode() + block)[5:21].lower()}>",
        f"Content-Type: {content_type}", f"Content-Length: {len(block)}", *fields,
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def http(
    body: bytes,
    *headers: str,
    status: str = "HTTP/1.1 200 OK",
    content_type: str | None = "text/html; charset=utf-8",
    line: str = "\r\n",
) -> bytes:
    kind = [f"Content-Type: {content_type}"] if content_type else []
    return line.join([status, *kind, *headers, "", ""]).encode() + body


def story(number: int, *, host: str = "gazette.example", **other: str) -> bytes:
    """A response record with an article."""
    return record(f"https://{host}/2024/story-{number}", http(page(number)), **other)


def members(records: Iterable[bytes]) -> bytes:
    """A gzip member each, as the rule is."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)


def chunked(body: bytes, size: int = 1000) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
