"""The durable frontier: `frontier.db`, one row for every URL that is, was or will be fetched.

It promises that a URL it has accepted is never lost. A page is settled, and the links found on it are
entered, in one transaction; whatever was in flight when a process died is queued again at the next opening.
It also remembers what is needed to come back at the right time: validators, what each door listed, when the
next visit is due.

It never fetches, never writes archive.db, and never reads the clock: `now` is passed in, in Unix seconds.

    queued -> in flight -> done       fetched; perhaps to be visited again
                        -> failed     tried often enough; due for retry at `not_before`
                        -> dropped    refused: robots, scope, address
                        -> queued     not its fault (a pause, a stop), or to be tried again
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipelines import errors
from scraper.discovery.candidate import Role

VERSION = 1


class State(StrEnum):
    """Where a URL is on its way."""

    QUEUED = "queued"
    IN_FLIGHT = "in flight"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


class Due(StrEnum):
    """Why a URL is fetched."""

    DOOR = "a door of the site"
    NEW = "never fetched"
    STATED = "stated as changed"
    VANISHED = "vanished from a sitemap"
    AGE = "due by age"
    RETRY = "failed before"
    MOVED = "redirected here"


PRIORITY: Mapping[Role, int] = {
    Role.SITEMAP: 90,
    Role.FEED: 85,
    Role.LISTING: 80,
    Role.PAGE: 50,
}
"""The higher, the sooner."""
_PRIORITY_DUE: Mapping[Due, int] = {
    Due.VANISHED: 60,
    Due.MOVED: 58,
    Due.STATED: 55,
    Due.AGE: 30,
    Due.RETRY: 20,
}

_SCHEMA = """
create table urls (
  key text primary key, url text not null, site text not null, host text not null,
  role text not null, state text not null, priority integer not null, depth integer not null,
  attempts integer not null default 0, not_before real not null default 0, due text not null,
  reason text not null default '', status integer, found_on text, found_at real not null,
  last_fetched real, etag text, last_modified text, next_visit real, chain text not null default '[]'
) without rowid;
create index urls_queue on urls (site, host, priority desc, not_before) where state = 'queued';
create index urls_state on urls (state, site);
create index urls_visits on urls (site, next_visit) where state = 'done' and next_visit is not null;
create table listings (
  door text not null, key text not null, lastmod text, primary key (door, key)
) without rowid;
create table robots (
  origin text primary key, url text not null, fetched real not null, status integer not null,
  body blob not null, etag text, last_modified text
);
create table hosts (host text primary key, rest_until real not null, reason text not null);
"""


@dataclass(frozen=True, slots=True)
class Task:
    """A URL as it is handed out to be fetched."""

    key: str
    url: str
    site: str
    host: str
    role: Role
    due: Due
    depth: int = 0
    attempts: int = 0
    """Failed tries so far in this round."""
    found_on: str | None = None
    found_at: float = 0.0
    last_fetched: float | None = None
    etag: str | None = None
    last_modified: str | None = None
    chain: tuple[str, ...] = ()
    """Addresses that redirected here, the first one first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A URL that a page or door names."""

    key: str
    url: str
    site: str
    host: str
    role: Role = Role.PAGE
    due: Due = Due.NEW
    rank: int = 0
    """Added to the priority: what looks like an article comes before what does not."""
    depth: int = 0
    found_on: str | None = None
    lastmod: str | None = None
    """When a sitemap or feed says it changed, as a sortable ISO 8601 text in UTC."""
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a task; all of it enters the frontier in one transaction."""

    task: Task
    state: State
    at: float
    """When it was fetched or given up."""
    reason: str = ""
    status: int | None = None
    not_before: float = 0.0
    """Not to be fetched again before then; for queued and failed."""
    next_visit: float | None = None
    """When a page that is done is to be looked at again."""
    role: Role | None = None
    """Its role from now on, where the page turned out to be another thing than expected."""
    etag: str | None = None
    last_modified: str | None = None
    found: Sequence[Found] = ()
    lists: bool = False
    """Whether `found` is all that this door lists now: sitemaps and feeds."""
    complete: bool = False
    """Whether a URL missing from the list has vanished: true of sitemaps other than news sitemaps."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What a settlement brought in."""

    new: Mapping[str, int]
    """Site -> URLs not known before."""
    lanes: frozenset[tuple[str, str]]
    """(site, host) of every URL that is queued now and was not before."""


@dataclass(frozen=True, slots=True)
class RobotsCopy:
    """The last robots.txt of an origin that was read."""

    url: str
    fetched: float
    status: int
    body: bytes
    etag: str | None = None
    last_modified: str | None = None


