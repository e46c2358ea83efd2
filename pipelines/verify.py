"""Fixity: do the WARC files say what their digests and archive.db say? What `newsarchive verify` does.

Promises: every record of every segment is read, every digest computed, every row of `captures` held against
its record. Reports, and never repairs: neither a file nor a row is changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from pipelines.store import Archive
from pipelines.warc import OPEN, inventory, target_uri
from pipelines.warc.inventory import Record


class Fault(StrEnum):
    """What can be wrong."""

    DAMAGED = "damaged record"
    DIGEST = "other than its digest"
    POINTER = "other than its row"
    NO_RECORD = "row without its record"
    NO_FILE = "missing file"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    fault: Fault
    file: str
    offset: int | None
    message: str
    capture: int | None = None
    """Row id in `captures`."""


@dataclass(slots=True)
class Verification:
    """What was read, and what is wrong with it."""

    files: int = 0
    size: int = 0
    """Bytes of the files."""
    records: int = 0
    captures: int = 0
    """Rows whose record was found and is as they say."""
    orphans: int = 0
    """Records of captures that no row names: a crawl was killed before it committed them, or archive.db is
    older than the WARC. A rebuild takes them in."""
    unfinished: list[str] = field(default_factory=list)
    """Segments that are being written, or that a killed writer left; the next writer cuts their torn ends."""
    findings: list[Finding] = field(default_factory=list)


_ROWS = (
    "select id, warc_offset, warc_length, url, digest, fetched from captures where warc_file = ? "
    "order by warc_offset"
)
_FILES = """
    select warc_file, count(*) from captures where warc_file is not null or verdict <> 'refused'
    group by 1 order by 1"""
"""What a page asked not to be kept of it has a row, and no record."""


def verify(archive: Archive, on_progress: Callable[[int], None] = lambda size: None) -> Verification:
    """Read everything; on_progress is called, from any thread, with the bytes that were read since."""
    result = Verification()
    files = inventory.segments(archive.folder)
    found = {f"warc/{path.name.removesuffix(OPEN)}" for path in files}
    for file, rows in archive.read(_FILES):
        if file is None:
            message = f"rows of captures that name no record: {rows:,}"
            result.findings.append(Finding(Fault.NO_RECORD, "", None, message))
        elif file not in found:
            message = f"the file is missing; rows of captures that refer to it: {rows:,}"
            result.findings.append(Finding(Fault.NO_FILE, file, None, message))
    for part in _parts(archive, files, on_progress):
        _add(result, part)
    return result


def _parts(archive: Archive, files: list[Path], on_progress: Callable[[int], None]) -> Iterator[Verification]:
    """The result for each segment; threads, for inflating and hashing run beside each other in them."""
    workers = len(os.sched_getaffinity(0))
    todo = iter(files)
    with ThreadPoolExecutor(workers) as pool:
        while batch := list(islice(todo, workers)):
            asked = [pool.submit(_verify_segment, path, _rows(archive, path), on_progress) for path in batch]
            yield from (future.result() for future in asked)


def _rows(archive: Archive, path: Path) -> dict[int, tuple[Any, ...]]:
    """Byte offset -> the row of `captures` that names it."""
    rows = archive.read(_ROWS, (f"warc/{path.name.removesuffix(OPEN)}",))
    return {row[1]: row for row in rows}


def _verify_segment(
    path: Path, rows: dict[int, tuple[Any, ...]], on_progress: Callable[[int], None]
) -> Verification:
    result = Verification(files=1, size=path.stat().st_size)
    if path.name.endswith(OPEN):
        result.unfinished.append(path.name)
    for record in inventory.records(path):
        on_progress(record.position.length)
        row = rows.pop(record.position.offset, None)
        fault = _fault(record, row)
        if fault and row is None and result.unfinished and record.kind == "damaged":
            continue  # a torn end that no row speaks of
        result.records += 1
        if fault:
            result.findings.append(fault)
        elif row is not None:
            result.captures += 1
        elif record.kind in inventory.CAPTURES:
            result.orphans += 1
    for row in rows.values():
        message = f"no record begins there; it was to hold {row[3]}"
        name = f"warc/{path.name.removesuffix(OPEN)}"
        result.findings.append(Finding(Fault.NO_RECORD, name, row[1], message, row[0]))
    return result


def _fault(record: Record, row: tuple[Any, ...] | None) -> Finding | None:
    file, offset = record.position.file, record.position.offset
    capture = row[0] if row else None
    if record.problem:
        fault = Fault.DIGEST if record.kind != "damaged" and "digest" in record.problem else Fault.DAMAGED
        return Finding(fault, file, offset, record.problem, capture)
    if row is None:
        return None
    said = "; ".join(_differences(record, row))
    return Finding(Fault.POINTER, file, offset, said, capture) if said else None


def _differences(record: Record, row: tuple[Any, ...]) -> Iterator[str]:
    """What the row of `captures` says of its record that is not so."""
    _, _, length, url, digest, fetched = row
    if record.kind not in inventory.CAPTURES:
        yield f"the record is a {record.kind}"
    pairs = (
        ("length", str(length), str(record.position.length)),
        ("url", target_uri(url), record.fields.get("warc-target-uri")),
        ("digest", digest, record.fields.get("warc-payload-digest")),
        ("date", fetched, record.fields.get("warc-date")),
    )
    for name, told, found in pairs:
        if told != found:
            yield f"{name} is {found}, and the row says {told}"


def _add(result: Verification, part: Verification) -> None:
    for name in ("files", "size", "records", "captures", "orphans"):
        setattr(result, name, getattr(result, name) + getattr(part, name))
    result.unfinished += part.unfinished
    result.findings += part.findings
