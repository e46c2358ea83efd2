"""How values stand in the columns of archive.db, and the row of an article.

Promises: pure. Moments are UTC to the second with a Z, days are YYYY-MM-DD, so that text sorts as time does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pipelines.model import Extraction, Revision


def stored_moment(moment: datetime) -> str:
    """An aware datetime as the archive stores it: UTC, to the second, with a Z."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def stored_date(value: datetime | date | None) -> str | None:
    """A moment in UTC with a Z; a bare date for a date, and for a datetime that has no offset or no UTC."""
    if not isinstance(value, datetime) or not value.tzinfo:
        return stored_day(value)
    try:
        return stored_moment(value)
    except OverflowError:  # the first and the last day of the calendar, which some sites mean by "none"
        return stored_day(value)


def stored_day(value: datetime | date | None) -> str | None:
    """The calendar day where it was published, YYYY-MM-DD."""
    if isinstance(value, datetime):
        value = value.date()
    return value.isoformat() if value else None


def read_date(text: str | None) -> datetime | date | None:
    """What `stored_date` wrote."""
    if text is None:
        return None
    return read_moment(text) if "T" in text else date.fromisoformat(text)


def read_moment(text: str) -> datetime:
    """What `stored_moment` wrote."""
    return datetime.fromisoformat(text)


def article_row(
    revision: Revision, extraction: Extraction, key: str, url: str, site: str, seen: str, words: int
) -> dict[str, Any]:
    """The columns of `articles`. `gone` is empty: whatever has a new text is there."""
    published = extraction.published
    offset = published.utcoffset() if isinstance(published, datetime) else None
    return {
        "key": key, "site": site, "url": url, "title": extraction.title, "standfirst": extraction.standfirst,
        "byline": byline(extraction), "published": stored_date(published),
        "modified": stored_date(extraction.modified),
        "utc_offset": None if offset is None else round(offset.total_seconds() / 60),
        "day": stored_day(published), "section": extraction.section,
        "language": extraction.language, "kind": extraction.kind.value, "access": extraction.access.value,
        "word_count": words, "revisions": revision.ordinal, "first_seen": seen,
        "last_seen": seen, "gone": None, "confidence": extraction.confidence,
    }  # fmt: skip


def byline(extraction: Extraction) -> str | None:
    """The authors in one text; None when nobody is named."""
    return ", ".join(extraction.authors) or None
