"""HTTP codings undone: gzip, deflate, br and zstd, alone or nested, with a bound on what comes out; chunks.

Promises: never more than `limit` bytes, never an exception on what a server sends. What cannot be decoded to
its end gives what could be, and says so. Never guesses a coding that the header does not name.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable

import brotli
from fastwarc.stream_io import ZstdReader

DECODED_LIMIT = 64 << 20
"""Bytes of one decoded page at most: a page of news is a thousandth of it, a bomb a thousandfold."""
CODINGS_LIMIT = 4
"""Nested codings undone at most."""
MEMBERS_LIMIT = 10_000
"""Members of one gzip stream at most: each costs time, even where it holds nothing."""
_STEP = 1 << 16
_PIECE = 1 << 12
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")

Decoded = tuple[bytes, str | None]


def decode(body: bytes, content_encoding: str | None, *, limit: int = DECODED_LIMIT) -> Decoded:
    """The payload without its codings (RFC 9110, 8.4), and why it is cut ("length", "unspecified") or None.

    A coding of an unknown name is left on: the bytes come back as they are.
    """
    names = [name.strip().lower() for name in (content_encoding or "").split(",") if name.strip()]
    truncated: str | None = None
    for name in reversed(names[-CODINGS_LIMIT:]):
        if name in _CODINGS and body:
            body, cut = _CODINGS[name](body, limit)
            truncated = truncated or cut
    if len(body) > limit:
        return body[:limit], "length"
    return body, truncated


def unchunk(body: bytes) -> Decoded:
    """The body without chunk framing (RFC 9112, 7.1), and "unspecified" when that breaks off, or None.

    A body that does not begin with a chunk was joined before: it comes back as it is.
    """
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK_LINE.match(body, at):
        begun, size = found.end(), int(found[1], 16)
        part = body[begun : begun + size]
        if parts or size == 0 or body[begun + size : begun + size + 2] == b"\r\n":
            parts.append(part)
        else:
            break
        if size == 0:
            return b"".join(parts), None
        at = begun + size + 2
    return (b"".join(parts), "unspecified") if parts else (body, None)


def _gzip(body: bytes, limit: int) -> Decoded:
    """All members of a gzip stream; garbage after the first member is ignored, as browsers do."""
    parts: list[bytes] = []
    left, at = limit, 0
    while at < len(body):
        if len(parts) == MEMBERS_LIMIT or left <= 0:
            return b"".join(parts), "length"
        part, at, cut = _inflate(body, at, zlib.MAX_WBITS | 16, left)
        parts.append(part)
        left -= len(part)
        if cut:
            return b"".join(parts), None if cut == "garbage" and len(parts) > 1 else _reason(cut)
    return b"".join(parts), None


def _deflate(body: bytes, limit: int) -> Decoded:
    """zlib as the RFC has it, or the bare deflate that some servers send under that name."""
    part, _, cut = _inflate(body, 0, zlib.MAX_WBITS, limit)
    if cut == "garbage" and not part:
        part, _, cut = _inflate(body, 0, -zlib.MAX_WBITS, limit)
    return part, _reason(cut)


def _inflate(body: bytes, at: int, wbits: int, limit: int) -> tuple[bytes, int, str | None]:
    """The zlib stream at `at`: its bytes, where it ends, and "length", "short", "garbage" or None.

    Fed in small pieces: what follows a stream is copied by zlib, each time anew.
    """
    inflater = zlib.decompressobj(wbits)
    out = bytearray()
    try:
        while not inflater.eof and len(out) <= limit:
            piece = inflater.unconsumed_tail
            if not piece:
                piece = body[at : at + _PIECE]
                at += len(piece)
            if not piece:
                break
            out += inflater.decompress(piece, limit + 1 - len(out))
    except zlib.error:
        return bytes(out[:limit]), len(body), "garbage"
    if len(out) > limit:
        return bytes(out[:limit]), len(body), "length"
    return bytes(out), at - len(inflater.unused_data), None if inflater.eof else "short"


def _brotli(body: bytes, limit: int) -> Decoded:
    decoder = brotli.Decompressor()
    out = bytearray()
    try:
        out += decoder.process(body, output_buffer_limit=_STEP)
        while not decoder.is_finished() and len(out) <= limit:
            part = decoder.process(b"", output_buffer_limit=_STEP)
            if not part:
                break
            out += part
    except brotli.error:
        return bytes(out[:limit]), "unspecified"
    if len(out) > limit:
        return bytes(out[:limit]), "length"
    return bytes(out), None if decoder.is_finished() else "unspecified"


def _zstd(body: bytes, limit: int) -> Decoded:
    reader = ZstdReader(io.BytesIO(body))
    out = bytearray()
    try:
        while len(out) <= limit and (part := reader.read(_STEP)):
            out += part
    except OSError:
        return bytes(out[:limit]), "unspecified"
    return bytes(out[:limit]), "length" if len(out) > limit else None


def _reason(cut: str | None) -> str | None:
    """The word that WARC-Truncated has for it."""
    return {"length": "length", "short": "unspecified", "garbage": "unspecified"}.get(cut or "")


_CODINGS: dict[str, Callable[[bytes, int], Decoded]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
