"""What lies in the archive's WARC segments: every record with its place, as the bytes on disk have it.

Promises: reads a segment once from end to end in constant memory, whatever is in it; what is damaged is told
with its place, and reading goes on at the next record. Never changes a file, never reads archive.db.
"""

from __future__ import annotations

import base64
import hashlib
import mmap
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from pipelines.model import Circumstances, Position
from pipelines.warc import circumstances
from pipelines.warc.reader import BLOCK_LIMIT, FOLDER, OPEN, read_head

CAPTURES = frozenset({"response", "revisit", "resource", "conversion"})
"""Kinds of records that a row of `captures` is made from."""
_MAGIC = b"\x1f\x8b\x08"
_WINDOW = 1 << 16
_FIRST_WINDOW = 1 << 10
"""Most records are a request or a few lines: what lies behind one is copied in vain."""
_SHORT_HEAD = 1 << 12


@dataclass(frozen=True, slots=True)
class Record:
    """One record, or what stands where one should be."""

    position: Position
    kind: str = "damaged"
    fields: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    problem: str | None = None
    """What is wrong with it: damaged, torn, or other than its digest."""
    how: Circumstances | None = None
    """What a metadata record of ours says."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record that a row of `captures` is made from."""

    position: Position
    kind: str
    how: Circumstances | None
    """How it came to be fetched, when the WARC says so."""


def segments(folder: Path) -> list[Path]:
    """The archive's WARC files in the order they were written, with one that is still open."""
    found = (*(folder / FOLDER).glob("*.warc.gz"), *(folder / FOLDER).glob(f"*.warc.gz{OPEN}"))
    return sorted(found, key=lambda path: path.name.removesuffix(OPEN))


def entries(
    path: Path, start: int = 0, lengths: Mapping[int, int] = MappingProxyType({})
) -> tuple[list[Entry], list[Record]]:
    """The captures of a segment in the order of the file, each with its circumstances; what is damaged.

    start: offset of the record to begin with. lengths: offset -> length of records that somebody knows; of
    these the head alone is read, and damage behind it is found by who reads them.
    """
    found: dict[str, Entry] = {}
    damaged: list[Record] = []
    for record in records(path, start, check=False, lengths=lengths):
        if record.problem:
            damaged.append(record)
        elif record.kind in CAPTURES:
            name = record.fields.get("warc-record-id", str(record.position.offset))
            found[name] = Entry(record.position, record.kind, None)
        elif record.how is not None and (of := record.fields.get("warc-concurrent-to", "")) in found:
            found[of] = replace(found[of], how=record.how)
    return list(found.values()), damaged


def records(
    path: Path, start: int = 0, *, check: bool = True, lengths: Mapping[int, int] = MappingProxyType({})
) -> Iterator[Record]:
    """Every record of a segment from the one at `start` on; with `check`, block and payload are held against
    their digests. lengths: as for `entries`."""
    file = f"{FOLDER}/{path.name.removesuffix(OPEN)}"
    with path.open("rb") as stream:
        size = path.stat().st_size
        if size == 0:
            return
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as view:
            offset = start
            while offset < size:
                if known := _headed(view, file, offset, lengths.get(offset, 0)):
                    yield known
                    offset += known.position.length
                    continue
                length, plain, problem = _member(view, offset)
                position = Position(file, offset, length)
                yield (
                    _record(position, plain, check)
                    if plain is not None
                    else Record(position, problem=problem)
                )
                offset += length


def _headed(view: mmap.mmap, file: str, offset: int, length: int) -> Record | None:
    """The record at `offset` by its head, if it is `length` bytes long: another begins behind it, or nothing
    does. None where that is not so."""
    end = offset + length
    if not length or not (end == len(view) or view[end : end + len(_MAGIC)] == _MAGIC):
        return None
    try:
        start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(
            view[offset : min(end, offset + _WINDOW)], _SHORT_HEAD
        )
    except zlib.error:
        return None
    head = read_head(start)
    if head is None or head[0].get("warc-type") not in CAPTURES:
        return None
    return Record(Position(file, offset, length), head[0]["warc-type"], head[0])


def _member(view: mmap.mmap, offset: int) -> tuple[int, bytes | None, str | None]:
    """Length and content of the gzip member at `offset`; None and what is wrong, with the length up to the
    next member, when it cannot be read."""
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    parts: list[bytes] = []
    at, total, size = offset, 0, _FIRST_WINDOW
    try:
        while not inflater.eof:
            window = inflater.unconsumed_tail or view[at : at + size]
            size = _WINDOW
            if not window:
                return len(view) - offset, None, "torn: the file ends inside this record"
            at += 0 if inflater.unconsumed_tail else len(window)
            parts.append(inflater.decompress(window, BLOCK_LIMIT))
            total += len(parts[-1])
            if total > BLOCK_LIMIT:
                raise zlib.error("longer than any record that newsarchive writes")
    except zlib.error as error:
        return _next_member(view, offset) - offset, None, f"damaged: {error}"
    return at - len(inflater.unused_data) - offset, b"".join(parts), None


def _next_member(view: mmap.mmap, offset: int) -> int:
    """Where the next record begins after a damaged one, or the end of the file."""
    while (offset := view.find(_MAGIC, offset + 1)) >= 0:
        try:
            start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(view[offset : offset + _WINDOW], 5)
        except zlib.error:
            continue
        if start == b"WARC/":
            return offset
    return len(view)


def _record(position: Position, plain: bytes, check: bool) -> Record:
    head = read_head(plain)
    if head is None:
        return Record(position, problem="damaged: no WARC record")
    fields, start = head
    kind, length = fields.get("warc-type", "unknown"), fields.get("content-length", "")
    if not length.isdecimal() or plain[start + int(length) :] != b"\r\n\r\n":
        return Record(position, kind, fields, "damaged: the block is not as long as its header says")
    how = circumstances.from_fields(plain[start:-4]) if kind == "metadata" else None
    return Record(position, kind, fields, _differs(kind, fields, plain[start:-4]) if check else None, how)


def _differs(kind: str, fields: Mapping[str, str], block: bytes) -> str | None:
    """Which digest of the record its content does not have, or None."""
    if not _has(block, fields.get("warc-block-digest")):
        return f"the block does not have the digest {fields['warc-block-digest']}"
    if kind not in ("response", "resource", "conversion"):
        return None  # the payload of a revisit lies elsewhere
    is_http = fields.get("content-type", "").startswith("application/http")
    payload = block.partition(b"\r\n\r\n")[2] if is_http else block
    if not _has(payload, fields.get("warc-payload-digest")):
        return f"the payload does not have the digest {fields['warc-payload-digest']}"
    return None


def _has(content: bytes, digest: str | None) -> bool:
    """Whether the content has this digest; one of an algorithm that we do not compute is believed."""
    algorithm, _, value = (digest or "").partition(":")
    if algorithm.lower() not in ("sha1", "sha256", "md5"):
        return True
    made = hashlib.new(algorithm.lower(), content, usedforsecurity=False)
    return value.lower() == made.hexdigest() or value.upper() == base64.b32encode(made.digest()).decode()
