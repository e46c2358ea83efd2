"""How fast a crawl is beside peers: `python -m bench.throughput [--sites N] [--pages N] [--rounds N]`.

All fetch the same made-up sites (bench.press) from nginx on loopback, 16 requests at once, one for each site.
Every run is a process of its own; contenders take turns, round by round, and medians are compared, because
the machine may have other work. Time begins when the crawl does, after imports; CPU is that of the process
and of those it starts, without nginx.

    download     plain Scrapy with its own settings, which throws the pages away
    commit       Scrapy, warcio, and one SQLite commit for each page, which is stored as it came, uncleaned
    commit+clean the same, with trafilatura's text, title, date and author
    newsarchive  `newsarchive crawl`: discovery, WARC, cleaning, versions, search, ledger, durable frontier
    no WARC      the same without the WARC file

news-please cannot share an environment with newsarchive; see bench/RESULTS.md for how it was measured.

The peers are told the addresses of all pages; newsarchive finds the same ones in sitemaps and links, and is
not credited for robots.txt and sitemaps.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import press

Made = Mapping[str, float]
"""What one run did: pages, seconds, cpu (all), main (of its first process), bytes."""


def main() -> None:
    """Print the figures for bench/RESULTS.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sites", type=int, default=16)
    parser.add_argument("--pages", type=int, default=40, help="articles of each site")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(CONTENDERS), help="contenders, with commas between")
    parser.add_argument("--run", nargs=3, metavar=("NAME", "SITES", "WORK"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        name, told, work = asked.run
        print(json.dumps(_run(name, json.loads(Path(told).read_text()), Path(work))))
        return
    with tempfile.TemporaryDirectory(prefix="newsarchive-bench-") as made:
        sites = press.build(Path(made) / "sites", asked.sites, asked.pages)
        with press.served(sites):
            found = compare(sites, asked.only.split(","), asked.rounds, Path(made))
    report(found)


def compare(sites: press.Press, names: list[str], rounds: int, folder: Path) -> dict[str, list[Made]]:
    """Every contender's runs, in turns."""
    told = folder / "sites.json"
    told.write_text(json.dumps({"fronts": sites.fronts, "articles": sites.articles, "others": sites.others}))
    found: dict[str, list[Made]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            work = folder / f"{name.replace(' ', '-')}-{turn}"
            work.mkdir()
            command = [sys.executable, "-m", "bench.throughput", "--run", name, str(told), str(work)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=1800)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
            print(turn, name, found[name][-1], file=sys.stderr)
            subprocess.run(["rm", "-rf", str(work)], check=True)
    return found


def report(found: Mapping[str, list[Made]]) -> None:
    """Print the medians, as a table."""
    middle = {
        name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for name, runs in found.items()
    }
    print("| | pages | pages a second | ms of CPU a page | of these in the crawling process |")
    print("|---|---|---|---|---|")
    for name, run in middle.items():
        pages = run["pages"]
        print(
            f"| {name} | {pages:.0f} | {pages / run['seconds']:.0f} | {1000 * run['cpu'] / pages:.2f} "
            f"| {1000 * run['main'] / pages:.2f} |"
        )


def _run(name: str, told: dict[str, list[str]], work: Path) -> dict[str, float]:
    """One contender, once, in this process."""
    logging.disable(logging.WARNING)
    contender = CONTENDERS[name]
    prepared = contender(told, work)
    began, cpu = time.monotonic(), _cpu()
    pages = prepared()
    taken, (own, children) = time.monotonic() - began, _cpu()
    own, children = own - cpu[0], children - cpu[1]
    size = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
    return {"pages": pages, "seconds": taken, "cpu": own + children, "main": own, "bytes": size}


def _cpu() -> tuple[float, float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), children.ru_utime + children.ru_stime


# newsarchive


def _newsarchive(told: dict[str, list[str]], work: Path, *, warc: bool = True) -> Callable[[], int]:
    crawl = importlib.import_module("scraper.crawl")
    entries = "".join(
        f"  site{n}:\n    url: {front}\n    delay: 0\n    allow_private: true\n"
        for n, front in enumerate(told["fronts"])
    )
    (work / "sites.yml").write_text(f"contact: bench@example.org\nsites:\n{entries}", encoding="utf-8")
    if not warc:
        crawl.WarcWriter = _NoWarc
        importlib.import_module("scraper.readers").lies_in_warc = lambda capture: False

    def run() -> int:
        found = crawl.crawl(work)
        assert not found.total("failed"), found
        articles = found.total("archived")
        assert articles == len(told["articles"]), f"{articles} archived of {len(told['articles'])}"
        return len(told["articles"]) + len(told["others"])

    return run


class _NoWarc:
    """Stands where the WARC writer does, and writes nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._written = 0
        self.repairs: list[Any] = []

    def append(self, exchange: Any, how: Any = None, *, digest: str) -> tuple[Any, str]:
        from pipelines.model import Position

        self._written += 1
        return Position("warc/none.warc.gz", self._written, 1), digest

    def sync(self) -> None:
        pass

    def __enter__(self) -> _NoWarc:
        return self

    def __exit__(self, *_: object) -> None:
        pass


# Peers


def _scrapy(
    told: dict[str, list[str]], work: Path, *, pipeline: Callable[[Any], None] | None = None
) -> Callable[[], int]:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response

    class Plain(Spider):
        name = "plain"
        seen = 0

        async def start(self) -> Any:
            for url in (*told["others"], *told["articles"]):
                yield Request(url, self.parse)

        def parse(self, response: Response) -> Any:
            Plain.seen += 1
            assert response.status == 200
            if pipeline is not None:
                yield {"response": response}

    class Store:
        def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
            assert pipeline is not None
            pipeline(item["response"])
            return item

    process = AsyncCrawlerProcess(
        {"LOG_LEVEL": "WARNING", "ITEM_PIPELINES": {Store: 100} if pipeline else {}}
    )

    def run() -> int:
        process.crawl(Plain)
        process.start()
        assert Plain.seen == len(told["articles"]) + len(told["others"]), Plain.seen
        return Plain.seen

    return run


def _commit(told: dict[str, list[str]], work: Path, *, clean: bool = False) -> Callable[[], int]:
    from io import BytesIO

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    trafilatura = importlib.import_module("trafilatura") if clean else None
    file = (work / "pages.warc.gz").open("wb")
    writer = WARCWriter(file, gzip=True)
    database = sqlite3.connect(work / "pages.db")
    database.execute(
        "create table pages (url text primary key, title text, author text, date text, text text)"
    )

    def store(response: Any) -> None:
        headers = [
            (name.decode(), value.decode()) for name, values in response.headers.items() for value in values
        ]
        http = StatusAndHeaders(f"{response.status} OK", headers, protocol="HTTP/1.1")
        record = writer.create_warc_record(
            response.url, "response", payload=BytesIO(response.body), http_headers=http
        )
        writer.write_record(record)
        if trafilatura is not None:
            found = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
            row = (found.title, found.author, found.date, found.text)
        else:
            row = (response.css("title::text").get(), None, None, response.text)
        database.execute("insert into pages values (?, ?, ?, ?, ?)", (response.url, *row))
        database.commit()

    return _scrapy(told, work, pipeline=store)


CONTENDERS: Mapping[str, Callable[[dict[str, list[str]], Path], Callable[[], int]]] = {
    "download": _scrapy,
    "commit": _commit,
    "commit+clean": lambda told, work: _commit(told, work, clean=True),
    "newsarchive": _newsarchive,
    "no WARC": lambda told, work: _newsarchive(told, work, warc=False),
}

if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Scrapy's and trafilatura's threads are no part of the run.
