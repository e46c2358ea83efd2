"""One crawl, from the archive's lock to the summary.

`crawl` promises that whatever ends it, an interruption, a full disk or the end of the work, what was taken in
is durable, the rest is still in the frontier, and the table `crawls` says how it ended. It raises what keeps
the archive from being used or written; a site that fails is in the report. Twisted's reactor runs once in a
process, and so does a crawl.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from pipelines import errors, health, observations, sitelist
from pipelines.intake import Intake
from pipelines.model import Site
from pipelines.store import CRAWL_COUNTS, DATABASE, Archive
from pipelines.verdict import SHELL
from pipelines.warc import WarcWriter
from scraper import browser, recovery, walking, watch
from scraper.archiving import Archiving
from scraper.backfill import Walk
from scraper.discovery.candidate import Candidate, Place, Role
from scraper.frontier import FRONTIER, WALL, Due, Found, Frontier
from scraper.guess import guesses
from scraper.readers import Readers
from scraper.report import CrawlReport, Progress, SiteReport, Tally
from scraper.run import VERSION, Run, user_agent
from scraper.scope import Verdict
from scraper.settings import settings
from scraper.spiders.news import NewsSpider

SITES = "sites.yml"
_TICK = 0.25
"""Seconds between two snapshots for the progress display."""


def crawl(
    folder: Path,
    *,
    only: Sequence[str] = (),
    max_pages: int | None = None,
    due_only: bool = False,
    since: date | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    log_level: str = "WARNING",
) -> CrawlReport:
    """Crawl the sites of the archive in `folder`, or those of them named in `only`.

    Fetches `max_pages` pages at most over all sites, doors (robots.txt, feeds, sitemaps, sections) aside. All
    doors are asked, or with `due_only` those whose time has come (scraper.visits). Pages are read in up to
    `workers` processes beside this one, one for each core unless given; 0: in this one, as tests do.
    With `since` it is a back-fill (scraper.backfill): listings are walked into the past, down to that day.
    `on_progress` is called a few times a second. Raises SiteListError, and every ArchiveUnusable and
    ArchiveBusy.
    """
    listed = sitelist.load(folder / SITES)
    sites = _chosen(listed.sites, only)
    with _opened(folder) as archive, Frontier.open(folder) as frontier:
        archive.put_sites(listed.sites.values())
        number = archive.begin_crawl(list(sites), datetime.now(UTC), f"newsarchive {VERSION}")
        archive.commit()
        with WarcWriter(folder, f"newsarchive {VERSION}", originals=archive.original) as warc:
            agent, tally = user_agent(listed.contact), Tally(list(sites))
            today = datetime.now(UTC).date()
            walks = {site: Walk(since, today) for site in sites} if since is not None else {}
            frontier.walking = frozenset(walks)
            run = Run(
                folder, sites, agent, number, archive, warc, frontier, tally, max_pages, due_only, walks
            )  # fmt: skip
            readers = Readers(folder, sites, workers)
            run.archiving = Archiving(run, Intake(archive, listed.sites), readers)
            run.spent_today = _spent_today(run) if due_only else {}
            try:
                report = _crawl(run, listed.sites, on_progress, log_level, beside=workers != 0)
            finally:
                readers.close()
        return replace(report, warnings=watch.tell(archive, listed, report, datetime.now(UTC)))


def _spent_today(run: Run) -> dict[str, int]:
    """Site -> pages that earlier crawls of this day (UTC) have asked for: `max_pages` is for all of them."""
    today = datetime.now(UTC).date()
    return {
        site: sum(day.pages for day in run.archive.days(site, 1) if day.day == today) for site in run.sites
    }


def _opened(folder: Path) -> Archive:
    """The archive in `folder`, made by its first crawl.

    Raises NotAnArchive when a frontier is there without its archive: it would believe that pages are archived
    which are not.
    """
    if (folder / FRONTIER).exists() and not (folder / DATABASE).exists():
        raise errors.NotAnArchive(
            f"{folder}: {DATABASE} is missing, but {FRONTIER} is here: put {DATABASE} back, "
            f"or delete {FRONTIER} as well to crawl everything anew"
        )
    return Archive.create(folder)


def _chosen(sites: Mapping[str, Site], only: Sequence[str]) -> dict[str, Site]:
    """The sites to crawl: those named, or all that are not paused."""
    for name in only:
        if name not in sites:
            near = get_close_matches(name, sites, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sites) or 'none'}"
            raise errors.SiteListError(f"{SITES} has no site {name!r}: {hint}")
    return {key: site for key, site in sites.items() if (key in only if only else not site.paused)}


def _crawl(
    run: Run,
    listed: Mapping[str, Site],
    on_progress: Callable[[Progress], None] | None,
    log_level: str,
    *,
    beside: bool,
) -> CrawlReport:
    state = "failed"
    try:
        with run.guarding():
            _recover(run, listed, beside=beside)
            _queue(run)
        state = _drive(run, on_progress, log_level) if run.sites else "finished"
        run.archiving.flush()
    except errors.ArchiveError as error:
        run.failure = run.failure or error
    finally:
        report = _close(run, "failed" if run.failure else state)
    if run.failure:
        raise run.failure
    return report


def _recover(run: Run, listed: Mapping[str, Site], *, beside: bool) -> None:
    """Take in what a crawl that died had fetched, of whatever site; it is no part of what this one does."""
    tally = Tally(list(listed))
    dead = Run(run.folder, listed, run.agent, run.crawl, run.archive, run.warc, run.frontier, tally)
    intake = Intake(run.archive, listed)
    dead.archiving = Archiving(dead, intake, Readers(run.folder, listed, 0))
    for site, pages in recovery.recover(dead, intake, beside=beside).items():
        if site in run.sites:
            run.tally.note(site, f"{pages:,} answers that a crawl before had not settled, from the WARC")


def _queue(run: Run) -> None:
    """Queue what is to be visited now: the doors, and the pages that are due; recall who asked for a rest."""
    now = datetime.now(UTC).timestamp()
    run.frontier.visit_doors(
        [door for site in run.sites.values() for door in _doors(run, site)], run.sites, now,
        due_only=run.due_only,
    )  # fmt: skip
    run.frontier.visit_due(run.sites, now)
    walking.begin(run, now)
    for entry in run.sites.values():
        _guess(run, entry, now)
    for host, until in run.frontier.hosts.rests(now).items():
        run.pace.rest(host, until)


def _guess(run: Run, site: Site, now: float) -> None:
    """Queue the common paths of what the site lacks; those that a door found by then makes needless are let
    go again."""
    for door in observations.doors(run.archive, site.key):
        if door.problem is None:
            run.works(site.key, door.role)
    named = [Candidate(url, role, site.url, Place.COMMON_PATH) for role, url in guesses(site.url)]
    wanted = [
        replace(run.candidates.door(found, site.key), due=Due.GUESS)
        for found in named
        if run.lacks(site.key, found.role)
        and run.scopes[site.key].judge(found.url, role=found.role).verdict is not Verdict.REFUSED
    ]
    if wanted:
        run.frontier.guess(site.key, wanted, now)


def _doors(run: Run, site: Site) -> Iterator[Found]:
    """The doors that sites.yml names; robots.txt is asked for by itself."""
    named = (
        (Role.LISTING, (site.url, *site.sections)),
        (Role.FEED, site.feeds),
        (Role.SITEMAP, site.sitemaps),
    )
    for role, urls in named:
        for url in urls:
            yield run.candidates.door(Candidate(url, role, SITES, Place.SITES_YML), site.key)


def _close(run: Run, state: str) -> CrawlReport:
    """Write how the crawl ended, as far as the archive can still be written."""
    if run.failure is None:
        for site, count in run.frontier.queued(run.sites).items():
            run.tally.sites[site].queued = count
    _name_shells(run)
    if run.failure is None:
        walking.end(run, state)
    report = run.tally.report(state)
    counts = {name: report.total(name) for name in CRAWL_COUNTS}
    try:
        if run.failure is not None:
            run.archive.rollback()
        now = datetime.now(UTC)
        run.archive.end_crawl(run.crawl, now, state, counts, json.dumps(report.as_dict()))
        for done in report.sites:
            listed, covered = run.frontier.coverage(done.site)
            day = replace(done.day(now.date()), pages=run.pages[done.site], listed=listed, covered=covered)
            run.archive.add_to_day(done.site, day)
        run.archive.commit()
        for done in report.sites:
            stands = _standing(run, done, now)
            observations.put_standing(run.archive, done.site, stands.word, stands.why, now)
        run.archive.commit()
    except errors.ArchiveError as error:
        run.failure = run.failure or error
    return report


def _standing(run: Run, done: SiteReport, now: datetime) -> health.Health:
    """How a site does after its crawl."""
    resting = run.frontier.hosts.resting(done.site, now.timestamp())
    return health.standing(
        run.archive.days(done.site), observations.doors(run.archive, done.site), now.date(),
        error=done.error, articles=run.archive.articles_of(done.site),
        walled={host: until for host, (until, why) in resting.items() if why == WALL},
    )  # fmt: skip


def _name_shells(run: Run) -> None:
    """Say what would fill the pages that were withheld because nothing filled them."""
    lacking = browser.missing()
    for report in run.tally.sites.values():
        count = report.left_out[SHELL.outcome.value, SHELL.reason]
        if count and lacking and run.sites[report.site].browser is not False:
            report.notes.append(f"pages that scripts fill, and that need a browser: {count:,}; {lacking}")


def _drive(run: Run, on_progress: Callable[[Progress], None] | None, log_level: str) -> str:
    """Run Scrapy until the work is done or somebody stops it; how it ended."""
    private = [host for site in run.sites.values() if site.allow_private for host in _hosts(site)]
    process = _process(settings(private, log_level) | browser.settings(), log_level)
    crawler = process.create_crawler(NewsSpider)
    ending = ["interrupted"]
    if any(site.browser is not False for site in run.sites.values()) and browser.missing() is None:
        run.browser = browser.Browser(crawler, run)
    _connect(crawler, run, on_progress, ending)
    task = process.crawl(crawler, run=run)
    with _signals_kept() as main_thread:
        process.start(install_signal_handlers=main_thread)
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        raise error
    return ending[0]


def _process(values: dict[str, Any], log_level: str) -> AsyncCrawlerProcess:
    """Scrapy's process, with its loggers at `log_level`, already while it is made."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.getLevelNamesMapping()[log_level] - 1))
    try:
        process = AsyncCrawlerProcess(values)
    finally:
        logging.disable(before)
    for name in ("scrapy", "twisted"):
        logging.getLogger(name).setLevel(log_level)
    return process


