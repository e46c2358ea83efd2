"""What a reader asks of the archive, read from an address once, and the SQL that answers it.

    q=lamp -rail & site=courier & since=2020 & order=newest   ->   Question   ->   Statement (SQL and its
    values)

Promises: every page, export and feed of one question asks the same rows; values never become part of the
SQL; what is missing or odd in an address falls back to its default, and a date that is none is told. Never
runs anything.

Dates are those of publication in UTC, as `articles.published` has them: 2020, 2020-03 or 2020-03-15, both
ends in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from readingroom.words import expression

FILTERS = {
    "site": "a.site = :site",
    "section": "a.section = :section",
    "author": "a.id in (select w.article from authors join article_authors w on w.author = authors.id "
              "where authors.name = :author)",
    "language": "a.language = :language",
    "kind": "a.kind = :kind",
    "access": "a.access = :access",
    "since": "a.published >= :since",
    "until": "a.published < :until || '~'",
}  # fmt: skip
"""Parameter -> condition. A tilde sorts after all that a date can go on with, so the last day is in."""
DAY = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
A_DATE = "2024, 2024-03 or 2024-03-15"
"""What DAY takes, in words."""
LONGEST = 300
"""Characters of a filter's value that are read."""
WEIGHTS = "bm25(8.0, 4.0, 2.0, 1.0)"
"""Of a word in title, standfirst, byline and text, in the order of the index's columns."""


class Order(StrEnum):
    """How the articles found are laid out."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and what its names stand for."""

    sql: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """The article that a page of articles in order of date begins after."""

    published: str
    """As stored; empty among those without a date, which come last."""
    id: int

    @classmethod
    def read(cls, value: str | None) -> Place | None:
        """What `str` wrote; None for anything else."""
        published, comma, number = (value or "").rpartition(",")
        if (
            not comma
            or not (number.isascii() and number.isdigit() and len(number) < 19)
            or len(published) > 40
        ):
            return None
        return cls(published, int(number))

    def __str__(self) -> str:
        return f"{self.published},{self.id}"


