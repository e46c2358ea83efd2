"""What is told of an article and of a version, column by column, in every format under the same name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

Row = Mapping[str, Any]


class Kind(Enum):
    """What the values of a column are; any of them may be None, but a list is never."""

    TEXT = "text"
    INTEGER = "integer"
    MOMENT = "moment"
    """Text such as 2026-11-19T12:00:00Z; Parquet has it as a timestamp."""
    DAY = "day"
    """Text such as 2026-11-19; Parquet has it as a date."""
    NAMES = "names"
    """A sequence of texts."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, and what its values are."""

    name: str
    kind: Kind = Kind.TEXT


class Writer(Protocol):
    """A file in the making."""

    def head(self) -> bytes:
        """How the file begins."""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """What these rows add to it; a writer may keep some back for a later call."""

    def end(self) -> bytes:
        """What was kept back, and how the file ends."""


def _columns(names: str, **kinds: Kind) -> tuple[Column, ...]:
    return tuple(Column(name, kinds.get(name, Kind.TEXT)) for name in names.split())


ARTICLE = _columns(
    "id site site_name url title standfirst byline authors tags published modified utc_offset day section "
    "language kind access word_count revisions first_seen last_seen gone",
    id=Kind.INTEGER, utc_offset=Kind.INTEGER, word_count=Kind.INTEGER, revisions=Kind.INTEGER,
    authors=Kind.NAMES, tags=Kind.NAMES, day=Kind.DAY, first_seen=Kind.MOMENT, last_seen=Kind.MOMENT,
    gone=Kind.MOMENT,
)  # fmt: skip
"""An article. `published` and `modified` are text: a time in UTC, or a bare date where no time is given."""
VERSION = _columns(
    "article ordinal seen change site url published title standfirst byline modified words_added "
    "words_removed same_as hash captured_url digest warc_file warc_offset warc_length",
    article=Kind.INTEGER, ordinal=Kind.INTEGER, seen=Kind.MOMENT, words_added=Kind.INTEGER,
    words_removed=Kind.INTEGER, same_as=Kind.INTEGER, warc_offset=Kind.INTEGER, warc_length=Kind.INTEGER,
)  # fmt: skip
"""A version of an article, with the record that proves it."""
TEXT = Column("text")
"""The body alone, paragraphs and headings with a blank line between."""
