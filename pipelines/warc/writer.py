"""WARC 1.1 files (ISO 28500:2017): append, sync, and cut a torn tail.

Promises: a body is written as it was received, with its Content-Encoding; every record is a gzip member of
its own with block and payload digests; after `sync` the records are on disk; a segment is named `.open` until
it is complete. Never changes a byte that was received, never rewrites a record, never reads the clock: dates
come with what is written.

One difference from the wire is marked: where a Transfer-Encoding was undone, its header is kept under the
name X-Orig-Transfer-Encoding, so that the block stays a valid HTTP message; reading gives the header its name
back.
"""

from __future__ import annotations

import io
import os
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

from pipelines.durable import disk, sync_file, sync_folder
from pipelines.model import Capture, Circumstances, Exchange, Position
from pipelines.warc import circumstances
from pipelines.warc.reader import (
    FOLDER,
    KEPT,
    NOT_MODIFIED,
    OPEN,
    SAME_PAYLOAD,
    Headers,
    header,
    payload_digest,
    read_record,
    whole_members,
)

SEGMENT_BYTES = 1 << 30
_RESPONSE = "application/http; msgtype=response"
_REQUEST = "application/http; msgtype=request"
_FIELDS = "application/warc-fields"
_SEGMENT = re.compile(r"(\d{4}-\d\d-\d\d)-(\d{4,})\.warc\.gz")


@dataclass(frozen=True, slots=True)
class Original:
    """A payload that is in the archive already, for a revisit record to refer to."""

    url: str
    fetched: datetime
    digest: str
    position: Position


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record was copied from, for its own header to say."""

    file: str
    position: int
    record_id: str


Originals = Callable[[str, str | None], Original | None]
"""(url, digest) -> the record that holds this payload; digest None: the payload last archived from url."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What was found at the end of a segment that its writer did not close."""

    file: str
    kept: int
    """Bytes of whole records, which stay."""
    records: int
    """How many these are."""
    cut: int
    """Bytes of a torn record, which were cut off; 0 when the file was whole."""
    damaged_at: int | None = None
    """Offset of a record that is damaged, not torn: left as it is, for `verify` to report."""


class WarcWriter:
    """Appends to the archive's WARC segments, one process at a time (the archive's lock sees to it).

    Segments are `warc/YYYY-MM-DD-NNNN.warc.gz` after the day of `now`, or of their first record. What an
    earlier writer left open is repaired and closed at the start; `repairs` says what was found.
    """

    def __init__(
        self,
        folder: Path,
        software: str,
        *,
        originals: Originals | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        now: datetime | None = None,
    ) -> None:
        """now: when records of other days are written (an import); segments are named after it then."""
        self._root = folder
        self._software = software
        self._originals = originals
        self._segment_bytes = segment_bytes
        self._now = now
        self._segment: _Segment | None = None
        with disk(folder / FOLDER):
            (folder / FOLDER).mkdir(exist_ok=True)
            self.repairs = tuple(_settle(path) for path in sorted((folder / FOLDER).glob(f"*.warc.gz{OPEN}")))

    def append(
        self,
        exchange: Exchange,
        how: Circumstances | None = None,
        *,
        source: Source | None = None,
        digest: str | None = None,
    ) -> tuple[Position, str]:
        """Write response (or revisit), request, and `how` it came to be fetched as a metadata record; where
        the first lies, and the payload's digest.

        A payload that is archived already becomes a revisit record of it, a 304 a revisit of what was last
        archived from that address. An exchange without a method has no request that is known, and gets no
        request record. digest: payload_digest of the body, where it is known. Durable only after `sync`.
        Raises DiskFull, ArchiveReadOnly.
        """
        digest = digest or payload_digest(exchange.body)
        original = self._original(exchange, digest)
        main = _response(exchange, digest) if original is None else _revisit(exchange, original)
        _source_fields(main, source)
        is_coded = original is None and header(exchange.headers, "content-encoding")
        members = [_stored(main, len(exchange.body)) if is_coded else _packed(main, 6)]
        if exchange.method:
            members.append(_packed(_request(exchange, main.record_id or ""), 6))
        members += _metadata(main, exchange.fetched, how)
        return self._write(exchange.fetched, members), original.digest if original else digest

    def append_resource(
        self,
        uri: str,
        body: bytes,
        content_type: str,
        date: datetime,
        how: Circumstances | None = None,
        *,
        source: Source | None = None,
    ) -> tuple[Position, str]:
        """Write a file that never came over HTTP (an import) as a resource record, and `how` it came."""
        digest = payload_digest(body)
        record = _record(WarcRecordType.resource, uri, date, content_type, body)
        record.headers.append("WARC-Payload-Digest", digest)
        _source_fields(record, source)
        return self._write(date, [_packed(record, 6), *_metadata(record, date, how)]), digest

    def append_conversion(
        self, of: Position, capture: Capture, how: Circumstances | None = None
    ) -> tuple[Position, str]:
        """Write what a browser made of the page whose record lies at `of` as a conversion record, and `how`
        it came; where it lies, and its digest. Raises DiskFull, ArchiveReadOnly, WarcError."""
        digest, kind = payload_digest(capture.body), capture.header("content-type") or ""
        record = _record(WarcRecordType.conversion, capture.url, capture.fetched, kind, capture.body)
        record.headers.append("WARC-Payload-Digest", digest)
        original = read_record(self._root, of.file, of.offset).fields.get("warc-record-id")
        if original:
            record.headers.append("WARC-Refers-To", original)
        if capture.truncated:
            record.headers.append("WARC-Truncated", _one_line(capture.truncated))
        members = [_packed(record, 6), *_metadata(record, capture.fetched, how)]
        return self._write(capture.fetched, members), digest

    def sync(self) -> None:
        """Return when all that was appended is on disk."""
        if self._segment is not None:
            with disk(self._segment.path):
                self._segment.sync()

    def close(self) -> None:
        """Sync, and give the open segment its final name."""
        if self._segment is not None:
            segment, self._segment = self._segment, None
            with disk(segment.path):
                segment.close()

    def __enter__(self) -> WarcWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _original(self, exchange: Exchange, digest: str) -> Original | None:
        if self._originals is None:
            return None
        if exchange.status == 304:
            return self._originals(exchange.url, None)
        return self._originals(exchange.url, digest) if exchange.body and not exchange.truncated else None

    def _write(self, date: datetime, members: list[bytes]) -> Position:
        """Append gzip members in one write; the position of the first."""
        opened = self._now or date
        day = opened.astimezone(UTC).date().isoformat()
        if self._segment is not None and not self._segment.takes(day, self._segment_bytes):
            self.close()
        with disk(self._root / FOLDER):
            if self._segment is None:
                name = _next_name(self._root / FOLDER, day)
                self._segment = _Segment(self._root / FOLDER / name, day)
                self._segment.append(warcinfo(name, opened, self._software))
            offset = self._segment.append(b"".join(members))
        return Position(f"{FOLDER}/{self._segment.path.name}", offset, len(members[0]))


