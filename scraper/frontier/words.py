"""The words of the frontier: a URL on its way, why it is fetched, what is found, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scraper.discovery.candidate import Role


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
