"""The Scrapy item pipeline: a Page -> intake -> the frontier, and in groups: WARC synced, archive committed,
settled.

Promises the order: a page is settled in the frontier only after its record and its rows are durable, together
with the links found on it. A page that cannot be understood is in the ledger as failed, with the reason, and
never ends the crawl. Never fetches, never decides what may be fetched (scope, robots) or what an article is
(intake).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.intake import Intake
from pipelines.model import Capture, Kind, Outcome, Taken
from scraper import politeness
from scraper.discovery.candidate import Candidate, Place, Role
from scraper.frontier import Due, Found, RobotsCopy, Settled, State, Task
from scraper.run import host_of
from scraper.visits import next_visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scraper.run import Run
    from scraper.spiders.news import Page

GROUP = 50
"""Pages in one commit at most."""
LONGEST_WAIT = 0.5
"""Seconds that a page waits for its commit at most, while the crawl has other things to do."""
MOST_REDIRECTS = 10
_CLOSED_FOR = 3600.0
"""Seconds after which a closed origin is worth another look."""
_RETRY_AFTER = 86_400.0
"""Seconds after which a URL that failed is tried in a later crawl."""
_GONE = frozenset({404, 410})


class Archiving:
    """Takes pages in and settles them."""

    def __init__(self, run: Run, intake: Intake) -> None:
        self._run = run
        self._intake = intake
        self._batch: list[Settled] = []
        self._named: list[Found] = []
        self._since: float | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Archiving:
        """As Scrapy makes its pipelines: the run has one already."""
        return crawler.spider.run.archiving  # type: ignore[union-attr, no-any-return]

    @property
    def waiting(self) -> bool:
        """Whether anything taken is not yet durable."""
        return self._since is not None

    async def process_item(self, item: Page) -> Page:
        """Take a page in; raises what keeps the archive from being written."""
        with self._run.guarding():
            self._take(item)
            self.flush_if_due()
        return item

    async def close_spider(self) -> None:
        """Settle what is left."""
        self.flush()

    def take_robots(self, capture: Capture, site: str) -> None:
        """Take in a robots.txt, or what came in its place."""
        with self._run.guarding():
            self._intake.take(capture, site=site, role="robots", crawl=self._run.crawl)
            self._wait()

    def learned_robots(
        self, origin: str, site: str, copy: RobotsCopy | None, sitemaps: list[str], changed: bool
    ) -> None:
        """Remember a robots.txt, enter the sitemaps that it names, give what it forbade before another chance."""
        robots_url = f"{origin}/robots.txt"
        with self._run.guarding():
            if copy is not None:
                self._run.frontier.keep_robots(origin, copy)
            if changed:
                self._run.frontier.forgive_robots(host_of(origin), time.time())
            for url in sitemaps:
                named = Candidate(url, Role.SITEMAP, robots_url, Place.ROBOTS)
                found = self._run.candidate(named, site, depth=0)
                if found is not None:
                    self._named.append(found)
            self._wait()

    def flush_if_due(self) -> None:
        """Settle when a group is full or has waited long enough."""
        if self._since is None:
            return
        if len(self._batch) >= GROUP or time.monotonic() - self._since >= LONGEST_WAIT:
            self.flush()

    def flush(self) -> None:
        """Make all that was taken durable, in the order that "done" promises."""
        if self._since is None or self._run.failure is not None:
            return
        with self._run.guarding():
            self._run.warc.sync()
            self._run.archive.commit()
            entered = self._run.frontier.settle(self._batch, self._named, time.time())
        for site, count in entered.new.items():
            self._run.tally.found(site, count)
        self._batch, self._named, self._since = [], [], None
        self._run.on_entered(sorted(entered.lanes))

    def _wait(self) -> None:
        self._since = self._since or time.monotonic()

    def _settle(self, settled: Settled) -> None:
        self._batch.append(settled)
        self._wait()

    # One page

    def _take(self, page: Page) -> None:
        if page.reading.note:
            self._run.tally.note(page.task.site, page.reading.note)
        if page.capture is None:
            self._absent(page)
        else:
            self._arrived(page, page.capture)

    def _absent(self, page: Page) -> None:
        """A page that never came."""
        task, now = page.task, time.time()
        if page.refused:
            self._note(task, Outcome.REFUSED, page.problem)
            self._run.tally.left_out(task.site, Outcome.REFUSED, page.problem)
            self._settle(Settled(task, State.DROPPED, now, page.problem))
        elif page.closed:
            self._run.close_host(task.site, task.host, page.problem)
            self._note(task, Outcome.QUEUED, page.problem)
            self._settle(Settled(task, State.QUEUED, now, not_before=now + _CLOSED_FOR))
        else:
            self._try_again(task, now, page.problem, None, None)

    def _arrived(self, page: Page, capture: Capture) -> None:
        task, now = page.task, capture.fetched.timestamp()
        taken = self._intake.take(capture, site=task.site, role=task.role, crawl=self._run.crawl)
        wait = politeness.retry_after(capture.header("retry-after"), time.time())
        rest_until = self._run.pace.answered(task.host, capture.status, wait, time.time())
        if rest_until is not None:
            self._run.frontier.keep_rest(task.host, rest_until, f"status {capture.status}")
        if capture.status in politeness.TRANSIENT:
            self._try_again(task, now, f"status {capture.status}", capture.status, rest_until)
        elif page.target is not None:
            self._redirected(task, capture, page.target, taken)
        else:
            self._run.tally.taken(task, taken)
            self._settle(self._settlement(page, capture, taken))

    def _settlement(self, page: Page, capture: Capture, taken: Taken) -> Settled:
        task, now = page.task, capture.fetched.timestamp()
        unmodified = capture.status == 304
        failed = taken.outcome is Outcome.FAILED and capture.status not in _GONE
        return Settled(
            task,
            State.FAILED if failed else State.DONE,
            now,
            reason=taken.reason,
            status=capture.status,
            not_before=now + _RETRY_AFTER if failed else 0.0,
            next_visit=next_visit(taken, task, now),
            role=Role.LISTING if taken.kind is Kind.LISTING and task.role is Role.PAGE else None,
            etag=capture.header("etag") or (task.etag if unmodified else None),
            last_modified=capture.header("last-modified") or (task.last_modified if unmodified else None),
            found=self._found(page.reading.candidates, task),
            lists=page.reading.lists,
            complete=page.reading.complete,
        )

    def _found(self, candidates: tuple[Candidate, ...], task: Task) -> tuple[Found, ...]:
        named = (self._run.candidate(candidate, task.site, task.depth + 1) for candidate in candidates)
        return tuple({found.key: found for found in named if found is not None}.values())

    def _redirected(self, task: Task, capture: Capture, target: str, taken: Taken) -> None:
        """Follow a redirect: the target enters as a URL of its own, with the way that led there."""
        now = capture.fetched.timestamp()
        chain = (*task.chain, capture.url)
        reason = ""
        if target in chain:
            reason = "redirect loop"
        elif len(chain) > MOST_REDIRECTS:
            reason = f"more than {MOST_REDIRECTS} redirects"
        if reason:
            self._give_up(task, now, reason, capture.status)
            return
        named = Candidate(target, task.role, capture.url, Place.BODY)
        found = self._run.candidate(named, task.site, task.depth)
        moved = (replace(found, due=Due.MOVED, chain=chain),) if found else ()
        visit = next_visit(taken, task, now)
        self._settle(
            Settled(
                task, State.DONE, now, f"redirects to {target}", capture.status, next_visit=visit, found=moved
            )
        )

    def _try_again(
        self, task: Task, now: float, reason: str, status: int | None, rest_until: float | None
    ) -> None:
        """Queue a task again after a while, unless it was tried often enough."""
        attempt = task.attempts + 1
        if attempt >= politeness.RETRIES:
            self._give_up(task, now, reason, status)
            return
        later = max(time.time() + politeness.backoff(attempt), rest_until or 0.0)
        self._note(task, Outcome.QUEUED, f"{reason}; to be tried again")
        self._settle(Settled(task, State.QUEUED, now, reason, status, not_before=later))

    def _give_up(self, task: Task, now: float, reason: str, status: int | None) -> None:
        self._note(task, Outcome.FAILED, reason)
        self._run.tally.failed(task.site, reason)
        if task.url == self._run.sites[task.site].url:
            self._run.tally.site_failed(task.site, f"front page: {reason}")
        self._settle(Settled(task, State.FAILED, now, reason, status, not_before=now + _RETRY_AFTER))

    def _note(self, task: Task, outcome: Outcome, reason: str) -> None:
        self._run.note(task.url, task.site, outcome, reason, task.found_on)
