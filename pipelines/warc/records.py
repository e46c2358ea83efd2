"""WARC files that others wrote, record by record: plain, gzip, zstd; whole, torn or damaged.

Promises: memory does not grow with the file; a record is given only when it is whole (gzip's checksum, its
length and what follows it say so); what is damaged comes as a Damage with its place, and reading goes on at
the next record that can be found. Never changes a file.

Reading can begin at the position of any record. Plain records have one each, gzip members too; records that
were compressed together (a whole file with gzip, anything with zstd) share that of their beginning, and what
follows damage among them cannot be unpacked.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Protocol

from fastwarc.stream_io import ZstdReader

from pipelines.errors import InputUnreadable

BLOCK_BYTES = 32 << 20
"""Of a longer block only so much is kept: enough to say what was passed over."""
ARC = "ARC is not supported; make a WARC of it first: `warcio recompress FILE.arc.gz FILE.warc.gz`"
_HEADER_BYTES = 1 << 20
"""No record's header is longer."""
_STEP = 1 << 16
_GZIP = b"\x1f\x8b\x08"
_ZSTD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
"""A frame; the skippable frame with a dictionary that some crawlers put first."""
_BEGINNING = re.compile(rb"WARC/[01]\.\d+\r?\n")
_MEMBER = re.compile(re.escape(_GZIP))
_OVERLAP = 16
"""Bytes of a step that are searched again with the next one: no mark is longer."""
_UNPACKING = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Record:
    """One WARC record that is whole."""

    position: int
    """Where reading must begin to meet it again."""
    fields: dict[str, str]
    """The record's header; names in lower case."""
    block: bytes
    whole: bool
    """False when the block is longer than BLOCK_BYTES: then `block` is its beginning."""

    @property
    def kind(self) -> str:
        """WARC-Type, in lower case."""
        return self.fields.get("warc-type", "unknown").lower()

    @property
    def url(self) -> str:
        """WARC-Target-URI; wget puts it in angle brackets."""
        return self.fields.get("warc-target-uri", "").removeprefix("<").removesuffix(">")


@dataclass(frozen=True, slots=True)
class Damage:
    """A place at which no whole record stands, and why."""

    position: int
    reason: str


Records = Callable[[int], Iterator[Record | Damage]]
"""Position -> all records from there on; 0 is the first."""


def opened(stream: IO[bytes]) -> Records:
    """How to read the WARC file in `stream`, which can seek; raises InputUnreadable for what is none."""
    start = _Tape(stream, 0).exactly(_STEP)
    if start.startswith(_ZSTD):
        _check_beginning(_beginning(_unzstd(stream)))
        return lambda _: _sequence(_Tape(_unzstd(stream)), 0)
    if start.startswith(_GZIP):
        _check_beginning(_beginning(_Member(_Tape(stream, 0))))
        return lambda position: members(stream, position)
    _check_beginning(start)
    return lambda position: _plain(stream, position)


def _unzstd(stream: IO[bytes]) -> Sequential:
    stream.seek(0)
    unpacked: Sequential = ZstdReader(stream)
    return unpacked


def _beginning(packed: Sequential) -> bytes:
    """The first unpacked bytes, as far as they can be had."""
    start = b""
    with suppress(*_UNPACKING):  # damage of the first record is met again, and told with its place
        while len(start) < _STEP and (part := packed.read(_STEP)):
            start += part
    return start


def _check_beginning(start: bytes) -> None:
    """Raise InputUnreadable when what a file begins with is no record."""
    if not start.strip():
        raise InputUnreadable("empty, or damaged from its beginning on")
    if start.startswith(b"filedesc:"):
        raise InputUnreadable(ARC)
    if not _BEGINNING.search(start):
        raise InputUnreadable("no WARC file: it begins with no record")


# How records lie in a file.


def _plain(stream: IO[bytes], start: int) -> Iterator[Record | Damage]:
    """Records one after the other, not compressed."""
    position: int | None = start
    while position is not None:
        found: Record | Damage | None = None
        for found in _sequence(_Tape(stream, position), None):
            yield found
        position = None
        if isinstance(found, Damage):
            position = next(_search(stream, found.position + 1, _BEGINNING), None)


def members(stream: IO[bytes], start: int) -> Iterator[Record | Damage]:
    """Records in gzip members: one each, as the rule is, or many in one."""
    tape = _Tape(stream, start)
    while tape.peek():
        position = tape.position
        found: Record | Damage | None = None
        for found in _sequence(_Tape(_Member(tape)), position):
            yield found
        if isinstance(found, Damage):
            marks = _search(stream, position + 1, _MEMBER)
            following = next((at for at in marks if _holds_record(stream, at)), None)
            if following is None:
                return
            tape = _Tape(stream, following)


