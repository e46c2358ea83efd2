"""What is to be fetched, what is handed out, and what became of it: the table `urls`.

Promises: see the folder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from math import inf
from pathlib import Path
from typing import Self

from scraper.discovery.candidate import Role
from scraper.frontier.ahead import Ahead
from scraper.frontier.connection import FRONTIER, Connection, connected, marks, unusable
from scraper.frontier.entry import Entry
from scraper.frontier.hosts import Hosts
from scraper.frontier.lessons import Lessons
from scraper.frontier.past import Past
from scraper.frontier.rows import (
    AGAIN,
    CLOSE,
    INSERT,
    IS_DOOR,
    PRIORITY,
    PRIORITY_DUE,
    PRIORITY_YOUNG,
    TASK,
    closing,
    entering,
    handed_out,
)
from scraper.frontier.words import Due, Entered, Found, Settled, State, Task
from scraper.guess import NO_DOOR, RARELY

_TOLD = """
    select l.key from urls d join listings l on l.door = d.key
    where d.site in ({}) and d.role = 'sitemap' and l.lastmod is not null"""
"""What the sitemaps of sites say the last change of."""
_OPEN_DOOR = f"""{INSERT} on conflict (key) do update set
    url = excluded.url, site = excluded.site, host = excluded.host, role = excluded.role, state = 'queued',
    priority = excluded.priority, due = excluded.due, attempts = 0, not_before = 0, chain = '[]'
    where coalesce(urls.next_visit, 0) <= ?"""


class Frontier:
    """`frontier.db`. One process at a time; the archive's lock sees to it."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.hosts = Hosts(db)
        self.lessons = Lessons(db)
        self.past = Past(db)
        self.ahead = Ahead(db)
        self.walking: frozenset[str] = frozenset()
        """Sites whose past is walked: the listings that wait for a back-fill are handed out."""

    @classmethod
    def open(cls, folder: Path, *, write: bool = True) -> Frontier:
        """Open the frontier of the archive in `folder`, making it at the first time; in flight becomes
        queued. Without `write`, for a look while another process may be at work.

        Raises ArchiveUnusable, ArchiveTooNew, ArchiveReadOnly or DiskFull.
        """
        return cls(connected(folder, write))

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
        with self._db.transaction():
            for door in doors:
                self._db.execute(_OPEN_DOOR, (*entering(door, PRIORITY[door.role], now), until))
            self._db.execute(
                f"""update urls set {AGAIN} where state in ('done', 'failed') and site in ({marks(sites)})
                and {IS_DOOR} and max(coalesce(next_visit, 0), not_before)
                <= iif(role = 'sitemap' and key in ({_TOLD.format(marks(told))}), ?, ?)""",
                (Due.DOOR, *sites, *told, now, until),
            )

    def guess(self, site: str, doors: Sequence[Found], now: float) -> None:
        """Queue addresses at which the site may have a feed or sitemap, unless they are known as something
        else, or the last round is not `guess.RARELY` ago."""
        row = self._db.execute("select asked from guesses where site = ?", (site,)).fetchone()
        if row is not None and row[0] > now - RARELY:
            return
        with self._db.transaction():
            self._db.execute("insert or replace into guesses values (?, ?)", (site, now))
            for number, door in enumerate(doors):
                self._db.execute(
                    f"""{INSERT} on conflict (key) do update set state = 'queued', due = excluded.due,
                    attempts = 0, not_before = 0, chain = '[]', priority = excluded.priority
                    where state = 'dropped' and reason = ?""",
                    (*entering(door, PRIORITY_DUE[Due.GUESS] - number, now), NO_DOOR),
                )

    def visit_due(self, sites: Collection[str], now: float) -> None:
        """Queue what else of `sites` is due: by age, and what failed before.

        What is young and looked at daily or more comes before what a site lists of old and we never had, so
        that a small budget of pages (max_pages) is not eaten up by the past.
        """
        again = f"update urls set {AGAIN}, priority = {{}} where site in ({marks(sites)}) and "
        young = f"iif(next_visit - last_fetched <= 86400, {PRIORITY_YOUNG}, {PRIORITY_DUE[Due.AGE]})"
        with self._db.transaction():
            self._db.execute(
                again.format(young) + "state = 'done' and next_visit <= ?", (Due.AGE, *sites, now)
            )
            self._db.execute(
                again.format(PRIORITY_DUE[Due.RETRY]) + "state = 'failed' and not_before <= ?",
                (Due.RETRY, *sites, now),
            )

    def lanes(self, sites: Collection[str]) -> list[tuple[str, str]]:
        """(site, host) wherever something is queued."""
        return self._db.execute(
            f"""select distinct site, host from urls where state = 'queued' and site in ({marks(sites)})""",
            (*sites,),
        ).fetchall()

    def take(self, site: str, host: str, now: float, *, pages: bool = True) -> Task | None:
        """Hand out the most urgent URL of a lane, or None; without `pages`, doors only.

        The mark "in flight" is committed with the next settlement: a process that dies before is as well off
        with the row still queued.
        """
        row = self._db.execute(
            f"""select {TASK} from urls where state = 'queued' and site = ? and host = ? and not_before <= ?
            {self._takes(site, pages)} order by priority desc, depth, found_at limit 1""",
            (site, host, now),
        ).fetchone()
        if row is None:
            return None
        self._db.begin()
        self._db.execute("update urls set state = 'in flight' where key = ?", (row[0],))
        return handed_out(row, site, host)

    def _takes(self, site: str, pages: bool) -> str:
        """What may be handed out of a site's queue: without `pages`, doors only."""
        if not pages:
            return f"and role <> 'page' and due <> '{Due.BACKFILL}'"
        return "" if site in self.walking else f"and due <> '{Due.BACKFILL}'"

    def forget(self, task: Task) -> None:
        """Let go of an address that was guessed, and need not be asked for."""
        self._db.begin()
        self._db.execute("delete from urls where key = ?", (task.key,))

    def put_back(self, task: Task) -> None:
        """Queue a task again that was handed out and not asked for."""
        self._db.begin()
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
            f"""select site, count(*) from urls where state = 'queued' and site in ({marks(sites)})
            and (due <> '{Due.BACKFILL}' or site in ({marks(self.walking)})) group by site""",
            (*sites, *self.walking),
        )
        return dict(rows.fetchall())

    # What became of it.

    def settle(self, batch: Iterable[Settled], named: Iterable[Found] = (), now: float = 0.0) -> Entered:
        """Settle tasks, and enter what was found on them and what else was `named`; durable when it returns.

        All of it is one transaction. Raises ArchiveUnusable and below; then nothing of it has happened.
        """
        entry = Entry(self._db)
        with self._db.transaction():
            for settled in batch:
                self._db.execute(CLOSE, closing(settled))
                if settled.look:
                    self.lessons.keep_look(settled.task.site, settled.look)
                if settled.state is State.QUEUED:
                    entry.lanes.add((settled.task.site, settled.task.host))
                restated = entry.list_door(settled) if settled.lists else frozenset()
                entry.enter(settled.found, settled.at, restated)
            entry.enter(named, now)
        return Entered(entry.new, frozenset(entry.lanes))

    def queue_again(self, keys: Iterable[str]) -> None:
        """Queue URLs whose answer was lost, as if they had never been fetched; durable when it returns."""
        forget = "etag = null, last_modified = null, last_fetched = null, last_full = null"
        with self._db.transaction():
            self._db.executemany(
                f"update urls set {AGAIN}, {forget} where key = ?", ((Due.RETRY, key) for key in keys)
            )

    # What is known of addresses.

    def address(self, key: str) -> str | None:
        """The address under which a URL has entered before, or None when it has not."""
        row = self._db.execute("select url from urls where key = ?", (key,)).fetchone()
        return row[0] if row else None

    def task(self, key: str) -> Task | None:
        """A URL as it would be handed out, whatever its state; None when it never entered."""
        row = self._db.execute(f"select {TASK}, site, host from urls where key = ?", (key,)).fetchone()
        return handed_out(row[:-2], *row[-2:]) if row else None

    def listed(self, door: str) -> set[str]:
        """The keys that a door listed when it was last read."""
        return {key for (key,) in self._db.execute("select key from listings where door = ?", (door,))}

    def count(self, site: str, role: Role) -> int:
        """Addresses of a site that are taken for this."""
        row = self._db.execute(
            "select count(*) from urls where site = ? and role = ?", (site, role)
        ).fetchone()
        return int(row[0])

    def coverage(self, site: str) -> tuple[int, int]:
        """Addresses that the site's feeds and sitemaps list and that may be fetched; and those fetched."""
        row = self._db.execute(
            """select count(*), coalesce(sum(u.state = 'done'), 0) from urls u where u.state <> 'dropped'
            and u.key in (select l.key from listings l join urls d on d.key = l.door where d.site = ?)""",
            (site,),
        ).fetchone()
        return int(row[0]), int(row[1])
