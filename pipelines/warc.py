"""WARC 1.1 files (ISO 28500:2017): append, sync, read, and cut a torn tail.

Promises: a body is written as it was received, with its Content-Encoding; every record is a gzip member of
its own with block and payload digests; after `sync` the records are on disk; a segment is named `.open` until
it is complete. Never changes a byte that was received, never rewrites a record, never reads the clock: dates
come with what is written.

One difference from the wire is marked: where a Transfer-Encoding was undone, its header is kept under the
name X-Orig-Transfer-Encoding, so that the block stays a valid HTTP message; reading gives the header its name
back.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import io
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from pipelines import circumstances, coding
from pipelines.errors import ArchiveReadOnly, DiskFull, WarcError
from pipelines.model import Capture, Circumstances, Exchange, Position

FOLDER = "warc"
OPEN = ".open"
SEGMENT_BYTES = 1 << 30
BLOCK_LIMIT = 256 << 20
"""Bytes of one record's block that are read at most."""
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_RESPONSE = "application/http; msgtype=response"
_REQUEST = "application/http; msgtype=request"
_FIELDS = "application/warc-fields"
_KEPT = "X-Orig-"
_KEPT_CODING = "x-orig-transfer-encoding"
_SEGMENT = re.compile(r"(\d{4}-\d\d-\d\d)-(\d{4,})\.warc\.gz")
_CHUNK = 1 << 14
_PLAIN = ("resource", "conversion")
"""Kinds of records whose block is the payload itself."""

Headers = tuple[tuple[str, str], ...]


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
        is_coded = original is None and _header(exchange.headers, "content-encoding")
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
        original = _read_record(self._root, of.file, of.offset).fields.get("warc-record-id")
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


def read_capture(folder: Path, position: Position, *, limit: int = coding.DECODED_LIMIT) -> Capture:
    """The capture whose record lies at `position`: codings undone, digests checked.

    A revisit of an identical payload gets its body from the record that it refers to; a 304 has none.
    Chain and robots verdict are not in the record, so both are empty: see pipelines.inventory.
    Raises WarcError when the record is not there, is damaged, or says other than its digest.
    """
    record = _read_record(folder, position.file, position.offset)
    if record.kind in ("response", "resource", "revisit", "conversion"):
        return _capture(folder, record, position, limit)
    raise WarcError(f"{position.file} at byte {position.offset}: a {record.kind} record holds no capture")


def read_payload(folder: Path, position: Position) -> bytes:
    """The payload of the record at `position` as it was received, its codings still on; raises WarcError."""
    record = _read_record(folder, position.file, position.offset)
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
        coding=_header(exchange.headers, "content-encoding"),
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


def repair(path: Path) -> Repair:
    """Cut a segment to its last whole record, when its end is torn; never touches a damaged record.

    Torn is a file that ends inside a record, or goes on with nothing but zeros (a file system after a power
    cut).
    """
    ends, state = _whole_members(path)
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
        (_KEPT + name if name.lower() == "transfer-encoding" else name, value)
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
        _sync_file(path)
        path.rename(path.with_name(path.name.removesuffix(OPEN)))
    sync_folder(path.parent)
    return found


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make names that were given or changed in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def disk(path: Path) -> Iterator[None]:
    """OSError of a full, failing or read-only disk -> the error of the archive that says so."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise ArchiveReadOnly(f"{path} cannot be written: {error.strerror}") from error
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
            raise DiskFull(f"{path}: {error.strerror}; make room and run again, nothing is lost") from error
        raise


# What lies below reads.


@dataclass(frozen=True, slots=True)
class _Record:
    """A record as it stands in a file, its block's digest checked."""

    kind: str
    fields: dict[str, str]
    """Names in lower case."""
    block: bytes
    place: str


