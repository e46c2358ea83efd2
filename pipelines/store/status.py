"""What is in an archive, as `newsarchive status` and the figures for monitoring tell it. Only reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipelines.store.archive import CRAWL_COUNTS, Archive


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """One site, as `newsarchive status` shows it."""

    key: str
    name: str
    url: str
    articles: int
    last_crawl: str | None
    revisions: int
    outcomes: Mapping[str, int]
    """Outcome -> URLs of the ledger."""


@dataclass(frozen=True, slots=True)
class CrawlStatus:
    """One crawl, as `newsarchive status` shows it; times as they are stored."""

    id: int
    started: str
    finished: str | None
    state: str
    sites: tuple[str, ...]
    counts: Mapping[str, int]
    """The counting columns of `crawls` by name."""
    summary: str | None
    """The crawl's report as JSON."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is in an archive."""

    articles: int
    revisions: int
    captures: int
    urls: int
    sites: tuple[SiteStatus, ...]
    ledger: tuple[tuple[str, str, int], ...]
    """(outcome, reason, URLs), the most frequent first."""
    crawls: tuple[CrawlStatus, ...]
    """The last ones, newest first."""


def overview(archive: Archive, crawls: int = 5, *, site: str | None = None) -> Status:
    """What is in the archive, and the last `crawls` crawls; the ledger of `site` alone, if given."""
    ledger = archive.read(
        "select outcome, reason, count(*) from urls where ? is null or site = ? "
        "group by 1, 2 order by 3 desc, 1, 2",
        (site, site),
    )
    return Status(
        articles=_count(archive, "articles"),
        revisions=_count(archive, "revisions"),
        captures=_count(archive, "captures"),
        urls=_count(archive, "urls"),
        sites=tuple(_sites(archive)),
        ledger=tuple(ledger),
        crawls=tuple(_last_crawls(archive, crawls)),
    )


def _sites(archive: Archive) -> Iterator[SiteStatus]:
    outcomes: dict[str, dict[str, int]] = {}
    for site, outcome, count in archive.read("select site, outcome, count(*) from urls group by 1, 2"):
        outcomes.setdefault(site, {})[outcome] = count
    revisions = dict(archive.read("select site, sum(revisions) from articles group by 1"))
    rows = archive.read("select key, name, url, articles, last_crawl from sites order by key")
    for key, name, url, articles, last_crawl in rows:
        found = MappingProxyType(outcomes.get(key, {}))
        yield SiteStatus(key, name, url, articles, last_crawl, revisions.get(key, 0), found)


def _count(archive: Archive, table: str) -> int:
    ((count,),) = archive.read(f"select count(*) from {table}")
    return int(count)


def _last_crawls(archive: Archive, limit: int) -> Iterator[CrawlStatus]:
    rows = archive.read(
        f"select id, started, finished, state, sites, summary, {', '.join(CRAWL_COUNTS)} from crawls "
        "order by id desc limit ?",
        (limit,),
    )
    for crawl, started, finished, state, sites, summary, *numbers in rows:
        counts = MappingProxyType(dict(zip(CRAWL_COUNTS, numbers, strict=True)))
        keys = tuple(json.loads(sites or "[]"))
        yield CrawlStatus(crawl, started, finished, state, keys, counts, summary)
