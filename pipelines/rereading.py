"""Captures read again from the WARC: the slow and pure half of a rebuild, and of showing an article again.

Promises: what comes back is what the crawl gave to the intake, as long as neither the record nor the cleaner
has changed; a record that cannot be read is said in words. Never writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from pipelines import identify, reading, site, warc
from pipelines.accession import plaintext
from pipelines.accession.saved import IMPORTED
from pipelines.errors import NotKnown, WarcError
from pipelines.model import Capture, Circumstances, Position, Site, SiteMemory
from pipelines.store import Archive
from pipelines.warc.inventory import Entry

Read = tuple[Capture, Circumstances, reading.Read]
"""A capture, how it came, and what was read off it."""
_DOORS = frozenset(
    {
        "robots",
        "sitemap",
        "feed",
        "listing",
        reading.PROBE,
        reading.UNRENDERED,
        reading.SUBRESOURCE,
        reading.DECLARATION,
    }
)


@dataclass(frozen=True, slots=True)
class Job:
    """A capture to read, and how it came as archive.db has it, for a WARC that does not say so."""

    entry: Entry
    known: Circumstances | None


class Reader:
    """Reads captures of one archive; `sites` as sites.yml has them, and further ones."""

    def __init__(self, folder: Path, sites: Mapping[str, Site]) -> None:
        self._folder = folder
        self._sites = sites
        self._memories: dict[str, SiteMemory] = {}

    def read(self, job: Job) -> Read | str:
        """The capture as intake is to write it; or what is wrong with its record."""
        found = self.capture(job)
        if isinstance(found, str):
            return found
        capture, how = found
        if job.entry.kind == "resource" and capture.header("content-type") == "text/plain":
            return capture, how, reading.describe(capture, plaintext.extract(capture.body))
        owner = self._sites.get(how.site) or unlisted(how.site, capture.url)
        return capture, how, reading.read(capture, how.role, owner, self._memory(owner))

    def capture(self, job: Job) -> tuple[Capture, Circumstances] | str:
        """The capture and how it came, unread."""
        try:
            capture = warc.read_capture(self._folder, job.entry.position)
        except WarcError as error:
            return str(error)
        how = job.entry.how or job.known or Circumstances(self._site_of(capture.url))
        capture = replace(
            capture, chain=how.chain, robots=how.robots, certificate=how.certificate, signals=how.signals
        )
        return capture, how

    def _memory(self, owner: Site) -> SiteMemory:
        if owner.key not in self._memories:
            self._memories[owner.key] = site.memory(owner)
        return self._memories[owner.key]

    def _site_of(self, url: str) -> str:
        near = (key for key, one in self._sites.items() if identify.same_site(url, one, one.url))
        return next(near, IMPORTED.key)


def newest(archive: Archive, url: str) -> Capture:
    """The last capture of an address that was answered with a page, from its WARC record.

    Raises NotKnown where the archive has none, WarcError where its record cannot be read.
    """
    rows = archive.read(
        "select warc_file, warc_offset, warc_length from captures "
        "where url in (?, ?) and status between 200 and 299 and warc_file is not null "
        "order by fetched desc, id desc limit 1",
        (url, identify.canonical_url(url)),
    )
    if not rows:
        raise NotKnown(
            f"{url}: the archive has no capture of it with a page; `newsarchive explain` tells more"
        )
    return warc.read_capture(archive.folder, Position(*rows[0]))


def recall(archive: Archive, position: Position) -> Circumstances | None:
    """How a capture came, as its row in the archive has it."""
    rows = archive.read(
        "select site, crawl, chain, robots, certificate, reason, extractor from captures "
        "where warc_file = ? and warc_offset = ? and site is not null",
        (position.file, position.offset),
    )
    for key, crawl, chain, robots, certificate, reason, extractor in rows:
        role = reason if reason in _DOORS and extractor is None else reading.PAGE
        return Circumstances(
            key, role, crawl, robots, tuple(json.loads(chain or "[]")), certificate=certificate
        )
    return None


def unlisted(key: str, url: str) -> Site:
    """A site that neither sites.yml nor archive.db knows any more."""
    parts = urlsplit(url)
    return Site(key, f"{parts.scheme}://{parts.netloc}/", name=key)
