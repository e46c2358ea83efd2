"""Apache Parquet, as much of it as flat rows of text, whole numbers, dates and lists of names need.

Written here and not by a library, because this much is two hundred lines, and the libraries that write it
weigh more than all the rest of newsarchive (docs/dependencies.md). pyarrow reads it in the tests.

    "PAR1"  row group: for each column one page, gzip  ...  metadata (Thrift, compact)  its length  "PAR1"

https://parquet.apache.org/docs/file-format/ and parquet.thrift of apache/parquet-format;
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from pipelines.formats.columns import Column, Kind, Row

MAGIC = b"PAR1"
GROUP_ROWS = 10_000
GROUP_BYTES = 16 * 1024 * 1024
"""Of text, after which a row group ends: what a writer holds, and what a reader has to hold, at once."""
CREATED_BY = "newsarchive"

# Numbers of parquet.thrift.
_INT32, _INT64, _BYTE_ARRAY = 1, 2, 6
_REQUIRED, _OPTIONAL, _REPEATED = 0, 1, 2
_UTF8, _LIST, _DATE, _TIMESTAMP_MICROS = 0, 3, 6, 10
_PLAIN, _RLE = 0, 3
_GZIP = 2
_DATA_PAGE = 0
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _text(values: Iterable[str]) -> bytes:
    out = []
    for value in values:
        encoded = value.encode()
        out.append(struct.pack("<I", len(encoded)))
        out.append(encoded)
    return b"".join(out)


def _int64(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}q", *values)


def _int32(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def _day(value: str) -> int | None:
    """Days since 1970; None for what is no day."""
    try:
        return date.fromisoformat(value[:10]).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _moment(value: str) -> int | None:
    """Microseconds since 1970; None for what is no moment."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


@dataclass(frozen=True, slots=True)
class _Type:
    """How values of a kind lie in a page."""

    physical: int
    converted: int | None
    read: Callable[[str], int | None] | None
    """A stored text -> the number that stands for it."""
    plain: Callable[[Sequence[object]], bytes]


_TYPES: dict[Kind, _Type] = {
    Kind.TEXT: _Type(_BYTE_ARRAY, _UTF8, None, _text),  # type: ignore[arg-type]
    Kind.NAMES: _Type(_BYTE_ARRAY, _UTF8, None, _text),  # type: ignore[arg-type]
    Kind.INTEGER: _Type(_INT64, None, None, _int64),  # type: ignore[arg-type]
    Kind.MOMENT: _Type(_INT64, _TIMESTAMP_MICROS, _moment, _int64),  # type: ignore[arg-type]
    Kind.DAY: _Type(_INT32, _DATE, _day, _int32),  # type: ignore[arg-type]
}


class Parquet:
    """Rows gather until they are a row group."""

    def __init__(
        self, columns: Sequence[Column], *, group_rows: int = GROUP_ROWS, group_bytes: int = GROUP_BYTES
    ) -> None:
        self._columns = columns
        self._group_rows, self._group_bytes = group_rows, group_bytes
        self._waiting: list[Row] = []
        self._bytes = 0
        self._at = len(MAGIC)
        self._groups: list[bytes] = []
        self._count = 0

    def head(self) -> bytes:
        """The magic number."""
        return MAGIC

    def rows(self, rows: Sequence[Row]) -> bytes:
        """The row groups that these rows complete; often nothing."""
        out = []
        for row in rows:
            self._waiting.append(row)
            self._bytes += sum(len(value) for value in row.values() if isinstance(value, str))
            if len(self._waiting) >= self._group_rows or self._bytes >= self._group_bytes:
                out.append(self._group())
        return b"".join(out)

    def end(self) -> bytes:
        """The last row group, and the metadata."""
        last = self._group() if self._waiting else b""
        schema = [_struct({4: "schema", 5: len(self._columns)})]
        schema += [element for column in self._columns for element in _schema(column)]
        footer = _struct({
            1: 1, 2: _list(_STRUCT, schema), 3: _Long(self._count), 4: _list(_STRUCT, self._groups),
            6: CREATED_BY,
        })  # fmt: skip
        return last + footer + struct.pack("<I", len(footer)) + MAGIC

    def _group(self) -> bytes:
        """The waiting rows as a row group."""
        pages, chunks, total = [], [], 0
        for column in self._columns:
            page, chunk, size = _chunk(column, [row[column.name] for row in self._waiting], self._at)
            self._at += len(page)
            total += size
            pages.append(page)
            chunks.append(chunk)
        self._groups.append(
            _struct({1: _list(_STRUCT, chunks), 2: _Long(total), 3: _Long(len(self._waiting))})
        )
        self._count += len(self._waiting)
        self._waiting, self._bytes = [], 0
        return b"".join(pages)


