"""WARC and WACZ files of others, taken into the archive: what `newsarchive import` does with them.

Promises: every HTML capture is copied into the archive's own WARC, and goes the way of all captures (intake);
other types are counted and passed over; what is damaged is told with its place. How far a file has been taken
in is written with the rows, so that a killed import goes on there, and a file that is in adds nothing.
Memory does not grow with the file. Never changes a file, never trusts what a record says of its payload.

Copied, not registered in place: the archive stays whole when the file is moved or thrown away, and verify,
rebuild and export have one kind of WARC to read. The copy's header names file, place and id of the original.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from pipelines import identify
from pipelines.errors import InputUnreadable, WarcError
from pipelines.intake import Intake
from pipelines.model import Capture, Circumstances, Exchange, Outcome, Site
from pipelines.store import Archive, Intaken, stored_moment
from pipelines.warc import (
    SAME_PAYLOAD,
    Source,
    WarcWriter,
    foreign,
    payload_digest,
    read_payload,
    records,
    to_capture,
)
from pipelines.warc.records import Damage, Record

SUFFIXES = (".warc", ".warc.gz", ".warc.zst", ".wacz")
ARC_SUFFIXES = (".arc", ".arc.gz")
GROUP_PAGES = 200
GROUP_BYTES = 64 << 20
"""So many pages, or bytes of the file, become durable together."""
DAMAGE_LISTED = 100
"""Damages of which the place is told; further ones are counted."""
_ENDS = 1 << 20
RESULTS = {
    Outcome.ARTICLE: "article",
    Outcome.UNCHANGED: "unchanged",
    Outcome.DUPLICATE: "unchanged",
}
"""Every other outcome is "not an article"."""


@dataclass(slots=True)
class Accession:
    """What became of one file so far."""

    counts: Counter[str] = field(default_factory=Counter)
    """HTML captures: "article" (a version was written), "unchanged", "not an article"."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Captures that are no HTML, by type; revisits of what is not in the archive."""
    damages: list[str] = field(default_factory=list)
    """Where no whole record stands, and why: DAMAGE_LISTED at most."""
    damaged: int = 0
    done: int = 0
    """Bytes of the file that are behind us."""
    size: int = 0
    before: str | None = None
    """When it was taken in already; then nothing was read."""

    @property
    def pages(self) -> int:
        """HTML captures that were met."""
        return self.counts.total()

    def tell(self, damage: str) -> None:
        """Count a damage, and list it unless there are very many."""
        self.damaged += 1
        if len(self.damages) < DAMAGE_LISTED:
            self.damages.append(damage)

    def __str__(self) -> str:
        """All of it but the damages, in a line."""
        if self.before:
            return f"taken in already, at {self.before}"
        told = [f"{count:,} {'articles' if what == 'article' and count > 1 else what}"
                for what, count in self.counts.most_common()]  # fmt: skip
        others = ", ".join(f"{count:,} {kind}" for kind, count in self.passed_over.most_common(6))
        return ", ".join(told or ["no HTML page"]) + (f"; passed over: {others}" if others else "")


@dataclass(frozen=True, slots=True)
class _Pack:
    """A WARC file, or one of those in a WACZ."""

    name: str
    fingerprint: str
    size: int
    stream: IO[bytes]
    behind: int
    """Bytes of the WACZ's WARC files before this one."""


def is_pack(path: Path) -> bool:
    """Whether a file's name is that of a WARC or WACZ, or of an ARC, which is refused in words."""
    return path.name.lower().endswith(SUFFIXES + ARC_SUFFIXES)


