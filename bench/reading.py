"""Times of the reading room's pages beside plain Datasette, on one invented archive.

    nice python -m bench.reading FOLDER --articles 100000

Each kind of page is asked for by a score of different addresses: each once, which does not count, then as
often as `--rounds` says. Both servers run as processes of their own on loopback, on the same file, and are
asked in turn. A cell has the median and the 95th percentile of the second requests, in milliseconds as the
client sees them; the 95th percentile of the addresses by their quickest request, which is what a machine busy
with other work says of an idle one; and the processor time of a request.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
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


SITES = [f"paper{number}" for number in range(ASKED)]
QUERIES = {
    "search_ranked": f"?q={COMMON}", "search_newest": f"?q={COMMON}", "kwic": f"?q={COMMON}",
    "timeline": f"?q={COMMON}", "compare_sites": f"?q={COMMON}", "versions_of": "?article=1000",
    "same_story": "?article=1000", "recently_changed": "", "coverage_gaps": "", "ledger_summary": "",
    "sections": "", "authors": "",
}  # fmt: skip
"""The ready-made queries of metadata.yml, the dearest way they are asked."""


def kinds(articles: int, seed: int = 6) -> list[Kind]:
    """What is timed, with addresses drawn at random."""
    drawn = random.Random(seed)
    ids = [drawn.randrange(1, articles + 1) for _ in range(ASKED)]
    rows = [f"/archive/articles/{number}" for number in ids]
    return [
        Kind("front page", 50, ["/"] * ASKED, ["/"] * ASKED),
        *_tables(),
        *_by_date(),
        *_by_relevance(),
        *_over_time(),
        Kind("article", 50, [f"/article/{number}" for number in ids], rows),
        Kind("site with calendar", None, [f"/sites/{site}" for site in SITES]),
        *(Kind(page, None, [f"/{page}"] * 3) for page in ("sites", "status", "changed", "about")),
        Kind("all of a word in 1 % as CSV", None, [f"/search/articles.csv?q={RARE}"] * 3),
        *(Kind(f"query {name}", None, [f"/archive/{name}{tail}"] * 3) for name, tail in QUERIES.items()),
    ]


def _tables() -> list[Kind]:
    """Plain tables: here they are Datasette's own, with our settings, metadata and indexes."""
    newest = "/archive/articles?_sort_desc=published"
    of_site = [f"/archive/articles?{urlencode({'site': site, '_sort_desc': 'published'})}" for site in SITES]
    faceted = [f"/archive/articles?{FACETS}", f"/archive/articles?{FACETS}&language=de"] * 3
    others = [f"/archive/{table}" for table in ("revisions", "captures", "urls", "authors", "articles_full")]
    return [
        Kind("table, newest first", 100, ["/archive/articles"] * ASKED, [newest] * 3),
        Kind("table of one site", 100, of_site, of_site[:5]),
        Kind("table with three facets", 300, faceted, faceted),
        Kind("other tables", 100, others * 4, others),
    ]


