"""The one spider: a response -> a Page, the capture with what it names. It writes nothing and decides
nothing.

Which URLs there are, when they are fetched and what becomes of them is the business of the frontier and of
archiving.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrapy import Spider
from scrapy.http import Response

from pipelines.article.decode import decode
from pipelines.article.guard import tame
from pipelines.model import Capture, Taken
from scraper.discovery.candidate import Candidate, Role, Unreadable, absolute
from scraper.discovery.feeds import read_feed
from scraper.discovery.links import read_links
from scraper.discovery.sitemaps import read_sitemap
from scraper.frontier import Task
from scraper.robots import OriginClosed, Refused

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from scraper.run import Run

log = logging.getLogger(__name__)

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document names."""

    candidates: tuple[Candidate, ...] = ()
    lists: bool = False
    """A sitemap or feed that could be read: the candidates are all that it lists."""
    complete: bool = False
    """A sitemap that lists all there is of its part of the site: what is missing from it has vanished."""
    period: int | None = None
    """Seconds for which a feed says that it need not be asked again."""
    note: str | None = None
    """What could not be read, and why."""


@dataclass(frozen=True, slots=True)
class Page:
    """One task that came back: with a capture, or with the reason why there is none."""

    task: Task
    capture: Capture | None = None
    reading: Reading = Reading()
    redirects: bool = False
    target: str | None = None
    """Where the redirect leads, when that is an address."""
    problem: str = ""
    refused: bool = False
    """The problem is that we must not fetch it."""
    closed: bool = False
    """The problem is that its whole origin is closed for the time being."""
    taken: Taken | None = None
    """What intake made of the capture, where it has it already (scraper.recovery)."""


class NewsSpider(Spider):
    """Crawls every site of a run."""

    name = "news"

    def __init__(self, run: Run, **options: Any) -> None:
        super().__init__(**options)
        self.run = run
        run.callbacks = (self.parse, self.failed)

    async def start(self) -> AsyncIterator[Any]:
        """Nothing: the frontier holds the doors."""
        nothing: tuple[Any, ...] = ()
        for request in nothing:
            yield request

    def parse(self, response: Response) -> Iterator[Page]:
        """The page that a response is."""
        meta = response.request.meta  # type: ignore[union-attr]
        yield page(meta["task"], meta["capture"])

    def failed(self, failure: Failure) -> Iterator[Page]:
        """The page that never came."""
        task: Task = failure.request.meta["task"]  # type: ignore[attr-defined]
        error: BaseException = failure.value  # type: ignore[assignment]
        if isinstance(error, OriginClosed):
            yield Page(task, problem=str(error), closed=True)
        elif isinstance(error, Refused):
            yield Page(task, problem=str(error), refused=True)
        else:
            yield Page(task, problem=self.run.explain(error, task.url))


def page(task: Task, capture: Capture, taken: Taken | None = None) -> Page:
    """The page that the answer to a task is."""
    location = capture.header("location")
    if capture.status in REDIRECTS and location:
        return Page(task, capture, redirects=True, target=absolute(capture.url, location), taken=taken)
    return Page(task, capture, read(capture, task.role) if capture.status == 200 else Reading(), taken=taken)


def read(capture: Capture, role: Role) -> Reading:
    """What a document names, as far as it can be read; never raises."""
    try:
        return _READERS[role](capture)
    except Unreadable as reason:
        return Reading(note=f"{role} {capture.url}: {reason}")
    except Exception as error:
        log.warning("%s could not be read for links", capture.url, exc_info=True)
        return Reading(note=f"{role} {capture.url}: {type(error).__name__}: {error}")


def _sitemap(capture: Capture) -> Reading:
    sitemap = read_sitemap(capture.body, capture.url, capture.header("content-type"))
    whole = not (sitemap.cut or sitemap.is_news or sitemap.is_index or capture.truncated)
    note = f"sitemap {capture.url}: {sitemap.cut}" if sitemap.cut else None
    return Reading((*sitemap.children, *sitemap.candidates), lists=True, complete=whole, note=note)


def _feed(capture: Capture) -> Reading:
    feed = read_feed(capture.body, capture.url, capture.header("content-type"))
    note = f"feed {capture.url}: {feed.cut}" if feed.cut else None
    return Reading(tuple(feed.candidates), lists=True, period=feed.period, note=note)


def _links(capture: Capture) -> Reading:
    markup, _ = tame(decode(capture.body, capture.header("content-type")).markup)
    links = read_links(markup, capture.url)
    return Reading(tuple(links.candidates), note=f"page {capture.url}: {links.cut}" if links.cut else None)


_READERS = {Role.SITEMAP: _sitemap, Role.FEED: _feed, Role.LISTING: _links, Role.PAGE: _links}
