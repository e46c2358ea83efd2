"""What is known of hosts: their robots.txt, and the rests that they asked for.

It is committed with the next settlement.
"""

from __future__ import annotations

from scraper.frontier.connection import Connection
from scraper.frontier.words import RobotsCopy


class Hosts:
    """The tables `robots` and `hosts`."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def robots(self, origin: str) -> RobotsCopy | None:
        """The last good robots.txt of `origin`, or None."""
        row = self._db.execute(
            "select url, fetched, status, body, etag, last_modified from robots where origin = ?", (origin,)
        ).fetchone()
        return RobotsCopy(*row) if row else None

    def keep_robots(self, origin: str, copy: RobotsCopy) -> None:
        """Remember a robots.txt."""
        self._db.begin()
        self._db.execute(
            """insert or replace into robots (origin, url, fetched, status, body, etag, last_modified)
            values (?, ?, ?, ?, ?, ?, ?)""",
            (origin, copy.url, copy.fetched, copy.status, copy.body, copy.etag, copy.last_modified),
        )

    def forgive_robots(self, host: str) -> None:
        """Queue again what an earlier robots.txt of `host` forbade."""
        self._db.begin()
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
        self._db.begin()
        self._db.execute(
            """insert into hosts (host, rest_until, reason) values (?, ?, ?) on conflict (host) do update set
            rest_until = max(rest_until, excluded.rest_until), reason = excluded.reason""",
            (host, until, reason),
        )
