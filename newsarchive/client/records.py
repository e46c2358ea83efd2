"""What the client answers with: frozen dataclasses, whose fields are the columns of docs/schema.md.

A moment is an aware datetime; `published` and `modified` are a date where the page gives no time, and None
where it gives neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Self


def moment(stored: str | None) -> datetime | date | None:
    """A stored time or day; None for what is neither."""
    try:
        if not stored or len(stored) == 10:
            return date.fromisoformat(stored) if stored else None
        found = datetime.fromisoformat(stored)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def names(stored: str | None) -> tuple[str, ...]:
    """The names of a stored JSON array."""
    return tuple(json.loads(stored or "[]"))


_MOMENTS = (
    "published", "modified", "day", "first_seen", "last_seen", "gone", "seen", "first_crawl", "last_crawl",
)  # fmt: skip
_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_MOMENTS, moment),
    **dict.fromkeys(("authors", "tags"), names),
}


@dataclass(frozen=True, kw_only=True)
class _Record:
    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row; a column that the row has not is left at its default."""
        given = {one.name: row[one.name] for one in fields(cls) if one.name in row}
        return cls(**{name: _READ[name](value) if name in _READ else value for name, value in given.items()})


@dataclass(frozen=True, kw_only=True)
class Article(_Record):
    """An article as its newest good version has it."""

    id: int
    site: str
    site_name: str | None
    url: str
    title: str | None
    standfirst: str | None
    byline: str | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime | date | None
    modified: datetime | date | None
    utc_offset: int | None
    """Minutes from UTC of the times that the page printed."""
    day: date | None
    section: str | None
    language: str | None
    kind: str
    access: str
    word_count: int
    revisions: int
    first_seen: datetime
    last_seen: datetime
    gone: datetime | None
    text: str | None = None
    """The body alone; None where it was not asked for."""


@dataclass(frozen=True, kw_only=True)
class Match(Article):
    """An article that a search found."""

    passage: str | None = None
    """Where the words stand in the text, each between [ and ]."""


@dataclass(frozen=True, kw_only=True)
class Version(_Record):
    """One version of an article, and the record that proves it."""

    article: int
    ordinal: int
    seen: datetime
    change: str
    title: str | None
    standfirst: str | None
    byline: str | None
    modified: datetime | date | None
    text: str
    hash: str
    words_added: int | None
    words_removed: int | None
    same_as: int | None
    captured_url: str | None
    digest: str | None
    warc_file: str | None
    warc_offset: int | None
    warc_length: int | None


@dataclass(frozen=True, kw_only=True)
class Site(_Record):
    """A site of the archive."""

    key: str
    name: str
    url: str
    language: str | None
    licence: str | None
    articles: int
    first_crawl: datetime | None
    last_crawl: datetime | None


@dataclass(frozen=True, kw_only=True)
class Period(_Record):
    """A year, month or day, and how many articles there are."""

    period: str
    """2026, 2026-11 or 2026-11-19."""
    found: int
    """Articles that have the words."""
    articles: int
    """Articles there are, with the words or without."""
    per_thousand: float