def _search(words: Sequence[str], path: str = "/search", **more: str) -> list[str]:
    """As many addresses as are asked, of these words in turn."""
    each = [f"{path}?{urlencode({'q': word, **more})}" for word in words]
    return each * (ASKED // len(words))


def _core(word: str, **more: str) -> list[str]:
    """Datasette's own search."""
    return [f"/archive/articles?{urlencode({'_search': word, **more})}"] * 3


def _by_date() -> list[Kind]:
    at_random = [
        f"/search?q={word}&order=newest&page=9&after={year}-06-01T00:00:00Z,1"
        for year in range(2006, 2006 + ASKED)
        for word in (RARE, COMMON)
    ]
    every = [f"{COMMON} OR ba", f"{COMMON} OR da"]
    return [
        Kind("search by date, word in 1 %", 100, _search([RARE], order="newest"),
             _core(RARE, _sort_desc="published")),
        Kind("search by date, word in 40 %", 100, _search([COMMON], order="newest"),
             _core(COMMON, _sort_desc="published")),
        Kind("search by date, words in nearly all", 100, _search(every, order="newest")),
        Kind("search by date, page at random", 100, at_random),
    ]  # fmt: skip


def _by_relevance() -> list[Kind]:
    def narrowed(word: str) -> list[str]:
        return [f"/search?q={word}&site={site}&since=2010&until=2019" for site in SITES]

    return [
        Kind("search by relevance, word in 1 %", 300, _search([RARE]), _core(RARE)),
        Kind("search by relevance, word in 40 %", 900, _search([COMMON]), _core(COMMON)),
        Kind("search with site and span, 1 %", 500, narrowed(RARE), _core(RARE, site="paper1")),
        Kind("search with site and span, 40 %", 500, narrowed(COMMON), _core(COMMON, site="paper1")),
    ]


def _over_time() -> list[Kind]:
    four = f"/compare?q={RARE}&site=&q={COMMON}&site=&q={RARE}&site=paper1&q={COMMON}&site=paper2"
    return [
        Kind("timeline, word in 1 %", 500, _search([RARE], "/timeline")),
        Kind("timeline, word in 40 %", 500, _search([COMMON], "/timeline")),
        Kind("timeline of one site, word in 40 %", 500, _search([COMMON], "/timeline", site="paper1")),
        Kind("words in context", 500, _search([RARE, COMMON], "/concordance", order="newest")),
        Kind("compare, two words in four series", None, [four] * 5),
    ]


@contextmanager
def server(code: str, *arguments: str, address: str = "") -> Iterator[Server]:
    """A server process that ends with the block; at `address` unless it prints one."""
    environment = {**os.environ, "DATASETTE_LOAD_PLUGINS": ""}
    command = [sys.executable, "-c", code, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            base = address or process.stdout.readline().strip()
            with httpx.Client(base_url=base, timeout=PATIENCE) as client:
                _wait(client)
                yield Server(client, process.pid)
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


@dataclass(frozen=True, slots=True)
class Server:
    """A server process, and a client of it."""

    client: httpx.Client
    pid: int

    def ask(self, path: str) -> tuple[float, bool]:
        """Milliseconds until the whole answer was there, and whether it was what was asked for."""
        began = time.perf_counter()
        try:
            good = self.client.get(path).status_code == 200
        except httpx.TimeoutException:
            good = False
        return (time.perf_counter() - began) * 1000, good

    def cpu(self) -> float:
        """Milliseconds of processor that the process has had, as Linux tells them, in steps of ten."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one kind of page took, in milliseconds."""

    median: float
    high: float
    """95th percentile of the second requests."""
    calm: float
    """95th percentile of the addresses, each by the least of its requests after the first."""
    cpu: float
    """Of processor, for a request after the first."""
    bad: int
    """Requests that were not answered with 200."""

    def __str__(self) -> str:
        failed = f", {self.bad} failed" if self.bad else ""
        return f"{self.median:.0f}, {self.high:.0f}, {self.calm:.0f}, {self.cpu:.0f}{failed}"


def measure(served: Server, paths: Sequence[str], rounds: int) -> Figures:
    """Ask for each address once, then `rounds` times more; only those count."""
    bad = sum(not served.ask(path)[1] for path in dict.fromkeys(paths))
    began, times = served.cpu(), []
    for _ in range(rounds):
        answers = [served.ask(path) for path in paths]
        times.append([taken for taken, _ in answers])
        bad += sum(not good for _, good in answers)
    least = [min(taken) for taken in zip(*times, strict=True)]
    spent = (served.cpu() - began) / (rounds * len(paths))
    return Figures(percentile(times[0], 0.5), percentile(times[0], 0.95), percentile(least, 0.95), spent, bad)


def percentile(times: Sequence[float], share: float) -> float:
    """The smallest time that `share` of the times do not exceed."""
    return sorted(times)[max(round(share * len(times) + 0.5) - 1, 0)] if times else float("nan")


def main() -> None:
    """Make the archive, time both servers page by page, print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the archive is, or is made")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--live", action="store_true", help="serve the file as one that may be written")
    parser.add_argument("--rounds", type=int, default=1, help="requests of each address that count")
    parser.add_argument("--only", default="", help="kinds of page whose name has this in it")
    parser.add_argument("--port", type=int, default=8471, help="loopback port of plain Datasette")
    asked = parser.parse_args()
    build(asked.folder, asked.articles)
    state, port = "live" if asked.live else "sealed", str(asked.port)
    print(f"{asked.articles:,} articles, {state} file, time limit {SETTINGS['sql_time_limit_ms']} ms")
    print("| page | reading room | plain Datasette | bound | load |\n|---|---|---|---|---|")
    with (
        server(ROOM, str(asked.folder), state) as room,
        server(PLAIN, str(asked.folder), state, port, address=f"http://127.0.0.1:{port}") as plain,
    ):
        for kind in kinds(asked.articles):
            if asked.only in kind.name:
                ours = measure(room, kind.room, asked.rounds)
                theirs = measure(plain, kind.plain, asked.rounds) if kind.plain else ""
                bound, load = kind.bound or "", os.getloadavg()[0]
                print(f"| {kind.name} | {ours} | {theirs} | {bound} | {load:.1f} |", flush=True)


if __name__ == "__main__":
    main()
