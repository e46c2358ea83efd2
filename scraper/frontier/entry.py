"""How what a page or door names enters: what is new, and what is known only where there is a reason to fetch
it again. Within the transaction of a settlement.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from scraper.discovery.candidate import Role
from scraper.frontier.connection import Connection
from scraper.frontier.rows import INSERT, PRIORITY, PRIORITY_DUE, entering
from scraper.frontier.words import Due, Found, Settled, State

FEW = 5
"""So many URLs, or a tenth of a sitemap, may vanish from it at once: more is a sitemap that broke."""
MANY = 20
"""Where more URLs than this, and than half of a list, are stated as changed at once, nothing is said."""
_REQUEUE = """
    update urls set state = 'queued', due = ?, priority = max(?, priority), attempts = 0, not_before = 0,
    chain = ?, url = ? where key = ?"""


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


class Entry:
    """Enters what one settlement found; counts what is new, and the lanes that have something again."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.new: Counter[str] = Counter()
        self.lanes: set[tuple[str, str]] = set()

    def enter(self, founds: Iterable[Found], now: float, restated: frozenset[str] = frozenset()) -> None:
        """Enter URLs; those that are known only where there is a reason to fetch them again."""
        for found in founds:
            known = self._known(found.key)
            if known is None:
                priority = PRIORITY_DUE.get(found.due, PRIORITY[found.role]) + found.rank
                self._db.execute(INSERT, entering(found, priority, now))
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
        self._db.execute(_REQUEUE, (due, PRIORITY_DUE[due], json.dumps(chain), url, key))
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


def _seconds(lastmod: str) -> float:
    """Unix seconds of an ISO 8601 text; a day counts from its first moment."""
    moment = datetime.fromisoformat(lastmod)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
