"""A sealed snapshot: the archive as one public, unchanging file for Datasette's immutable mode.

    archive.db          complete, compact, in one file without a journal; ids of articles in publication order
    metadata.yml        as the archive has it
    inspect-data.json   counts and hash, as `datasette inspect` makes them
    manifest.json       every file with its SHA-256, and what is in the snapshot

Promises: it holds what was committed when it began, whatever is written meanwhile, the newest rows in the
write-ahead log too; what is withheld is not in it, nor any address of it; the folder appears, or takes the
place of the snapshot before it, in one step. Never changes the archive, never replaces a folder that is no
snapshot.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from pipelines.durable import disk, sync_folder
from pipelines.errors import ArchiveBusy, ArchiveError, ArchiveReadOnly, ArchiveUnusable
from pipelines.store import DATABASE, Archive, stored_moment, told
from pipelines.store.migrations import migrations

MANIFEST = "manifest.json"
INSPECT = "inspect-data.json"
METADATA = "metadata.yml"
FORMAT = "newsarchive snapshot 1"
PUBLISHED = (
    "sites", "crawls", "stories", "articles", "article_text", "urls", "captures", "revisions", "authors",
    "article_authors", "tags", "article_tags", "images", "removed_blocks", "health",
)  # fmt: skip
"""The tables that go into a snapshot, each after those it refers to."""
KEPT_BACK = frozenset({"imports", "withheld", "doors", "probes", "attempts", "announcements"})
"""The archivist's own: names of local files, why something is withheld, how the crawl fares."""
_VALUES = {
    "articles": "(select new from numbers where old = t.{0})",
    "captures": "(select c.id from source.captures c where c.id = t.{0} "
    "and c.url not in (select url from hidden) "
    "and (c.article is null or c.article in (select old from numbers)))",
}
"""What a column gets that refers to one of these tables."""
_ADDRESSES = {"urls": ("url", "leads_to"), "captures": ("url",)}
"""Columns with addresses that tell what is withheld."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

OnProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Published:
    """What was written."""

    counts: Mapping[str, int]
    """Rows by table."""
    withheld: int
    """Articles that were kept back."""
    bytes: int
    replaced: bool
    """Whether a snapshot stood there before."""


def publish(
    folder: Path, target: Path, *, software: str, now: datetime, on_progress: OnProgress = lambda stage: None
) -> Published:
    """Make a snapshot of the archive in `folder` at `target`, in the place of the one that is there.

    on_progress: called with each stage as it begins. Raises NotAnArchive and its kin for the archive,
    ArchiveUnusable when `target` is something else than a snapshot, ArchiveBusy when another one is being
    made beside it, DiskFull, and ArchiveReadOnly also where no folder can be made.
    """
    with _place(target):
        _check_target(target)
        target.parent.mkdir(parents=True, exist_ok=True)
    with disk(target), _alone(target):
        unfinished = target.with_name(f".{target.name}.part")
        shutil.rmtree(unfinished, ignore_errors=True)  # of one that was killed
        with _place(target):
            unfinished.mkdir()
        try:
            with Archive.open(folder, write=False) as archive:
                withheld, hidden = len(archive.withheld()), archive.kept_back()
            counts = _copy(folder, unfinished / DATABASE, hidden, on_progress)
            if (folder / METADATA).is_file():
                shutil.copyfile(folder / METADATA, unfinished / METADATA)
            on_progress("hashes")
            size = _seal(unfinished, counts, software, now)
            replaced = _put(unfinished, target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return Published(counts, withheld, size, replaced)


def is_snapshot(folder: Path) -> bool:
    """Whether a folder is a sealed snapshot."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("format") == FORMAT


def _check_target(target: Path) -> None:
    if target.exists() and not is_snapshot(target) and (not target.is_dir() or any(target.iterdir())):
        raise ArchiveUnusable(f"{target} is there and is no snapshot: it stays as it is; name another folder")


