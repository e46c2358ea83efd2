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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any, Self

from pipelines import errors
from scraper.discovery.candidate import Role
from scraper.guess import NO_DOOR, RARELY
from scraper.yields import BARREN, Yield

FRONTIER = "frontier.db"


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
    GUESS = "a common path of feeds or sitemaps"
    BACKFILL = "a listing of the past"
    """Handed out by a back-fill of its site alone."""


WALL = "bot wall"
"""The reason for the rest of a host that answers so."""
PRIORITY: Mapping[Role, int] = {Role.SITEMAP: 90, Role.FEED: 85, Role.LISTING: 80, Role.PAGE: 50}
"""The higher, the sooner."""
_PRIORITY_DUE: Mapping[Due, int] = {
    Due.VANISHED: 60,
    Due.MOVED: 58,
    Due.STATED: 55,
    Due.AGE: 30,
    Due.RETRY: 20,
    Due.GUESS: 29,
    Due.BACKFILL: 10,
}
_PRIORITY_YOUNG = 52
"""Of a page that is due by age and looked at once a day or more."""
FEW = 5
"""So many URLs, or a tenth of a sitemap, may vanish from it at once: more is a sitemap that broke."""
MANY = 20
"""Where more URLs than this, and than half of a list, are stated as changed at once, nothing is said."""

_SCHEMA = """
create table urls (
  key text primary key, url text not null, site text not null, host text not null,
  role text not null, state text not null, priority integer not null, depth integer not null,
  attempts integer not null default 0, not_before real not null default 0, due text not null,
  reason text not null default '', status integer, found_on text, found_at real not null,
  last_fetched real, etag text, last_modified text, next_visit real, chain text not null default '[]'
) without rowid;
create index urls_queue on urls (site, host, priority desc, depth, found_at) where state = 'queued';
create index urls_state on urls (state, site);
create index urls_visits on urls (site, next_visit) where state = 'done';
create table listings (
  door text not null, key text not null, lastmod text, primary key (door, key)
) without rowid;
create table robots (
  origin text primary key, url text not null, fetched real not null, status integer not null,
  body blob not null, etag text, last_modified text
);
create table hosts (host text primary key, rest_until real not null, reason text not null);
"""
_VISITS = """
alter table urls add column unmodified integer not null default 0;
alter table urls add column last_full real;
alter table urls add column born real;
create table looks (
  site text not null, section text not null, age integer not null, looks integer not null,
  changes integer not null, seconds real not null, primary key (site, section, age)
) without rowid;
"""
_YIELDS = """
alter table urls add column pattern text not null default '';
create index urls_pattern on urls (site, pattern) where state in ('queued', 'dropped');
create table patterns (
  site text not null, pattern text not null, fetched integer not null, articles integer not null,
  finds integer not null, dry integer not null, primary key (site, pattern)
) without rowid;
"""
_BACKFILLS = """
create table backfills (site text primary key, since text not null, begun real not null, ended real);
create table guesses (site text primary key, asked real not null);
"""
_PARAMETERS = """
create table parameters (
  site text not null, name text not null, copies integer not null, idle integer not null,
  primary key (site, name)
) without rowid;
"""
_STEPS = (_SCHEMA, _VISITS, _YIELDS, _BACKFILLS, _PARAMETERS)
"""How the schema came about; the number of those that a file has had is its version."""
_TASK = """key, url, role, due, depth, attempts, found_on, found_at, last_fetched, etag, last_modified, chain,
    unmodified, last_full, born, next_visit, pattern"""
_IS_DOOR = "(role in ('sitemap', 'feed') or role = 'listing' and depth < 2)"
_AGAIN = "state = 'queued', due = ?, attempts = 0, not_before = 0, chain = '[]'"
_TOLD = """
    select l.key from urls d join listings l on l.door = d.key
    where d.site in ({}) and d.role = 'sitemap' and l.lastmod is not null"""
