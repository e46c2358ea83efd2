"""What twenty readers cost a crawl that writes, and whether any of them meets an error.

    nice python -m bench.readers FOLDER --articles 20000

An invented archive is served as a live file by a process of its own. A writer takes pages in as a crawl does (WARC
record, sync, rows, commit, in groups of 20), at a fixed pace such as a polite crawl has, first alone, then while the
readers ask for pages at a stated rate: what is measured is the time that the writer works for a page, not the time
that it waits for the next. A second comparison without any pace takes all the machine has: it says how much CPU the
readers take from the writer, which is no question of locks.
"""

# ruff: noqa: E501 - prose, and one line that is printed

from __future__ import annotations

import argparse
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bench.newsroom import COMMON, RARE, build
from bench.reading import ROOM, percentile, server
from pipelines.intake import Intake
from pipelines.model import Circumstances, Exchange, Site
from pipelines.store import Archive
from pipelines.warc import WarcWriter, to_capture

READERS = 20
SITE = Site("written", "https://written.example/", name="Written meanwhile", language="en")
GROUP = 20


def page(number: int, drawn: random.Random) -> bytes:
    """A page of 300 invented words."""
    words = [
        drawn.choice(["harbour", "light", "mayor", "vote", "stone", "river", "winter", "market", "bridge", "letter"])
        for _ in range(300)
    ]
    text = "".join(f"<p>{' '.join(words[at : at + 50])}, number {number}.</p>" for at in range(0, 300, 50))
    return (
        f"<html lang=en><head><title>Story {number}</title><meta property='og:type' content='article'></head><body>"
        f"<article><h1>Story {number} of the {words[0]}</h1>{text}</article></body></html>"
    ).encode()


def write(folder: Path, seconds: float, pace: float, begin: int) -> list[float]:
    """Milliseconds of work for each page taken in, commit included, for `seconds`; `pace` pages a second, 0: no pause."""
    drawn, spent = random.Random(begin), []
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    how = Circumstances(SITE.key, "page", None, "allowed", (), SITE.url)
    with Archive.open(folder) as archive, WarcWriter(folder, "bench", originals=archive.original) as warc:
        archive.put_sites([SITE])
        intake = Intake(archive, {SITE.key: SITE})
        began, number = time.perf_counter(), begin
        while (now := time.perf_counter()) - began < seconds:
            number += 1
            fetched = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
            sent = Exchange(
                f"{SITE.url}{number}",
                fetched,
                "GET",
                (),
                200,
                "OK",
                "HTTP/1.1",
                headers,
                page(number, drawn),
                None,
            )
            position, digest = warc.append(sent, how)
            intake.take(to_capture(sent, position, digest), site=SITE.key, role="page", crawl=None)
            if number % GROUP == 0:
                warc.sync()
                archive.commit()
            spent.append((time.perf_counter() - now) * 1000)
            if pace:
                time.sleep(max(0.0, began + (number - begin) / pace - time.perf_counter()))
        warc.sync()
        archive.commit()
    return spent


class Readers:
    """Twenty of them, each asking for a page now and then; `with` it, and they stop at its end."""

    def __init__(self, address: str, articles: int, rate: float) -> None:
        self.times: list[float] = []
        self.errors: list[str] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(address, articles, rate / READERS, number))
            for number in range(READERS if rate else 0)
        ]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, address: str, articles: int, rate: float, seed: int) -> None:
        drawn = random.Random(seed)
        with httpx.Client(base_url=address, timeout=30) as client:
            while not self._stop.wait(drawn.expovariate(rate)):
                path = drawn.choice((
                    "/", f"/article/{drawn.randrange(1, articles)}", f"/article/{drawn.randrange(1, articles)}",
                    f"/search?q={RARE}", f"/search?q={COMMON}&order=newest", f"/timeline?q={RARE}", "/archive/articles", "/changed",
                ))  # fmt: skip
                began = time.perf_counter()
                try:
                    status = client.get(path).status_code
                except httpx.HTTPError as error:
                    status = 0
                    self.errors.append(f"{path}: {error!r}")
                self.times.append((time.perf_counter() - began) * 1000)
                if status not in (0, 200):
                    self.errors.append(f"{path}: {status}")


def main() -> None:
    """Make the archive, write to it alone and beside readers, print what that took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--rate", type=float, default=4.0, help="requests a second of all readers together")
    parser.add_argument("--pace", type=float, default=10.0, help="pages a second that the crawl is given")
    asked = parser.parse_args()
    build(asked.folder, asked.articles)
    journal, begin = asked.folder / "archive.db-wal", 0
    with server(ROOM, str(asked.folder), "live") as served:
        for pace in (asked.pace, 0.0):
            for is_read in (False, True, False, True):
                begin += 1_000_000
                with Readers(str(served.client.base_url), asked.articles, asked.rate if is_read else 0) as readers:
                    spent = write(asked.folder, asked.seconds, pace, begin)
                    longest = journal.stat().st_size if journal.exists() else 0
                mean, worst = sum(spent) / len(spent), percentile(spent, 0.95)
                print(
                    f"{'at ' + format(pace, '.0f') + ' pages a second' if pace else 'without pause'}, "
                    f"{f'{READERS} readers, {asked.rate:.0f} requests a second' if is_read else 'alone'}: {len(spent)} pages, "
                    f"{mean:.2f} ms a page (95th percentile {worst:.2f}); {len(readers.times)} requests, 95th percentile "
                    f"{percentile(readers.times, 0.95):.0f} ms, {len(readers.errors)} errors {readers.errors[:3]}; WAL {longest >> 20} MiB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