def _connect(
    crawler: Crawler, run: Run, on_progress: Callable[[Progress], None] | None, ending: list[str]
) -> None:
    """Hear how the crawl ends, be able to end it, and show how it goes."""
    keep: list[Any] = []  # Scrapy's signals and asyncio hold their callbacks weakly.

    def closed(reason: str) -> None:
        run.stopping = True
        ending[0] = "interrupted" if reason == "shutdown" else "finished"

    def tick() -> None:
        if on_progress:
            on_progress(_progress(run))
            if crawler.crawling and not run.stopping:
                asyncio.get_running_loop().call_later(_TICK, tick)

    async def spider_closed() -> None:
        if run.browser is not None:
            await run.browser.close()

    def stop() -> None:
        keep.append(asyncio.ensure_future(crawler.engine.close_spider_async(reason="failed")))

    keep += [closed, tick, spider_closed]
    run.on_stop = stop
    crawler.signals.connect(closed, signals.spider_closed, weak=False)
    crawler.signals.connect(spider_closed, signals.spider_closed, weak=False)
    crawler.signals.connect(tick, signals.engine_started, weak=False)


def _progress(run: Run) -> Progress:
    return run.tally.progress(sum(run.frontier.queued(run.sites).values()), len(run.in_flight), run.walks)


def _hosts(site: Site) -> Iterator[str]:
    yield urlsplit(site.url).hostname or ""
    for host in site.hosts:
        yield urlsplit(f"//{host}").hostname or ""


@contextmanager
def _signals_kept() -> Iterator[bool]:
    """Whether Scrapy may answer to Ctrl-C and SIGTERM; afterwards they mean again what they meant before."""
    main_thread = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield main_thread
    finally:
        if main_thread:
            for number, answer in before.items():
                signal.signal(number, answer)
