"""Who reads the pages of a crawl: processes beside it, so that what a hostile page does is done to them.

Promises: a page that ends the process which reads it, or that nothing can read in `pipelines.workers.LIMIT`
seconds, fails alone, with how it ended as its evidence; the crawl goes on with another process. One process
is begun with the first page, the next when there is more to read than those can that are there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines import reading as pages
from pipelines import site as site_room
from pipelines import warc, workers
from pipelines.article.model import shipped
from pipelines.errors import WarcError
from pipelines.model import Capture, Site, SiteMemory
from scraper import reading
from scraper.discovery.candidate import Role
from scraper.reading import Read, Reading

Job = tuple[Capture, bool, Role, str]
"""A capture, whether its body is to be taken from the WARC, its role, its site."""


class Readers:
    """Reads pages of `sites` in up to `most` processes, one for each core unless given; 0: in this one, for
    pages that are known to be harmless."""

    def __init__(self, folder: Path, sites: Mapping[str, Site], most: int | None = None) -> None:
        """folder: of the archive, from whose WARC the processes take what they read."""
        self._sites = sites
        self._memories = {key: site_room.memory(site) for key, site in sites.items()}
        most = len(os.sched_getaffinity(0)) if most is None else most
        self._crew = workers.Crew(
            most, _read, _prepare, folder, dict(sites), on_begun=self._listen, on_ended=self._ignore
        ) if most else None  # fmt: skip

    async def read(self, capture: Capture, role: Role, site: str) -> Read:
        """What the answer names and holds; raises ArchiveError where no process can be started, or where the
        WARC does not give back what was just written to it."""
        if self._crew is None or capture.status != 200:
            return reading.read(capture, role, self._sites[site], self._memories[site])
        is_kept = lies_in_warc(capture)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        job = (replace(capture, body=b"") if is_kept else capture, is_kept, role, site)
        self._crew.submit(job, answer.set_result)
        found = await answer
        if isinstance(found, WarcError):
            raise found
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


def lies_in_warc(capture: Capture) -> bool:
    """Whether the body is in the WARC as it is here: then it is not sent, and jobs are so small that many
    wait in the pipe to a process."""
    return capture.position is not None and capture.coding is not None


# What lies below runs in the processes.

_sites: dict[str, tuple[Site, SiteMemory]] = {}
_folder = Path()


def _prepare(folder: Path, sites: Mapping[str, Site]) -> None:
    global _folder
    shipped()  # loaded before the first page, whose time is bounded
    _folder = folder
    _sites.update((key, (site, site_room.memory(site))) for key, site in sites.items())


def _read(job: Job) -> Read | WarcError:
    capture, is_kept, role, site = job
    if is_kept:
        assert capture.position is not None
        try:
            capture = replace(capture, body=warc.read_payload(_folder, capture.position))
        except WarcError as error:
            return error
    return reading.read(capture, role, *_sites[site])
