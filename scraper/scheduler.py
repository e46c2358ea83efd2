"""Which request next: Scrapy's scheduler over the durable frontier.

A lane is what one site has queued on one host. Lanes take turns, a host is asked once at a time and as often
as its pace allows, so a slow site never holds up another. Nothing enters through Scrapy: URLs enter the
frontier when the page that names them is settled.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from scrapy.core.scheduler import BaseScheduler
from scrapy.http import Request

from pipelines import errors
from scraper import netguard, walking
from scraper.discovery.candidate import Role
from scraper.frontier import Due, Task
from scraper.politeness import PATIENCE

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from scraper.run import Run

_LONGEST_NAP = 0.5
_LOOK_UPS = 8
"""Host names that are looked up at the same time."""


@dataclass(slots=True)
class _Lane:
    site: str
    host: str
    wakes: float = 0.0
    """Nothing is to be had before then; infinity until something is entered."""
    is_located: bool = False
    """It is known with whom the host shares its address."""


class Scheduler(BaseScheduler):
    """Hands out the frontier's URLs to Scrapy's engine."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run: Run = crawler.spider.run  # type: ignore[union-attr]
        self._lanes: deque[_Lane] = deque()
        self._by_name: dict[tuple[str, str], _Lane] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._locating: set[asyncio.Task[None]] = set()
        self._look_ups = asyncio.Semaphore(_LOOK_UPS)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Scheduler:
        """As Scrapy makes its scheduler; the spider carries the run."""
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Begin with all that is queued."""
        self._run.on_entered = self.wake
        self._run.on_free = self._nudge
        self.wake(self._run.frontier.lanes(self._run.sites))

    def close(self, reason: str) -> None:
        """Stop the alarm, and looking hosts up."""
        if self._alarm:
            self._alarm.cancel()
        for task in self._locating:
            task.cancel()

    def wake(self, names: list[tuple[str, str]]) -> None:
        """Look at these lanes again: something was entered."""
        for name in names:
            lane = self._by_name.get(name)
            if lane is None:
                lane = self._by_name[name] = _Lane(*name)
                self._run.slow(*name)
                self._lanes.append(lane)
                self._locate(lane)
            lane.wakes = 0.0
        if names:
            self._nudge()

    def has_pending_requests(self) -> bool:
        """Whether the crawl has anything left to do or to wait for."""
        if self._run.stopping:
            return False
        is_busy = bool(self._run.in_flight or self._locating) or self._run.archiving.waiting
        return is_busy or self._soonest() < inf

    def _locate(self, lane: _Lane) -> None:
        """Learn at which address the lane's host is before it is asked: who is there too takes turns."""
        task = asyncio.ensure_future(self._look_up(lane))
        self._locating.add(task)
        task.add_done_callback(self._locating.discard)

    async def _look_up(self, lane: _Lane) -> None:
        async with self._look_ups:
            address = await netguard.shared_address(lane.host)
        if address is not None:
            self._run.pace.locate(lane.host, address)
        lane.is_located = True
        self._nudge()

    def enqueue_request(self, request: Request) -> bool:
        """Refuse: nothing enters but through a settlement."""
        return False

    def next_request(self) -> Request | None:
        """The next request, or None while nobody may be asked; an alarm then wakes the engine in time."""
        try:
            with self._run.guarding():
                return None if self._run.stopping else self._next(time.time())
        except errors.ArchiveError:
            return None  # The run knows, and ends.

    def _next(self, now: float) -> Request | None:
        task = self._pick(now)
        if (
            task is None
            and self._run.archiving.waiting
            and not self._run.in_flight
            and self._soonest() > now + 0.05
        ):
            self._run.archiving.flush()  # What the last pages named is all there is to go on with.
            task = self._pick(now)
        if task is None:
            self._set_alarm(now)
            return None
        return self._hand_out(task)

    def _pick(self, now: float) -> Task | None:
        for _ in range(len(self._lanes)):
            lane = self._lanes[0]
            self._lanes.rotate(-1)
            if self._ready_at(lane) > now:
                continue
            pages = self._run.may_fetch_pages(lane.site)
            task = self._take(lane, now, pages)
            if task is not None:
                return task
            soonest = self._run.frontier.soonest(lane.site, lane.host, pages=pages)
            lane.wakes = inf if soonest is None or soonest > now + PATIENCE else soonest
        return None

    def _take(self, lane: _Lane, now: float, pages: bool) -> Task | None:
        """The lane's next page that is worth its fetch."""
        while task := self._run.frontier.take(lane.site, lane.host, now, pages=pages):
            if self._comes_last(task):
                self._run.frontier.put_back(task)
                self._run.archiving.flush()
                if self._run.stopping:
                    return None  # what could not be made durable waits for ever
                continue
            if self._run.is_needless(task):
                self._run.frontier.forget(task)
                continue
            trap = self._trap(task)
            if trap is None:
                return task
            self._run.archiving.trapped(task, trap)
        return None

    def _trap(self, task: Task) -> str | None:
        """Why a page is not worth its fetch, or None; one of the past is for the walk alone to judge."""
        is_past = walking.is_past(self._run, task)
        return walking.refusal(self._run, task) if is_past else self._run.learning.trap(task)

    def _comes_last(self, task: Task) -> bool:
        """Whether what other pages have named must enter first: a walk fetches it before it goes on, it may
        make a guess needless, and what a sitemap says of an old address comes before a new one."""
        archiving = self._run.archiving
        if task.due is Due.GUESS:
            return archiving.holds_finds_of(task.site)
        if task.role is Role.PAGE and archiving.holds_list_of(task.site):
            return True
        return task.due is Due.BACKFILL and archiving.holds_finds

    def _ready_at(self, lane: _Lane) -> float:
        if not lane.is_located or lane.wakes == inf or lane.host in self._run.closed:
            return inf
        return max(lane.wakes, self._run.pace.ready_at(lane.host))

    def _soonest(self) -> float:
        """When the next lane is ready, or infinity when none will be that is worth waiting for."""
        soonest = min(map(self._ready_at, self._lanes), default=inf)
        return inf if soonest > time.time() + PATIENCE else soonest

    def _hand_out(self, task: Task) -> Request:
        self._run.in_flight.add(task.key)
        self._run.pace.started(task.host)
        self._run.tally.asked(task)
        if task.role is Role.PAGE or task.due is Due.BACKFILL:
            self._run.count_page(task.site)
        request = self._run.request(task.url, task.site, task)
        request.meta.update(task=task, chain=task.chain)
        request.callback, request.errback = self._run.callbacks
        return request

    def _set_alarm(self, now: float) -> None:
        """Wake the engine when the next lane is ready, and in time to settle what waits.

        Left alone, the engine looks again every five seconds.
        """
        if self._alarm:
            self._alarm.cancel()
        nap = min(max(self._soonest() - now, 0.001), _LONGEST_NAP)
        self._alarm = asyncio.get_running_loop().call_later(nap, self._nudge)

    def _nudge(self) -> None:
        self._run.archiving.flush_if_due()
        slot = self._crawler.engine._slot  # Scrapy has no public way to say that a scheduler is ready again.
        if slot is not None:
            slot.nextcall.schedule()
