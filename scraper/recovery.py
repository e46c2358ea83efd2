"""What a crawl that died had fetched, taken in from the WARC by the next one instead of being fetched again.

A page is in the WARC as soon as it has come, and in archive.db and the frontier only with its group. So what
a killed crawl, or one whose disk failed, leaves behind is of three kinds, and `recover` sees to each:

    a record that no row of archive.db speaks of      goes the way of a page that has just come
    a row that the frontier does not know             is settled in the frontier, and adds no row
    a row whose record was cut off as torn            loses its pointer; its URL is queued again

Promises: after it, nothing is fetched twice but what was under way when the crawl died: requests without a
whole answer, and an answer that was being written. Taking it in again after a further death comes to the
same. Records of imports, and of other programs, are left alone. Never fetches.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pipelines import reading, workers
from pipelines.article.model import shipped
from pipelines.identify import canonical_url
from pipelines.intake import Intake
from pipelines.model import Capture, Change, Circumstances, Drop, Extraction, Outcome, Position, Site, Taken
from pipelines.reading import DECLARATION, PROBE, SUBRESOURCE, UNRENDERED
from pipelines.rereading import Job, Reader
from pipelines.warc import OPEN, inventory
from pipelines.warc.inventory import Entry
from scraper.discovery.candidate import Role
from scraper.frontier import Due, Task
from scraper.reading import Read, Reading, read_names
from scraper.robots import ROBOTS
from scraper.run import Run
from scraper.spiders.news import page

LOOK_BACK = 200
"""Rows of archive.db, the newest, that are held against the frontier and the WARC. More than a group and what
can be under way beside it: a later group is committed only after an earlier one is settled."""
_NEWEST = f"""
    select id, url, warc_file, warc_offset, warc_length, site, crawl, chain, robots, verdict, reason, article,
        (select change from revisions where capture = captures.id)
    from captures where warc_file is not null and crawl is not null order by id desc limit {LOOK_BACK}"""
_SETTLE_NOTHING = (ROBOTS, PROBE, DECLARATION, SUBRESOURCE, UNRENDERED)
"""Roles of records that do not end the visit of an address."""
_Found = tuple[Capture, Circumstances, Read]
_HAS = "select 1 from captures where warc_file = ? and warc_offset = ?"


def recover(run: Run, intake: Intake, *, beside: bool = True) -> Counter[str]:
    """Take in what the last crawl left, for all sites of `run`; site -> pages taken in.

    `run` is one that fetches nothing: what it counts is no part of a crawl. Pages are read in a process
    `beside` this one, if there are any: it may be one of them that the last crawl died of. Raises
    ArchiveError.
    """
    if not beside:
        return _Recovery(run, intake, None).run()
    with workers.Crew(1, _read_beside, _prepare, run.folder, dict(run.sites)) as crew:
        return _Recovery(run, intake, crew).run()


class _Recovery:
    def __init__(self, run: Run, intake: Intake, crew: workers.Crew | None) -> None:
        self._run = run
        self._intake = intake
        self._crew = crew
        self._reader = Reader(run.folder, run.sites)
        self._found: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        self._queue_lost()
        newest = self._run.archive.read(_NEWEST)
        for row in reversed(newest):
            self._settle(*row)
        self._end_group()
        for entry in self._left_over(min(((row[2], row[3]) for row in newest), default=("", 0))):
            self._take(entry)
        self._end_group()
        return self._found

    def _queue_lost(self) -> None:
        """Rows whose record was torn: they were acknowledged, and the disk did not keep its word."""
        for repair in self._run.warc.repairs:
            if repair.cut:
                lost = self._run.archive.lose(f"warc/{repair.file.removesuffix(OPEN)}", repair.kept)
                self._run.archive.commit()
                self._run.frontier.queue_again(self._key(url, site) for url, site in lost)

    def _settle(self, number: int, url: str, file: str, offset: int, length: int, *row: Any) -> None:
        """A row of archive.db: settle its URL, where the frontier has not heard of it."""
        site, crawl, chain, robots, verdict, reason, article, change = row
        task = self._task(url, site)
        if task is None or task.site not in self._run.sites or reason in _SETTLE_NOTHING:
            return  # robots.txt, what a browser asked for or was still to fill, or a site no longer listed
        fetched = self._fetched(number)
        if task.last_fetched is not None and int(task.last_fetched) >= fetched:
            return
        how = Circumstances(site, task.role, crawl, robots, tuple(json.loads(chain or "[]")))
        found = self._read(Job(Entry(Position(file, offset, length), "response", how), None))
        if found is None:
            return  # damaged: `verify` tells, and the page is fetched again
        capture, _, read = found
        taken = Taken(Outcome(verdict), reason, article, Change(change) if change else None)
        self._archive(task, capture, read, _with_dates(taken, read.page.content))

    def _left_over(self, start: tuple[str, int]) -> Iterator[Entry]:
        """What lies in the WARC from `start` on, of crawls of this archive before this one."""
        first, offset = start
        for path in inventory.segments(self._run.folder):
            file = f"warc/{path.name.removesuffix(OPEN)}"
            if file < first or self._run.crawl == 1:
                continue
            for entry in inventory.entries(path, offset if file == first else 0)[0]:
                is_ours = entry.how and entry.how.crawl and entry.how.crawl < self._run.crawl
                if is_ours and not self._run.archive.read(_HAS, (file, entry.position.offset)):
                    yield entry

    def _take(self, entry: Entry) -> None:
        """A record without a row."""
        found = self._read(Job(entry, None))
        if found is None or found[1].site not in self._run.sites:
            return
        capture, how, read = found
        with self._run.guarding():
            taken = self._intake.write(capture, read.page, site=how.site, role=how.role, crawl=how.crawl)
        task = self._task(capture.url, how.site)
        if how.role in _SETTLE_NOTHING or task is None or task.site not in self._run.sites:
            return
        self._archive(task, capture, read, taken)

    def _read(self, job: Job) -> _Found | None:
        """A record, and what it says, read beside this process; None for a damaged one."""
        if self._crew is None:
            return _read_by(self._reader, job)
        ((_, found),) = self._crew.all([job])
        if not isinstance(found, workers.Ended):
            return cast("_Found | None", found)
        record = self._reader.capture(job)
        if isinstance(record, str):
            return None
        return *record, Read(Reading(), reading.unreadable(record[0], found))

    def _key(self, url: str, site: str) -> str:
        """The key under which the frontier has a URL of a site."""
        known = self._run.sites.get(site)
        return canonical_url(url, known.keep_params if known else ())

    def _task(self, url: str, site: str) -> Task | None:
        """The frontier's entry of a URL; the page that names it may be among those that wait."""
        key = self._key(url, site)
        task = self._run.frontier.task(key)
        if task is None and self._run.archiving.waiting:
            self._end_group()
            task = self._run.frontier.task(key)
        return task

    def _archive(self, task: Task, capture: Capture, read: Read, taken: Taken) -> None:
        if task.due is Due.BACKFILL:
            return  # still queued: what it names is for the walk to say, and it is fetched again with that
        self._run.archiving.take(page(task, capture), read, taken)
        self._found[task.site] += 1
        self._run.archiving.flush_if_due()
        if self._run.failure:
            raise self._run.failure

    def _end_group(self) -> None:
        """All that was taken is durable; what came without a task (robots.txt) too."""
        self._run.archiving.flush()
        if self._run.failure:
            raise self._run.failure
        self._run.archive.commit()

    def _fetched(self, capture: int) -> float:
        ((seconds,),) = self._run.archive.read(
            "select cast(strftime('%s', fetched) as integer) from captures where id = ?", (capture,)
        )
        return float(seconds)


def _with_dates(taken: Taken, reading: Extraction | Drop) -> Taken:
    """What intake told of a page when it took it in, as far as the page itself says it."""
    if isinstance(reading, Drop):
        return taken
    return replace(taken, kind=reading.kind, published=reading.published, modified=reading.modified)


def _read_by(reader: Reader, job: Job) -> _Found | None:
    """A record, and what it names and holds; None for a damaged one."""
    found = reader.read(job)
    if isinstance(found, str):
        return None
    capture, how, page = found
    names = Reading() if how.role in _SETTLE_NOTHING else read_names(capture, Role(how.role))
    return capture, how, Read(names, page)


# What lies below runs in the process beside.

_reader: Reader | None = None


def _prepare(folder: Path, sites: Mapping[str, Site]) -> None:
    global _reader
    shipped()  # loaded before the first page, whose time is bounded
    _reader = Reader(folder, sites)


def _read_beside(job: Job) -> _Found | None:
    assert _reader is not None  # _prepare comes first
    return _read_by(_reader, job)
