"""How the words stand in the rows of `urls`: what enters, what is handed out, what is closed. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scraper.discovery.candidate import Role
from scraper.frontier.words import Due, Found, Settled, State, Task

PRIORITY: Mapping[Role, int] = {Role.SITEMAP: 90, Role.FEED: 85, Role.LISTING: 80, Role.PAGE: 50}
"""The higher, the sooner."""
PRIORITY_DUE: Mapping[Due, int] = {
    Due.VANISHED: 60,
    Due.MOVED: 58,
    Due.STATED: 55,
    Due.AGE: 30,
    Due.RETRY: 20,
    Due.GUESS: 29,
    Due.BACKFILL: 10,
}
PRIORITY_YOUNG = 52
"""Of a page that is due by age and looked at once a day or more."""

TASK = """key, url, role, due, depth, attempts, found_on, found_at, last_fetched, etag, last_modified, chain,
    unmodified, last_full, born, next_visit, pattern"""
"""The columns that `handed_out` reads."""
IS_DOOR = "(role in ('sitemap', 'feed') or role = 'listing' and depth < 2)"
"""A feed, a sitemap, or a listing that the front page links: what every crawl asks."""
AGAIN = "state = 'queued', due = ?, attempts = 0, not_before = 0, chain = '[]'"
"""What is set where a URL is to be fetched once more."""
INSERT = """
    insert into urls (key, url, site, host, role, state, priority, depth, due, found_on, found_at, chain,
    pattern, not_before) values (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)"""
"""Takes what `entering` gives."""
CLOSE = """
    update urls set state = ?, reason = ?, status = coalesce(?, status), not_before = ?, next_visit = ?,
    role = ?, attempts = ?, last_fetched = coalesce(?, last_fetched), etag = ?, last_modified = ?,
    unmodified = ?, last_full = coalesce(?, last_full), born = coalesce(?, born)
    where key = ?"""
"""Takes what `closing` gives."""


def entering(found: Found, priority: int, now: float) -> tuple[Any, ...]:
    """What is found, as the row that it becomes."""
    return (
        found.key, found.url, found.site, found.host, found.role, priority, found.depth, found.due,
        found.found_on, now, json.dumps(found.chain), found.pattern, found.not_before,
    )  # fmt: skip


def handed_out(row: tuple[Any, ...], site: str, host: str) -> Task:
    """The row of a URL, as the task that it is."""
    key, url, role, due, depth, attempts, found_on, found_at, fetched, etag, modified, chain, *visits = row
    return Task(
        key, url, site, host, Role(role), Due(due), depth, attempts, found_on, found_at, fetched, etag,
        modified, tuple(json.loads(chain)), *visits,
    )  # fmt: skip


def closing(settled: Settled) -> tuple[Any, ...]:
    """What became of a task, as its row says it."""
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


def _attempts(settled: Settled) -> int:
    """Failed tries in a row; a task that goes back without a reason keeps its count."""
    if settled.state in (State.DONE, State.DROPPED):
        return 0
    return settled.task.attempts + bool(settled.reason)