def _read_record(folder: Path, file: str, offset: int) -> _Record:
    place = f"{file} at byte {offset}"
    with open_segment(folder, file) as stream:
        try:
            plain = b"".join(_inflated(stream, offset))
        except (zlib.error, EOFError) as error:
            raise WarcError(
                f"{place}: the record is damaged ({error or 'cut short'}); see `newsarchive verify`"
            ) from error
    record = next(iter(ArchiveIterator(io.BytesIO(plain), parse_http=False)), None)
    if record is None:
        raise WarcError(f"{place}: no WARC record there")
    fields = {name.lower(): value for name, value in record.headers.items()}
    block = record.reader.read()
    _check(block, fields.get("warc-block-digest"), place)
    return _Record(fields.get("warc-type", "unknown"), fields, block, place)


def open_segment(folder: Path, file: str) -> BinaryIO:
    """The segment under its final name, or under the one it has while it is written; raises WarcError."""
    if ".." in Path(file).parts or Path(file).is_absolute():
        raise WarcError(f"{file} lies outside of the archive; no record of it is read")
    path = folder / file
    for candidate in (path, path.with_name(path.name + OPEN)):
        with contextlib.suppress(FileNotFoundError):
            return candidate.open("rb")
    raise WarcError(f"{path} is missing, and archive.db refers to it; put it back from a copy")


def _capture(folder: Path, record: _Record, position: Position, limit: int) -> Capture:
    digest = record.fields.get("warc-payload-digest", "")
    parse = _parse_resource if record.kind in _PLAIN else _parse_http
    status, headers, payload = parse(record)
    if record.kind == "revisit":
        payload = _payload_elsewhere(folder, record)
    if payload or record.kind != "revisit":
        _check(payload, digest, record.place)
    body, cut = coding.decode(payload, _header(headers, "content-encoding"), limit=limit)
    return Capture(
        record.fields.get("warc-target-uri", ""), _date(record), status, headers, body,
        digest or payload_digest(payload), position, (), record.fields.get("warc-truncated") or cut,
        rendered=record.kind == "conversion",
    )  # fmt: skip


def _payload_elsewhere(folder: Path, revisit: _Record) -> bytes:
    """The payload that a revisit refers to; empty for a 304, and when it does not say where that lies."""
    file, offset = (revisit.fields.get(f"warc-refers-to-{name}") for name in ("filename", "file-offset"))
    if revisit.fields.get("warc-profile") != SAME_PAYLOAD or not file or not (offset or "").isdigit():
        return b""
    return _parse_http(_read_record(folder, file, int(offset or 0)))[2]


def _parse_resource(record: _Record) -> tuple[int, Headers, bytes]:
    """A file that never came over HTTP, as if it had."""
    return 200, (("Content-Type", record.fields.get("content-type", "")),), record.block


def _parse_http(record: _Record) -> tuple[int, Headers, bytes]:
    """Status, headers with the names and order they came in, payload."""
    head, _, payload = record.block.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = first.split(" ", 2)[1:2]
    if not status or not status[0].isdigit():
        raise WarcError(f"{record.place}: the block does not start with an HTTP status line")
    pairs = (line.partition(":") for line in lines)
    headers = tuple(
        (name[len(_KEPT) :] if name.lower() == _KEPT_CODING else name, value.strip())
        for name, _, value in pairs
    )
    return int(status[0]), headers, payload


def _date(record: _Record) -> datetime:
    try:
        return datetime.fromisoformat(record.fields["warc-date"]).astimezone(UTC)
    except (KeyError, ValueError) as error:
        raise WarcError(f"{record.place}: the record has no usable WARC-Date") from error


def _check(content: bytes, digest: str | None, place: str) -> None:
    """Raise WarcError when the content does not have the sha1 digest; other algorithms are not checked."""
    if digest and digest.lower().startswith("sha1:") and payload_digest(content)[5:] != digest[5:].upper():
        raise WarcError(f"{place}: the record does not match its digest {digest}; see `newsarchive verify`")


def _header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """All values of a header as one list, or None."""
    values = [value for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


def _inflated(stream: BinaryIO, offset: int) -> Iterator[bytes]:
    """The gzip member at `offset`, unpacked; EOFError when cut short, zlib.error when damaged."""
    stream.seek(offset)
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    total = 0
    while not inflater.eof:
        pending = stream.read(_CHUNK)
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


def _whole_members(path: Path) -> tuple[list[int], str]:
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
