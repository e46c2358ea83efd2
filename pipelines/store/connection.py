"""Opening archive.db: one process that writes, checked and migrated; every SQLite error by its name.

Promises: a file that is no archive, is too new, or cannot be written is refused before anything is changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from pipelines.durable import disk
from pipelines.errors import (
    ArchiveBusy,
    ArchiveReadOnly,
    ArchiveTooNew,
    ArchiveUnusable,
    DiskFull,
    NotAnArchive,
)
from pipelines.store.migrations import migrations

DATABASE = "archive.db"
LOCK = "archive.lock"


def locked(folder: Path) -> int:
    """The descriptor that holds the archive's lock; ArchiveBusy names the process that has it. DiskFull where
    there is no room to name this one."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ArchiveReadOnly(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise ArchiveBusy(
            f"{folder}: another newsarchive (process {holder}) is writing to this archive; "
            "wait until it ends, or stop it"
        ) from error
    try:
        with disk(folder / LOCK):
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    except BaseException:
        os.close(lock)
        raise
    return lock


def connected(path: Path, write: bool) -> Database:
    """The database, checked to be an archive, and migrated when it may be written."""
    # SQLite opens a file that may not be written all the same, and says so only at the first change.
    if write and not os.access(path, os.W_OK, effective_ids=True):
        raise ArchiveReadOnly(f"{path} cannot be written; check the permissions of file and folder")
    with told(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'rw' if write else 'ro'}",
            uri=True,
            isolation_level=None,  # no transaction begins unless _begin says so
            cached_statements=256,
        )
        try:
            database = Database(connection, execute_plugins=False)
            _check_migrations(database, path, write)
            database.execute("pragma foreign_keys = on")
            if write:
                database.execute("pragma journal_mode = wal")
                database.execute("pragma synchronous = full")
                database.execute("pragma cache_size = -65536")
                database.execute("pragma wal_autocheckpoint = 8000")  # 32 MB: each page is moved less often
                migrations.apply(database)
        except BaseException:
            connection.close()
            raise
    return database


def _check_migrations(database: Database, path: Path, write: bool) -> None:
    ours = {migration.name for migration in migrations.pending(Database(memory=True))}
    applied = {migration.name for migration in migrations.applied(database)}
    if unknown := ", ".join(sorted(applied - ours)):
        raise ArchiveTooNew(
            f"{path} was made by a newer newsarchive (it has {unknown}); upgrade newsarchive to use it"
        )
    if not applied and database.table_names():
        raise NotAnArchive(
            f"{path} is a database, but not one of newsarchive; run `newsarchive init` elsewhere"
        )
    if not write and ours - applied:
        raise ArchiveUnusable(
            f"{path} is of an older newsarchive; `newsarchive rebuild` or the next crawl brings it up to date"
        )


def forget_log(path: Path) -> None:
    """Remove the write-ahead log of a database that another file takes the place of."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """A SQLite error -> the error of the archive that says what it means."""
    try:
        yield
    except sqlite3.Error as error:
        raise unusable(error, path) from error


def unusable(error: sqlite3.Error, path: Path) -> Exception:
    """What a SQLite error means for the archive; an error of our own SQL stays what it is."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return NotAnArchive(
            f"{path} is not a database, or is damaged ({error}); put it back from a copy, or move it away "
            "and let `newsarchive rebuild --apply` make it from the WARC; what withheld.jsonl names stays "
            "withheld"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return ArchiveReadOnly(
            f"{path} cannot be written ({error}), and SQLite writes beside a file even to read it; check the "
            "permissions of file and folder, or copy the archive to a disk that is not read-only"
        )
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return DiskFull(f"{path}: {error}; make room and run again, what was committed is safe")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveBusy(f"{path} is locked by another program; close it and run again")
    return error
