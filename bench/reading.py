"""Times of the reading room's pages beside plain Datasette, on one invented archive.

    nice python -m bench.reading FOLDER --articles 100000

Each kind of page is asked for by a score of different addresses, each twice; the second request counts. Both
servers
run as processes of their own on loopback, one after the other, on the same file. Figures are milliseconds as
the
client sees them; the first two columns are medians, the others 95th percentiles.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx

from bench.newsroom import COMMON, RARE, build
from readingroom.serve import SETTINGS

ASKED = 20
PATIENCE = 60.0
FACETS = "_facet=site&_facet=language&_facet=section"
ROOM = """
import sys
from pathlib import Path
from readingroom.serve import serve
serve(Path(sys.argv[1]), port=0, immutable=sys.argv[2] == "sealed", on_ready=lambda address: print(address,
flush=True))
"""
PLAIN = """
import sys, uvicorn
from datasette.app import Datasette
files = {"immutables" if sys.argv[2] == "sealed" else "files": [sys.argv[1] + "/archive.db"]}
config = uvicorn.Config(Datasette(**files).app(), port=int(sys.argv[3]), log_level="error")
uvicorn.Server(config).run()
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page: addresses in the reading room, and those that come nearest in plain Datasette."""

    name: str
    bound: int | None
    """Milliseconds that the 95th percentile may take at a million articles."""
    room: Sequence[str]
    plain: Sequence[str] = ()


def kinds(articles: int, seed: int = 6) -> list[Kind]:
    """What is timed, with addresses drawn at random."""
    # Longer than a function should be: it is the table of what is timed, a row a kind of page.
    drawn = random.Random(seed)
    ids = [drawn.randrange(1, articles + 1) for _ in range(ASKED)]
    sites, years = [f"paper{n}" for n in range(ASKED)], range(2006, 2006 + ASKED)
    common = [f"{COMMON} {word}" for word in ("", "OR ba", "OR da")]

    def search(path: str, words: Sequence[str], **more: str) -> list[str]:
        return [
            f"{path}?{urlencode({'q': word.strip(), **more})}"
            for word in words
            for _ in range(ASKED // len(words))
        ]

    def core(word: str, **more: str) -> list[str]:
        return [f"/archive/articles?{urlencode({'_search': word, **more})}"] * 3

    table = [f"/archive/articles?{urlencode({'site': site, '_sort_desc': 'published'})}" for site in sites]
    faceted = [f"/archive/articles?{FACETS}", f"/archive/articles?{FACETS}&language=de"] * 3
    context = search("/concordance", [RARE, COMMON], order="newest")
    return [
        Kind("front page", 50, ["/"] * ASKED, ["/"] * ASKED),
        Kind(
            "table, newest first",
            100,
            ["/archive/articles"] * ASKED,
            ["/archive/articles?_sort_desc=published"] * 3,
        ),
        Kind("table of one site", 100, table, table[:5]),
        Kind("table with three facets", 300, faceted, faceted),
        Kind(
            "search by date, word in 1 %",
            100,
            search("/search", [RARE], order="newest"),
            core(RARE, _sort_desc="published"),
        ),
        Kind(
            "search by date, word in 40 %",
            100,
            search("/search", [COMMON], order="newest"),
            core(COMMON, _sort_desc="published"),
        ),
        Kind("search by date, words in nearly all", 100, search("/search", common[1:], order="newest")),
        Kind(
            "search by date, page at random",
            100,
            [
                f"/search?q={word}&order=newest&page=9&after={year}-06-01T00:00:00Z,1"
                for year in years
                for word in (RARE, COMMON)
            ],
        ),
        Kind("search by relevance, word in 1 %", 300, search("/search", [RARE]), core(RARE)),
        Kind("search by relevance, word in 40 %", 900, search("/search", [COMMON]), core(COMMON)),
        Kind(
            "search with site and span, 1 %",
            500,
            [f"/search?q={RARE}&site={site}&since=2010&until=2019" for site in sites],
            core(RARE, site="paper1"),
        ),
        Kind(
            "search with site and span, 40 %",
            500,
            [f"/search?q={COMMON}&site={site}&since=2010&until=2019" for site in sites],
            core(COMMON, site="paper1"),
        ),
        Kind("timeline, word in 1 %", 500, search("/timeline", [RARE])),
        Kind("timeline, word in 40 %", 500, search("/timeline", [COMMON])),
        Kind("words in context", 500, context),
        Kind(
            "compare, two words in four series",
            900,
            [f"/compare?q={RARE}&site=&q={COMMON}&site=&q={RARE}&site=paper1&q={COMMON}&site=paper2"] * 5,
        ),
        Kind(
            "article",
            50,
            [f"/article/{number}" for number in ids],
            [f"/archive/articles/{number}" for number in ids],
        ),
        Kind("site with calendar", None, [f"/sites/{site}" for site in sites]),
        Kind("status", None, ["/status"] * 3),
        Kind("all of a word in 1 % as CSV", None, [f"/search/articles.csv?q={RARE}"] * 3),
    ]


@contextmanager
def server(code: str, *arguments: str, address: str = "") -> Iterator[httpx.Client]:
    """A client of a server process that ends with the block; `address` unless the process prints one."""
    environment = {**os.environ, "DATASETTE_LOAD_PLUGINS": ""}
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            base = address or process.stdout.readline().strip()
            with httpx.Client(base_url=base, timeout=PATIENCE) as client:
                _wait(client)
                yield client
        finally:
            process.terminate()


def _wait(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            client.get("/-/versions.json")
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{client.base_url} did not answer")


def second(client: httpx.Client, paths: Sequence[str]) -> tuple[list[float], int]:
    """Milliseconds of the second request to each address, and how many were not answered with 200."""
    times, bad = [], 0
    for path in paths:
        for turn in range(2):
            began = time.perf_counter()
            try:
                status = client.get(path).status_code
            except httpx.TimeoutException:
                status = 0
            if turn:
                times.append((time.perf_counter() - began) * 1000)
                bad += status != 200
    return times, bad


def percentile(times: Sequence[float], share: float) -> float:
    """The smallest time that `share` of the times do not exceed."""
    return sorted(times)[max(round(share * len(times) + 0.5) - 1, 0)] if times else float("nan")


def measure(client: httpx.Client, paths: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """For each kind of page its figures: median, 95th percentile, and failures if there are any."""
    found = {}
    for name, asked in paths.items():
        if asked:
            times, bad = second(client, asked)
            found[name] = f"{percentile(times, 0.5):7.0f} {percentile(times, 0.95):7.0f}" + (
                f"  {bad} failed" if bad else ""
            )
            print(f"  {name:36} {found[name]}", flush=True)
    return found


def main() -> None:
    """Make the archive, time both servers, print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the archive is, or is made")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--live", action="store_true", help="serve the file as one that may be written")
    parser.add_argument("--port", type=int, default=8471, help="loopback port of plain Datasette")
    asked = parser.parse_args()
    build(asked.folder, asked.articles)
    state = "live" if asked.live else "sealed"
    every = kinds(asked.articles)
    print(f"reading room, {state}")
    with server(ROOM, str(asked.folder), state) as client:
        room = measure(client, {kind.name: kind.room for kind in every})
    print("plain Datasette")
    with server(
        PLAIN, str(asked.folder), state, str(asked.port), address=f"http://127.0.0.1:{asked.port}"
    ) as client:
        plain = measure(client, {kind.name: kind.plain for kind in every})
    print(f"\n{asked.articles:,} articles, {state} file, time limit {SETTINGS['sql_time_limit_ms']} ms")
    print("| page | reading room: median and 95th percentile, ms | plain Datasette | bound at 1,000,000 |")
    print("|---|---|---|---|")
    for kind in every:
        print(f"| {kind.name} | {room[kind.name]} | {plain.get(kind.name, '')} | {kind.bound or ''} |")


if __name__ == "__main__":
    main()