class Accessions:
    """Takes files of captures into one archive; `sites` as sites.yml has them."""

    def __init__(self, archive: Archive, warc: WarcWriter, sites: Mapping[str, Site]) -> None:
        self._archive = archive
        self._warc = warc
        self._listed = tuple(sites.values())
        self._sites = dict(sites)
        self._owners: dict[str, str] = {}
        self._intake = Intake(archive, self._sites)

    def take(self, path: Path, *, now: datetime, site: str | None = None) -> Iterator[Accession]:
        """Take in one file, and yield what became of it so far, the same object each time: then, and at the
        end, the caller syncs the WARC and commits.

        site: the site of pages whose host no site has; without it each host gets a site of its own.
        Raises InputUnreadable when the file is no WARC or WACZ, or cannot be read.
        """
        report = Accession()
        try:
            for pack in _packs(path, report):
                yield from self._take_pack(pack, report, now, site)
                yield report
        except (OSError, zipfile.BadZipFile) as error:
            raise InputUnreadable(getattr(error, "strerror", None) or str(error)) from error

    def _take_pack(
        self, pack: _Pack, report: Accession, now: datetime, site: str | None
    ) -> Iterator[Accession]:
        known = self._archive.intaken(pack.fingerprint)
        if known is not None and known.finished and not known.damaged:
            report.before = known.finished
            report.done = pack.behind + pack.size
            return
        if known is None or known.finished:  # a damaged file may have been replaced by a good copy
            known = Intaken(pack.fingerprint, pack.name, pack.size, 0, stored_moment(now))
        at_start = (known, report.pages, report.counts["article"], report.damaged)
        grouped, last = report.pages, known.position
        for found in records.opened(pack.stream)(known.position):
            # A group ends before a record, never after: what is damaged behind it is met again.
            if report.pages - grouped >= GROUP_PAGES or found.position - last >= GROUP_BYTES:
                grouped, last = report.pages, found.position
                self._archive.put_intaken(_progress(at_start, report, found.position))
                yield report
            self._meet(found, pack, report, site)
            report.done = pack.behind + found.position
        report.done = pack.behind + pack.size
        self._archive.put_intaken(_progress(at_start, report, pack.size, finished=stored_moment(now)))

    def _meet(self, found: Record | Damage, pack: _Pack, report: Accession, site: str | None) -> None:
        """One record: taken, counted, or told as damaged."""
        if isinstance(found, Damage):
            report.tell(f"{pack.name} at byte {found.position:,}: {found.reason}")
            return
        try:
            self._sort(found, pack, report, site)
        except WarcError as error:
            report.tell(f"{pack.name} at byte {found.position:,}: damaged: {error}")

    def _sort(self, record: Record, pack: _Pack, report: Accession, site: str | None) -> None:
        """Take a page; count what is none."""
        if record.kind not in ("response", "resource", "revisit"):
            return  # requests and metadata go with a capture, and are none
        kind = foreign.content_type(record)
        if urlsplit(record.url).scheme not in ("http", "https"):
            kind = f"{record.url.partition(':')[0][:20] or 'no address'}: {kind}"
        elif kind not in foreign.HTML_TYPES and record.kind == "revisit":
            kind = f"{kind} (revisit)"
        elif kind in foreign.HTML_TYPES and not record.whole:
            kind = f"{kind}, longer than {records.BLOCK_BYTES >> 20} MiB"
        elif kind in foreign.HTML_TYPES:
            self._take_page(record, pack, report, site)
            return
        report.passed_over[kind] += 1

    def _take_page(self, record: Record, pack: _Pack, report: Accession, site: str | None) -> None:
        is_resource = record.kind == "resource" or not foreign.is_http(record)
        exchange = _as_exchange(record) if is_resource else foreign.exchange(record)
        if record.kind == "revisit" and exchange.status != 304:
            payload = self._payload(record)
            if payload is None:
                report.passed_over["text/html, revisit of a page that is not in the archive"] += 1
                return
            exchange = replace(exchange, body=payload)
        if self._archive.has_capture(exchange.url, exchange.fetched, self._digest(exchange)):
            report.counts["unchanged"] += 1
            return
        owner = self._owner(exchange.url, site)
        source = Source(pack.name, record.position, record.fields.get("warc-record-id", ""))
        taken = self._intake.take(self._written(exchange, source, owner, is_resource), site=owner)
        report.counts[RESULTS.get(taken.outcome, "not an article")] += 1

    def _written(self, exchange: Exchange, source: Source, owner: str, is_resource: bool) -> Capture:
        """Copy the capture into the WARC; what the intake gets to see."""
        if not is_resource:
            position, digest = self._warc.append(exchange, Circumstances(owner), source=source)
        else:
            kind = exchange.headers[0][1]
            position, digest = self._warc.append_resource(
                exchange.url, exchange.body, kind, exchange.fetched, Circumstances(owner), source=source
            )
        return to_capture(exchange, position, digest)

    def _payload(self, revisit: Record) -> bytes | None:
        """The payload that a revisit refers to, by its digest; None when the archive does not have it."""
        digest = _spelled(revisit.fields.get("warc-payload-digest", ""))
        is_same = revisit.fields.get("warc-profile", SAME_PAYLOAD).rstrip("/").endswith("-digest")
        original = self._archive.original(revisit.url, digest) if digest and is_same else None
        return None if original is None else read_payload(self._archive.folder, original.position)

    def _digest(self, exchange: Exchange) -> str:
        """The digest that the capture has in the archive: a 304 has that of what was not modified."""
        original = self._archive.original(exchange.url, None) if exchange.status == 304 else None
        return original.digest if original else payload_digest(exchange.body)

    def _owner(self, url: str, site: str | None) -> str:
        """The site of a page: the one whose host it has, `site`, or one made for the host."""
        host = urlsplit(url).netloc.rpartition("@")[2].lower()
        if host not in self._owners:
            near = (each.key for each in self._listed if identify.same_site(url, each, each.url))
            owner = next(near, None) or site or self._made(host)
            self._archive.put_sites([self._sites[owner]])
            self._owners[host] = owner
        return self._owners[host]

    def _made(self, host: str) -> str:
        """A site for a host of which sites.yml says nothing; the same one as in an earlier import."""
        name = host.removeprefix("www.")
        front = f"https://{name}/"
        taken = {**self._archive.site_urls(), **{site.key: site.url for site in self._sites.values()}}
        stem = re.sub(r"[^a-z0-9]+", "-", name).strip("-") or "host"
        keys = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
        key = next(key for key in keys if taken.get(key, front) == front)
        self._sites[key] = Site(key, front, name=name)
        return key


