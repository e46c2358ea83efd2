"""What goes into the store and comes out of it, beside the dataclasses of pipelines.model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipelines.model import (
    Outcome,
    Position,
)
from pipelines.store.columns import stored_moment


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of the ledger: how the story of a URL stands."""

    url: str
    outcome: Outcome
    reason: str = ""
    site: str | None = None
    status: int | None = None
    article: int | None = None
    found_on: str | None = None
    leads_to: str | None = None
    """The address that stands for this one: a redirect's target, or the spelling that is fetched."""
    fetched: bool = False
    """Whether this comes from fetching the URL, just now."""
    capture: int | None = None
    """Row id of the capture that says so; None when no answer does."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """An article that the archivist hides, and all by which it is known again."""

    article: int
    """The number that it had, and has again when it is shown again."""
    key: str
    url: str
    site: str | None
    reason: str
    since: str
    """As stored."""
    addresses: tuple[str, ...]
    hashes: tuple[str, ...]
    """identify.content_hash of its versions."""


@dataclass(frozen=True, slots=True)
class Intaken:
    """How far a file of captures that others made has been taken in."""

    fingerprint: str
    file: str
    size: int
    position: int
    """What lies before is in the archive."""
    started: str
    finished: str | None = None
    pages: int = 0
    articles: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Which captures: all, or those of a site, from a moment on, up to another (not included)."""

    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def where(self) -> tuple[str, dict[str, str | None]]:
        """The condition on `captures c` that says so, and its parameters."""
        return (
            "c.warc_file is not null and (:site is null or c.site = :site) "
            "and (:since is null or c.fetched >= :since) and (:until is null or c.fetched < :until)",
            {
                "site": self.site,
                "since": stored_moment(self.since) if self.since else None,
                "until": stored_moment(self.until) if self.until else None,
            },
        )


@dataclass(frozen=True, slots=True)
class PageVersion:
    """A capture that made a version of an article, and what it says."""

    revision: int
    url: str
    fetched: datetime
    title: str | None
    text: str


class Numbering(Protocol):
    """Which numbers rows get that were there before, and are made anew."""

    def capture(self, position: Position) -> int | None:
        """The number of the capture whose record lies there; None for the next one."""

    def article(self, key: str, position: Position | None) -> int:
        """The number of the article with this key, first read from the capture whose record lies there."""
