"""Read captures of the archive's own WARC segments.

Promises: what is returned is what was received, its digests checked. A record that is missing, damaged, or
says other than its digest is a WarcError that names the file and the byte. Never writes.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pipelines import coding
from pipelines.errors import WarcError
from pipelines.model import Capture, Exchange, Position

FOLDER = "warc"
OPEN = ".open"
BLOCK_LIMIT = 256 << 20
"""Bytes of one record's block that are read at most."""
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
KEPT = "X-Orig-"
"""Before the name of a header that is kept although it no longer holds of the block."""
_KEPT_CODING = "x-orig-transfer-encoding"
_CHUNK = 1 << 14
_LONGEST_HEAD = 1 << 16
_PLAIN = ("resource", "conversion")
"""Kinds of records whose block is the payload itself."""

Headers = tuple[tuple[str, str], ...]


def read_capture(folder: Path, position: Position, *, limit: int = coding.DECODED_LIMIT) -> Capture:
    """The capture whose record lies at `position`: codings undone, digests checked.

    A revisit of an identical payload gets its body from the record that it refers to; a 304 has none.
    Chain and robots verdict are not in the record, so both are empty: see pipelines.warc.inventory.
    Raises WarcError when the record is not there, is damaged, or says other than its digest.
    """
    record = read_record(folder, position.file, position.offset, position.length)
    if record.kind in ("response", "resource", "revisit", "conversion"):
        return _capture(folder, record, position, limit)
    raise WarcError(f"{position.file} at byte {position.offset}: a {record.kind} record holds no capture")


def read_payload(folder: Path, position: Position) -> bytes:
    """The payload of the record at `position` as it was received, its codings still on; of a revisit, that of
    the record it refers to. Raises WarcError."""
    record = read_record(folder, position.file, position.offset, position.length)
    if record.kind == "revisit":
        return _payload_elsewhere(folder, record)
    return record.block if record.kind in _PLAIN else _parse_http(record)[2]


def to_capture(
    exchange: Exchange,
    position: Position | None,
    digest: str,
    *,
    chain: tuple[str, ...] = (),
    robots: str | None = None,
    certificate: str | None = None,
    signals: str | None = None,
) -> Capture:
    """The capture that an exchange is, without reading its record again; its coding is still on."""
    return Capture(
        exchange.url, exchange.fetched, exchange.status, exchange.headers, exchange.body, digest, position,
        chain, exchange.truncated, robots, certificate, signals=signals,
        coding=header(exchange.headers, "content-encoding"),
    )  # fmt: skip


def decoded(capture: Capture, limit: int = coding.DECODED_LIMIT) -> Capture:
    """The capture with its coding undone; one cut there is marked as truncated."""
    if capture.coding is None:
        return capture
    body, cut = coding.decode(capture.body, capture.coding, limit=limit)
    return replace(capture, body=body, truncated=capture.truncated or cut, coding=None)


def payload_digest(payload: bytes) -> str:
    """ "sha1:" and base32, as the tools of the field write it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it stands in a file, its block's digest checked."""

    kind: str
    fields: dict[str, str]
    """Names in lower case."""
    block: bytes
    place: str


def read_record(folder: Path, file: str, offset: int, length: int = 0) -> StoredRecord:
    """The record that begins at byte `offset`; raises WarcError. length: of its member, where it is known."""
    place = f"{file} at byte {offset}"
    with open_segment(folder, file) as stream:
        try:
            plain = b"".join(_inflated(stream, offset, length or _CHUNK))
        except (zlib.error, EOFError) as error:
            raise WarcError(
                f"{place}: the record is damaged ({error or 'cut short'}); see `newsarchive verify`"
            ) from error
    head = read_head(plain)
    if head is None:
        raise WarcError(f"{place}: no WARC record there")
    fields, start = head
    size = fields.get("content-length", "")
    if not size.isdecimal() or start + int(size) > len(plain):
        raise WarcError(f"{place}: the block is not as long as its header says; see `newsarchive verify`")
    block = plain[start : start + int(size)]
    _check(block, fields.get("warc-block-digest"), place)
    return StoredRecord(fields.get("warc-type", "unknown"), fields, block, place)


def read_head(plain: bytes) -> tuple[dict[str, str], int] | None:
    """The fields of the record that `plain` begins with, their names in lower case, and where its block
    begins; None when no record is there."""
    end = plain.find(b"\r\n\r\n", 0, _LONGEST_HEAD)
    version, *lines = plain[: max(end, 0)].decode("utf-8", "replace").split("\r\n")
    if not version.startswith("WARC/1."):
        return None
    pairs = (line.partition(":") for line in lines)
    return {name.lower(): value.strip() for name, _, value in pairs}, end + 4


