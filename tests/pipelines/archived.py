"""A small archive with its WARC, made as a crawl makes it: record, row, ledger."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines import intake
from pipelines.model import Circumstances, Exchange, Outcome, Site, Taken
from pipelines.store import Archive, Note
from pipelines.warc import WarcWriter, to_capture
from tests.pipelines.pages import BODY, SITE, START, page

TABLES = (
    "sites", "crawls", "urls", "captures", "articles", "article_text", "revisions", "authors",
    "article_authors", "tags", "article_tags", "images", "stories", "removed_blocks", "withheld",
)  # fmt: skip
HTML = (("Content-Type", "text/html"),)
OTHER = "The harbour was closed after a storm tore a crane from its rails. " * 12


class Crawl:
    """One crawl of the example site, page by page; `with` it, and it commits at its end."""

    def __init__(self, folder: Path, *, day: int = 0, sites: dict[str, Site] | None = None) -> None:
        sites = sites or {SITE.key: SITE}
        self.archive = Archive.create(folder)
        self.archive.put_sites(sites.values())
        self.now = START + timedelta(days=day)
        self.number = self.archive.begin_crawl(list(sites), self.now, "newsarchive test")
        self.archive.commit()
        self.warc = WarcWriter(folder, "newsarchive test", originals=self.archive.original)
        self.intake = intake.Intake(self.archive, sites)

    def __enter__(self) -> Crawl:
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.end_crawl(self.number, self.now, "finished", {"fetched": 1})
        self.warc.close()
        self.archive.commit()
        self.archive.close()

    def get(
        self,
        path: str,
        body: bytes = b"",
        *,
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = HTML,
        role: str = "page",
        chain: tuple[str, ...] = (),
        told: bool = True,
        take: bool = True,
    ) -> Taken | None:
        """An answer of the site, recorded and taken in.

        told: the WARC says how it came; take: the crawl lives long enough to take it in.
        """
        self.now += timedelta(seconds=1)
        sent = exchange(path, body, status=status, headers=headers, fetched=self.now)
        how = Circumstances(SITE.key, role, self.number, "allowed", chain, f"{SITE.url}sitemap.xml")
        position, digest = self.warc.append(sent, how if told else None)
        if not take:
            return None
        capture = to_capture(sent, position, digest, chain=chain, robots="allowed" if told else None)
        return self.intake.take(capture, site=SITE.key, role=role, crawl=self.number)

    def note(self, path: str, outcome: Outcome, reason: str) -> None:
        """A line that the crawl writes into the ledger without an answer."""
        self.now += timedelta(seconds=1)
        self.archive.note(
            Note(SITE.url + path, outcome, reason, SITE.key, found_on=f"{SITE.url}sitemap.xml"), self.now
        )


def exchange(
    path: str, body: bytes, *, status: int, headers: tuple[tuple[str, str], ...], fetched: datetime
) -> Exchange:
    return Exchange(
        f"{SITE.url}{path}", fetched, "GET", (("Host", "www.example.com"),), status, "Because", "HTTP/1.1",
        headers, body, "192.0.2.7",
    )  # fmt: skip


def crawled(folder: Path, *, told: bool = True) -> Path:
    """Two crawls in which everything happens that happens in crawls."""
    third = page("Market moves", OTHER.replace("harbour", "market"))
    with Crawl(folder) as first:
        first.get("robots.txt", b"User-agent: *", role="robots", headers=(("Content-Type", "text/plain"),))
        first.note("bridge", Outcome.QUEUED, "new")
        first.note("secret", Outcome.REFUSED, "robots")
        first.get("bridge", page(), told=told)
        first.get("harbour", page("Harbour closed", OTHER), told=told)
        first.get("section", page(kind="listing"), role="listing", told=told)
        first.get("old-market", status=301, headers=(("Location", "/market"),), told=told)
        first.get("market", third, chain=(f"{SITE.url}old-market",), told=told)
        first.get("bridge?print=1", page(), told=told)
        first.get("loop", status=302, headers=(("transfer-encoding", "chunked"), ("Location", "/loop")))
        first.note("loop", Outcome.FAILED, "redirect loop")
        first.note("dead", Outcome.FAILED, "timeout")
    with Crawl(folder, day=1) as second:
        second.get("bridge", page("Bridge approved at last"), told=told)
        second.get("harbour", status=404, told=told)
        second.get("market", status=304, headers=(), told=told)
        second.get("section", page(kind="listing"), role="listing", told=told)
        second.get("explode", b"<html>explode</html>", told=told)
        second.get("bridge", page(text=BODY + "\n\nA second span is planned."), told=told)
        second.get("harbour", page("Harbour closed", OTHER), told=told)
    return folder


def tables(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table whole, in the order of its rows' content."""
    database = sqlite3.connect(folder / "archive.db")
    try:
        return {
            table: sorted(database.execute(f"select * from {table}").fetchall(), key=repr) for table in TABLES
        }
    finally:
        database.close()