class Frontier:
    """`frontier.db`. One process at a time; the archive's lock sees to it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @classmethod
    def open(cls, folder: Path) -> Frontier:
        """Open the frontier of the archive in `folder`, making it at the first time; in flight becomes
        queued.

        Raises ArchiveUnusable, ArchiveTooNew, ArchiveReadOnly or DiskFull.
        """
        path = folder / "frontier.db"
        try:
            db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
            _prepare(db, path)
        except sqlite3.Error as error:
            raise unusable(error, path) from error
        return cls(db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Commit what is open and leave."""
        if self._db.in_transaction:
            self._db.execute("commit")
        self._db.close()

    # What is to be fetched

    def visit_doors(self, doors: Iterable[Found], sites: Collection[str], now: float) -> None:
        """Queue the doors of `sites`: those given, and those that earlier crawls found."""
        self._begin()
        for door in doors:
            self._db.execute(
                "insert into urls (key, url, site, host, role, state, priority, depth, due, found_at, chain) "
                "values (?, ?, ?, ?, ?, 'queued', ?, 0, ?, ?, '[]') on conflict (key) do update set "
                "role = excluded.role, site = excluded.site, state = 'queued', chain = '[]', due = excluded.due, "
                "url = excluded.url, host = excluded.host, priority = excluded.priority, attempts = 0",
                (door.key, door.url, door.site, door.host, door.role, PRIORITY[door.role], Due.DOOR, now),
            )
        self._db.execute(
            "update urls set state = 'queued', due = ?, attempts = 0, not_before = 0, chain = '[]' "
            f"where state in ('done', 'failed') and (role in ('sitemap', 'feed') or role = 'listing' and depth < 2) "
            f"and site in ({_marks(sites)})",
            (Due.DOOR, *sites),
        )
        self._db.execute("commit")

    def visit_due(self, sites: Collection[str], now: float) -> None:
        """Queue the pages of `sites` whose next visit or retry is due."""
        self._begin()
        for due, condition in (
            (Due.AGE, "state = 'done' and next_visit <= ?"),
            (Due.RETRY, "state = 'failed' and not_before <= ?"),
        ):
            self._db.execute(
                f"update urls set state = 'queued', due = ?, priority = ?, attempts = 0, not_before = 0, chain = '[]' "
                f"where {condition} and site in ({_marks(sites)})",
                (due, _PRIORITY_DUE[due], now, *sites),
            )
        self._db.execute("commit")

    def lanes(self, sites: Collection[str]) -> list[tuple[str, str]]:
        """(site, host) wherever something is queued."""
        return self._db.execute(
            f"select distinct site, host from urls where state = 'queued' and site in ({_marks(sites)})",
            (*sites,),
        ).fetchall()

    def take(self, site: str, host: str, now: float, *, pages: bool = True) -> Task | None:
        """Hand out the most urgent URL of a lane, or None; without `pages`, doors only.

        The mark "in flight" is committed with the next settlement: a process that dies before is as well off
        with the row still queued.
        """
        row = self._db.execute(
            f"select {_TASK} from urls where state = 'queued' and site = ? and host = ? and not_before <= ? "
            + ("" if pages else "and role != 'page' ")
            + "order by priority desc, depth, found_at limit 1",
            (site, host, now),
        ).fetchone()
        if row is None:
            return None
        self._begin()
        self._db.execute("update urls set state = 'in flight' where key = ?", (row[0],))
        return _task(row, site, host)

    def soonest(self, site: str, host: str, *, pages: bool = True) -> float | None:
        """The earliest `not_before` in a lane, or None when nothing is queued there."""
        row = self._db.execute(
            "select min(not_before) from urls where state = 'queued' and site = ? and host = ?"
            + ("" if pages else " and role != 'page'"),
            (site, host),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def queued(self, sites: Collection[str]) -> dict[str, int]:
        """Site -> URLs that wait."""
        rows = self._db.execute(
            f"select site, count(*) from urls where state = 'queued' and site in ({_marks(sites)}) group by site",
            (*sites,),
        )
        return dict(rows.fetchall())

    # What became of it

    def settle(self, batch: Iterable[Settled], named: Iterable[Found] = (), now: float = 0.0) -> Entered:
        """Settle tasks and enter what was found on them, and what else was named, durably, in one transaction."""
        new: Counter[str] = Counter()
        lanes: set[tuple[str, str]] = set()
        try:
            self._begin()
            for settled in batch:
                self._close_task(settled, lanes)
                restated = self._list(settled, lanes) if settled.lists else frozenset()
                self._enter(settled.found, settled.at, restated, new, lanes)
            self._enter(named, now, frozenset(), new, lanes)
            self._db.execute("commit")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise unusable(error, Path("frontier.db")) from error
        return Entered(new, frozenset(lanes))

    def knows(self, key: str) -> bool:
        """Whether a URL has entered before."""
        return self._db.execute("select 1 from urls where key = ?", (key,)).fetchone() is not None

    def _close_task(self, settled: Settled, lanes: set[tuple[str, str]]) -> None:
        task = settled.task
        fetched = settled.at if settled.status is not None else None
        self._db.execute(
            "update urls set state = ?, reason = ?, status = coalesce(?, status), not_before = ?, next_visit = ?, "
            "role = ?, attempts = ?, last_fetched = coalesce(?, last_fetched), "
            "etag = ?, last_modified = ? where key = ?",
            (
                settled.state, settled.reason, settled.status, settled.not_before, settled.next_visit,
                settled.role or task.role, _attempts(settled), fetched,
                settled.etag, settled.last_modified, task.key,
            ),
        )  # fmt: skip
        if settled.state is State.QUEUED:
            lanes.add((task.site, task.host))

    def _enter(
        self,
        founds: Iterable[Found],
        now: float,
        restated: frozenset[str],
        new: Counter[str],
        lanes: set[tuple[str, str]],
    ) -> None:
        """Enter what was found; what is new is added to `new` and `lanes`."""
        for found in founds:
            known = self._known(found.key)
            if known is None:
                self._insert(found, now)
                new[found.site] += 1
                lanes.add((found.site, found.host))
            elif self._wants(found, known, restated):
                self._requeue(found, Due.STATED if found.due is Due.NEW else found.due)
                lanes.add((known.site, known.host))
            elif found.role is not Role.PAGE and known.role is Role.PAGE:
                self._db.execute("update urls set role = ? where key = ?", (found.role, found.key))

    def _known(self, key: str) -> _Known | None:
        row = self._db.execute(
            "select site, host, role, state, last_fetched, url from urls where key = ?", (key,)
        ).fetchone()
        return _Known(row[0], row[1], Role(row[2]), State(row[3]), row[4], row[5]) if row else None

    def _wants(self, found: Found, known: _Known, restated: frozenset[str]) -> bool:
        """Whether a URL that is known is to be fetched (again) because of what was found."""
        if found.due is Due.MOVED:
            if known.state is State.IN_FLIGHT:
                return False
            return known.url != found.url or known.state is State.QUEUED or known.last_fetched is None
        return known.state is State.DONE and known.role is Role.PAGE and found.key in restated

    def _insert(self, found: Found, now: float) -> None:
        self._db.execute(
            "insert into urls (key, url, site, host, role, state, priority, depth, due, found_on, found_at, chain) "
            "values (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)",
            (
                found.key, found.url, found.site, found.host, found.role,
                _PRIORITY_DUE.get(found.due, PRIORITY[found.role]) + found.rank,
                found.depth, found.due, found.found_on, now, json.dumps(found.chain),
            ),
        )  # fmt: skip

    def _requeue(self, found: Found, due: Due) -> None:
        self._db.execute(
            "update urls set state = 'queued', due = ?, priority = max(?, priority), attempts = 0, not_before = 0, "
            "chain = ?, url = case when ? then ? else url end where key = ?",
            (due, _PRIORITY_DUE[due], json.dumps(found.chain), due is Due.MOVED, found.url, found.key),
        )

    def _list(self, settled: Settled, lanes: set[tuple[str, str]]) -> frozenset[str]:
        """Compare what a door lists with what it listed last; remember it; queue what vanished.

        Returns the keys of pages that the door states as changed since we fetched them or since it last
        spoke.
        """
        door = settled.task.key
        before: dict[str, str | None] = dict(
            self._db.execute("select key, lastmod from listings where door = ?", (door,)).fetchall()
        )
        listed = {found.key: found.lastmod for found in settled.found}
        restated = {key for key, lastmod in listed.items() if self._changed(key, lastmod, before)}
        if len(restated) > max(20, len(listed) // 2):
            restated = set()  # a site that stamps all of its pages anew says nothing of any of them
        self._db.executemany(
            "insert into listings (door, key, lastmod) values (?, ?, ?) "
            "on conflict (door, key) do update set lastmod = excluded.lastmod",
            ((door, key, lastmod) for key, lastmod in listed.items() if before.get(key, "") != lastmod),
        )
        missing = before.keys() - listed.keys()
        if settled.complete and len(missing) <= max(5, len(before) // 10):
            self._recheck(missing, lanes)
        self._db.executemany(
            "delete from listings where door = ? and key = ?", ((door, key) for key in missing)
        )
        return frozenset(restated)

    def _changed(self, key: str, lastmod: str | None, before: Mapping[str, str | None]) -> bool:
        if lastmod is None:
            return False
        if before.get(key) is not None:
            return before[key] != lastmod
        row = self._db.execute(
            "select 1 from urls where key = ? and last_fetched is not null "
            "and datetime(?) > datetime(last_fetched, 'unixepoch')",
            (key, lastmod),
        ).fetchone()
        return row is not None

    def _recheck(self, missing: Iterable[str], lanes: set[tuple[str, str]]) -> None:
        for key in missing:
            known = self._known(key)
            if known is not None and known.state is State.DONE and known.role is Role.PAGE:
                self._db.execute(
                    "update urls set state = 'queued', due = ?, priority = ?, attempts = 0, not_before = 0, "
                    "chain = '[]' where key = ?",
                    (Due.VANISHED, _PRIORITY_DUE[Due.VANISHED], key),
                )
                lanes.add((known.site, known.host))

    # What is known of hosts

    def robots(self, origin: str) -> RobotsCopy | None:
        """The last good robots.txt of `origin`, or None."""
        row = self._db.execute(
            "select url, fetched, status, body, etag, last_modified from robots where origin = ?", (origin,)
        ).fetchone()
        return RobotsCopy(*row) if row else None

    def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Remember a robots.txt; committed with the next settlement."""
        self._begin()
        self._db.execute(
            "insert or replace into robots (origin, url, fetched, status, body, etag, last_modified) "
            "values (?, ?, ?, ?, ?, ?, ?)",
            (origin, copy.url, copy.fetched, copy.status, copy.body, copy.etag, copy.last_modified),
        )

    def rests(self, now: float) -> dict[str, float]:
        """Host -> until when it asked to be left alone."""
        rows = self._db.execute("select host, rest_until from hosts where rest_until > ?", (now,))
        return dict(rows.fetchall())

    def keep_rest(self, host: str, until: float, reason: str) -> None:
        """Remember a host's pause; committed with the next settlement."""
        self._begin()
        self._db.execute(
            "insert into hosts (host, rest_until, reason) values (?, ?, ?) on conflict (host) do update set "
            "rest_until = max(rest_until, excluded.rest_until), reason = excluded.reason",
            (host, until, reason),
        )

    def forgive_robots(self, host: str, now: float) -> None:
        """Queue again what an earlier robots.txt of `host` forbade; committed with the next settlement."""
        self._begin()
        self._db.execute(
            "update urls set state = 'queued', reason = '', attempts = 0, not_before = ? "
            "where state = 'dropped' and reason = 'robots' and host = ?",
            (now, host),
        )

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("begin immediate")


@dataclass(frozen=True, slots=True)
class _Known:
    site: str
    host: str
    role: Role
    state: State
    last_fetched: float | None
    url: str


_TASK = "key, url, role, due, depth, attempts, found_on, found_at, last_fetched, etag, last_modified, chain"


def _task(row: tuple[Any, ...], site: str, host: str) -> Task:
    key, url, role, due, depth, attempts, found_on, found_at, fetched, etag, modified, chain = row
    return Task(key, url, site, host, Role(role), Due(due), depth, attempts, found_on, found_at, fetched, etag,
                modified, tuple(json.loads(chain)))  # fmt: skip


def _attempts(settled: Settled) -> int:
    """Failed tries in a row: a task that goes back for no fault of its own keeps its count."""
    if settled.state is State.QUEUED and settled.status is None and not settled.reason:
        return settled.task.attempts
    return 0 if settled.state in (State.DONE, State.DROPPED) else settled.task.attempts + 1


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Settings, schema at the first time, and the return of whatever was in flight."""
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")
    with closing(db.execute("pragma user_version")) as cursor:
        version = int(cursor.fetchone()[0])
    if version > VERSION:
        raise errors.ArchiveTooNew(f"{path} was made by a newer newsarchive: use that one")
    if version == 0:
        db.executescript(f"begin; {_SCHEMA} pragma user_version = {VERSION}; commit;")
    db.execute("update urls set state = 'queued' where state = 'in flight'")


def unusable(error: sqlite3.Error, path: Path) -> errors.ArchiveError:
    """The named error for what SQLite says of `path`."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return errors.ArchiveBusy(f"{path} is locked by another process: wait until it has ended")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return errors.ArchiveReadOnly(
            f"{path} cannot be written: check the rights of the file and its folder"
        )
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return errors.DiskFull(f"{path}: {error}: free some room, then run again; nothing accepted is lost")
    return errors.ArchiveUnusable(
        f"{path}: {error}: if it is damaged, delete it; the next crawl makes it anew from the site's doors"
    )
