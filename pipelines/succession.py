"""A rebuilt archive.db beside the one it is to follow: what it takes over from it, and how the two differ.

Promises: what no WARC record can tell (the sites, the crawls, addresses that were never fetched, the last
word of a crawl on those that were, what is withheld, how far files were imported) is taken over as it is;
every table is compared, row for row. Never changes the old archive. The new one has it attached
(`Archive.attach`) as the schema `old`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.revise import word_changes
from pipelines.store import Archive

TABLES = (
    "sites", "crawls", "urls", "captures", "articles", "article_text", "revisions", "authors",
    "article_authors", "tags", "article_tags", "images", "stories", "removed_blocks", "withheld",
    "imports",
)  # fmt: skip
COMPARED = (
    "title", "standfirst", "byline", "published", "modified", "section", "language", "kind", "access",
    "revisions", "text",
)  # fmt: skip
"""What a change of the cleaner may change in an article, in the order it is reported."""
_NOT_COMPARED = {
    "captures": frozenset({"extractor"}),
    **dict.fromkeys(("revisions", "images", "removed_blocks"), frozenset({"id"})),
}
"""Columns that say who made a row, or in which order, not what it says."""
_PASSAGE = 300
"""Characters of a text that a sample shows, from a little before the first difference."""
SAMPLES_OF_A_FIELD = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing that would change."""

    article: int
    url: str
    what: str
    """A name of COMPARED."""
    before: str | None
    after: str | None


@dataclass(slots=True)
class Differences:
    """How a rebuilt archive differs from the one before it."""

    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Table -> rows that only the old one has, rows that only the new one has; none that are the same."""
    added: int = 0
    """Articles that only the new one has."""
    removed: int = 0
    changed: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    """Name of COMPARED -> articles in which it differs."""
    words_added: int = 0
    words_removed: int = 0
    samples: list[Sample] = field(default_factory=list)


def take_over_beginnings(archive: Archive) -> None:
    """Sites, crawls, their days' health, what is withheld, what was imported: before the first capture."""
    archive.write(
        "insert into sites (key, name, url, language, licence, articles, first_crawl, last_crawl) "
        "select key, name, url, language, licence, 0, first_crawl, last_crawl from old.sites "
        "where true on conflict (key) do update set "
        "first_crawl = excluded.first_crawl, last_crawl = excluded.last_crawl"
    )
    archive.write(
        "update sites set health = o.health, why = o.why, health_since = o.health_since, told = o.told "
        "from old.sites o where o.key = sites.key"
    )
    for table in ("crawls", "health", "doors", "attempts", "announcements", "withheld", "imports"):
        columns = ", ".join(_columns(archive, table))
        archive.write(f"insert into {table} ({columns}) select {columns} from old.{table}")


def ensure_crawl(archive: Archive, crawl: int, started: str, software: str) -> None:
    """Write of a crawl that only the WARC knows when it was."""
    archive.write(
        "insert into crawls (id, started, finished, state, software) values (?, ?, ?, 'rebuilt', ?) "
        "on conflict (id) do update set started = min(started, excluded.started), "
        "finished = max(finished, excluded.finished) where state = 'rebuilt'",
        (crawl, started, started, software),
    )


def take_over_unrecorded(archive: Archive) -> None:
    """Captures of pages that asked not to be kept: there is a row of each, and no record.

    Before the ledger is taken over, whose lines rest on them.
    """
    columns = ", ".join(_columns(archive, "captures"))
    archive.write(
        f"insert into captures ({columns}) select {columns} from old.captures "
        "where warc_file is null and verdict = 'refused'"
    )
    archive.write(
        "update urls set outcome = o.outcome, reason = o.reason, status = o.status, "
        "last_fetched = o.last_fetched, capture = o.capture from old.urls o "
        "join main.captures c on c.id = o.capture and c.warc_file is null where o.url = urls.url"
    )


def take_over_ledger(archive: Archive) -> None:
    """What the old ledger knows and no capture can tell, after the last capture was taken in.

    Of an address that was fetched: when it was first and last seen, where it was found, and the outcome where
    the crawl had the last word (the old line rests on no capture): refused, given up, another spelling.
    """
    archive.write(
        "update urls set first_seen = min(urls.first_seen, o.first_seen), "
        "last_seen = max(urls.last_seen, o.last_seen), found_on = coalesce(o.found_on, urls.found_on), "
        "site = coalesce(o.site, urls.site) from old.urls o where o.url = urls.url"
    )
    archive.write(
        "update urls set outcome = o.outcome, reason = o.reason, capture = null "
        "from old.urls o where o.url = urls.url and o.capture is null"
    )
    columns = ", ".join(_columns(archive, "urls"))
    archive.write(
        f"insert into urls ({columns}) select {columns} from old.urls o "
        "where not exists (select 1 from main.urls n where n.url = o.url)"
    )
    archive.write(
        "update urls set article = null where article is not null and not exists "
        "(select 1 from articles a where a.id = urls.article)"
    )
    archive.write(
        "update urls set capture = null where capture is not null and not exists "
        "(select 1 from captures c where c.id = urls.capture)"
    )