@contextmanager
def _place(target: Path) -> Iterator[None]:
    """Any OSError while the place is made ready -> ArchiveReadOnly; DiskFull where there is no room."""
    try:
        with disk(target):
            yield
    except OSError as error:  # under a file, in /proc, by too long a name
        raise ArchiveReadOnly(
            f"{target}: no snapshot can be made here: {error.strerror}; name another folder"
        ) from error


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Hold the folder around the target, so that two snapshots are not made beside each other."""
    around = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(around, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ArchiveBusy(f"another snapshot is being made in {target.parent}; wait until it ends") from error
    finally:
        os.close(around)


# The database.


def _copy(folder: Path, path: Path, hidden: frozenset[str], on_progress: OnProgress) -> dict[str, int]:
    """Write the snapshot's database; rows by table.

    Everything is read in one transaction, so that it is of one moment.
    """
    with told(path), closing(sqlite3.connect(path.as_uri(), uri=True, isolation_level=None)) as connection:
        migrations.apply(Database(connection, execute_plugins=False))
        connection.execute("pragma synchronous = off")  # it is synced as a whole, before it is shown
        connection.execute("pragma cache_size = -65536")
        connection.execute("attach ? as source", (f"{(folder / DATABASE).absolute().as_uri()}?mode=ro",))
        connection.execute("begin")
        _number(connection, hidden)
        for table in PUBLISHED:
            on_progress(table)
            connection.execute(_selection(connection, table))
        _tidy(connection)
        connection.execute("commit")
        connection.execute("detach source")
        on_progress("search index")
        for command in ("rebuild", "optimize"):
            connection.execute("insert into articles_fts (articles_fts) values (?)", (command,))
        _check(connection)
        on_progress("compacting")
        for command in ("analyze", "vacuum", "pragma journal_mode = delete"):
            connection.execute(command)
        return {table: _count(connection, table) for table in _tables(connection)}


def _number(connection: sqlite3.Connection, hidden: frozenset[str]) -> None:
    """Which articles there are, and their numbers in the snapshot; which addresses there must not be."""
    connection.execute("create temp table hidden (url text primary key) without rowid")
    connection.executemany("insert into hidden values (?)", [(url,) for url in sorted(hidden)])
    connection.execute("create temp table numbers (old integer primary key, new integer)")
    connection.execute(
        "insert into numbers "
        "select id, row_number() over (order by ifnull(published, first_seen), first_seen, id) "
        "from source.articles where url not in (select url from hidden)"
    )


def _selection(connection: sqlite3.Connection, table: str) -> str:
    """The statement that copies a table: articles renumbered, rows of those that are withheld left out."""
    columns = [row[1] for row in connection.execute("select * from pragma_table_info(?)", (table,))]
    keys = connection.execute("select * from pragma_foreign_key_list(?)", (table,)).fetchall()
    refers = {row[3]: row[2] for row in keys} | ({"id": "articles"} if table == "articles" else {})
    values = [_VALUES.get(refers.get(column, ""), "t.{0}").format(column) for column in columns]
    articles = [column for column in columns if refers.get(column) == "articles"]
    conditions = [f"(t.{column} is null or t.{column} in (select old from numbers))" for column in articles]
    addresses = _ADDRESSES.get(table, ())
    conditions += [f"ifnull(t.{column}, '') not in (select url from hidden)" for column in addresses]
    return (
        f"insert into main.{table} ({', '.join(columns)}) select {', '.join(values)} from source.{table} t "
        f"where {' and '.join(conditions) or 'true'} order by 1"
    )


def _tidy(connection: sqlite3.Connection) -> None:
    """Counts of what is there, and nothing that refers to what is not."""
    for statement in (
        "update main.sites set articles = (select count(*) from main.articles where site = sites.key)",
        "update main.stories set articles = (select count(*) from main.articles where story_id = stories.id)",
        "delete from main.stories where articles = 0",
        "delete from main.authors where id not in (select author from main.article_authors)",
        "delete from main.tags where id not in (select tag from main.article_tags)",
        "update main.urls set found_on = null where found_on in (select url from hidden)",
    ):
        connection.execute(statement)


def _check(connection: sqlite3.Connection) -> None:
    """Raise ArchiveError when a row refers to one that is not there."""
    wrong = connection.execute('select "table", parent from pragma_foreign_key_check limit 1').fetchone()
    if wrong is not None:
        raise ArchiveError(
            f"{DATABASE}: a row of {wrong[0]} refers to one of {wrong[1]} that is not there; "
            "see `newsarchive verify`"
        )


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f'select count(*) from "{table}"').fetchone()[0])


# The folder.


def _seal(folder: Path, counts: Mapping[str, int], software: str, now: datetime) -> int:
    """Write what is said of the database, and make all of it durable; bytes in all."""
    database = folder / DATABASE
    inspected = {
        "hash": _hash(database), "size": database.stat().st_size, "file": DATABASE,
        "tables": {table: {"count": count} for table, count in counts.items()},
    }  # fmt: skip
    _write(folder / INSPECT, {database.stem: inspected})
    files = [
        {"path": path.name, "sha256": _hash(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
    ]
    rows = {table: counts[table] for table in PUBLISHED}
    manifest = {
        "format": FORMAT,
        "created": stored_moment(now),
        "software": software,
        "rows": rows,
        "files": files,
    }
    _write(folder / MANIFEST, manifest)
    for path in folder.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
    return sum(path.stat().st_size for path in folder.iterdir())


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(unfinished: Path, target: Path) -> bool:
    """Give the finished folder its name in one step; whether it took another's place."""
    is_new = not target.exists() or not any(target.iterdir())
    if is_new:
        unfinished.rename(target)
    elif not _exchange(unfinished, target):
        before = target.with_name(f".{target.name}.before")
        target.rename(before)
        unfinished.rename(target)
        shutil.rmtree(before)
    sync_folder(target.parent)
    return not is_new


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change names at once (Linux, renameat2); False where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(code, os.strerror(code), str(other))
