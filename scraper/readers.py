"""Who reads the pages of a crawl: processes beside it, so that what a hostile page does is done to them.

Promises: a page that ends the process which reads it, or that nothing can read in `pipelines.workers.LIMIT`
seconds, fails alone, with how it ended as its evidence; the crawl goes on with another process. One process
is begun with the first page, the next when there is more to read than those can that are there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from pipelines import reading as pages
from pipelines import site as site_room
from pipelines import workers
from pipelines.article.model import shipped
from pipelines.model import Capture, Site, SiteMemory
from scraper import reading
from scraper.discovery.candidate import Role
from scraper.reading import Read, Reading


class Readers:
    """Reads pages of `sites` in up to `most` processes, one for each core unless given; 0: in this one, for
    pages that are known to be harmless."""

    def __init__(self, sites: Mapping[str, Site], most: int | None = None) -> None:
        self._sites = sites
        self._memories = {key: site_room.memory(site) for key, site in sites.items()}
        most = len(os.sched_getaffinity(0)) if most is None else most
        self._crew = workers.Crew(
            most, _read, _prepare, dict(sites), on_begun=self._listen, on_ended=self._ignore
        ) if most else None  # fmt: skip

    async def read(self, capture: Capture, role: Role, site: str) -> Read:
        """What the answer names and holds; raises ArchiveError where no process can be started."""
        if self._crew is None or capture.status != 200:
            return reading.read(capture, role, self._sites[site], self._memories[site])
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._crew.submit((capture, role, site), answer.set_result)
        found = await answer
        if isinstance(found, workers.Ended):
            return Read(Reading(), pages.unreadable(capture, found))
        assert isinstance(found, Read)
        return found

    def close(self) -> None:
        """End the processes."""
        if self._crew is not None:
            self._crew.close()

    def _listen(self, worker: workers.Worker) -> None:
        assert self._crew is not None
        asyncio.get_running_loop().add_reader(worker.pipe.fileno(), self._crew.hear, worker)

    def _ignore(self, worker: workers.Worker) -> None:
        try:
            asyncio.get_running_loop().remove_reader(worker.pipe.fileno())
        except RuntimeError:
            return  # the loop has ended before


# What lies below runs in the processes.

_sites: dict[str, tuple[Site, SiteMemory]] = {}


def _prepare(sites: Mapping[str, Site]) -> None:
    shipped()  # loaded before the first page, whose time is bounded
    _sites.update((key, (site, site_room.memory(site))) for key, site in sites.items())


def _read(job: tuple[Capture, Role, str]) -> Read:
    capture, role, site = job
    return reading.read(capture, role, *_sites[site])