"""What the sitemaps of sites say the last change of."""
_COMING = f"""
    select * from (
      select site, url, role, priority, depth, found_at,
        case when state = 'done' and {_IS_DOOR} then '{Due.DOOR}' when state = 'done' then '{Due.AGE}'
          when state = 'failed' then '{Due.RETRY}' else due end as due,
        case state when 'done' then next_visit else not_before end as at,
        iif(state = 'done', next_visit - last_fetched, 0) as every
      from urls where state <> 'dropped' and site in ({{}})
        and (state <> 'queued' or due <> '{Due.BACKFILL}')
    ) where at <= ?"""
"""What is due until a moment: queued, in flight, to be visited again, or to be tried again."""
_INSERT = """
    insert into urls (key, url, site, host, role, state, priority, depth, due, found_on, found_at, chain,
    pattern, not_before) values (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)"""
_OPEN_DOOR = f"""{_INSERT} on conflict (key) do update set
    url = excluded.url, site = excluded.site, host = excluded.host, role = excluded.role, state = 'queued',
    priority = excluded.priority, due = excluded.due, attempts = 0, not_before = 0, chain = '[]'
    where coalesce(urls.next_visit, 0) <= ?"""
_CLOSE = """
    update urls set state = ?, reason = ?, status = coalesce(?, status), not_before = ?, next_visit = ?,
    role = ?, attempts = ?, last_fetched = coalesce(?, last_fetched), etag = ?, last_modified = ?,
    unmodified = ?, last_full = coalesce(?, last_full), born = coalesce(?, born)
    where key = ?"""
_LOOK = """
    insert into looks (site, section, age, looks, changes, seconds) values (?, ?, ?, 1, ?, ?)
    on conflict (site, section, age) do update set looks = looks + 1, changes = changes + excluded.changes,
    seconds = seconds + excluded.seconds"""
_REQUEUE = """
    update urls set state = 'queued', due = ?, priority = max(?, priority), attempts = 0, not_before = 0,
    chain = ?, url = ? where key = ?"""


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
    unmodified: int = 0
    """Answers 304 in a row."""
    last_full: float | None = None
    """When it last came as a whole (200)."""
    born: float | None = None
    """When its article was last new, as far as an earlier visit told."""
    planned: float | None = None
    """When this visit, or one before it, was due."""
    pattern: str = ""
    """The shape of its address (scraper.yields)."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A visit that lies ahead."""

    at: float
    """When it is due, in Unix seconds; what is overdue has a time that has passed."""
    site: str
    url: str
    role: Role
    due: Due


