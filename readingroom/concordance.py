"""Words in their context: a text with the words found marked -> one line for each, as in a printed
concordance. Pure.

The marks are those of SQLite's highlight(), so that what stands in the middle is what the search found: a
phrase, a
beginning, a neighbour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from readingroom.markup import FOUND, unmarked

WIDTH = 64
"""Characters on either side, cut at a word where the script has spaces."""
WORD = re.compile(r"\w+")


class Side(StrEnum):
    """What lines are sorted by."""

    TEXT = "text"
    """As the articles come, and as the words stand in them."""
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Line:
    """One place where words were found."""

    article: int
    left: str
    found: str
    right: str

    def key(self, side: Side) -> tuple[list[str], list[str]]:
        """By which lines are sorted: the words from the found one outward, then those of the other side."""
        left = [word.casefold() for word in reversed(WORD.findall(self.left))]
        right = [word.casefold() for word in WORD.findall(self.right)]
        return (left, right) if side is Side.LEFT else (right, left)


def lines(article: int, marked: str) -> Iterator[Line]:
    """A line for each mark of the text, in its order."""
    text = " ".join(marked.split())
    for match in FOUND.finditer(text):
        before = unmarked(text[max(match.start() - 2 * WIDTH, 0) : match.start()])
        after = unmarked(text[match.end() : match.end() + 2 * WIDTH])
        yield Line(article, _last(before), match[1], _first(after))


def _last(text: str) -> str:
    if len(text) <= WIDTH:
        return text
    cut = text[-WIDTH:]
    return cut.partition(" ")[2] if " " in cut.rstrip() else cut


def _first(text: str) -> str:
    if len(text) <= WIDTH:
        return text
    cut = text[:WIDTH]
    return cut.rpartition(" ")[0] if " " in cut.lstrip() else cut
