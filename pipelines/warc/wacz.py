"""WACZ 1.1.1: captures of the archive in one zip file that players replay (specs.webrecorder.net/wacz).

    archive/data.warc.gz   the records, copied byte for byte, with their requests and metadata
    indexes/index.cdx      where each of them lies (CDXJ)
    pages/pages.jsonl      each version of each article: address, time, title and text
    datapackage.json       the parts, each with its SHA-256; datapackage-digest.json has that of this list

Promises: the file has its name only when it is whole; a revisit record comes with the record it refers to;
what is withheld is left out; a record that is damaged is told and left out. Memory holds the index, some 300
bytes a capture, and nothing else that grows. Never changes the archive.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import IO

from pipelines.durable import disk, sync_folder
from pipelines.errors import ArchiveError, WarcError
from pipelines.store import Archive, Choice, stored_moment
from pipelines.warc import cdx, foreign, records
from pipelines.warc.reader import open_segment
from pipelines.warc.records import Damage, Record
from pipelines.warc.writer import warcinfo

VERSION = "1.1.1"
WARC = "data.warc.gz"
_COMPANIONS = ("request", "metadata")
_EVERY = 200
"""Captures between two calls of `on_progress`."""


@dataclass(slots=True)
class Export:
    """What was written."""

    captures: int = 0
    pages: int = 0
    bytes: int = 0
    damages: list[str] = field(default_factory=list)
    """Records that could not be read, each with its place."""

    def tell(self, damage: str) -> None:
        """List a damage once, though two captures may meet it: the one it is, and the one before it."""
        if damage not in self.damages:
            self.damages.append(damage)


def export(
    archive: Archive,
    path: Path,
    choice: Choice,
    *,
    software: str,
    now: datetime,
    title: str = "",
    on_progress: Callable[[int], None] | None = None,
) -> Export:
    """Write the chosen captures to `path`, which must not be there yet.

    on_progress: called with the number of captures that are copied, now and then.
    Raises ArchiveError where the file is there, DiskFull or ArchiveReadOnly where it cannot be written.
    """
    if path.exists():
        raise ArchiveError(f"{path} is there already: remove it, or name another file")
    done = Export()
    unfinished = path.with_name(f"{path.name}.part")
    with disk(path):
        try:
            with zipfile.ZipFile(unfinished, "w") as zipped:
                package = _Package(zipped, now)
                with package.part(f"archive/{WARC}") as part:
                    copy = _Copy(archive, part, done, on_progress)
                    part.write(warcinfo(WARC, now, software))
                    copy.records(choice)
                with package.part("indexes/index.cdx", packed=True) as part:
                    for line in sorted(copy.lines):
                        part.write(f"{line}\n".encode())
                with package.part("pages/pages.jsonl", packed=True) as part:
                    _write_pages(archive, choice, part, done)
                package.close(title, software)
            _put(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    done.bytes = path.stat().st_size
    return done


def index(archive: Archive, path: Path, choice: Choice) -> Export:
    """Write the CDXJ lines of the chosen captures, with the archive's own WARC files; as `export` does."""
    if path.exists():
        raise ArchiveError(f"{path} is there already: remove it, or name another file")
    done, lines = Export(), []
    for _, position in archive.chosen(choice):
        record, following = next(_group(archive.folder, position.file, position.offset))
        if isinstance(record, Record) and record.kind not in cdx.CAPTURES:
            continue  # what a browser made of a page is no answer that a player could replay
        if isinstance(record, Damage):
            done.tell(f"{position.file} at byte {position.offset:,}: {record.reason}")
            continue
        lines.append(cdx.line(record, Path(position.file).name, following - record.position))
    unfinished = path.with_name(f"{path.name}.part")
    with disk(path):
        unfinished.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")
        _put(unfinished, path)
    done.captures, done.bytes = len(lines), path.stat().st_size
    return done


def _put(unfinished: Path, path: Path) -> None:
    """Make a finished file durable under its name."""
    with unfinished.open("rb+") as written:
        os.fsync(written.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)