class _Segment:
    """One WARC file that is being written, under its name with `.open`."""

    def __init__(self, path: Path, day: str) -> None:
        self.path = path
        self.day = day
        self.size = 0
        self._synced = 0
        self._open_path = path.with_name(path.name + OPEN)
        self._file = self._open_path.open("xb", buffering=0)
        sync_folder(path.parent)

    def takes(self, day: str, limit: int) -> bool:
        return day == self.day and self.size < limit

    def append(self, packed: bytes) -> int:
        """Write; the offset it starts at. A write that fails leaves the file as long as it was."""
        offset, rest = self.size, memoryview(packed)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError:
            self._file.truncate(offset)
            self._file.seek(offset)
            raise
        self.size += len(packed)
        return offset

    def sync(self) -> None:
        """Return when all is on disk; what cannot be synced is cut off.

        After a failed fsync the kernel may take what it lost for written (the next fsync succeeds), and
        reading shows it from memory: only what an earlier sync returned from is known to be there.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(self._synced)
            self._file.seek(self._synced)
            self.size = self._synced
            raise
        self._synced = self.size

    def close(self) -> None:
        self.sync()
        self._file.close()
        self._open_path.rename(self.path)
        sync_folder(self.path.parent)


def repair(path: Path) -> Repair:
    """Cut a segment to its last whole record, when its end is torn; never touches a damaged record.

    Torn is a file that ends inside a record, or goes on with nothing but zeros (a file system after a power
    cut).
    """
    ends, state = whole_members(path)
    size, whole = path.stat().st_size, ends[-1] if ends else 0
    if state == "damaged":
        return Repair(path.name, size, len(ends), 0, damaged_at=whole)
    if whole < size:
        os.truncate(path, whole)
    return Repair(path.name, whole, len(ends), size - whole)


# What lies below writes.


def _record(
    kind: WarcRecordType, uri: str | None, date: datetime, content_type: str, block: bytes
) -> WarcRecord:
    """A record with its mandatory fields, its block, and where it comes from."""
    record = WarcRecord()
    record.init_headers(kind, content_length=len(block))
    record.headers.set("WARC-Date", date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if uri is not None:
        record.headers.append("WARC-Target-URI", target_uri(uri))
    record.headers.append("Content-Type", _one_line(content_type))
    record.set_bytes_content(block)
    return record


def warcinfo(name: str, date: datetime, software: str) -> bytes:
    """The gzip member that a WARC file called `name` begins with."""
    fields = (
        f"software: {software}\r\nformat: WARC File Format 1.1\r\n"
        "conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
    )
    record = _record(WarcRecordType.warcinfo, None, date, _FIELDS, fields.encode())
    record.headers.append("WARC-Filename", name)
    return _packed(record, 6)


def _response(exchange: Exchange, digest: str) -> WarcRecord:
    block = _response_head(exchange) + exchange.body
    record = _record(WarcRecordType.response, exchange.url, exchange.fetched, _RESPONSE, block)
    record.headers.append("WARC-Payload-Digest", digest)
    _wire_fields(record, exchange)
    return record


def _revisit(exchange: Exchange, original: Original) -> WarcRecord:
    """The response's head alone, and where its payload lies.

    WARC-Refers-To-Filename and -File-Offset are extension fields that Heritrix introduced; the others are
    standard.
    """
    record = _record(
        WarcRecordType.revisit, exchange.url, exchange.fetched, _RESPONSE, _response_head(exchange)
    )
    fields = {
        "WARC-Profile": NOT_MODIFIED if exchange.status == 304 else SAME_PAYLOAD,
        "WARC-Refers-To-Target-URI": target_uri(original.url),
        "WARC-Refers-To-Date": original.fetched.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "WARC-Refers-To-Filename": original.position.file,
        "WARC-Refers-To-File-Offset": str(original.position.offset),
        "WARC-Payload-Digest": original.digest,
    }
    for name, value in fields.items():
        record.headers.append(name, value)
    _wire_fields(record, exchange)
    return record


def _request(exchange: Exchange, concurrent_to: str) -> WarcRecord:
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    block = _head(f"{exchange.method} {target} {exchange.protocol}", exchange.request_headers)
    record = _record(WarcRecordType.request, exchange.url, exchange.fetched, _REQUEST, block)
    record.headers.append("WARC-Concurrent-To", concurrent_to)
    return record


def _source_fields(record: WarcRecord, source: Source | None) -> None:
    """Extension fields that name the record this one was copied from."""
    if source is not None:
        record.headers.append("X-Source-Filename", _one_line(source.file))
        record.headers.append("X-Source-Offset", str(source.position))
        if source.record_id:
            record.headers.append("X-Source-Record-ID", _one_line(source.record_id))


def _metadata(of: WarcRecord, date: datetime, how: Circumstances | None) -> list[bytes]:
    """The member that says how the page of the record `of` came to be fetched; none when nobody knows."""
    if how is None:
        return []
    uri = of.headers.get("WARC-Target-URI")
    record = _record(WarcRecordType.metadata, uri, date, _FIELDS, circumstances.to_fields(how))
    record.headers.append("WARC-Concurrent-To", of.record_id or "")
    return [_packed(record, 6)]


def _wire_fields(record: WarcRecord, exchange: Exchange) -> None:
    if exchange.ip:
        record.headers.append("WARC-IP-Address", exchange.ip)
    if exchange.truncated:
        record.headers.append("WARC-Truncated", _one_line(exchange.truncated))


def _response_head(exchange: Exchange) -> bytes:
    headers = tuple(
        (KEPT + name if name.lower() == "transfer-encoding" else name, value)
        for name, value in exchange.headers
    )
    return _head(f"{exchange.protocol} {exchange.status} {exchange.reason}", headers)


def _head(first_line: str, headers: Headers) -> bytes:
    lines = [first_line, *(f"{name}: {value}" for name, value in headers)]
    text = "\r\n".join(_one_line(line) for line in lines) + "\r\n\r\n"
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


def _one_line(text: str) -> str:
    """No line break of a hostile value may start a header of its own."""
    return text.replace("\r", " ").replace("\n", " ")


def target_uri(url: str) -> str:
    """The address with white space and control characters percent-encoded; all else as it was requested."""
    return re.sub(r"[\x00-\x20\x7f]", lambda found: f"%{ord(found[0]):02X}", url)


def _packed(record: WarcRecord, level: int) -> bytes:
    """The record as one gzip member, with its block digest."""
    buffer = io.BytesIO()
    packer = GzipWriter(buffer, compression_level=level)
    record.write(packer, checksum_data=True)
    packer.finish()
    packed = buffer.getvalue()
    packer.close()
    return packed


def _stored(record: WarcRecord, body: int) -> bytes:
    """The record as one gzip member whose last `body` bytes are stored: what its server compressed already
    costs time and gains nothing. Blocks of both kinds make one deflate stream (RFC 1951, 3.2.3)."""
    buffer = io.BytesIO()
    record.write(buffer, checksum_data=True)
    plain = buffer.getvalue()
    head = len(plain) - body - len(b"\r\n\r\n")
    squeezed, kept = zlib.compressobj(6, wbits=-15), zlib.compressobj(0, wbits=-15)
    return b"".join((
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
        squeezed.compress(plain[:head]), squeezed.flush(zlib.Z_SYNC_FLUSH),
        kept.compress(plain[head:]), kept.flush(),
        struct.pack("<LL", zlib.crc32(plain), len(plain) & 0xFFFFFFFF),
    ))  # fmt: skip


def _next_name(folder: Path, day: str) -> str:
    numbers = [
        int(match[2]) for path in folder.iterdir() if (match := _SEGMENT.match(path.name)) and match[1] == day
    ]
    return f"{day}-{max(numbers, default=0) + 1:04d}.warc.gz"


def _settle(path: Path) -> Repair:
    """Repair a segment that was left open, and close it; remove one that has only its warcinfo."""
    found = repair(path)
    if found.damaged_at is None and found.records <= 1:
        path.unlink()
    else:
        sync_file(path)
        path.rename(path.with_name(path.name.removesuffix(OPEN)))
    sync_folder(path.parent)
    return found
