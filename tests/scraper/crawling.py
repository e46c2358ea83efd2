"""One crawl in a process of its own (a reactor runs once), forked from one that has imported all there is to
import: to start Python and import that takes longer than most of these crawls.

It reports as JSON does; an ArchiveError is reported as {"error", "says"} with its exit code. The cleaner is
a plain stand-in, so that these tests are about the crawl alone. Values: max_pages, only, largest (bytes of a
body kept), timeout, browser_seconds, browser_memory (bytes), due_only, since (of a back-fill), most_sitemaps,
guess (common paths are asked for), full (syncs after which the disk is full), beside (pages are read in a
process beside, by the real cleaner; some end it), after (a path: until it has come, no other page is read to
its end).
"""

from __future__ import annotations

import asyncio
import io
import json
import multiprocessing
import os
import re
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

import scraper.candidates
import scraper.crawl
import scraper.run
from pipelines import errors, reading, workers
from pipelines.article.guard import tame
from pipelines.model import Access, Capture, Extraction, Kind
from pipelines.store import Archive
from pipelines.warc import WarcWriter
from scraper import browser, readers, recorder
from scraper.crawl import crawl
from scraper.discovery.candidate import Role
from scraper.discovery.sitemaps import MOST_SITEMAPS
from scraper.reading import Read
from tests.scraper import deadly

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
_LANGUAGE = re.compile(rb"<html lang=\"?([a-z]+)")
_CLAIM = re.compile(rb'rel="canonical" href="([^"]+)"')


def plain_extract(html: bytes, url: str | None = None, **_: Any) -> Extraction:
    """Title, paragraphs, and an article when the page says so."""
    tree = LexborHTMLParser(tame(html)[0])
    published = re.search(rb'"datePublished": "([^"]+)"', html)
    heading = tree.css_first("h1")
    return Extraction(
        title=heading.text() if heading else None,
        text="\n\n".join(node.text() for node in tree.css("p")),
        kind=Kind.ARTICLE if b"NewsArticle" in html else Kind.LISTING,
        published=datetime.fromisoformat(published[1].decode()) if published else None,
        access=Access.PAYWALLED if b'"isAccessibleForFree": false' in html else Access.OPEN,
        language=language[1].decode() if (language := _LANGUAGE.search(html)) else None,
        canonical_url=claim[1].decode() if (claim := _CLAIM.search(html)) else None,
    )


def make(folder: Path, sites: dict[str, str], **more: Any) -> Path:
    """An archive with a sites.yml: key -> front page; `more` goes to every site."""
    Archive.create(folder).close()
    settings = {"allow_private": "true", "delay": 0, **more}
    lines = [f"    {name}: {value}" for name, value in settings.items()]
    entries = [line for key, url in sites.items() for line in (f"  {key}:", f"    url: {url}", *lines)]
    text = "\n".join(["contact: someone@example.org", "sites:", *entries, ""])
    (folder / "sites.yml").write_text(text, encoding="utf-8")
    return folder


class Crawl:
    """A crawl, begun."""

    def __init__(self, folder: Path, **values: Any) -> None:
        arguments = [str(folder), *(f"{name}={value}" for name, value in values.items())]
        self._report, report = FORKS.Pipe(duplex=False)
        self.process = FORKS.Process(target=_crawl, args=(report, dict(os.environ), arguments))
        self.process.start()
        report.close()

    def send_signal(self, number: signal.Signals) -> None:
        assert self.process.pid
        os.kill(self.process.pid, number)

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, and wait until it has."""
        self.process.kill()
        self.process.join()

    def has_ended(self) -> bool:
        return self.process.exitcode is not None

    def finish(self) -> dict[str, Any]:
        """What it reports at its end, and its exit code."""
        if not self._report.poll(600):
            self.kill()
            raise TimeoutError("the crawl did not end")
        try:
            told: dict[str, Any] = json.loads(self._report.recv())
        except EOFError:
            told = {}
        self.process.join()
        return {**told, "exit": self.process.exitcode}


def _crawl(report: Connection, environment: dict[str, str], arguments: list[str]) -> None:
    """In the process: crawl, and send what is printed."""
    os.environ.clear()
    os.environ.update(environment)
    with redirect_stdout(io.StringIO()) as out:
        code = main(arguments)
    report.send(out.getvalue())
    sys.exit(code)


def run(folder: Path, **values: Any) -> dict[str, Any]:
    """A crawl from beginning to end."""
    return Crawl(folder, **values).finish()


def ask(folder: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of archive.db."""
    db = sqlite3.connect(folder / "archive.db")
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def contents(folder: Path) -> Counter[tuple[str, str]]:
    """(URL, content hash) of every revision."""
    return Counter(ask(folder, "select a.url, r.hash from revisions r join articles a on a.id = r.article"))