class _Part:
    """A part of the package while it is written: counts and hashes what goes through."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        self._stream.write(content)
        self._digest.update(content)
        self.size += len(content)

    @property
    def hash(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"


class _Package:
    """The zip file, and the list of its parts."""

    def __init__(self, zipped: zipfile.ZipFile, now: datetime) -> None:
        self._zipped = zipped
        self._now = now.astimezone(UTC)
        self._resources: list[dict[str, object]] = []

    @contextmanager
    def part(self, path: str, *, packed: bool = False) -> Iterator[_Part]:
        """Add a part; WARC is packed already, and must lie in the zip as it is, for players to read in it."""
        info = zipfile.ZipInfo(path, self._now.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zipped.open(info, "w", force_zip64=True) as stream:
            part = _Part(stream)
            yield part
        name = path.rpartition("/")[2]
        self._resources.append({"name": name, "path": path, "hash": part.hash, "bytes": part.size})

    def close(self, title: str, software: str) -> None:
        """Write the list of parts, and its digest."""
        listed = {
            "profile": "data-package", "wacz_version": VERSION, "title": title or "newsarchive",
            "software": software, "created": stored_moment(self._now), "resources": list(self._resources),
        }  # fmt: skip
        with self.part("datapackage.json") as part:
            part.write(json.dumps(listed, ensure_ascii=False, indent=2).encode())
        digest = {"path": "datapackage.json", "hash": part.hash}
        with self.part("datapackage-digest.json") as part:
            part.write(json.dumps(digest, indent=2).encode())


class _Copy:
    """Copies records into the package's WARC, and remembers where they lie."""

    def __init__(
        self, archive: Archive, part: _Part, done: Export, on_progress: Callable[[int], None] | None
    ) -> None:
        self._archive = archive
        self._part = part
        self._done = done
        self._on_progress = on_progress
        self._copied: set[tuple[str, int]] = set()
        self._referred: set[tuple[str, int]] = set()
        self.lines: list[str] = []

    def records(self, choice: Choice) -> None:
        """Copy the chosen captures, and those that their revisits refer to."""
        for _, position in self._archive.chosen(choice):
            self._copy(position.file, position.offset)
        missing = self._referred - self._copied
        if missing:
            shown = {(at.file, at.offset) for _, at in self._archive.chosen(Choice())}
            for file, offset in sorted(missing & shown):
                self._copy(file, offset)

    def _copy(self, file: str, offset: int) -> None:
        """Copy a capture with what belongs to it; one that several rows speak of only once."""
        if (file, offset) in self._copied:
            return
        self._copied.add((file, offset))
        with open_segment(self._archive.folder, file) as segment:
            for found, following in _group(self._archive.folder, file, offset):
                try:
                    if isinstance(found, Damage):
                        raise WarcError(found.reason)
                    self._note(found, following - found.position)
                except WarcError as error:
                    self._done.tell(f"{file} at byte {found.position:,}: {error}")
                    return
                segment.seek(found.position)
                self._part.write(segment.read(following - found.position))

    def _note(self, record: Record, length: int) -> None:
        """The line of a capture, before its bytes are written."""
        if record.kind not in cdx.CAPTURES:
            return
        foreign.check(record)
        self.lines.append(cdx.line(record, WARC, length, self._part.size))
        file, at = (record.fields.get(f"warc-refers-to-{name}", "") for name in ("filename", "file-offset"))
        if file and at.isdigit():
            self._referred.add((file, int(at)))
        self._done.captures += 1
        if self._on_progress and self._done.captures % _EVERY == 0:
            self._on_progress(self._done.captures)


def _group(folder: Path, file: str, offset: int) -> Iterator[tuple[Record | Damage, int]]:
    """The record at `offset` and those behind it that belong to it, each with where the next one begins; or
    damage, which ends it, for nobody knows to whom that belonged."""
    with open_segment(folder, file) as segment:
        size = segment.seek(0, os.SEEK_END)
        found = chain(records.members(segment, offset), [Damage(size, "the end of the file")])
        capture = ""
        for record, following in pairwise(found):
            if capture and isinstance(record, Record) and not _belongs(record, capture):
                return
            yield record, following.position
            if isinstance(record, Damage):
                return
            capture = capture or record.fields.get("warc-record-id", "no id")


def _belongs(record: Record, capture: str) -> bool:
    return record.kind in _COMPANIONS and capture in (
        record.fields.get("warc-concurrent-to"),
        record.fields.get("warc-refers-to"),
    )


def _write_pages(archive: Archive, choice: Choice, part: _Part, done: Export) -> None:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "Articles", "hasText": True}
    part.write(json.dumps(head).encode() + b"\n")
    for version in archive.chosen_versions(choice):
        page = {
            "id": str(version.revision), "url": version.url, "ts": stored_moment(version.fetched),
            "title": version.title or version.url, "text": version.text,
        }  # fmt: skip
        part.write(json.dumps(page, ensure_ascii=False).encode() + b"\n")
        done.pages += 1