@dataclass(frozen=True, slots=True)
class Look:
    """What one revisit of an article found."""

    section: str
    age: int
    """Number of the row in the plan of visits."""
    seconds: float
    """Since the look before."""
    changed: bool


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
    pattern: str = ""
    not_before: float = 0.0
    """Not to be fetched before then."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """A walk through a site's past, over as many crawls as it takes."""

    since: str
    """The first day that is wanted, in ISO 8601."""
    begun: float
    ended: float | None
    """None while it is not done."""


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
    born: float | None = None
    """When its article was last new."""
    look: Look | None = None
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
        self.walking: frozenset[str] = frozenset()
        """Sites whose past is walked: the listings that wait for a back-fill are handed out."""

    @classmethod
    def open(cls, folder: Path, *, write: bool = True) -> Frontier:
        """Open the frontier of the archive in `folder`, making it at the first time; in flight becomes
        queued. Without `write`, for a look while another process may be at work.

        Raises ArchiveUnusable, ArchiveTooNew, ArchiveReadOnly or DiskFull.
        """
        path = folder / FRONTIER
        try:
            mode = "rwc" if write else "ro"
            uri = f"{path.absolute().as_uri()}?mode={mode}"
            db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)
            _prepare(db, path, write)
        except sqlite3.Error as error:
            raise unusable(error, path) from error
        return cls(db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._db.close()  # What ended the block is what is to be told; in flight becomes queued again.

    def close(self) -> None:
        """Commit what is open and leave; raises DiskFull, ArchiveReadOnly."""
        try:
            if self._db.in_transaction:
                self._db.execute("commit")
        except sqlite3.Error as error:
            raise unusable(error, Path(FRONTIER)) from error
        finally:
            self._db.close()

    # What is to be fetched.

    def visit_doors(
        self, doors: Iterable[Found], sites: Collection[str], now: float, *, due_only: bool = False
    ) -> None:
        """Queue the doors of `sites`, or of them what is due: those given, and those that were found before.

        Of the pages that turned out to be listings, those that are linked from the front page count as doors.
        A sitemap of which an index says when it changed is asked when that changes, and else in its own time;
        a walk through the past asks all.
        """
        until = now if due_only else inf
        told = [] if due_only else [site for site in sites if site not in self.walking]
        with self._transaction():
            for door in doors:
                self._db.execute(_OPEN_DOOR, (*_row(door, PRIORITY[door.role], now), until))
            self._db.execute(
                f"""update urls set {_AGAIN} where state in ('done', 'failed') and site in ({_marks(sites)})
                and {_IS_DOOR} and max(coalesce(next_visit, 0), not_before)
                <= iif(role = 'sitemap' and key in ({_TOLD.format(_marks(told))}), ?, ?)""",
                (Due.DOOR, *sites, *told, now, until),
            )

    def guess(self, site: str, doors: Sequence[Found], now: float) -> None:
        """Queue addresses at which the site may have a feed or sitemap, unless they are known as something
        else, or the last round is not `guess.RARELY` ago."""
        row = self._db.execute("select asked from guesses where site = ?", (site,)).fetchone()
        if row is not None and row[0] > now - RARELY:
            return
        with self._transaction():
            self._db.execute("insert or replace into guesses values (?, ?)", (site, now))
            for number, door in enumerate(doors):
                self._db.execute(
                    f"""{_INSERT} on conflict (key) do update set state = 'queued', due = excluded.due,
                    attempts = 0, not_before = 0, chain = '[]', priority = excluded.priority
                    where state = 'dropped' and reason = ?""",
                    (*_row(door, _PRIORITY_DUE[Due.GUESS] - number, now), NO_DOOR),
                )

    def visit_due(self, sites: Collection[str], now: float) -> None:
        """Queue what else of `sites` is due: by age, and what failed before.

        What is young and looked at daily or more comes before what a site lists of old and we never had, so
        that a small budget of pages (max_pages) is not eaten up by the past.
        """
        again = f"update urls set {_AGAIN}, priority = {{}} where site in ({_marks(sites)}) and "
        young = f"iif(next_visit - last_fetched <= 86400, {_PRIORITY_YOUNG}, {_PRIORITY_DUE[Due.AGE]})"
        with self._transaction():
            self._db.execute(
                again.format(young) + "state = 'done' and next_visit <= ?", (Due.AGE, *sites, now)
            )
            self._db.execute(
                again.format(_PRIORITY_DUE[Due.RETRY]) + "state = 'failed' and not_before <= ?",
                (Due.RETRY, *sites, now),
            )

    def lanes(self, sites: Collection[str]) -> list[tuple[str, str]]:
        """(site, host) wherever something is queued."""
        return self._db.execute(
            f"""select distinct site, host from urls where state = 'queued' and site in ({_marks(sites)})""",
            (*sites,),
        ).fetchall()

    def _takes(self, site: str, pages: bool) -> str:
        """What may be handed out of a site's queue: without `pages`, doors only."""
        if not pages:
            return f"and role <> 'page' and due <> '{Due.BACKFILL}'"
        return "" if site in self.walking else f"and due <> '{Due.BACKFILL}'"

    def take(self, site: str, host: str, now: float, *, pages: bool = True) -> Task | None:
        """Hand out the most urgent URL of a lane, or None; without `pages`, doors only.

        The mark "in flight" is committed with the next settlement: a process that dies before is as well off
        with the row still queued.
        """
        row = self._db.execute(
            f"""select {_TASK} from urls where state = 'queued' and site = ? and host = ? and not_before <= ?
            {self._takes(site, pages)} order by priority desc, depth, found_at limit 1""",
            (site, host, now),
        ).fetchone()
        if row is None:
            return None
        self._begin()
        self._db.execute("update urls set state = 'in flight' where key = ?", (row[0],))
        return _task(row, site, host)

    def forget(self, task: Task) -> None:
        """Let go of an address that was guessed, and need not be asked for."""
        self._begin()
        self._db.execute("delete from urls where key = ?", (task.key,))

    def put_back(self, task: Task) -> None:
        """Queue a task again that was handed out and not asked for."""
        self._begin()
        self._db.execute("update urls set state = 'queued' where key = ?", (task.key,))

    def soonest(self, site: str, host: str, *, pages: bool = True) -> float | None:
        """The earliest `not_before` in a lane, or None when nothing is queued there."""
        row = self._db.execute(
            f"""select min(not_before) from urls where state = 'queued' and site = ? and host = ?
            {self._takes(site, pages)}""",
            (site, host),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def queued(self, sites: Collection[str]) -> dict[str, int]:
        """Site -> URLs that wait; listings that wait for a back-fill aside, unless there is one."""
        rows = self._db.execute(
            f"""select site, count(*) from urls where state = 'queued' and site in ({_marks(sites)})
            and (due <> '{Due.BACKFILL}' or site in ({_marks(self.walking)})) group by site""",
            (*sites, *self.walking),
        )
        return dict(rows.fetchall())

    # The walk through the past.

    def backfill(self, site: str) -> Backfill | None:
        """The last back-fill of a site."""
        row = self._db.execute("select since, begun, ended from backfills where site = ?", (site,)).fetchone()
        return Backfill(*row) if row else None

    def past_listings(self, site: str, reasons: Sequence[str]) -> list[tuple[str, str, str]]:
        """(key, address, role) of the pages of listings that were read, and of what was given up for
        `reasons`."""
        return self._db.execute(
            f"""select key, url, role from urls where site = ?
            and (role = 'listing' and state in ('done', 'failed')
              or state = 'dropped' and reason in ({_marks(reasons)}))""",
            (site, *reasons),
        ).fetchall()

    def begin_backfill(self, site: str, since: str, now: float, listings: Iterable[tuple[str, int]]) -> None:
        """Note that the walk begins, and queue `listings` for it: key, and what is added to its priority.

        What a walk before left aside as too old waits no longer.
        """
        with self._transaction():
            self._db.execute("insert or replace into backfills values (?, ?, ?, null)", (site, since, now))
            self._db.execute(
                """update urls set not_before = 0 where site = ? and state = 'queued' and attempts = 0
                and not_before > ?""",
                (site, now),
            )
            self._db.executemany(
                f"update urls set {_AGAIN}, role = 'listing', reason = '', priority = ? where key = ?",
                ((Due.BACKFILL, _PRIORITY_DUE[Due.BACKFILL] + rank, key) for key, rank in listings),
            )

    def end_backfill(self, site: str, now: float) -> bool:
        """Note that the walk is done, when none of its listings waits any longer; whether that is so."""
        (waiting,) = self._db.execute(
            """select exists (select 1 from urls
            where site = ? and state in ('queued', 'in flight') and due = ?)""",
            (site, Due.BACKFILL),
        ).fetchone()
        if not waiting:
            with self._transaction():
                self._db.execute("update backfills set ended = ? where site = ?", (now, site))
        return not waiting

    def postpone_sitemaps(self, site: str, is_older: Callable[[str], bool], until: float) -> int:
        """Leave the queued sitemaps of a site whose address says so for later; how many."""
        rows = self._db.execute(
            "select key, url from urls where site = ? and state = 'queued' and role = 'sitemap'", (site,)
        ).fetchall()
        older = [(until, key) for key, url in rows if is_older(url)]
        with self._transaction():
            self._db.executemany("update urls set not_before = ? where key = ?", older)
        return len(older)

    def count(self, site: str, role: Role) -> int:
        """Addresses of a site that are taken for this."""
        row = self._db.execute(
            "select count(*) from urls where site = ? and role = ?", (site, role)
        ).fetchone()
        return int(row[0])

    def listed(self, door: str) -> set[str]:
        """The keys that a door listed when it was last read."""
        return {key for (key,) in self._db.execute("select key from listings where door = ?", (door,))}

    def coverage(self, site: str) -> tuple[int, int]:
        """Addresses that the site's feeds and sitemaps list and that may be fetched; and those fetched."""
        row = self._db.execute(
            """select count(*), coalesce(sum(u.state = 'done'), 0) from urls u where u.state <> 'dropped'
            and u.key in (select l.key from listings l join urls d on d.key = l.door where d.site = ?)""",
            (site,),
        ).fetchone()
        return int(row[0]), int(row[1])

    def task(self, key: str) -> Task | None:
        """A URL as it would be handed out, whatever its state; None when it never entered."""
        row = self._db.execute(f"select {_TASK}, site, host from urls where key = ?", (key,)).fetchone()
        return _task(row[:-2], *row[-2:]) if row else None

    def queue_again(self, keys: Iterable[str]) -> None:
        """Queue URLs whose answer was lost, as if they had never been fetched; durable when it returns."""
        forget = "etag = null, last_modified = null, last_fetched = null, last_full = null"
        with self._transaction():
            self._db.executemany(
                f"update urls set {_AGAIN}, {forget} where key = ?", ((Due.RETRY, key) for key in keys)
            )

    def address(self, key: str) -> str | None:
        """The address under which a URL has entered before, or None when it has not."""
        row = self._db.execute("select url from urls where key = ?", (key,)).fetchone()
        return row[0] if row else None

    # What lies ahead.

    def workload(
        self, sites: Collection[str], now: float, until: float
    ) -> dict[str, dict[Due, tuple[int, int, float]]]:
        """Site -> why -> (addresses, requests, the first of them) due until then.

        What is due again and again counts as often as its interval fits in.
        """
        rows = self._db.execute(
            f"""select site, due, count(*), min(at),
            sum(iif(every > 0, 1 + cast((? - max(at, ?)) / every as integer), 1))
            from ({_COMING.format(_marks(sites))}) group by site, due""",
            (until, now, *sites, until),
        )
        load: dict[str, dict[Due, tuple[int, int, float]]] = {}
        for site, due, count, soonest, requests in rows.fetchall():
            load.setdefault(site, {})[Due(due)] = (count, requests, soonest)
        return load

    def coming(self, sites: Collection[str], until: float, most: int) -> Iterator[Coming]:
        """The first `most` visits that are due until then, in their order."""
        rows = self._db.execute(
            f"""select at, site, url, role, due from ({_COMING.format(_marks(sites))})
            order by at, priority desc, depth, found_at limit ?""",
            (*sites, until, most),
        )
        for at, site, url, role, due in rows.fetchall():
            yield Coming(at, site, url, Role(role), Due(due))

    # What became of it.

    def settle(self, batch: Iterable[Settled], named: Iterable[Found] = (), now: float = 0.0) -> Entered:
        """Settle tasks, and enter what was found on them and what else was `named`; durable when it returns.

        All of it is one transaction. Raises ArchiveUnusable and below; then nothing of it has happened.
        """
        entry = _Entry(self._db)
        with self._transaction():
            for settled in batch:
                self._db.execute(_CLOSE, _closing(settled))
                if settled.look:
                    self._db.executemany(_LOOK, _looks(settled.task.site, settled.look))
                if settled.state is State.QUEUED:
                    entry.lanes.add((settled.task.site, settled.task.host))
                restated = entry.list_door(settled) if settled.lists else frozenset()
                entry.enter(settled.found, settled.at, restated)
            entry.enter(named, now)
        return Entered(entry.new, frozenset(entry.lanes))

    def yields(self, site: str) -> dict[str, Yield]:
        """Pattern -> what its pages turned out to be."""
        rows = self._db.execute(
            "select pattern, fetched, articles, finds, dry from patterns where site = ?", (site,)
        )
        return {pattern: Yield(*counts) for pattern, *counts in rows.fetchall()}

    def keep_yield(self, site: str, pattern: str, before: Yield, after: Yield) -> None:
        """Remember what a pattern has come to; where that changes its worth, its queue moves with it.

        What was dropped as barren is queued again when the pattern turns out not to be.
        """
        self._begin()
        self._db.execute(
            "insert or replace into patterns (site, pattern, fetched, articles, finds, dry) "
            "values (?, ?, ?, ?, ?, ?)",
            (site, pattern, after.fetched, after.articles, after.finds, after.dry),
        )
        if after.rank != before.rank:
            self._db.execute(
                "update urls set priority = priority + ? where site = ? and pattern = ? and state = 'queued'",
                (after.rank - before.rank, site, pattern),
            )
        if before.is_barren and not after.is_barren:
            self._db.execute(
                """update urls set state = 'queued', reason = '' where site = ? and pattern = ?
                and state = 'dropped' and reason = ?""",
                (site, pattern, BARREN),
            )

    def parameters(self, site: str) -> dict[str, tuple[int, bool]]:
        """Name -> (copies that were found under another value, whether it changes nothing)."""
        rows = self._db.execute("select name, copies, idle from parameters where site = ?", (site,))
        return {name: (copies, bool(idle)) for name, copies, idle in rows.fetchall()}

    def put_parameter(self, site: str, name: str, copies: int, *, idle: bool) -> None:
        """Remember what a parameter of a site's addresses has come to; committed with the next settlement."""
        self._begin()
        self._db.execute(
            "insert or replace into parameters (site, name, copies, idle) values (?, ?, ?, ?)",
            (site, name, copies, idle),
        )

    def looks(self, site: str) -> dict[tuple[str, int], tuple[int, float]]:
        """(section, row of the plan) -> (changes, seconds): what revisits of the site's articles found."""
        rows = self._db.execute("select section, age, changes, seconds from looks where site = ?", (site,))
        return {(section, age): (changes, seconds) for section, age, changes, seconds in rows.fetchall()}

    # What is known of hosts; committed with the next settlement.

    def robots(self, origin: str) -> RobotsCopy | None:
        """The last good robots.txt of `origin`, or None."""
        row = self._db.execute(
            "select url, fetched, status, body, etag, last_modified from robots where origin = ?", (origin,)
        ).fetchone()
        return RobotsCopy(*row) if row else None

    def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Remember a robots.txt."""
        self._begin()
        self._db.execute(
            """insert or replace into robots (origin, url, fetched, status, body, etag, last_modified)
            values (?, ?, ?, ?, ?, ?, ?)""",
            (origin, copy.url, copy.fetched, copy.status, copy.body, copy.etag, copy.last_modified),
        )

    def forgive_robots(self, host: str) -> None:
        """Queue again what an earlier robots.txt of `host` forbade."""
        self._begin()
        self._db.execute(
            """update urls set state = 'queued', reason = '', attempts = 0, not_before = 0
            where state = 'dropped' and reason = 'robots' and host = ?""",
            (host,),
        )

    def rests(self, now: float) -> dict[str, float]:
        """Host -> until when it asked to be left alone."""
        rows = self._db.execute("select host, rest_until from hosts where rest_until > ?", (now,))
        return dict(rows.fetchall())

    def resting(self, site: str, now: float) -> dict[str, tuple[float, str]]:
        """Hosts of the site that are left alone -> (until when, why)."""
        rows = self._db.execute(
            """select host, rest_until, reason from hosts h where rest_until > ?
            and exists (select 1 from urls where site = ? and host = h.host)""",
            (now, site),
        )
        return {host: (until, reason) for host, until, reason in rows.fetchall()}

    def keep_rest(self, host: str, until: float, reason: str) -> None:
        """Remember that a host asked for a rest."""
        self._begin()
        self._db.execute(
            """insert into hosts (host, rest_until, reason) values (?, ?, ?) on conflict (host) do update set
            rest_until = max(rest_until, excluded.rest_until), reason = excluded.reason""",
            (host, until, reason),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit what the block did, and what was begun before it; undo all of it when the block raises."""
        try:
            self._begin()
            yield
            self._db.execute("commit")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("rollback")
            if isinstance(error, sqlite3.Error):
                raise unusable(error, Path("frontier.db")) from error
            raise

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("begin immediate")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the frontier has of a URL that is found again."""

    url: str
    site: str
    host: str
    role: Role
    state: State
    last_fetched: float | None

    @property
    def is_fetched_page(self) -> bool:
        return self.state is State.DONE and self.role is Role.PAGE

    @property
    def is_fetched_sitemap(self) -> bool:
        return self.state is State.DONE and self.role is Role.SITEMAP


class _Entry:
    """Enters what one settlement found; counts what is new, and the lanes that have something again."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.new: Counter[str] = Counter()
        self.lanes: set[tuple[str, str]] = set()

    def enter(self, founds: Iterable[Found], now: float, restated: frozenset[str] = frozenset()) -> None:
        """Enter URLs; those that are known only where there is a reason to fetch them again."""
        for found in founds:
            known = self._known(found.key)
            if known is None:
                priority = _PRIORITY_DUE.get(found.due, PRIORITY[found.role]) + found.rank
                self._db.execute(_INSERT, _row(found, priority, now))
                self.new[found.site] += 1
                self.lanes.add((found.site, found.host))
            elif _moves(found, known):
                self._requeue(known, Due.MOVED, found.key, found.url, found.chain)
            elif found.not_before and known.state is State.QUEUED:
                self._db.execute(
                    "update urls set not_before = max(not_before, ?) where key = ?",
                    (found.not_before, found.key),
                )
            elif found.key in restated and (known.is_fetched_page or known.is_fetched_sitemap):
                self._requeue(known, Due.STATED, found.key, known.url)
            elif found.role is not Role.PAGE and known.role is Role.PAGE and found.due is not Due.GUESS:
                self._db.execute("update urls set role = ? where key = ?", (found.role, found.key))

    def list_door(self, settled: Settled) -> frozenset[str]:
        """Compare what a door lists with what it listed last, remember it, and queue what vanished.

        Returns the keys that the door states as changed since we fetched them, or since it last spoke of
        them. A sitemap is asked whenever an index says so; of pages so many at once say nothing.
        """
        door = settled.task.key
        before: dict[str, str | None] = dict(
            self._db.execute("select key, lastmod from listings where door = ?", (door,)).fetchall()
        )
        listed = {found.key: found.lastmod for found in settled.found}
        restated = {key for key, said in listed.items() if said and self._is_restated(key, said, before)}
        self._db.executemany(
            """insert into listings (door, key, lastmod) values (?, ?, ?)
            on conflict (door, key) do update set lastmod = excluded.lastmod""",
            ((door, key, lastmod) for key, lastmod in listed.items() if before.get(key, "") != lastmod),
        )
        missing = before.keys() - listed.keys()
        self._db.executemany(
            "delete from listings where door = ? and key = ?", ((door, key) for key in missing)
        )
        if settled.complete and len(missing) <= max(FEW, len(before) // 10):
            self._look_after(missing)
        sitemaps = {found.key for found in settled.found if found.role is Role.SITEMAP}
        pages = restated - sitemaps
        said_of_all = len(pages) > max(MANY, len(listed) // 2)
        return frozenset(restated & sitemaps if said_of_all else restated)

    def _is_restated(self, key: str, lastmod: str, before: Mapping[str, str | None]) -> bool:
        said = before.get(key)
        if said is not None:
            return said != lastmod
        known = self._known(key)
        return known is not None and known.last_fetched is not None and _seconds(lastmod) > known.last_fetched

    def _look_after(self, missing: Iterable[str]) -> None:
        for key in missing:
            known = self._known(key)
            if known is not None and known.is_fetched_page:
                self._requeue(known, Due.VANISHED, key, known.url)

    def _requeue(self, known: _Known, due: Due, key: str, url: str, chain: tuple[str, ...] = ()) -> None:
        self._db.execute(_REQUEUE, (due, _PRIORITY_DUE[due], json.dumps(chain), url, key))
        self.lanes.add((known.site, known.host))

    def _known(self, key: str) -> _Known | None:
        row = self._db.execute(
            "select url, site, host, role, state, last_fetched from urls where key = ?", (key,)
        ).fetchone()
        if row is None:
            return None
        url, site, host, role, state, last_fetched = row
        return _Known(url, site, host, Role(role), State(state), last_fetched)


def _moves(found: Found, known: _Known) -> bool:
    """Whether a redirect leads to something not fetched yet: another spelling, or a URL that still waits."""
    if found.due is not Due.MOVED or known.state is State.IN_FLIGHT:
        return False
    return known.url != found.url or known.last_fetched is None


def _row(found: Found, priority: int, now: float) -> tuple[Any, ...]:
    return (
        found.key, found.url, found.site, found.host, found.role, priority, found.depth, found.due,
        found.found_on, now, json.dumps(found.chain), found.pattern, found.not_before,
    )  # fmt: skip


def _task(row: tuple[Any, ...], site: str, host: str) -> Task:
    key, url, role, due, depth, attempts, found_on, found_at, fetched, etag, modified, chain, *visits = row
    return Task(
        key, url, site, host, Role(role), Due(due), depth, attempts, found_on, found_at, fetched, etag,
        modified, tuple(json.loads(chain)), *visits,
    )  # fmt: skip


def _closing(settled: Settled) -> tuple[Any, ...]:
    fetched = settled.at if settled.status is not None else None
    return (
        settled.state, settled.reason, settled.status, settled.not_before, settled.next_visit,
        settled.role or settled.task.role, _attempts(settled), fetched, settled.etag, settled.last_modified,
        _unmodified(settled), settled.at if settled.status == 200 else None, settled.born, settled.task.key,
    )  # fmt: skip


def _unmodified(settled: Settled) -> int:
    """Answers 304 in a row; no answer leaves them as they were."""
    if settled.status == 304:
        return settled.task.unmodified + 1
    return settled.task.unmodified if settled.status is None else 0


def _looks(site: str, look: Look) -> Iterator[tuple[str, str, int, bool, float]]:
    """The rows of a look: of its section, and of the site as a whole."""
    for section in {look.section, ""}:
        yield site, section, look.age, look.changed, look.seconds


def _attempts(settled: Settled) -> int:
    """Failed tries in a row; a task that goes back without a reason keeps its count."""
    if settled.state in (State.DONE, State.DROPPED):
        return 0
    return settled.task.attempts + bool(settled.reason)


def _seconds(lastmod: str) -> float:
    """Unix seconds of an ISO 8601 text; a day counts from its first moment."""
    moment = datetime.fromisoformat(lastmod)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def _prepare(db: sqlite3.Connection, path: Path, write: bool) -> None:
    """Settings, schema at the first time, and the return of whatever was in flight."""
    version = int(db.execute("pragma user_version").fetchone()[0])
    if version > len(_STEPS):
        raise errors.ArchiveTooNew(f"{path} was made by a newer newsarchive: use that one")
    if not write:
        if version < len(_STEPS):
            raise errors.ArchiveUnusable(
                f"{path} is of an older newsarchive: a `newsarchive crawl` brings it up to date"
            )
        return
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        db.executescript(f"begin; {step} pragma user_version = {number}; commit;")
    db.execute("update urls set state = 'queued' where state = 'in flight'")


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
