"""What twenty readers cost a crawl that writes to the archive they read, and whether any meets an error.

    nice python -m bench.readers FOLDER --articles 20000

An invented archive is served as a live file. `newsarchive crawl` takes the made-up sites of bench.press into
it, alone and beside the readers in turns, from the same file each time: once with a second between two
requests to a site, as a polite crawl has, and once without any delay, when it wants all the machine has.

A reader asks for a page, reads, and asks for the next: after 15 seconds in the mean, which is brisk (an
article of 300 words is read in more than a minute, a page of results in ten seconds). As a browser does, each
has one connection of its own and keeps the style sheet. What is told of a crawl is the time from its lock to
its summary and the processor time of all its processes; of readers, how long their pages took; and the size
of the WAL at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench import press
from bench.newsroom import COMMON, RARE, build
from bench.reading import ROOM, percentile, server

READERS = 20
PAGES = (
    "/", "/article/{}", "/article/{}", "/article/{}", "/article/{}", f"/search?q={RARE}",
    f"/search?q={COMMON}&order=newest", f"/timeline?q={RARE}", "/archive/articles", "/changed",
)  # fmt: skip
"""What is asked for, one as often as the other; {} is the number of an article."""


class Readers:
    """Twenty of them; `with` it, and they stop at its end. With a `pause` of 0 there are none."""

    def __init__(self, address: str, articles: int, pause: float) -> None:
        self.times: list[float] = []
        """Milliseconds of each page."""
        self.errors: list[str] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(address, articles, pause, random.Random(number)))
            for number in range(READERS if pause else 0)
        ]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, address: str, articles: int, pause: float, drawn: random.Random) -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            while not self._stop.wait(drawn.expovariate(1 / pause)):
                path = drawn.choice(PAGES).format(drawn.randrange(1, articles))
                began = time.perf_counter()
                try:
                    client.get(path).raise_for_status()
                except httpx.HTTPError as error:
                    self.errors.append(f"{path}: {error!r}")
                self.times.append((time.perf_counter() - began) * 1000)


@dataclass(frozen=True, slots=True)
class Crawl:
    """What a crawl did."""

    pages: int
    seconds: float
    cpu: float
    """Seconds of processor, of all its processes."""


def crawl(folder: Path) -> Crawl:
    """`newsarchive crawl` of that archive, as a process of its own."""
    command = [sys.executable, "-m", "newsarchive", "crawl", "--archive", str(folder), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    assert told["state"] == "finished", told
    assert not any(site["failed"] for site in told["sites"]), told
    pages = sum(site["fetched"] for site in told["sites"])
    return Crawl(pages, told["seconds"], used.ru_utime + used.ru_stime)


def prepare(invented: Path, work: Path, sites: press.Press, delay: float) -> None:
    """A fresh copy of the invented archive, whose sites.yml names the sites to crawl."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for name in ("archive.db", "metadata.yml"):
        shutil.copy(invented / name, work)
    entries = "".join(
        f"  site{n}:\n    url: {front}\n    delay: {delay}\n    allow_private: true\n"
        for n, front in enumerate(sites.fronts)
    )
    with closing(sqlite3.connect(work / "archive.db")) as database:
        database.execute("pragma journal_mode = wal")  # as an archive is that was crawled before
    (work / "sites.yml").write_text(f"contact: bench@example.org\nsites:\n{entries}", encoding="utf-8")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def main() -> None:
    """Make archive and sites, crawl alone and beside readers, print what that took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--sites", type=int, default=10, help="that are crawled")
    parser.add_argument("--pages", type=int, default=40, help="articles of each")
    parser.add_argument("--pause", type=float, default=15.0, help="seconds that a reader reads, in the mean")
    parser.add_argument("--delays", type=float, nargs="+", default=[1.0, 0.0], help="of the crawls, seconds")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--port", type=int, default=8474, help="of the sites, on loopback")
    asked = parser.parse_args()
    invented, work = asked.folder / "invented", asked.folder / "work"
    build(invented, asked.articles)
    sites = press.build(asked.folder / "sites", asked.sites, asked.pages, port=asked.port)
    print("| delay | readers | pages | seconds | CPU ms a page | read | 95 %, ms | errors | WAL MiB | load |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    with press.served(sites):
        for delay in asked.delays:
            for turn in range(2 * asked.rounds):
                is_read = turn % 4 in (1, 2)  # alone, read, read, alone: what drifts falls on both
                prepare(invented, work, sites, delay)
                with server(ROOM, str(work), "live") as served:
                    address = str(served.client.base_url)
                    served.ask("/")  # so that the WAL stays there
                    with Readers(address, asked.articles, asked.pause if is_read else 0) as readers:
                        done = crawl(work)
                    journal = _size(work / "archive.db-wal") >> 20
                print(
                    f"| {delay:g} | {READERS if is_read else 0} | {done.pages} | {done.seconds:.1f} "
                    f"| {1000 * done.cpu / done.pages:.1f} | {len(readers.times)} "
                    f"| {percentile(readers.times, 0.95):.0f} "
                    f"| {len(readers.errors)} {readers.errors[:2] or ''} "
                    f"| {journal} | {os.getloadavg()[0]:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
