"""archive.db on this machine, read-only: nothing can be changed through it, a crawl may go on meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newsarchive.client.source import NEEDED, TABLES
from pipelines.errors import ArchiveBusy, NotAnArchive, QueryRefused
from pipelines.store import told


class File:
    """A folder with an archive.db, or that file."""

    most: int | None = None

    def __init__(self, place: Path) -> None:
        path = place / "archive.db" if place.is_dir() else place
        if not path.is_file():
            raise NotAnArchive(f"{place}: no archive here; name its folder, its archive.db or its address")
        self.name = str(path)
        self._connection = _connected(path)
        try:
            with told(path):
                tables = {name for (name,) in self._connection.execute(TABLES)}
            if missing := ", ".join(sorted(NEEDED - tables)):
                raise NotAnArchive(f"{path} is no news archive: it has no table {missing}")
        except BaseException:
            self.close()
            raise

    def rows(self, sql: str, values: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """The rows of a statement as they come. Raises QueryRefused."""
        return self._told(sql, values)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def unchanging(self) -> Iterator[None]:
        """While the block runs, all answers are of one moment, whatever is written meanwhile."""
        self._connection.execute("begin")
        try:
            yield
        finally:
            self._connection.rollback()

    def _told(self, sql: str, values: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        try:
            cursor = self._connection.execute(sql, dict(values))
            names = [column[0] for column in cursor.description or ()]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except sqlite3.Error as error:
            code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise NotAnArchive(f"{self.name} is not a database, or is damaged ({error})") from error
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ArchiveBusy(f"{self.name} is locked by another program; try again") from error
            raise QueryRefused(f"{self.name}: {error}") from error


def _connected(path: Path) -> sqlite3.Connection:
    """Read-only; without locks where the file is a sealed snapshot, which never changes."""
    from pipelines.publish import is_snapshot

    sealed = "&immutable=1" if is_snapshot(path.parent) else ""
    address = f"{path.absolute().as_uri()}?mode=ro{sealed}"
    with told(path):
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
    connection.execute("pragma query_only = on")  # for a file that a statement might ATTACH
    return connection
