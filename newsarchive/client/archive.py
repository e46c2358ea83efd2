"""The questions. Their SQL is that of the reading room's `Question`, so that a script finds what a reader
finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from newsarchive.client.records import Article, Match, Period, Site, Version
from newsarchive.client.rows import Rows
from newsarchive.client.source import Source
from pipelines.errors import NotKnown, QueryRefused

if TYPE_CHECKING:
    from readingroom.periods import By
    from readingroom.question import Place, Question, Statement

BITE = 100
"""Articles whose rows and texts are read at once."""
_COLUMNS = """
a.id, a.site, s.name as site_name, a.url, a.title, a.standfirst, a.byline,
  (select json_group_array(name) from (select authors.name from article_authors w
     join authors on authors.id = w.author where w.article = a.id order by w.position)) as authors,
  (select json_group_array(name) from (select tags.name from article_tags g
     join tags on tags.id = g.tag where g.article = a.id order by tags.name)) as tags,
  a.published, a.modified, a.utc_offset, a.day, a.section, a.language, a.kind, a.access, a.word_count,
  a.revisions, a.first_seen, a.last_seen, a.gone"""
_ARTICLES = f"""select {_COLUMNS}{{more}}
from articles a left join sites s on s.key = a.site left join article_text t on t.id = a.id
where a.id in (select value from json_each(:ids))"""
_MATCHES = f"""select {_COLUMNS}{{more}}, snippet(articles_fts, 3, '[', ']', ' … ', 40) as passage
from articles_fts f cross join articles a on a.id = f.rowid left join sites s on s.key = a.site
  left join article_text t on t.id = a.id
where f.articles_fts match :words and f.rowid in (select value from json_each(:ids))"""
_VERSIONS = """select r.article, r.ordinal, r.seen, r.change, a.site, a.url, a.published, r.title,
  r.standfirst, r.byline, r.modified, r.words_added, r.words_removed, r.same_as, r.hash,
  c.url as captured_url, c.digest, c.warc_file, c.warc_offset, c.warc_length, r.text
