"""What the pages say, as JSON that programs can rely on: names here are a contract, added to but never
changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

ENTRY = (
    "id", "site", "site_name", "url", "title", "standfirst", "byline", "published", "modified", "utc_offset",
    "day", "section", "language", "kind", "access", "word_count", "revisions", "first_seen", "last_seen",
    "gone",
)  # fmt: skip
"""The columns by which an article is told in lists, exports and on its own page."""


def entry(row: sqlite3.Row, **more: object) -> dict[str, Any]:
    """An article as every list tells it."""
    return {**{name: row[name] for name in ENTRY}, **more}


def plain(rows: Iterable[sqlite3.Row | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are."""
    return [dict(row) for row in rows]