def only(report: dict[str, Any]) -> dict[str, Any]:
    """The report's one site."""
    assert report["exit"] == 0, report
    (site,) = report["sites"]
    assert isinstance(site, dict)
    return site


def wait_for(condition: Callable[[], bool], seconds: float = 300.0) -> None:
    """Return when it has come to that."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def fill_disk_after(syncs: int) -> None:
    """Let the WARC's disk be full from that many syncs on."""
    sync, left = WarcWriter.sync, [syncs]

    def full(writer: WarcWriter) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise errors.DiskFull("the disk is full")
        sync(writer)

    WarcWriter.sync = full  # type: ignore[method-assign, assignment]


def patient(read: Callable[..., Any], path: str) -> Callable[..., Any]:
    """`read`, which ends with no article before the page at `path` has come; a minute is too long."""
    has_come = asyncio.Event()

    async def patiently(self: readers.Readers, capture: Capture, role: Role, site: str) -> Read:
        if capture.url.endswith(path):
            has_come.set()
        if "/news/" in capture.url:
            await asyncio.wait_for(has_come.wait(), 60)
        found: Read = await read(self, capture, role, site)
        return found

    return patiently


def main(arguments: list[str]) -> int:
    """Crawl, and print what came of it."""
    folder, values = Path(arguments[0]), dict(argument.split("=", 1) for argument in arguments[1:])
    vars(reading)["extract"] = plain_extract
    vars(reading)["read_parsed"] = lambda _, page, url, **__: (plain_extract(page.markup, url), None)
    recorder.LARGEST_BODY = int(values.get("largest", recorder.LARGEST_BODY))
    scraper.run.TIMEOUT = float(values.get("timeout", scraper.run.TIMEOUT))
    browser.LONGEST = float(values.get("browser_seconds", browser.LONGEST))
    browser.MOST_MEMORY = int(values.get("browser_memory", browser.MOST_MEMORY))
    vars(scraper.candidates)["MOST_SITEMAPS"] = int(values.get("most_sitemaps", MOST_SITEMAPS))
    if "guess" not in values:
        vars(scraper.crawl)["guesses"] = lambda front_page: ()
    if "beside" in values:
        readers._read = deadly.read_or_die
        workers.LIMIT = 1.5
    if "after" in values:
        readers.Readers.read = patient(readers.Readers.read, values["after"])  # type: ignore[method-assign]
    if "full" in values:
        fill_disk_after(int(values["full"]))
    only = tuple(values["only"].split(",")) if "only" in values else ()
    most = int(values["max_pages"]) if "max_pages" in values else None
    try:
        since = date.fromisoformat(values["since"]) if "since" in values else None
        report = crawl(
            folder, only=only, max_pages=most, due_only="due_only" in values, since=since,
            workers=1 if "beside" in values else 0,
        )  # fmt: skip
    except errors.ArchiveError as error:
        print(json.dumps({"error": type(error).__name__, "says": str(error)}))
        return error.exit_code
    print(json.dumps(report.as_dict()))
    return 0
