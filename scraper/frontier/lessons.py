"""What the pages of a site have taught: what addresses of one shape turn out to be, which parameters change
nothing, how articles change.

It is committed with the next settlement.
"""

from __future__ import annotations

from scraper.frontier.connection import Connection
from scraper.frontier.words import Look
from scraper.yields import BARREN, Yield

_LOOK = """
    insert into looks (site, section, age, looks, changes, seconds) values (?, ?, ?, 1, ?, ?)
    on conflict (site, section, age) do update set looks = looks + 1, changes = changes + excluded.changes,
    seconds = seconds + excluded.seconds"""


class Lessons:
    """The tables `patterns`, `parameters` and `looks`."""

    def __init__(self, db: Connection) -> None:
        self._db = db

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
        self._db.begin()
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
        """Remember what a parameter of a site's addresses has come to."""
        self._db.begin()
        self._db.execute(
            "insert or replace into parameters (site, name, copies, idle) values (?, ?, ?, ?)",
            (site, name, copies, idle),
        )

    def keep_look(self, site: str, look: Look) -> None:
        """Remember what a revisit found: of its section, and of the site as a whole."""
        self._db.begin()
        self._db.executemany(
            _LOOK,
            [(site, section, look.age, look.changed, look.seconds) for section in {look.section, ""}],
        )

    def looks(self, site: str) -> dict[tuple[str, int], tuple[int, float]]:
        """(section, row of the plan) -> (changes, seconds): what revisits of the site's articles found."""
        rows = self._db.execute("select section, age, changes, seconds from looks where site = ?", (site,))
        return {(section, age): (changes, seconds) for section, age, changes, seconds in rows.fetchall()}
