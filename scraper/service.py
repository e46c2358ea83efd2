"""`newsarchive run`: stay up, and crawl whatever is due, when it is due.

Each crawl is a child process, since a reactor runs once; it takes the archive's lock, so that a crawl by hand
may come between. A site with much to fetch holds up no other: where one waits, the crawl ends in order and
goes on together with it. What was missed while the machine slept is overdue, and overdue is caught up by one
crawl. A second service on the same archive is refused. `stop` ends the crawl that runs, in order, and then
the service. Nothing here fetches or writes the archive.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines import errors, sitelist
from pipelines.model import Site
from scraper.crawl import SITES
from scraper.plan import is_new, plan

LOCK = "run.lock"
_LONGEST_NAP = 60.0
"""Seconds after which sites.yml and the frontier are looked at again."""
_SHORTEST_CRAWL = 60.0
"""Seconds that a crawl has, or the gap if that is longer, before it makes room for sites that wait."""
_PATIENCE = 90.0
"""Seconds that a crawl has to end in order before it is killed; what it took in is durable either way."""

Say = Callable[[str], None]


class Service:
    """Crawls the archive in `folder`, each site at most every `gap` seconds. `say` gets a line an event."""

    def __init__(
        self, folder: Path, gap: float, say: Say, program: Sequence[str] = (), options: Sequence[str] = ()
    ) -> None:
        self._folder = folder
        self._gap = gap
        self._say = say
        self._program = tuple(program) or (sys.executable, "-m", "newsarchive")
        self._options = tuple(options)
        """Further options of each crawl."""
        self._began: dict[str, float] = {}
        """Site -> when its last crawl began."""
        self._child: subprocess.Popen[str] | None = None
        self._stopped = threading.Event()
        self._sites: Mapping[str, Site] = {}

    def run(self) -> None:
        """Serve until `stop`. Raises ArchiveBusy where another service is at work, and SiteListError at once
        where sites.yml cannot be used; later mistakes in it are told, and the last good one counts."""
        with _alone(self._folder):
            self._sites = sitelist.load(self._folder / SITES).sites
            if not self._sites:
                self._say("sites.yml has no site yet: `newsarchive add URL` adds one, and `run` crawls it")
            while not self._stopped.is_set():
                self._reload()
                due, soonest = self.due(time.time())
                if due:
                    self._crawl(due)
                else:
                    self._stopped.wait(max(min(soonest - time.time(), _LONGEST_NAP), 0.1))

    def stop(self) -> None:
        """End, and let the crawl that is running end in order; safe in a signal's answer."""
        self._stopped.set()
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)

    def due(self, now: float) -> tuple[list[str], float]:
        """The sites that are due now, and when the next one will be."""
        awake = [site for site in self._sites.values() if not site.paused]
        ahead = plan(self._folder, awake, now, now + _LONGEST_NAP, 0)
        times = {
            site.site: max(site.soonest or now + _LONGEST_NAP, self._began.get(site.site, 0.0) + self._gap)
            for site in ahead.sites
        }
        times |= {
            site.key: now for site in awake if site.key not in self._began and is_new(self._folder, site)
        }
        return [key for key, at in times.items() if at <= now], min(
            times.values(), default=now + _LONGEST_NAP
        )

    def _reload(self) -> None:
        try:
            self._sites = sitelist.load(self._folder / SITES).sites
        except errors.SiteListError as error:
            self._say(f"sites.yml is left as it was before: {error}")

    def _crawl(self, due: Sequence[str]) -> None:
        self._began |= dict.fromkeys(due, time.time())
        self._say(f"crawling {', '.join(due)}")
        named = [part for key in due for part in ("--site", key)]
        command = [*self._program, "crawl", "--due", "--json", "--archive", str(self._folder)]
        command += [*self._options, *named]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self._stopped.is_set():  # asked to stop while the child was made
            self.stop()
        self._say(_told(*self._wait(self._child, due)))

    def _wait(self, child: subprocess.Popen[str], sites: Sequence[str]) -> tuple[str, int]:
        """What the crawl of these sites printed, and its exit code; one that does not end after it was asked
        to is killed."""
        makes_room, looked = False, time.monotonic()
        while True:
            asked = makes_room or self._stopped.is_set()
            try:
                out, _ = child.communicate(timeout=_PATIENCE if asked else 1.0)
                return out, child.returncode
            except subprocess.TimeoutExpired:
                if asked:  # before this wait, so that it has had all its time
                    child.kill()
            if not asked and time.monotonic() - looked >= max(self._gap, _SHORTEST_CRAWL):
                looked, makes_room = time.monotonic(), self._makes_room(child, sites)

    def _makes_room(self, child: subprocess.Popen[str], sites: Sequence[str]) -> bool:
        """End the crawl of these sites where another one waits; they go on at once, together with it."""
        self._reload()
        others = set(self.due(time.time())[0]) - set(sites)
        if others:
            self._say(f"{', '.join(sorted(others))} must not wait: the crawl ends, and goes on with that")
            for site in sites:
                self._began.pop(site, None)
            child.send_signal(signal.SIGTERM)
        return bool(others)


def _told(out: str, code: int) -> str:
    """A line about a crawl that has ended."""
    if not out.strip():
        return f"the crawl ended with exit code {code}"
    report: dict[str, Any] = json.loads(out)
    sites = report["sites"]
    counts = {name: sum(site[name] for site in sites) for name in ("fetched", "archived", "new_revisions")}
    failed = [f"{site['site']} failed: {site['error']}" for site in sites if site["error"]]
    done = (
        f"{counts['fetched']:,} answers, {counts['archived']:,} new articles, "
        f"{counts['new_revisions']:,} new versions"
    )
    return "; ".join([f"crawl {report['state']}: {done}", *failed])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of services. Raises ArchiveBusy, or ArchiveReadOnly."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise errors.ArchiveReadOnly(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise errors.ArchiveBusy(f"{folder}: another `newsarchive run` is at work here") from error
    finally:
        os.close(lock)
