"""What answers SQL: a file or a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

NEEDED = frozenset({"sites", "articles", "article_text", "revisions", "captures", "urls", "articles_fts"})
"""Tables without which a database is no archive."""
TABLES = "select name from sqlite_master where type = 'table'"


class Source(Protocol):
    """An archive that answers one statement at a time."""

    most: int | None
    """Rows that one answer may have; None where there is no such limit."""
    name: str
    """Where it lies, for errors."""

    def rows(self, sql: str, values: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """The rows of a statement as they come. Raises QueryRefused."""

    def close(self) -> None:
        """Let go of it."""