@dataclass(frozen=True, slots=True)
class Question:
    """Words, filters and an order."""

    typed: str = ""
    words: str = ""
    """The FTS5 expression of what was typed; empty if there is no word in it."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Those of FILTERS that were given."""
    order: Order = Order.BEST
    ignored: Mapping[str, str] = field(default_factory=dict)
    """What `no_dates` found: it filters nothing."""

    @classmethod
    def read(cls, given: Any) -> Question:
        """The question of an address's parameters, any mapping with `get`."""
        typed = (given.get("q") or "").strip()
        said = {name: value for name in FILTERS if (value := (given.get(name) or "").strip()[:LONGEST])}
        ignored = no_dates(said)
        filters = {name: value for name, value in said.items() if name not in ignored}
        asked, words = given.get("order"), expression(typed)
        order = Order(asked) if asked in set(Order) else Order.BEST
        order = order if words or order is not Order.BEST else Order.NEWEST
        return cls(typed, words, filters, order, ignored)

    @property
    def vain(self) -> bool:
        """Something was typed, and there is no word in it to look for."""
        return bool(self.typed) and not self.words

    @property
    def why_ignored(self) -> dict[str, str]:
        """What is said of each filter that is `ignored`."""
        return {name: f"{value!r} is no date: {A_DATE}" for name, value in self.ignored.items()}

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of an address that ask this."""
        usual = Order.BEST if self.words else Order.NEWEST
        order = {"order": self.order.value} if self.order is not usual else {}
        return {**({"q": self.typed} if self.typed else {}), **self.filters, **order}

    def of_all(self) -> Question:
        """The same question without its words: what the articles found are a share of."""
        return replace(self, typed="", words="", order=Order.NEWEST)

    def _select(self, columns: str, *conditions: str, tail: str = "", **values: object) -> Statement:
        """`columns` of the articles asked for, of the tables `f` (the index) and `a` (articles)."""
        # `cross join` makes SQLite look up the words first; else it asks the index anew for each article.
        tables = "articles_fts f cross join articles a on a.id = f.rowid" if self.words else "articles a"
        if self.words and not self.filters and not conditions and "a." not in columns + tail:
            tables = "articles_fts f"
        every = [
            *(["f.articles_fts match :words"] if self.words else []),
            *map(FILTERS.__getitem__, self.filters),
            *conditions,
        ]
        where = "\nwhere " + "\n  and ".join(every) if every else ""
        known = {"words": self.words, **self.filters} if self.words else dict(self.filters)
        return Statement(f"select {columns}\nfrom {tables}{where}{tail}", {**known, **values})

    def count(self) -> Statement:
        """One row, `found`: how many articles there are in all."""
        if not self.words and set(self.filters) <= {"site"}:
            site = self.filters.get("site", "")
            return Statement(
                "select sum(articles) as found from sites where :site in ('', key)", {"site": site}
            )
        return self._select("count(*) as found")

    def ranked(self, most: int = -1, skip: int = 0) -> Statement:
        """Ids, the best match first."""
        return self._select(
            "f.rowid as id", *self._weighing,
            tail=f"\norder by {self._rank}\nlimit :most offset :skip", most=most, skip=skip,
        )  # fmt: skip

    @property
    def _rank(self) -> str:
        return "f.rank" if not self.filters else f"bm25(articles_fts, {WEIGHTS[5:]}"

    @property
    def _weighing(self) -> list[str]:
        """The condition by which `f.rank` is weighed; FTS5 sorts by itself then, which filters forbid."""
        return [] if self.filters else [f"f.rank match '{WEIGHTS}'"]

    def dated(self, most: int = -1, after: Place | None = None) -> Statement:
        """Ids and dates of articles that have a date, in its order, `after` that place."""
        return self._select("a.id, a.published", *self._from_place(after), tail=self._by_date,
                            most=most, **_place(after))  # fmt: skip

    def undated(self, most: int = -1, after: Place | None = None) -> Statement:
        """Ids and dates of articles without a date: they come after those of `dated`."""
        sign, way = self._way
        beyond = [f"a.id {sign} :after_id"] if after and not after.published else []
        return self._select("a.id, a.published", "a.published is null", *beyond,
                            tail=f"\norder by a.id {way}\nlimit :most",
                            most=most, **_place(after))  # fmt: skip

    def walked(self, most: int, after: Place | None, steps: int) -> Statement:
        """`dated` another way: the first `steps` articles by date, each looked up in the index of words.

        Fast where many articles have the words, which makes `dated` slow; answers too few where they lie
        deeper.
        """
        walk = self.of_all()._select("a.id, a.published", *self._from_place(after),
                                     tail=self._by_date.replace(":most", ":steps"))  # fmt: skip
        sql = (
            f"select a.id, a.published from (\n{walk.sql}\n) a\nwhere exists (select 1 from articles_fts f "
            "where f.articles_fts match :words and f.rowid = a.id)\nlimit :most"
        )
        values = {**walk.values, "words": self.words, "most": most, "steps": steps, **_place(after)}
        return Statement(sql, values)

    @property
    def _by_date(self) -> str:
        _, way = self._way
        return f"\norder by a.published {way} nulls last, a.id {way}\nlimit :most"

    @property
    def _way(self) -> tuple[str, str]:
        """How what comes later compares with what came before, and how SQL calls that order."""
        return (">", "asc") if self.order is Order.OLDEST else ("<", "desc")

    def _from_place(self, after: Place | None) -> list[str]:
        if after is None:
            return ["a.published > ''"]
        sign, _ = self._way
        return ["a.published > ''", f"a.published {sign}= :after",
                f"(a.published {sign} :after or a.id {sign} :after_id)"]  # fmt: skip

    def by_period(self, length: int) -> Statement:
        """`period` and `found`: articles by the first `length` characters of their date: 4 years, 7 months,
        10 days."""
        return self._select(
            "substr(a.published, 1, :length) as period, count(*) as found",
            "a.published > ''",
            tail="\ngroup by 1\norder by 1",
            length=length,
        )

    def in_periods(self, periods: Sequence[str]) -> Statement:
        """`period` and `found` for each of these, by short walks of the index: for questions without
        words."""
        within = ("a.published >= value", "a.published < value || '~'")
        each = self._select("count(*)", *within)
        values = {**each.values, "periods": json.dumps(list(periods))}
        return Statement(
            f"select value as period, (\n{each.sql}\n) as found\nfrom json_each(:periods)", values
        )

    def span(self) -> Statement:
        """One row: `first` and `last`, the dates of the first and the last article asked for, without
        words."""
        one = self.of_all()._select(
            "a.published", "a.published > '0001'", tail="\norder by a.published {} limit 1"
        )
        first, last = one.sql.format("asc"), one.sql.format("desc")
        return Statement(f"select (\n{first}\n) as first, (\n{last}\n) as last", one.values)

    def shown(self) -> str:
        """The SQL that a reader may run and change: the same articles in the same order, values written
        in."""
        is_best = self.order is Order.BEST
        order = f"\norder by {self._rank}\nlimit :most" if is_best else self._by_date
        weighing = self._weighing if is_best else []
        select = self._select("a.id, a.title, a.site, a.published, a.url", *weighing,
                              tail=order.replace(":most", "100"))  # fmt: skip
        return re.sub(r":(\w+)", lambda name: _literal(str(select.values[name[1]])), select.sql)


def no_dates(filters: Mapping[str, str]) -> dict[str, str]:
    """Those of `since` and `until` that are given and are no date; the client and `export` refuse them."""
    said = {name: filters[name] for name in ("since", "until") if name in filters}
    return {name: value for name, value in said.items() if not is_date(value)}


def is_date(value: str) -> bool:
    """Whether a text is a DAY that the calendar has."""
    try:
        return bool(DAY.fullmatch(value) and date.fromisoformat(f"{value}-01-01"[:10]))
    except ValueError:
        return False


def _place(after: Place | None) -> dict[str, object]:
    return {"after": after.published, "after_id": after.id} if after else {}


def _literal(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("\0", "").replace("'", "''") + "'"
