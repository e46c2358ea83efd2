"""Many made-up sites that fail in all ways at once: `python -m bench.soak --sites 200 --pages 500`.

Each site is a host of its own on loopback (127.x.y.1). At `--faults` of the requests the
server does not answer as it should: errors, 429 with Retry-After, a closed connection, silence, a torn body,
false gzip, no HTTP at all, a drip, and under status 200 walls, logins, error pages, shells and pages that
break off. The crawl is repeated a day later, as an archivist's schedule does, until all is archived, at most
`--crawls` times and for `--minutes`; the day passes by setting back what frontier.db waits for.

Said at the end, as JSON: articles asked for and archived after each crawl, the shortest time between two
requests to one host (from the server's own log) beside the delay that was allowed, requests to one host at
the same time, and the resident memory of the crawl and of all its processes over time. Exit code 1 when an
article is missing or a host was hit too fast.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import resource
import select
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 10.0
"""Seconds that the crawl waits for an answer. On a busy machine whole answers take seconds: what is given up
then is missing for no fault of the crawl."""
PROSE = (
    "The council met on {day} evening and agreed, after a debate about {thing}, to repair the old bridge. "
    "Several members said that {thing} had waited long enough, and that the money was there. "
)
_SO_TIMESTAMPNS = 35
"""Linux: tell when the kernel had what is received (socket(7))."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(slots=True)
class Log:
    """What the server saw."""

    requests: list[tuple[float, str, str]] = field(default_factory=list)
    """(when the kernel had it, host, path)."""
    faults: Counter[str] = field(default_factory=Counter)
    open: defaultdict[str, list[socket.socket]] = field(default_factory=lambda: defaultdict(list))
    """Host -> the connections of requests that are not answered yet."""
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def _error(status: int, *headers: tuple[str, str]) -> Callable[[Any], None]:
    def answer(desk: Any) -> None:
        desk.reply(b"<h1>Sorry</h1>", status, *headers)

    return answer


def _hang_up(desk: Any) -> None:
    """Answer nothing: the connection is closed when this returns."""