def _sequence(tape: _Tape, position: int | None) -> Iterator[Record | Damage]:
    """Records up to the end, or up to the first damage; `position`: the one that they share, if they do.

    A record is given when what follows it has been looked at, which is where gzip checks the sum of a member.
    """
    place = position or tape.position
    try:
        tape.skip_blank()
        while tape.peek():
            place = tape.position if position is None else position
            found = _read(tape, place)
            if isinstance(found, Record) and not tape.skip_blank() and tape.peek():
                found = Damage(place, "damaged: it is longer or shorter than it says")
            yield found
            if isinstance(found, Damage):
                return
    except EOFError:
        yield Damage(place, "torn: the file ends inside the record")
    except (OSError, zlib.error):
        yield Damage(place, "damaged: it cannot be unpacked")


def _read(tape: _Tape, position: int) -> Record | Damage:
    if not _BEGINNING.match(tape.line(_OVERLAP)):
        return Damage(position, "damaged: no record begins here")
    fields = _fields(tape)
    length = (fields or {}).get("content-length", "")
    if fields is None or not (length.isascii() and length.isdigit()):
        return Damage(position, "damaged: its header does not end, or gives no length")
    block = tape.exactly(min(int(length), BLOCK_BYTES))
    rest = int(length) - len(block)
    if rest and (len(block) < BLOCK_BYTES or tape.skip(rest) < rest):
        return Damage(position, "torn: the file ends inside the record")
    return Record(position, fields, block, whole=not rest)


def _fields(tape: _Tape) -> dict[str, str] | None:
    """The header of a record up to its empty line; None when that does not come."""
    fields: dict[str, str] = {}
    name, left = "", _HEADER_BYTES
    while left > 0 and (line := tape.line(left)).endswith(b"\n"):
        left -= len(line)
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            return fields
        if text[0] in " \t" and name:
            fields[name] = f"{fields[name]} {text.strip()}".strip()
        else:
            name, _, value = text.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return None


def _search(stream: IO[bytes], start: int, mark: re.Pattern[bytes]) -> Iterator[int]:
    """Where `mark` stands, from `start` on; the stream may be moved between two of them."""
    position, carried = start, b""
    while True:
        stream.seek(position)
        step = stream.read(_STEP)
        if not step:
            return
        window = carried + step
        for found in mark.finditer(window):
            if found.end() > len(carried):
                yield position - len(carried) + found.start()
        carried = window[-_OVERLAP:]
        position += len(step)


def _holds_record(stream: IO[bytes], position: int) -> bool:
    """Whether a gzip member begins here, and a record in it."""
    return _BEGINNING.match(_beginning(_Member(_Tape(stream, position)))) is not None


class Sequential(Protocol):
    """What is read once, forwards."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, and none at the end."""


class _Tape:
    """A stream with a position, on which one can look ahead and step back."""

    def __init__(self, stream: Sequential, start: int | None = None) -> None:
        """start: where to begin in a stream that can seek; None: as it stands, and positions count on."""
        if start is not None and isinstance(stream, io.IOBase):
            stream.seek(start)
        self._stream = stream
        self._pending = b""
        self.position = start or 0

    def peek(self) -> bytes:
        """What comes next: at least a byte, unless at the end."""
        if not self._pending:
            self._pending = self._stream.read(_STEP)
        return self._pending

    def read(self, size: int) -> bytes:
        """At most `size` bytes, and none at the end."""
        part = self.peek()[:size]
        self._pending = self._pending[len(part) :]
        self.position += len(part)
        return part

    def back(self, part: bytes) -> None:
        """Put back what was read too much."""
        self._pending = part + self._pending
        self.position -= len(part)

    def exactly(self, size: int) -> bytes:
        """`size` bytes; fewer at the end."""
        parts = []
        while size and (part := self.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def skip(self, size: int) -> int:
        """Pass over `size` bytes; how many there were."""
        left = size
        while left and (part := self.read(min(left, _STEP))):
            left -= len(part)
        return size - left

    def skip_blank(self) -> int:
        """Pass over line breaks; how many bytes they were."""
        begun = self.position
        while (part := self.peek()) and part[0] in b"\r\n":
            self.read(len(part) - len(part.lstrip(b"\r\n")))
        return self.position - begun

    def line(self, limit: int) -> bytes:
        """Up to the next line feed, and with it; broken off at the limit and at the end."""
        parts = b""
        while len(parts) < limit and not parts.endswith(b"\n") and (ahead := self.peek()):
            end = ahead.find(b"\n") + 1 or len(ahead)
            parts += self.read(min(end, limit - len(parts)))
        return parts


class _Member:
    """One gzip member, unpacked; the tape stands behind it when it has ended.

    Reading raises EOFError when the tape ends first, and zlib.error when the member is damaged.
    """

    def __init__(self, tape: _Tape) -> None:
        self._tape = tape
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._packed = b""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, and none at the end of the member."""
        while not self._inflater.eof:
            packed = self._packed or self._tape.read(_STEP)
            if not packed:
                raise EOFError
            part = self._inflater.decompress(packed, size)
            self._packed = self._inflater.unconsumed_tail
            self._tape.back(self._inflater.unused_data)
            if part:
                return part
        return b""