def _schema(column: Column) -> list[bytes]:
    """The elements of a column: one, or for a list the three of the format's LIST."""
    kind = _TYPES[column.kind]
    if column.kind is Kind.NAMES:
        return [
            _struct({3: _REQUIRED, 4: column.name, 5: 1, 6: _LIST}),
            _struct({3: _REPEATED, 4: "list", 5: 1}),
            _struct({1: kind.physical, 3: _REQUIRED, 4: "element", 6: kind.converted}),
        ]
    return [_struct({1: kind.physical, 3: _OPTIONAL, 4: column.name, 6: kind.converted})]


def _chunk(column: Column, values: Sequence[object], at: int) -> tuple[bytes, bytes, int]:
    """A column of a row group: its one page with header, its metadata, its size before compression.

    at: where in the file it begins.
    """
    kind = _TYPES[column.kind]
    path = [column.name]
    if column.kind is Kind.NAMES:
        path += ["list", "element"]
        levels, flat = _listed(values)
    else:
        if kind.read is not None:
            values = [kind.read(value) if isinstance(value, str) else None for value in values]
        levels = [[0 if value is None else 1 for value in values]]
        flat = [value for value in values if value is not None]
    body = b"".join(_levels(one) for one in levels) + kind.plain(flat)
    packed = gzip.compress(body, 6, mtime=0)
    count = len(levels[0])
    header = _struct({
        1: _DATA_PAGE, 2: len(body), 3: len(packed), 5: {1: count, 2: _PLAIN, 3: _RLE, 4: _RLE},
    })  # fmt: skip
    metadata = {
        1: kind.physical, 2: _list(_I32, [_zigzag(_PLAIN), _zigzag(_RLE)]),
        3: _list(_BINARY, [_binary(part) for part in path]), 4: _GZIP, 5: _Long(count),
        6: _Long(len(header) + len(body)), 7: _Long(len(header) + len(packed)), 9: _Long(at),
    }  # fmt: skip
    return header + packed, _struct({2: _Long(at), 3: metadata}), len(header) + len(body)


def _listed(values: Sequence[object]) -> tuple[list[list[int]], list[object]]:
    """Repetition levels (0 begins a row), definition levels (0 is an empty list), and the names."""
    repetition, definition, flat = [], [], []
    for value in values:
        names = list(value) if isinstance(value, (list, tuple)) else []
        repetition += [0, *[1] * (len(names) - 1)] if names else [0]
        definition += [1] * len(names) if names else [0]
        flat += names
    return [repetition, definition], flat


def _levels(levels: Iterable[int]) -> bytes:
    """Levels of one bit as runs, with their length before them."""
    out = bytearray()
    for level, run in groupby(levels):
        out += _varint(sum(1 for _ in run) << 1)
        out.append(level)
    return struct.pack("<I", len(out)) + bytes(out)


# Thrift's compact protocol.

_I32, _I64, _BINARY, _LIST_TYPE, _STRUCT = 5, 6, 8, 9, 12


class _Long(int):
    """A number of 64 bits."""


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A value that is bytes already, and its type."""

    type: int
    content: bytes


def _struct(fields: dict[int, object]) -> bytes:
    """A struct of the fields that are not None, by their numbers in ascending order."""
    out, before = bytearray(), 0
    for number, value in fields.items():
        if value is None:
            continue
        encoded = _encoded(value)
        out.append(number - before << 4 | encoded.type)
        out += encoded.content
        before = number
    return bytes(out) + b"\0"


def _encoded(value: object) -> _Encoded:
    match value:
        case _Encoded():
            return value
        case _Long():
            return _Encoded(_I64, _zigzag(value))
        case int():
            return _Encoded(_I32, _zigzag(value))
        case str():
            return _Encoded(_BINARY, _binary(value))
        case dict():
            return _Encoded(_STRUCT, _struct(value))
    raise TypeError(f"no Thrift for {value!r}")


def _list(kind: int, items: Sequence[bytes]) -> _Encoded:
    size = len(items)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)
    return _Encoded(_LIST_TYPE, head + b"".join(items))


def _binary(text: str) -> bytes:
    encoded = text.encode()
    return _varint(len(encoded)) + encoded


def _zigzag(number: int) -> bytes:
    return _varint(number << 1 ^ number >> 63)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