from revisions r join articles a on a.id = r.article left join captures c on c.id = r.capture
where r.article in (select value from json_each(:ids)) order by r.article, r.ordinal"""
_NO_YEAR = ("0000", "0001", "9999")
"""The ends of the calendar, which sites that have no date print in its place."""
_SITES = """select key, name, url, language, licence, articles, first_crawl, last_crawl
from sites order by key"""
_BY_ADDRESS = """select id from articles where url = :url
union select article from urls where url = :url and article is not null order by 1 limit 1"""


class Filters(TypedDict, total=False):
    """Which articles; what is not given does not matter."""

    site: str
    section: str
    author: str
    """A name as printed, in full."""
    language: str
    kind: Literal["article", "live blog", "gallery"]
    access: Literal["open", "metered", "paywalled"]
    since: str | date
    """Day, month or year of publication in UTC, included: 2026, "2026-03", "2026-03-15", a date."""
    until: str | date
    """Likewise."""


class Archive:
    """An archive that is open to read. Its `with` block closes it."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<newsarchive {self._source.name}>"

    def close(self) -> None:
        """Let go of the file, or of the connection."""
        self._source.close()

    def articles(
        self, *, order: Literal["newest", "oldest"] = "newest", text: bool = True, **filters: Unpack[Filters]
    ) -> Rows[Article]:
        """All articles that pass the filters by date of publication, those without a date last.

        text: whether they come with their texts. Raises QueryRefused for a filter that cannot be.
        """
        asked = self._question("", order, filters)
        return Rows(lambda: map(Article.read, self._article_rows(asked, text=text)), Article)

    def search(
        self, words: str, *, most: int | None = 100, order: Literal["best", "newest", "oldest"] = "best",
        text: bool = False, **filters: Unpack[Filters],
    ) -> Rows[Match]:  # fmt: skip
        """Articles that have the words, written as in the reading room's search box, the best first.

        most: how many at most; None for all. Raises QueryRefused where `words` names no word.
        """
        asked = self._question(words, order, filters)
        if not asked.words:
            raise QueryRefused(f"there is no word to look for in {words!r}")
        return Rows(lambda: map(Match.read, self._article_rows(asked, text=text, most=most)), Match)

    def article(self, which: int | str) -> Article:
        """The article with this number, or with this among its addresses. Raises NotKnown."""
        number = self._number(which)
        found = next(self._details(_ARTICLES, [number], {}, text=True), None)
        if found is None:
            raise NotKnown(f"{self._source.name} has no article {which}")
        return Article.read(found)

    def versions(self, article: Article | int | str) -> Rows[Version]:
        """All versions of an article, the first one first; it is named as in `article`. Raises NotKnown."""
        number = article.id if isinstance(article, Article) else self.article(article).id
        return Rows(lambda: map(Version.read, self._version_rows([number])), Version)

    def timeline(
        self, words: str = "", *, by: Literal["year", "month", "day"] = "month", **filters: Unpack[Filters]
    ) -> Rows[Period]:
        """How many articles of each period have the words, and of how many; no period between the first and
        the last is missing. Without words all articles are counted; without a date none is."""
        from readingroom.periods import By

        length = By.read(by)
        if length is None:
            raise QueryRefused(f"by={by!r}: there are year, month and day")
        asked = self._question(words, "newest", filters)
        if words.strip() and not asked.words:
            raise QueryRefused(f"there is no word to look for in {words!r}")
        return Rows(lambda: self._periods(asked, length), Period)

    def sites(self) -> Rows[Site]:
        """The sites of the archive, by their keys."""
        return Rows(lambda: map(Site.read, self._source.rows(_SITES, {})), Site)

    def sql(self, query: str, params: Mapping[str, object] | None = None) -> Rows[dict[str, Any]]:
        """The rows of a query that reads, as dicts. `:name` in it stands for `params["name"]`; a server takes
        each of these as text. Raises QueryRefused for what SQLite or the server refuses."""
        return Rows(lambda: self._source.rows(query, params or {}))

    # What `newsarchive export` writes: rows as they are stored.

    def exported(
        self, words: str, filters: Mapping[str, str], *, versions: bool, text: bool, html: bool
    ) -> Iterator[list[dict[str, Any]]]:
        """Rows of pipelines.formats, some at a time, of the oldest article first: ARTICLE, or VERSION, with
        TEXT, and the column `html` where it is asked for."""
        asked = self._question(words, "oldest", filters)
        if words.strip() and not asked.words:
            raise QueryRefused(f"there is no word to look for in {words!r}")
        for ids in _bites(self._ids(asked, None)):
            if versions:
                yield sorted(self._version_rows(ids), key=lambda row: ids.index(row["article"]))
                continue
            rows = list(self._details(_ARTICLES, ids, {}, text=text, html=html))
            for row in rows:
                row["authors"], row["tags"] = json.loads(row["authors"]), json.loads(row["tags"])
            yield rows

    def _question(self, words: str, order: str, filters: Mapping[str, object]) -> Question:
        """Raises TypeError for a filter that is none, QueryRefused for a value that cannot be."""
        from readingroom.question import A_DATE, FILTERS, Order, Question, no_dates
        from readingroom.words import expression

        if order not in set(Order):
            raise QueryRefused(f"order={order!r}: there are best, newest and oldest")
        given: dict[str, str] = {}
        for name, value in filters.items():
            if name not in FILTERS:
                raise TypeError(f"there is no filter {name!r}{_near(name, FILTERS)}")
            if value is None or value == "":
                continue
            given[name] = str(value)[:10] if isinstance(value, date) else str(value)
        for name, said in no_dates(given).items():
            raise QueryRefused(f"{name}={said!r} is no day: {A_DATE}")
        if "site" in given:
            known = [site.key for site in self.sites()]
            if given["site"] not in known:
                raise QueryRefused(f"the archive has no site {given['site']!r}{_near(given['site'], known)}")
        return Question(words.strip(), expression(words), given, Order(order))

    def _number(self, which: int | str) -> int:
        if isinstance(which, int) or which.isdecimal():
            return int(which)
        found = next(self._source.rows(_BY_ADDRESS, {"url": which}), None)
        if found is None:
            raise NotKnown(f"{self._source.name} has no article at {which}")
        return int(found["id"])

    def _article_rows(
        self, asked: Question, *, text: bool, most: int | None = None
    ) -> Iterator[dict[str, Any]]:
        sql, values = (_MATCHES, {"words": asked.words}) if asked.words else (_ARTICLES, {})
        for ids in _bites(islice(self._ids(asked, most), most)):
            yield from self._details(sql, ids, values, text=text)

    def _details(
        self, sql: str, ids: list[int], values: Mapping[str, object], *, text: bool, html: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The rows of these articles in this order."""
        more = (", t.text" if text else "") + (", t.html" if html else "")
        asked = {**values, "ids": json.dumps(ids)}
        found = {row["id"]: row for row in self._source.rows(sql.format(more=more), asked)}
        yield from (found[number] for number in ids if number in found)

    def _version_rows(self, ids: list[int]) -> Iterator[dict[str, Any]]:
        return self._source.rows(_VERSIONS, {"ids": json.dumps(ids)})

    def _ids(self, asked: Question, most: int | None) -> Iterator[int]:
        """The numbers of all articles asked for in their order: at one stroke from a file, by pages from a
        server."""
        from readingroom.question import Order

        if asked.order is Order.BEST:
            yield from self._ranked(asked, most)
            return
        yield from self._by_date(asked.dated)
        if not {"since", "until"} & set(asked.filters):
            yield from self._by_date(asked.undated)

    def _ranked(self, asked: Question, most: int | None) -> Iterator[int]:
        size, skip = self._source.most, 0
        while True:
            limit = min(one for one in (size, most, 2**62) if one is not None)
            statement = asked.ranked(limit, skip)
            page = [int(row["id"]) for row in self._source.rows(statement.sql, statement.values)]
            yield from page
            skip += len(page)
            if size is None or len(page) < limit or (most is not None and skip >= most):
                return

    def _by_date(self, page: Callable[[int, Place | None], Statement]) -> Iterator[int]:
        """The numbers of `dated` or `undated`, page after page, each after the place where the last ended."""
        from readingroom.question import Place

        size = self._source.most
        after: Place | None = None
        while True:
            statement, count = page(size or -1, after), 0
            for row in self._source.rows(statement.sql, statement.values):
                count, after = count + 1, Place(row["published"] or "", row["id"])
                yield row["id"]
            if size is None or count < size:
                return

    def _periods(self, asked: Question, length: By) -> Iterator[Period]:
        from readingroom.periods import between

        counted = asked.of_all().by_period(length)
        articles = {row["period"]: row["found"] for row in self._source.rows(counted.sql, counted.values)}
        days = [period for period in articles if period[:4].isdecimal() and period[:4] not in _NO_YEAR]
        if not days:
            return
        counted = asked.by_period(length)
        found = {row["period"]: row["found"] for row in self._source.rows(counted.sql, counted.values)}
        for period in between(length, min(days), max(days), most=2**31):
            every, some = articles.get(period, 0), found.get(period, 0)
            share = round(1000 * some / every, 3) if every else 0.0
            yield Period(period=period, found=some, articles=every, per_thousand=share)


def _bites(ids: Iterable[int]) -> Iterator[list[int]]:
    waiting = iter(ids)
    while bite := list(islice(waiting, BITE)):
        yield bite


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""
