"""The article tables made anew from the WARC and the code: what `newsarchive rebuild` does.

Promises: every capture goes through the same intake as in a crawl, in the same order, and captures and
articles keep their numbers; as long as neither the code nor sites.yml nor a WARC file has changed, every row
is the same. The archive is locked all the while; the new archive.db is built in a folder beside it and put in
its place only when it is whole, and only if it is asked for. Broken off, it leaves the archive as it was.
Never fetches, never changes a WARC file but for the torn end that a killed writer left.

Reading pages is the slow part, and pure: it is done in as many processes as there are cores. One process
writes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelines import intake, reading, succession, warc, workers
from pipelines.accession.saved import IMPORTED
from pipelines.article.model import shipped
from pipelines.errors import NotAnArchive, WarcError
from pipelines.model import Capture, Circumstances, Outcome, Position, Site
from pipelines.rereading import Job, Read, Reader, recall, unlisted
from pipelines.store import DATABASE, Archive, Note, stored_moment
from pipelines.succession import Differences
from pipelines.warc import inventory
from pipelines.warc.inventory import Entry

FOLDER = "archive.rebuild"
"""Beside archive.db; what a rebuild that was broken off left there goes when the next one starts."""
GROUP = 500
"""Captures in one commit."""
_SMALL = 4 << 20
"""Bytes of WARC that are read in this process: others would take longer to start."""

_LENGTHS = "select warc_offset, warc_length from captures where warc_file = ?"
_NUMBERS = "select warc_file, warc_offset, id, article from captures where warc_file is not null"
OnProgress = Callable[[str, int, int], None]
"""(what is done: "segments" or "captures", how many, of how many)"""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild made, and how it differs from what was there."""

    captures: int = 0
    articles: int = 0
    revisions: int = 0
    recovered: int = 0
    """Captures that archive.db did not know."""
    damaged: list[str] = field(default_factory=list)
    """Records that cannot be read, with their places."""
    lost: int = 0
    """Rows of `captures` without a record: what they tell cannot be made again."""
    differences: Differences = field(default_factory=Differences)
    applied: bool = False


def rebuild(
    folder: Path,
    sites: Mapping[str, Site],
    software: str,
    *,
    apply: bool = False,
    workers: int | None = None,
    on_progress: OnProgress = lambda what, done, total: None,
) -> Rebuilt:
    """Make archive.db anew, say how it differs, and with `apply` put it in the place of the old one.

    sites: as sites.yml has them. workers: processes; one for each core unless given.
    Raises NotAnArchive, ArchiveBusy, ArchiveReadOnly, DiskFull; WarcError when it is to be applied although
    records are damaged or missing, whose articles would be lost.
    """
    scratch = folder / FOLDER
    with _old(folder, apply) as old:
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            with Archive.create(scratch) as new:
                new.hurry()
                result = _Rebuild(old, new, sites, software, on_progress).run(
                    workers or len(os.sched_getaffinity(0))
                )
                if apply:
                    _refuse_losses(result)
                    new.complete()
            if apply:
                old.replace_by(scratch / DATABASE)
                result.applied = True
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return result


def _old(folder: Path, apply: bool) -> Archive:
    """The archive that is there, locked, its last segment whole; an empty one where archive.db was lost."""
    if not (folder / DATABASE).exists():
        if not inventory.segments(folder):
            raise NotAnArchive(f"{folder}: no archive here; run `newsarchive init` to make one")
        if not apply:
            raise NotAnArchive(
                f"{folder}: {DATABASE} is missing; `newsarchive rebuild --apply` makes it from the WARC"
            )
    old = Archive.create(folder)
    try:
        warc.WarcWriter(folder, "").close()
    except BaseException:
        old.close()
        raise
    return old


def _refuse_losses(result: Rebuilt) -> None:
    if result.damaged or result.lost:
        raise WarcError(
            f"not applied: of the records, {len(result.damaged):,} damaged and {result.lost:,} missing, and "
            "what archive.db has of them would be lost; `newsarchive verify` names them: "
            "put the files back from a copy"
        )


