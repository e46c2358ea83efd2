"""frontier.db opened, its transactions, and every error of SQLite by its name."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import errors
from scraper.frontier.schema import prepare

FRONTIER = "frontier.db"


class Connection(sqlite3.Connection):
    """frontier.db, open. What is written after `begin` is committed with the next `transaction`."""

    def begin(self) -> None:
        """Open a transaction, where none is open."""
        if not self.in_transaction:
            self.execute("begin immediate")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block did, and what was begun before it; undo all of it when the block raises."""
        try:
            self.begin()
            yield
            self.execute("commit")
        except BaseException as error:
            if self.in_transaction:
                self.execute("rollback")
            if isinstance(error, sqlite3.Error):
                raise unusable(error, Path(FRONTIER)) from error
            raise


def connected(folder: Path, write: bool) -> Connection:
    """The file in `folder`, checked, and made or brought up to date when it may be written."""
    path = folder / FRONTIER
    try:
        uri = f"{path.absolute().as_uri()}?mode={'rwc' if write else 'ro'}"
        db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0, factory=Connection)
        prepare(db, path, write)
    except sqlite3.Error as error:
        raise unusable(error, path) from error
    return db


def marks(values: Collection[str]) -> str:
    """A place for each of them in a statement: `?, ?, ?`."""
    return ", ".join("?" * len(values))


def unusable(error: sqlite3.Error, path: Path) -> errors.ArchiveError:
    """The named error for what SQLite says of `path`."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return errors.ArchiveBusy(f"{path} is locked by another process: wait until it has ended")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return errors.ArchiveReadOnly(f"{path} cannot be written: check the permissions of file and folder")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return errors.DiskFull(f"{path}: {error}: make room and run again, nothing that was accepted is lost")
    return errors.ArchiveUnusable(
        f"{path}: {error}: if it is damaged, delete it; the next crawl makes it anew from the sites' doors"
    )