def _hangs_up(connection: socket.socket, within: float = 0.0) -> bool:
    """Whether a client that has sent its request goes within so many seconds: then the connection can be
    read."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(within * 1000))


def _silent(desk: Any) -> None:
    _hangs_up(desk.connection, desk.server.silence)


def _torn(desk: Any) -> None:
    desk.reply(b"<html><title>Torn</title>", 200, ("Content-Length", "9999"))


def _false_gzip(desk: Any) -> None:
    desk.reply(b"not packed at all", 200, ("Content-Encoding", "gzip"))


def _not_http(desk: Any) -> None:
    desk.wfile.write(b"220 mail.example ESMTP ready\r\n")


def _drip(desk: Any) -> None:
    desk.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(int(desk.server.silence / 0.25)):
        desk.wfile.write(b"x")
        desk.wfile.flush()
        if _hangs_up(desk.connection, 0.25):
            return


def _page(title: str, more: str = "") -> Callable[[Any], None]:
    """Under status 200, what is no article."""

    def answer(desk: Any) -> None:
        desk.reply(f"<html lang=en><title>{title}</title><h1>{title}</h1>{more}</html>".encode(), 200)

    return answer


def _endless_head(desk: Any) -> None:
    desk.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-More: of the same\r\n" * 20_000)


FAULTS: dict[str, Callable[[Any], None]] = {
    "500": _error(500), "503": _error(503, ("Retry-After", "1")), "429": _error(429, ("Retry-After", "1")),
    "429 absurd zero": _error(429, ("Retry-After", "0")), "403": _error(403), "hang up": _hang_up,
    "silent": _silent, "torn": _torn, "false gzip": _false_gzip, "empty": lambda desk: desk.reply(b"", 200),
    "not http": _not_http, "drip": _drip, "404": _error(404), "endless head": _endless_head,
    "loop": lambda desk: desk.reply(b"", 302, ("Location", desk.path)),
    "bot wall": _page("Just a moment...", "<p>Checking your browser.</p>"),
    "error page": _page("Service temporarily unavailable"), "soft 404": _page("Page not found"),
    "consent wall": _page("Before you continue", "<p>We and our partners use cookies.</p>"),
    "login": _page("Please log in", "<form><input type=password></form>"),
    "shell": _page("News", "<div id=root></div><script src=/app.js></script>"),
    "cut": lambda desk: desk.reply(b"<html><title>Bridge</title><article><p>It was <a href='/ne", 200),
}  # fmt: skip


class Arrivals(io.RawIOBase):
    """What comes in on a connection, and when the kernel had it: a server that is kept from the processor
    reads late."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.at = 0.0
        """Unix seconds of the last bytes."""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; raises TimeoutError."""
        count, told, *_ = self._connection.recvmsg_into([buffer], 64)
        stamps = [struct.unpack("qq", data) for _, kind, data in told if kind == _SO_TIMESTAMPNS]
        self.at = stamps[0][0] + stamps[0][1] / 1e9 if stamps else time.time()
        return count


class Site(ThreadingHTTPServer):
    """One site on an address of its own."""

    daemon_threads = True

    def __init__(self, number: int, pages: int, share: float, patience: float, log: Log) -> None:
        super().__init__((f"127.{1 + number // 250}.{number % 250}.1", 0), _Desk)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.host = f"{self.server_address[0]!s}:{self.server_port}"
        self.pages = pages
        self.share = share
        self.silence = patience + 1.0
        self.log = log
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up does right."""


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site
    timeout = 10
    wbufsize = -1

    def setup(self) -> None:
        """Note when requests arrive."""
        super().setup()
        self._arrivals = Arrivals(self.connection)
        self.rfile = io.BufferedReader(self._arrivals)

    def do_GET(self) -> None:
        host, log = self.headers.get("Host", ""), self.server.log
        with log.lock:
            nth = len(log.requests)
            log.requests.append((self._arrivals.at, host, self.path))
            waiting = [other for other in log.open[host] if not _hangs_up(other)]
            log.most_at_once = max(log.most_at_once, len(waiting) + 1)
            log.open[host].append(self.connection)
        try:
            fault = self._fault(host, nth)
            if fault:
                with log.lock:
                    log.faults[fault] += 1
                self.close_connection = True
                FAULTS[fault](self)
            else:
                self.reply(*self._page(host))
        finally:
            with log.lock:
                log.open[host].remove(self.connection)  # before the answer leaves the buffer

    def _fault(self, host: str, nth: int) -> str | None:
        """The fault of this request, by a draw that depends on its number alone."""
        draw = hashlib.sha256(f"{host}{self.path}{nth}".encode()).digest()
        if int.from_bytes(draw[:4]) / 2**32 >= self.server.share:
            return None
        return list(FAULTS)[draw[4] % len(FAULTS)]

    def _page(self, host: str) -> tuple[bytes, int]:
        if self.path == "/":
            links = "".join(
                f'<a href="/news/{n}-the-story-of-bridge-{n}">The long story of bridge number {n}</a> '
                for n in range(self.server.pages)
            )
            return f"<title>{host}</title><main>{links}</main>".encode(), 200
        number = self.path.removeprefix("/news/").partition("-")[0]
        return (story(host, int(number)), 200) if number.isdigit() else (b"<h1>Not found</h1>", 404)

    def reply(self, body: bytes, status: int, *headers: tuple[str, str]) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep silent."""


def story(host: str, number: int) -> bytes:
    """A small article, other words on each page."""
    draw = hashlib.sha256(f"{host}/{number}".encode()).hexdigest()
    things = [f"the {draw[n : n + 5]} quay" for n in range(0, 30, 5)]
    text = "".join(
        f"<p>{PROSE.format(day=DAYS[(number + n) % 5], thing=thing) * 2}</p>"
        for n, thing in enumerate(things)
    )
    title = f"Bridge {number} of {host} is repaired after {draw[:6]}"
    facts = {"@type": "NewsArticle", "headline": title, "datePublished": "2020-03-01T08:00:00Z"}
    return (
        f'<html lang="en"><title>{title}</title>'
        f'<script type="application/ld+json">{json.dumps(facts)}</script>'
        f"<article><h1>{title}</h1>{text}</article></html>"
    ).encode()


def soak(
    folder: Path, sites: int, pages: int, share: float, delay: float, crawls: int,
    patience: float = PATIENCE, minutes: float = inf,
) -> dict[str, Any]:  # fmt: skip
    """Run it; what was measured."""
    began, log, rounds = time.monotonic(), Log(), list[dict[str, Any]]()
    servers = [Site(n, pages, share, patience, log) for n in range(sites)]
    try:
        _name(folder, [server.host for server in servers], delay)
        while len(rounds) < crawls and _left(began, minutes) > 0 and _archived(folder) < sites * pages:
            rounds.append(_crawl(folder, patience, _left(began, minutes)))
            _pass_a_day(folder)
    finally:
        for server in servers:
            server.server_close()
    gaps = _gaps(log)
    return {
        "sites": sites, "pages": sites * pages, "archived": _archived(folder), "crawls": rounds,
        "requests": len(log.requests), "faults": dict(log.faults), "delay": delay,
        "shortest_gap": round(min(gaps, default=0.0), 4),
        "short_gaps": sum(gap < 0.9 * delay for gap in gaps), "gaps": len(gaps), "at_once": log.most_at_once,
        "seconds": round(time.monotonic() - began, 1),
        "server_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def _pass_a_day(folder: Path) -> None:
    """Let what the frontier waits for be a day nearer, and an hour for good measure.

    When a page was fetched stays: by that it is known that the archive has it.
    """
    moments = {
        "urls": ("not_before", "found_at", "next_visit", "born"), "hosts": ("rest_until",),
        "robots": ("fetched",),
    }  # fmt: skip
    with closing(sqlite3.connect(folder / "frontier.db")) as db, db:
        for table, columns in moments.items():
            db.execute(f"update {table} set {', '.join(f'{name} = {name} - 90000' for name in columns)}")


def _left(began: float, minutes: float) -> float:
    """Seconds that are left of the time that the whole may take."""
    return began + 60.0 * minutes - time.monotonic()


def _name(folder: Path, hosts: list[str], delay: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["contact: someone@example.org", "sites:"]
    for n, host in enumerate(hosts):
        lines += [f"  site-{n}:", f"    url: http://{host}/", f"    delay: {delay}"]
        lines += ["    allow_private: true", "    browser: false"]
    (folder / "sites.yml").write_text("\n".join([*lines, ""]), encoding="utf-8")


CRAWL = """
import sys
from pathlib import Path
import scraper.run
scraper.run.TIMEOUT = float(sys.argv[2])
from scraper.crawl import crawl
crawl(Path(sys.argv[1]), log_level="CRITICAL")
"""
"""Patience is cut short, so that a run takes minutes; what is retried, and how often, is as it ships."""


def _crawl(folder: Path, patience: float, seconds: float) -> dict[str, Any]:
    """One crawl, asked to end after so many seconds; how long it took, what was archived by then, and the
    resident memory of it and of all its processes, in MB, every second."""
    began, own, family = time.monotonic(), list[int](), list[int]()
    # The server has precedence: its log is the clock, and must not be late because the crawl is at work.
    command = ["nice", "-n", "5", sys.executable, "-c", CRAWL, str(folder), str(patience)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        while process.poll() is None:
            own.append(_resident(process.pid))
            family.append(own[-1] + sum(map(_resident, _children(process.pid))))
            time.sleep(1.0)
            if time.monotonic() - began > seconds:
                process.terminate()
                process.wait(60)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode:
        raise SystemExit(f"the crawl ended with exit code {process.returncode}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": round(time.monotonic() - began, 1), "archived": _archived(folder),
        "cpu_seconds_so_far": round(used.ru_utime + used.ru_stime, 1),
        "rss_mb": _spread(own), "rss_mb_of_all": _spread(family),
    }  # fmt: skip


def _resident(process: int) -> int:
    """Resident memory in bytes; 0 of a process that is gone."""
    try:
        words = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(words[1]) * resource.getpagesize() if words else 0


def _children(process: int) -> list[int]:
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(number) for number in listed.split()]


def _archived(folder: Path) -> int:
    if not (folder / "archive.db").exists():
        return 0
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return int(db.execute("select count(*) from articles").fetchone()[0])


def _gaps(log: Log) -> list[float]:
    """Seconds between two requests to one host."""
    by_host: dict[str, list[float]] = defaultdict(list)
    for moment, host, _ in log.requests:
        by_host[host].append(moment)
    return [late - early for times in by_host.values() for early, late in pairwise(times)]


def _spread(samples: list[int]) -> list[int]:
    """At most twenty samples, in MB, from first to last."""
    step = max(1, len(samples) // 20)
    return [size >> 20 for size in samples[::step]]


def main(arguments: list[str] | None = None) -> int:
    """Run the soak; 0 when all is well."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--faults", type=float, default=0.05, metavar="SHARE")
    parser.add_argument("--delay", type=float, default=0.5)
    parser.add_argument("--crawls", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=inf)
    parser.add_argument("--patience", type=float, default=PATIENCE, metavar="SECONDS")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        told = soak(
            Path(folder), asked.sites, asked.pages, asked.faults, asked.delay, asked.crawls, asked.patience,
            asked.minutes,
        )  # fmt: skip
    print(json.dumps(told, indent=1))
    polite = told["at_once"] == 1 and told["shortest_gap"] >= 0.9 * asked.delay
    return 0 if told["archived"] == told["pages"] and polite else 1


if __name__ == "__main__":
    sys.exit(main())