class _Rebuild:
    """One rebuild, from the old archive into the new one."""

    def __init__(
        self, old: Archive, new: Archive, sites: Mapping[str, Site], software: str, on_progress: OnProgress
    ) -> None:
        self._old = old
        self._new = new
        self._sites = {**old.sites(), IMPORTED.key: IMPORTED, **sites}
        self._software = software
        self._tell = on_progress
        self._result = Rebuilt()
        self._stored: set[str] = set()
        """Keys of the sites that the new archive has."""
        self._without_ledger = not old.read("select 1 from urls limit 1")
        self._crawls: set[int] = set()
        """Crawls that the old archive has."""

    def run(self, processes: int) -> Rebuilt:
        """The whole of it, but for the swap."""
        self._new.attach(self._old.folder)
        numbers = Numbers(self._old, self._new)
        self._new.number_by(numbers)
        succession.take_over_beginnings(self._new)
        self._new.commit()
        self._stored = {key for (key,) in self._new.read("select key from sites")}
        self._crawls = {number for (number,) in self._new.read("select id from crawls")}
        with _crew(processes, self._old.folder, self._sites) as crew:
            self._take_all(_in_order(numbers, self._entries()), crew)
        succession.take_over_unrecorded(self._new)
        succession.take_over_ledger(self._new)
        succession.keep_name_numbers(self._new)
        self._new.commit()
        return self._count()

    def _entries(self) -> list[Entry]:
        paths = inventory.segments(self._old.folder)
        found: list[Entry] = []
        for done, path in enumerate(paths, 1):
            lengths = dict(self._old.read(_LENGTHS, (f"warc/{path.name}",)))
            entries, damaged = inventory.entries(path, lengths=lengths)
            found += entries
            self._result.damaged += [
                f"{record.position.file} at byte {record.position.offset}: {record.problem}"
                for record in damaged
            ]
            self._tell("segments", done, len(paths))
        return found

    def _take_all(self, ordered: list[tuple[Entry, bool]], crew: workers.Crew | None) -> None:
        takes = intake.Intake(self._new, self._sites)
        jobs = (Job(entry, None if entry.how else recall(self._old, entry.position)) for entry, _ in ordered)
        self._result.recovered = sum(not known for _, known in ordered)
        for done, read in enumerate(self._read_all(jobs, crew), 1):
            if isinstance(read, str):
                self._result.damaged.append(read)
            else:
                self._take(takes, *read)
            if done % GROUP == 0:
                self._new.commit()
            self._tell("captures", done, len(ordered))

    def _read_all(self, jobs: Iterable[Job], crew: workers.Crew | None) -> Iterator[Read | str]:
        """Each job's result in the order of the jobs."""
        reader = Reader(self._old.folder, self._sites)
        if crew is None:
            yield from map(reader.read, jobs)
            return
        for job, found in crew.all(jobs):
            yield _failed(reader, job, found) if isinstance(found, workers.Ended) else found

    def _take(self, takes: intake.Intake, capture: Capture, how: Circumstances, found: reading.Read) -> None:
        if how.site not in self._stored:
            self._sites.setdefault(how.site, unlisted(how.site, capture.url))
            self._new.put_sites([self._sites[how.site]])
            self._stored.add(how.site)
        if how.crawl is not None and how.crawl not in self._crawls:
            succession.ensure_crawl(self._new, how.crawl, stored_moment(capture.fetched), self._software)
        if how.found_on and self._without_ledger:
            named = Note(capture.url, Outcome.QUEUED, "", how.site, found_on=how.found_on)
            self._new.note(named, capture.fetched)
        takes.write(capture, found, site=how.site, role=how.role, crawl=how.crawl)
        self._result.captures += 1

    def _count(self) -> Rebuilt:
        result, ask = self._result, self._new.read
        ((result.articles,),) = ask("select count(*) from articles")
        ((result.revisions,),) = ask("select count(*) from revisions")
        ((result.lost,),) = ask(
            "select count(*) from old.captures o "
            "where not exists (select 1 from main.captures n where n.id = o.id)"
        )
        result.differences = succession.compare(self._new)
        return result


class Numbers:
    """The numbers that captures and articles had in the old archive; what is new gets numbers beyond."""

    def __init__(self, old: Archive, new: Archive) -> None:
        self._old = old
        self._new = new
        self._known: dict[str, dict[int, tuple[int, int | None]]] = {}
        """Segment -> offset -> the numbers of the capture whose record lies there, and of its article."""
        for file, offset, *numbers in old.read(_NUMBERS):
            self._known.setdefault(file, {}).setdefault(offset, (numbers[0], numbers[1]))
        ((capture,),) = old.read("select max(id) from captures")
        self._next_capture = (capture or 0) + 1
        self._next_article = old.next_article()

    def known(self, position: Position) -> int | None:
        """The number that the capture whose record lies there had."""
        found = self._known.get(position.file, {}).get(position.offset)
        return found[0] if found else None

    def capture(self, position: Position) -> int:
        """The number of the capture whose record lies there."""
        if (known := self.known(position)) is not None:
            return known
        self._next_capture += 1
        return self._next_capture - 1

    def article(self, key: str, position: Position | None) -> int:
        """The number that this capture's article had, or else the article with this key."""
        found = self._known.get(position.file, {}).get(position.offset) if position else None
        if found and self._is_free(found[1]):
            return int(found[1] or 0)
        for (number,) in self._old.read("select id from articles where key = ?", (key,)):
            if self._is_free(number):
                return int(number)
        self._next_article += 1
        return self._next_article - 1

    def _is_free(self, article: int | None) -> bool:
        return article is not None and not self._new.read("select 1 from articles where id = ?", (article,))


def _in_order(numbers: Numbers, entries: Sequence[Entry]) -> list[tuple[Entry, bool]]:
    """The captures in the order they were taken in, and whether archive.db knows them; one that it does not
    know comes after the one that lies before it in the WARC."""
    places: list[tuple[int, int, bool]] = []
    last = 0
    for n, entry in enumerate(entries):
        known = numbers.known(entry.position)
        last = last if known is None else known
        places.append((last, n, known is not None))
    return [(entries[n], known) for _, n, known in sorted(places)]


def _failed(reader: Reader, job: Job, how: workers.Ended) -> Read | str:
    """What a crawl says of a page that ended the process that read it."""
    found = reader.capture(job)
    return found if isinstance(found, str) else (*found, reading.unreadable(found[0], how))


def _crew(most: int, folder: Path, sites: Mapping[str, Site]) -> AbstractContextManager[workers.Crew | None]:
    """Processes to read in; none where starting them takes longer than the work."""
    size = sum(path.stat().st_size for path in inventory.segments(folder))
    if most == 1 or size < _SMALL:
        return nullcontext()
    return workers.Crew(most, _read, _prepare, folder, dict(sites))


# What lies below runs in processes of its own.


_reader: Reader | None = None
"""The one of this process."""


def _prepare(folder: Path, sites: Mapping[str, Site]) -> None:
    global _reader
    shipped()  # loaded before the first page, whose time is bounded
    _reader = Reader(folder, sites)


def _read(job: Job) -> Read | str:
    assert _reader is not None  # _prepare comes first
    found = _reader.read(job)
    if isinstance(found, str):
        return found
    capture, how, read = found
    return replace(capture, body=b""), how, read