def keep_name_numbers(archive: Archive) -> None:
    """Give authors and tags the numbers that they had; those that are new get numbers beyond."""
    for table, link, column in (("authors", "article_authors", "author"), ("tags", "article_tags", "tag")):
        archive.write(
            f"create temp table new_{table} as select n.id, coalesce(o.id, "
            f"ifnull((select max(id) from old.{table}), 0) "
            "+ row_number() over (partition by o.id is null order by n.id)) as number "
            f"from main.{table} n left join old.{table} o on o.name = n.name"
        )
        # Through negative numbers, for each may be one that another has until its turn comes.
        for target, number in ((table, "id"), (link, column)):
            archive.write(
                f"update {target} set {number} = -m.number from new_{table} m where m.id = {target}.{number}"
            )
            archive.write(f"update {target} set {number} = -{number}")


def compare(archive: Archive) -> Differences:
    """How the archive differs from the old one."""
    found = Differences()
    for table in TABLES:
        columns = [name for name in _columns(archive, table) if name not in _NOT_COMPARED.get(table, ())]
        had, has = _count_of(archive, table, "old"), _count_of(archive, table, "main")
        if had == has == _in_place(archive, table, columns):
            continue
        gone = _only_in(archive, table, columns, "old", "main")
        new = gone + has - had
        if gone or new:
            found.tables[table] = gone, new
    if {"articles", "article_text"} & found.tables.keys():
        _compare_articles(archive, found)
    return found


def _compare_articles(archive: Archive, found: Differences) -> None:
    missing = (
        "select count(*) from {}.articles a where not exists (select 1 from {}.articles b where a.id = b.id)"
    )
    ((found.added,),) = archive.read(missing.format("main", "old"))
    ((found.removed,),) = archive.read(missing.format("old", "main"))
    for article, url, *values in _pairs(archive):
        before, after = values[: len(COMPARED)], values[len(COMPARED) :]
        differing = [
            (name, one, other)
            for name, one, other in zip(COMPARED, before, after, strict=True)
            if one != other
        ]
        found.changed += bool(differing)
        for name, one, other in differing:
            _count(found, Sample(article, url, name, _shown(one), _shown(other)))


def _pairs(archive: Archive) -> Iterator[tuple[Any, ...]]:
    """Number, address, the old values and the new ones, of each article that both have, one by one."""
    columns = [f"{table}{'t' if name == 'text' else ''}.{name}" for table in ("o", "n") for name in COMPARED]
    sql = (
        f"select n.id, n.url, {', '.join(columns)} from main.articles n join old.articles o on o.id = n.id "
        "join main.article_text nt on nt.id = n.id join old.article_text ot on ot.id = o.id "
        "where n.id > ? order by n.id limit 500"
    )
    last = 0
    while rows := archive.read(sql, (last,)):
        yield from rows
        last = rows[-1][0]


def _count(found: Differences, sample: Sample) -> None:
    found.fields[sample.what] = found.fields.get(sample.what, 0) + 1
    if sample.what == "text":
        added, removed = word_changes(sample.before or "", sample.after or "")
        found.words_added, found.words_removed = found.words_added + added, found.words_removed + removed
        sample = _passage(sample)
    if found.fields[sample.what] <= SAMPLES_OF_A_FIELD:
        found.samples.append(sample)


def _passage(sample: Sample) -> Sample:
    """The sample with the part of both texts where they differ first."""
    before, after = sample.before or "", sample.after or ""
    same = next(
        (n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )
    start = max(0, same - _PASSAGE // 4)
    return Sample(
        sample.article, sample.url, sample.what, before[start : start + _PASSAGE],
        after[start : start + _PASSAGE],
    )  # fmt: skip


def _shown(value: object) -> str | None:
    return None if value is None else str(value)


def _in_place(archive: Archive, table: str, columns: Sequence[str]) -> int:
    """Rows of a table that both schemas have in the same place: nearly always all, and found in one pass,
    without sorting every text."""
    same = " and ".join(f"o.{name} is n.{name}" for name in columns)
    ((count,),) = archive.read(
        f"select count(*) from old.{table} o join main.{table} n on n.rowid = o.rowid where {same}"
    )
    return int(count)


def _only_in(archive: Archive, table: str, columns: Sequence[str], one: str, other: str) -> int:
    """Rows of `table` that the schema `one` has and `other` has not."""
    listed = ", ".join(columns)
    ((count,),) = archive.read(
        f"select count(*) from (select {listed} from {one}.{table} "
        f"except select {listed} from {other}.{table})"
    )
    return int(count)


def _count_of(archive: Archive, table: str, schema: str) -> int:
    """Rows of a table; no two of one table are the same, for all have a key among what is compared."""
    ((count,),) = archive.read(f"select count(*) from {schema}.{table}")
    return int(count)


def _columns(archive: Archive, table: str) -> list[str]:
    return [name for (name,) in archive.read("select name from pragma_table_info(?)", (table,))]