def open_segment(folder: Path, file: str) -> BinaryIO:
    """The segment under its final name, or under the one it has while it is written; raises WarcError."""
    if file.startswith("/") or ".." in file.split("/"):
        raise WarcError(f"{file} lies outside of the archive; no record of it is read")
    path = f"{folder}/{file}"
    for candidate in (path, path + OPEN):
        with contextlib.suppress(FileNotFoundError):
            return open(candidate, "rb")
    raise WarcError(f"{path} is missing, and archive.db refers to it; put it back from a copy")


def _capture(folder: Path, record: StoredRecord, position: Position, limit: int) -> Capture:
    digest = record.fields.get("warc-payload-digest", "")
    parse = _parse_resource if record.kind in _PLAIN else _parse_http
    status, headers, payload = parse(record)
    if record.kind == "revisit":
        payload = _payload_elsewhere(folder, record)
    if payload or record.kind != "revisit":
        _check(payload, digest, record.place)
    body, cut = coding.decode(payload, header(headers, "content-encoding"), limit=limit)
    return Capture(
        record.fields.get("warc-target-uri", ""), _date(record), status, headers, body,
        digest or payload_digest(payload), position, (), record.fields.get("warc-truncated") or cut,
        rendered=record.kind == "conversion",
    )  # fmt: skip


def _payload_elsewhere(folder: Path, revisit: StoredRecord) -> bytes:
    """The payload that a revisit refers to; empty for a 304, and when it does not say where that lies."""
    file, offset = (revisit.fields.get(f"warc-refers-to-{name}") for name in ("filename", "file-offset"))
    if revisit.fields.get("warc-profile") != SAME_PAYLOAD or not file or not (offset or "").isdigit():
        return b""
    return _parse_http(read_record(folder, file, int(offset or 0)))[2]


def _parse_resource(record: StoredRecord) -> tuple[int, Headers, bytes]:
    """A file that never came over HTTP, as if it had."""
    return 200, (("Content-Type", record.fields.get("content-type", "")),), record.block


def _parse_http(record: StoredRecord) -> tuple[int, Headers, bytes]:
    """Status, headers with the names and order they came in, payload."""
    head, _, payload = record.block.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = first.split(" ", 2)[1:2]
    if not status or not status[0].isdigit():
        raise WarcError(f"{record.place}: the block does not start with an HTTP status line")
    pairs = (line.partition(":") for line in lines)
    headers = tuple(
        (name[len(KEPT) :] if name.lower() == _KEPT_CODING else name, value.strip())
        for name, _, value in pairs
    )
    return int(status[0]), headers, payload


def _date(record: StoredRecord) -> datetime:
    try:
        return datetime.fromisoformat(record.fields["warc-date"]).astimezone(UTC)
    except (KeyError, ValueError) as error:
        raise WarcError(f"{record.place}: the record has no usable WARC-Date") from error


def _check(content: bytes, digest: str | None, place: str) -> None:
    """Raise WarcError when the content does not have the sha1 digest; other algorithms are not checked."""
    if digest and digest.lower().startswith("sha1:") and payload_digest(content)[5:] != digest[5:].upper():
        raise WarcError(f"{place}: the record does not match its digest {digest}; see `newsarchive verify`")


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """All values of a header as one list, or None."""
    values = [value for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


def _inflated(stream: BinaryIO, offset: int, size: int = _CHUNK) -> Iterator[bytes]:
    """The gzip member at `offset`, unpacked, read `size` bytes at a time; EOFError when cut short, zlib.error
    when damaged."""
    stream.seek(offset)
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    total = 0
    while not inflater.eof:
        pending = stream.read(size)
        if not pending:
            raise EOFError
        while pending and not inflater.eof:
            part = inflater.decompress(pending, 1 << 20)
            pending = inflater.unconsumed_tail
            total += len(part)
            if total > BLOCK_LIMIT:
                raise zlib.error("longer than any record that newsarchive writes")
            yield part
    stream.seek(-len(inflater.unused_data), os.SEEK_CUR)


def whole_members(path: Path) -> tuple[list[int], str]:
    """Where each whole gzip member ends, and what follows: nothing ("whole"), "torn" or "damaged"."""
    ends: list[int] = []
    size = path.stat().st_size
    with path.open("rb") as stream:
        while (offset := ends[-1] if ends else 0) < size:
            try:
                for _ in _inflated(stream, offset):
                    pass
            except EOFError:
                return ends, "torn"
            except zlib.error:
                stream.seek(offset)
                only_zeros = not any(chunk.strip(b"\0") for chunk in iter(lambda: stream.read(_CHUNK), b""))
                return ends, "torn" if only_zeros else "damaged"
            ends.append(stream.tell())
    return ends, "whole"
