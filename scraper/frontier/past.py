"""The walk through a site's past, over as many crawls as it takes (scraper.backfill)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scraper.frontier.connection import Connection, marks
from scraper.frontier.rows import AGAIN, PRIORITY_DUE
from scraper.frontier.words import Backfill, Due


class Past:
    """The table `backfills`, and the listings that wait for a walk."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def last(self, site: str) -> Backfill | None:
        """The last back-fill of a site."""
        row = self._db.execute("select since, begun, ended from backfills where site = ?", (site,)).fetchone()
        return Backfill(*row) if row else None

    def listings(self, site: str, reasons: Sequence[str]) -> list[tuple[str, str, str]]:
        """(key, address, role) of the pages of listings that were read, and of what was given up for
        `reasons`."""
        return self._db.execute(
            f"""select key, url, role from urls where site = ?
            and (role = 'listing' and state in ('done', 'failed')
              or state = 'dropped' and reason in ({marks(reasons)}))""",
            (site, *reasons),
        ).fetchall()

    def begin(self, site: str, since: str, now: float, listings: Iterable[tuple[str, int]]) -> None:
        """Note that the walk begins, and queue `listings` for it: key, and what is added to its priority.

        What a walk before left aside as too old waits no longer.
        """
        with self._db.transaction():
            self._db.execute("insert or replace into backfills values (?, ?, ?, null)", (site, since, now))
            self._db.execute(
                """update urls set not_before = 0 where site = ? and state = 'queued' and attempts = 0
                and not_before > ?""",
                (site, now),
            )
            self._db.executemany(
                f"update urls set {AGAIN}, role = 'listing', reason = '', priority = ? where key = ?",
                ((Due.BACKFILL, PRIORITY_DUE[Due.BACKFILL] + rank, key) for key, rank in listings),
            )

    def end(self, site: str, now: float) -> bool:
        """Note that the walk is done, when none of its listings waits any longer; whether that is so."""
        (waiting,) = self._db.execute(
            """select exists (select 1 from urls
            where site = ? and state in ('queued', 'in flight') and due = ?)""",
            (site, Due.BACKFILL),
        ).fetchone()
        if not waiting:
            with self._db.transaction():
                self._db.execute("update backfills set ended = ? where site = ?", (now, site))
        return not waiting

    def postpone_sitemaps(self, site: str, is_older: Callable[[str], bool], until: float) -> int:
        """Leave the queued sitemaps of a site whose address says so for later; how many."""
        rows = self._db.execute(
            "select key, url from urls where site = ? and state = 'queued' and role = 'sitemap'", (site,)
        ).fetchall()
        older = [(until, key) for key, url in rows if is_older(url)]
        with self._db.transaction():
            self._db.executemany("update urls set not_before = ? where key = ?", older)
        return len(older)
