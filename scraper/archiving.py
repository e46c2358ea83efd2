"""The Scrapy item pipeline: a Page -> intake -> the frontier, and in groups: WARC synced, archive committed,
settled.

Promises the order: a page is settled in the frontier only after its record and its rows are durable, together
with the links found on it. A page that cannot be understood is in the ledger as failed, with the reason, and
never ends the crawl. Never fetches, never decides what may be fetched (scope, robots) or what an article is
(intake).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from pipelines import errors, identify, observations, reservation
from pipelines.intake import Intake
from pipelines.model import Capture, Circumstances, Kind, Outcome, Position, Taken
from pipelines.reading import UNRENDERED
from pipelines.reservation import Reservation
from scraper import politeness, visits, walking
from scraper.discovery.candidate import Candidate, Place, Role
from scraper.frontier import WALL, Due, Found, RobotsCopy, Settled, State, Task
from scraper.guess import NO_DOOR
from scraper.log import FIELDS
from scraper.politeness import host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scraper.readers import Readers
    from scraper.reading import Read, Reading
    from scraper.run import Run
    from scraper.spiders.news import Page

log = logging.getLogger(__name__)

GROUP = 50
"""Pages in one commit at most."""
LONGEST_WAIT = 0.5
"""Seconds that a page waits for its commit at most, while the crawl has other things to do."""
MOST_REDIRECTS = 10
_Named = dict[str, tuple[Found, Candidate]]
"""Key -> the frontier's entry, and what the document says of it."""
DOORS = frozenset({Role.FEED, Role.SITEMAP})
"""Doors of which it is kept how they answer."""
_RETRY_SILENCE = 3600.0
"""Seconds after which a URL that gave no usable answer is tried in a later crawl."""
_RETRY_ERROR = 86_400.0
"""The same, for a URL that answered with an error."""