def _progress(
    at_start: tuple[Intaken, int, int, int], report: Accession, position: int, finished: str | None = None
) -> Intaken:
    """How far a file is, with what this run and those before have found in it."""
    known, pages, articles, damaged = at_start
    return replace(
        known,
        position=position,
        finished=finished,
        pages=known.pages + report.pages - pages,
        articles=known.articles + report.counts["article"] - articles,
        damaged=known.damaged + report.damaged - damaged,
    )


def _as_exchange(record: Record) -> Exchange:
    """A resource record, as if it had come over HTTP."""
    foreign.check(record)
    kind = record.fields.get("content-type", "text/html")
    return Exchange(record.url, foreign.date(record), "", (), 200, "OK", "HTTP/1.1",
                    (("Content-Type", kind),), record.block)  # fmt: skip


def _spelled(digest: str) -> str | None:
    """A sha1 digest as this archive writes it: base32 in upper case; some write hexadecimal digits."""
    algorithm, _, value = digest.partition(":")
    if algorithm.lower() != "sha1":
        return None
    if re.fullmatch(r"[0-9a-fA-F]{40}", value):
        value = base64.b32encode(bytes.fromhex(value)).decode()
    return f"sha1:{value.upper()}"


# Files.


def _packs(path: Path, report: Accession) -> Iterator[_Pack]:
    """The WARC files in a file, each open while it is looked at."""
    if path.name.lower().endswith(ARC_SUFFIXES):
        raise InputUnreadable(records.ARC)
    with path.open("rb") as stream:
        if path.suffix.lower() == ".wacz":
            yield from _zipped(path, stream, report)
        else:
            report.size = path.stat().st_size
            yield _Pack(path.name, _fingerprint(stream, report.size), report.size, stream, 0)


def _zipped(path: Path, stream: IO[bytes], report: Accession) -> Iterator[_Pack]:
    """The WARC files of a WACZ, read where they are."""
    with zipfile.ZipFile(stream) as packed:
        members = [each for each in packed.infolist() if each.filename.lower().endswith(SUFFIXES[:3])]
        if not members:
            raise InputUnreadable("no WARC file in it")
        report.size = sum(member.file_size for member in members)
        behind = 0
        for member in members:
            fingerprint = f"zip:{member.CRC:08x}:{member.file_size}"
            with packed.open(member) as part:
                yield _Pack(f"{path.name}/{member.filename}", fingerprint, member.file_size, part, behind)
            behind += member.file_size


def _fingerprint(stream: IO[bytes], size: int) -> str:
    """What a file is known by, whatever it is called: its size, its first MiB and its last."""
    digest = hashlib.sha256(str(size).encode())
    digest.update(stream.read(_ENDS))
    stream.seek(max(0, size - _ENDS))
    digest.update(stream.read(_ENDS))
    return f"sha256:{digest.hexdigest()}"
