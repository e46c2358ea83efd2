"""What addresses of one shape turn out to be: pages are fetched where articles are found. Pure.

A pattern is the host and the shape of a path: `news.example/sport/#/*-*` stands for every address with a slug
below a number below /sport. A page is worth its fetch when it is an article that is new, or when an article
that is new was found on it; pages of a pattern that brought neither for long are a trap: a calendar, endless
pagination, a faceted search. It is tried again now and then, in case that it was the site's bad day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from urllib.parse import parse_qsl, urlsplit

BARREN = "trap: nothing new among pages like this"
TOO_FAR = "trap: too many links away from the front page"
DEEPEST = 12
"""Links from a door; the pages of one listing count as one."""
PROBES = 2
"""So many pages of a barren pattern are tried in each crawl."""
_ENOUGH = 15
"""Pages of a pattern without anything new, after which it is barren; one that is articles gets more."""
_PROVEN = 3
_PLAIN = re.compile(r"[a-z][a-z_]{0,19}")
_NUMBER = re.compile(r"\d+")
_BONUS = 10
_MALUS = -20


@dataclass(frozen=True, slots=True)
class Yield:
    """What the pages of one pattern turned out to be."""

    fetched: int = 0
    """Pages fetched for the first time that were something: errors and walls are not counted."""
    articles: int = 0
    """Of these, articles that were new."""
    finds: int = 0
    """Articles that were new and found on one of these pages."""
    dry: int = 0
    """Pages in a row that brought neither."""

    @property
    def is_barren(self) -> bool:
        """Whether its pages are a trap, as far as is known."""
        return self.dry >= _ENOUGH + 3 * sqrt(self.articles)

    @property
    def rank(self) -> int:
        """What is added to the priority of its pages."""
        if self.articles >= _PROVEN and self.articles * 2 >= self.fetched:
            return _BONUS
        return _MALUS if self.dry >= _ENOUGH // 3 and not self.articles + self.finds else 0

    def with_page(self, *, is_article: bool) -> Yield:
        """After one more page of the pattern."""
        return Yield(
            self.fetched + 1, self.articles + is_article, self.finds, 0 if is_article else self.dry + 1
        )

    def with_find(self) -> Yield:
        """After an article that is new was found on one of its pages."""
        return Yield(self.fetched, self.articles, self.finds + 1, 0)


NOTHING = Yield()


def pattern(url: str) -> str:
    """The shape of an address: host, words of its path, and what is not a word by its kind; names of
    parameters. Segments that repeat count once."""
    parts = urlsplit(url)
    shapes = [_shape(segment) for segment in parts.path.lower().split("/") if segment]
    path = "/".join(shape for shape, _ in groupby(shapes))
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{parts.netloc}/{path}" + (f"?{'&'.join(names)}" if names else "")


def _shape(segment: str) -> str:
    """A short word is itself; numbers, slugs and other things are one each."""
    if _PLAIN.fullmatch(segment):
        return segment
    if _NUMBER.fullmatch(segment):
        return "#"
    words = re.split(r"[-_.+%]", segment)
    if len(words) == 1:
        return "#a" if re.search(r"\d", segment) else "*"
    return "*-*" if len(words) > 2 else "*-"