class Archiving:
    """Takes pages in and settles them."""

    def __init__(self, run: Run, intake: Intake, readers: Readers) -> None:
        self._run = run
        self._intake = intake
        self._readers = readers
        self._batch: list[Settled] = []
        self._named: list[Found] = []
        self._kept_back = run.archive.kept_back()
        self._since: float | None = None
        self._unread: Counter[str] = Counter()
        """Host -> its pages that are being read."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Archiving:
        """As Scrapy makes its pipelines: the run has one already."""
        return crawler.spider.run.archiving  # type: ignore[union-attr, no-any-return]

    @property
    def waiting(self) -> bool:
        """Whether anything taken is not yet durable."""
        return self._since is not None

    @property
    def holds_finds(self) -> bool:
        """Whether anything was found that is not yet in the frontier."""
        return any(settled.found for settled in self._batch)

    def holds_finds_of(self, site: str) -> bool:
        """Whether anything of a site was found that is not yet in the frontier."""
        found = (found for settled in self._batch if settled.task.site == site for found in settled.found)
        return any(True for _ in found) or any(named.site == site for named in self._named)

    def holds_list_of(self, site: str) -> bool:
        """Whether what a feed or sitemap of the site lists is not yet in the frontier."""
        return any(settled.lists and settled.task.site == site for settled in self._batch)

    async def process_item(self, item: Page) -> Page:
        """Take a page in."""
        try:
            with self._run.guarding():
                read = await self._read(item)
                item, read = await self._filled(item, read)
                self._take(item, read)
            if item.capture and item.capture.position is None:
                self.flush()  # The WARC does not have it, so nothing could be made of it after a kill.
            self.flush_if_due()
        except errors.ArchiveError as error:
            raise DropItem(str(error), log_level="DEBUG") from error  # The run knows, and ends.
        finally:
            self._run.released(item.task)
        return item

    async def _filled(self, page: Page, read: Read | None) -> tuple[Page, Read | None]:
        """The page as a browser fills it, where it holds nothing without, or its site says so; the page as it
        was received has been taken in then."""
        browser, task, capture = self._run.browser, page.task, page.capture
        if browser is None or capture is None or capture.position is None or read is None:
            return page, read
        always = self._run.fills(task.site, task.role, capture)
        if not always and (not read.page.is_shell or self._run.sites[task.site].browser is False):
            return page, read
        await self._run.regain(task)
        made = await browser.fill(task, capture)
        if isinstance(made, str):
            self._run.tally.note(task.site, f"browser: {task.url}: {made}")
            if not always:
                return page, read
        role = UNRENDERED if always else task.role
        self._intake.take(capture, site=task.site, role=role, crawl=self._run.crawl)
        if isinstance(made, str):
            return replace(page, capture=None, problem=f"browser: {made}"), None
        page = replace(page, capture=self._record(task, capture.position, made))
        return page, await self._read(page)

    def _record(self, task: Task, received: Position, made: Capture) -> Capture:
        """What a browser made of a page, written to the WARC beside it."""
        how = Circumstances(
            task.site, task.role, self._run.crawl, made.robots, made.chain, task.found_on, made.certificate,
            made.signals,
        )  # fmt: skip
        position, digest = self._run.warc.append_conversion(received, made, how)
        return replace(made, position=position, digest=digest)

    async def _read(self, page: Page) -> Read | None:
        """What is read off a page that came, while other pages go on coming."""
        if page.capture is None:
            return None
        host = page.task.host
        if self._needs_no_wait(page.task, page.capture):
            self._run.free(page.task)
        self._unread[host] += 1
        try:
            return await self._readers.read(page.capture, page.task.role, page.task.site)
        finally:
            self._unread[host] -= 1

    def _needs_no_wait(self, task: Task, capture: Capture) -> bool:
        """Whether the host may be asked again while this page is read: one page ahead of the readers, where
        nothing that this one holds decides what is asked next."""
        is_kept = capture.position is not None and capture.status == 200
        is_plain = task.role is Role.PAGE and task.site not in self._run.walks
        return is_kept and is_plain and not self._unread[task.host]

    def take(self, page: Page, read: Read, taken: Taken) -> None:
        """Take in a page that intake has already; durable with the next `flush`."""
        assert page.capture is not None
        with self._run.guarding():
            self._arrived(page, page.capture, read, taken)

    def trapped(self, task: Task, reason: str) -> None:
        """Settle a page that is not worth its fetch."""
        with self._run.guarding():
            self._refused(task, reason)

    async def close_spider(self) -> None:
        """Settle what is left."""
        self.flush()

    def take_aside(self, capture: Capture, site: str, role: str) -> None:
        """Take in what was asked for beside the frontier: a robots.txt, a made-up address, what a
        browser needs to fill a page."""
        with self._run.guarding():
            self._intake.take(capture, site=site, role=role, crawl=self._run.crawl)
            self._heed(host_of(capture.url), capture)
            self._wait()

    def learned_robots(
        self, origin: str, site: str, copy: RobotsCopy | None, sitemaps: list[str], changed: bool
    ) -> None:
        """Remember a robots.txt, enter the sitemaps it names, and look again at what it forbade before."""
        robots_url = f"{origin}/robots.txt"
        with self._run.guarding():
            if copy is not None:
                self._run.frontier.hosts.keep_robots(origin, copy)
            if changed:
                self._run.frontier.hosts.forgive_robots(host_of(origin))
            for url in sitemaps:
                named = Candidate(url, Role.SITEMAP, robots_url, Place.ROBOTS)
                found = self._run.candidates.entry(named, site, depth=0)
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
        try:
            with self._run.guarding():
                self._run.warc.sync()
                self._run.archive.commit()
                entered = self._run.frontier.settle(self._batch, self._named, time.time())
        except errors.ArchiveError:
            return  # The run knows, and ends; what was taken is fetched again by the next crawl.
        for site, count in entered.new.items():
            self._run.tally.found(site, count)
        self._batch, self._named, self._since = [], [], None
        self._run.on_entered(sorted(entered.lanes))

    def _wait(self) -> None:
        self._since = self._since or time.monotonic()

    def _settle(self, settled: Settled) -> None:
        self._batch.append(settled)
        self._wait()

    # One page.

    def _take(self, page: Page, read: Read | None) -> None:
        if page.capture is not None and read is not None:
            taken = self._intake.write(
                page.capture, read.page, site=page.task.site, role=page.task.role, crawl=self._run.crawl
            )
            self._arrived(page, page.capture, read, taken)
        elif page.refused:
            self._refused(page.task, page.problem)
        elif page.closed:
            if not self._run.stopping:
                self._run.close_host(page.task.site, page.task.host, page.problem)
            self._settle(Settled(page.task, State.QUEUED, time.time()))
        else:
            self._try_again(page.task, time.time(), page.problem)

    def _arrived(self, page: Page, capture: Capture, read: Read, taken: Taken) -> None:
        """An answer came; what it means for the host, for the page, and for the archive."""
        task, now, names = page.task, capture.fetched.timestamp(), read.reading
        if names.note and task.due is not Due.GUESS:
            self._run.tally.note(task.site, names.note)
        _tell(task, taken.outcome, taken.reason, capture.status)
        rest_until = self._heed(task.host, capture)
        if capture.status in politeness.TRANSIENT:
            self._try_again(task, now, taken.reason, capture.status, rest_until)
        elif page.redirects:
            self._redirected(task, capture, page.target, taken)
        else:
            if task.due is not Due.GUESS:
                self._run.tally.taken(task, taken)
            self._meet_walls(task, taken)
            if task.role in (Role.PAGE, Role.LISTING):
                self._run.learning.learn(task, taken)
            if taken.outcome is Outcome.FAILED:
                self._front_page_failed(task, taken.reason)
            self._settle(self._settlement(task, capture, read, taken))

    def _meet_walls(self, task: Task, taken: Taken) -> None:
        """A bot wall slows the host down, and several in a row leave it alone for hours; none is evaded."""
        if taken.reason == "captcha":
            until = self._run.pace.walled(task.host, time.time())
            if until is not None:
                self._run.frontier.hosts.keep_rest(task.host, until, WALL)
                self._run.tally.note(
                    task.site, f"{task.host} answers with a bot wall: it is left alone for a while"
                )
        elif taken.outcome is Outcome.ARTICLE:
            self._run.pace.open_again(task.host)

    def _heed(self, host: str, capture: Capture) -> float | None:
        """Give the host the rest that it asks for; until when, or None."""
        now = time.time()
        wait = politeness.retry_after(capture.header("retry-after"), now)
        until = self._run.pace.answered(host, capture.status, wait, now)
        if until is not None:
            self._run.frontier.hosts.keep_rest(host, until, f"HTTP {capture.status}")
        return until

    def _settlement(self, task: Task, capture: Capture, read: Read, taken: Taken) -> Settled:
        now, reading = capture.fetched.timestamp(), read.reading
        failed = taken.outcome is Outcome.FAILED
        etag, last_modified = (None, None) if failed else _validators(task, capture)
        if task.due is Due.GUESS and not reading.candidates:
            return Settled(task, State.DROPPED, now, NO_DOOR, capture.status)
        self._note_copies(task, reading, taken)
        named = self._named_by(task, reading, read.page.asks)
        found = [entry for entry, _ in named.values()]
        if task.role in DOORS:
            self._observe(task, capture, reading, taken, named)
            if task.role is Role.FEED and task.site in self._run.walks:
                self._named += walking.months(self._run, task, named.values())
        elif task.site in self._run.walks and _role(task, taken) is Role.LISTING:
            found += walking.walked(self._run, task, named.values())
        return Settled(
            task,
            State.FAILED if failed else State.DONE,
            now,
            reason=taken.reason,
            status=capture.status,
            not_before=now + _RETRY_ERROR if failed else 0.0,
            next_visit=self._next_visit(task, capture, reading, taken),
            born=visits.freshest(taken, task, now) if taken.article and capture.status != 304 else None,
            look=visits.look(taken, task, now),
            role=_role(task, taken),
            etag=etag,
            last_modified=last_modified,
            found=tuple(found),
            lists=reading.lists,
            complete=reading.complete,
        )

    def _note_copies(self, task: Task, reading: Reading, taken: Taken) -> None:
        """What an article calls a copy of itself, on its own site, is an address of it."""
        site = self._run.sites[task.site]
        if taken.article is None or taken.outcome not in (Outcome.ARTICLE, Outcome.UNCHANGED):
            return
        for url in reading.copies:
            if url != task.url and identify.same_site(url, site, task.url):
                self._run.ledger.note_copy(url, task.site, taken.article, task.url, task.url)
        for url, found_on in self._run.ledger.copies_of(task.url, task.site).items():
            self._run.ledger.note_copy(url, task.site, taken.article, task.url, found_on)

    def _observe(self, task: Task, capture: Capture, reading: Reading, taken: Taken, named: _Named) -> None:
        """Remember how a door answered, and what it says of what it lists for the first time."""
        fresh = named.keys() - self._run.frontier.listed(task.key) if named else set()
        entries = None if capture.status == 304 else len(named)
        problem = _problem(capture, reading, taken)
        if problem is None and (named or capture.status == 304):
            self._run.works(task.site, task.role)
        answered = observations.Answered(task.url, task.site, task.role, entries, len(fresh), problem)
        observations.put_door(self._run.archive, answered, capture.fetched)
        for key in fresh:
            found, said = named[key]
            if (said.title or said.published) and found.url not in self._kept_back:
                observations.announce(
                    self._run.archive, found.url, task.url, said.title, said.published, said.language
                )

    def _next_visit(self, task: Task, capture: Capture, reading: Reading, taken: Taken) -> float | None:
        """When it is due again: a door by its own rate, a page by its age and its site's, and a page of the
        past only when it was before."""
        now = capture.fetched.timestamp()
        if task.due is Due.BACKFILL and task.planned is None:
            return None
        role = _role(task, taken)
        if role is Role.PAGE:
            return visits.next_visit(taken, task, now, self._run.learning.rates(task.site))
        dates = (found.published or found.lastmod for found in reading.candidates)
        return visits.next_poll(role, dates, reading.period, task, capture.status, now)

    def _named_by(self, task: Task, reading: Reading, asks: Reservation) -> _Named:
        """What the page names and may be fetched, by key; what it asks not to be followed is refused."""
        site = self._run.sites[task.site]
        follow = not site.respect or reservation.may_follow(asks, site)
        refusal = None if follow else reservation.NOFOLLOW
        named: _Named = {}
        for candidate in reading.candidates:
            found = self._run.candidates.entry(candidate, task.site, task.depth + 1, refusal)
            if found is not None:
                named[found.key] = found, candidate
        return named

    def _redirected(self, task: Task, capture: Capture, target: str | None, taken: Taken) -> None:
        """Follow a redirect: the target enters as a URL of its own, with the way that led there."""
        now, chain = capture.fetched.timestamp(), (*task.chain, capture.url)
        fault = _fault(target, chain)
        if fault or target is None:
            self._give_up(task, now, fault or "", capture.status)
            return
        if taken.outcome is Outcome.WITHHELD:  # sent where everything without a page is sent
            self._run.tally.taken(task, taken)
            visit = visits.next_visit(taken, task, now)
            self._settle(Settled(task, State.DONE, now, taken.reason, capture.status, next_visit=visit))
            return
        named = Candidate(target, task.role, capture.url, Place.REDIRECT)
        found = self._run.candidates.entry(named, task.site, task.depth)
        if found is None:
            self._front_page_failed(task, f"redirects out of scope, to {target}")
        is_guess = task.due is Due.GUESS
        moved = (replace(found, due=task.due if is_guess else Due.MOVED, chain=chain),) if found else ()
        if is_guess:
            self._settle(Settled(task, State.DROPPED, now, NO_DOOR, capture.status, found=moved))
            return
        visit, reason = visits.next_visit(taken, task, now), f"redirects to {target}"
        waits = found is not None and self._run.frontier.address(found.key) is not None
        self._settle(Settled(task, State.DONE, now, reason, capture.status, next_visit=visit, found=moved))
        if waits:
            self.flush()  # Its target may be next in turn, and must not be fetched without knowing this.

    # What came to nothing.

    def _refused(self, task: Task, reason: str) -> None:
        self._note(task, Outcome.REFUSED, reason)
        self._run.tally.left_out(task.site, Outcome.REFUSED, reason)
        self._front_page_failed(task, reason)
        self._settle(Settled(task, State.DROPPED, time.time(), reason))

    def _try_again(
        self, task: Task, now: float, reason: str, status: int | None = None, rest_until: float | None = None
    ) -> None:
        """Queue a task again after a while, unless it was tried often enough."""
        attempt = task.attempts + 1
        if attempt >= politeness.RETRIES or task.due is Due.GUESS:
            self._give_up(task, now, reason, status)
            return
        later = max(time.time() + politeness.backoff(attempt), rest_until or 0.0)
        self._note(task, Outcome.FAILED, reason)
        self._settle(Settled(task, State.QUEUED, now, reason, status, not_before=later))

    def _give_up(self, task: Task, now: float, reason: str, status: int | None) -> None:
        if task.due is Due.GUESS:
            self._note(task, Outcome.FAILED, reason)
            self._settle(Settled(task, State.DROPPED, now, NO_DOOR, status))
            return
        if task.role in DOORS:
            missed = observations.Answered(task.url, task.site, task.role, problem=reason)
            observations.put_door(self._run.archive, missed, datetime.fromtimestamp(now, UTC))
        self._note(task, Outcome.FAILED, reason)
        self._run.tally.failed(task.site, reason)
        self._front_page_failed(task, reason)
        self._settle(Settled(task, State.FAILED, now, reason, status, not_before=now + _RETRY_SILENCE))

    def _front_page_failed(self, task: Task, reason: str) -> None:
        """A site whose front page cannot be had has failed, whatever its other doors give."""
        if task.url == self._run.sites[task.site].url:
            self._run.tally.site_failed(task.site, f"front page: {reason}")

    def _note(self, task: Task, outcome: Outcome, reason: str) -> None:
        _tell(task, outcome, reason, None)
        observations.put_attempt(
            self._run.archive, task.url, datetime.now(UTC), self._run.crawl, outcome, reason
        )
        self._run.ledger.note(task.url, task.site, outcome, reason, task.found_on)


def _tell(task: Task, outcome: Outcome, reason: str, status: int | None) -> None:
    """A line of the log about a page."""
    if log.isEnabledFor(logging.INFO):
        told = {
            "event": "page", "site": task.site, "url": task.url, "role": task.role, "due": task.due,
            "status": status, "outcome": outcome, "reason": reason,
        }  # fmt: skip
        log.info("%s: %s", task.url, outcome, extra={FIELDS: told})


def _problem(capture: Capture, reading: Reading, taken: Taken) -> str | None:
    """Why the answer of a door is no feed or sitemap; None when it is one, or nothing changed."""
    if capture.status == 304 or reading.lists:
        return None
    if taken.outcome in (Outcome.FAILED, Outcome.GONE):
        return taken.reason
    return (reading.note or "").rpartition(f"{capture.url}: ")[2] or f"HTTP {capture.status}"


def _role(task: Task, taken: Taken) -> Role:
    """What the page is from now on: one that turned out to be a listing is visited as one. What stands before
    a page, a wall for one, or where an article stood, tells nothing of it."""
    is_listing = taken.kind is Kind.LISTING and taken.outcome is Outcome.NOT_ARTICLE and taken.article is None
    return Role.LISTING if is_listing and task.role is Role.PAGE else task.role


def _validators(task: Task, capture: Capture) -> tuple[str | None, str | None]:
    """ETag and Last-Modified to ask with the next time; none for what was no page, or is not kept."""
    if capture.position is None or capture.rendered:  # an unchanged frame says nothing of what fills it
        return None, None
    if capture.status == 304:
        return capture.header("etag") or task.etag, capture.header("last-modified") or task.last_modified
    if capture.status == 200:
        return capture.header("etag"), capture.header("last-modified")
    return None, None


def _fault(target: str | None, chain: tuple[str, ...]) -> str | None:
    """Why a redirect is not followed, or None."""
    if target is None:
        return "redirects to no address"
    if target in chain:
        return "redirect loop"
    return f"more than {MOST_REDIRECTS} redirects" if len(chain) > MOST_REDIRECTS else None
