"""Who reads the pages of a crawl: this process, while that leaves it time; else processes beside it.

Promises that what is read is the same either way (scraper.reading), and that a page which ends the process
that reads it fails alone. A crawl at a polite pace reads a page in a hundredth of the time between two;
processes are begun only for one that has many sites under way.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from pipelines import site as site_room
from pipelines import workers
from pipelines.model import Capture, Drop, Outcome, Site, SiteMemory
from scraper import reading
from scraper.discovery.candidate import Role
from scraper.reading import Read, Reading

ENOUGH = 2.0
"""Seconds that this process has spent reading before others are begun: as long as that takes."""
BUSY = 0.25
"""The share of its time that it may spend reading without help."""
DEADLY = Drop(Outcome.FAILED, "error: the page ended the process that read it")


class Readers:
    """Reads pages of `sites`, in up to `most` processes; 1 is this one."""

    def __init__(self, sites: Mapping[str, Site], most: int | None = None) -> None:
        self._sites = sites
        self._memories = {key: site_room.memory(site) for key, site in sites.items()}
        self._most = len(os.sched_getaffinity(0)) if most is None else most
        self._began = time.monotonic()
        self._spent = 0.0
        self._pool: ProcessPoolExecutor | None = None
        self._ready: Future[None] | None = None
        self._alone = asyncio.Lock()

    async def read(self, capture: Capture, role: Role, site: str) -> Read:
        """What the answer names and holds."""
        if capture.status != 200:
            return self._here(capture, role, site)
        if self._pool is None and self._is_busy():
            self._begin()
        if self._pool is None or self._ready is None or not self._ready.done():
            return self._here(capture, role, site)
        pool = self._pool
        try:
            return await self._there(pool, capture, role, site)
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = self._ready = None  # of no use any more; the next page begins another
            return await self._once_more(capture, role, site)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _is_busy(self) -> bool:
        spent = self._spent
        return self._most > 1 and spent > ENOUGH and spent > BUSY * (time.monotonic() - self._began)

    def _begin(self) -> None:
        self._pool = workers.pool(self._most, _prepare, dict(self._sites))
        self._ready = self._pool.submit(_begun)

    def _here(self, capture: Capture, role: Role, site: str) -> Read:
        began = time.monotonic()
        found = reading.read(capture, role, self._sites[site], self._memories[site])
        self._spent += time.monotonic() - began
        return found

    async def _there(self, pool: ProcessPoolExecutor, capture: Capture, role: Role, site: str) -> Read:
        return await asyncio.wrap_future(pool.submit(_read, capture, role, site))

    async def _once_more(self, capture: Capture, role: Role, site: str) -> Read:
        """Read a page again, alone, after a process ended that may have been reading it or another."""
        async with self._alone:
            pool = workers.pool(1, _prepare, dict(self._sites))
            try:
                return await self._there(pool, capture, role, site)
            except BrokenProcessPool:
                return Read(Reading(), DEADLY)
            finally:
                pool.shutdown(wait=False)


# What lies below runs in the processes.

_sites: dict[str, tuple[Site, SiteMemory]] = {}


def _prepare(sites: Mapping[str, Site]) -> None:
    _sites.update((key, (site, site_room.memory(site))) for key, site in sites.items())


def _begun() -> None:
    """Nothing: that it was done says that a process is there."""


def _read(capture: Capture, role: Role, site: str) -> Read:
    return reading.read(capture, role, *_sites[site])
