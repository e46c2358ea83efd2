"""The one spider: a response -> a Page. It reads no document, writes nothing and decides nothing.

Which URLs there are, when they are fetched and what becomes of them is the business of the frontier and of
archiving.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrapy import Spider
from scrapy.http import Response

from pipelines.model import Capture
from scraper.discovery.candidate import absolute
from scraper.failures import explain
from scraper.frontier import Task
from scraper.robots import OriginClosed, Refused

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from scraper.run import Run

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Page:
    """One task that came back: with a capture, or with the reason why there is none."""

    task: Task
    capture: Capture | None = None
    redirects: bool = False
    target: str | None = None
    """Where the redirect leads, when that is an address."""
    problem: str = ""
    refused: bool = False
    """The problem is that we must not fetch it."""
    closed: bool = False
    """The problem is that its whole origin is closed for the time being."""


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
            yield Page(task, problem=explain(error, task.url))


def page(task: Task, capture: Capture) -> Page:
    """The page that the answer to a task is."""
    location = capture.header("location")
    if capture.status in REDIRECTS and location:
        return Page(task, capture, redirects=True, target=absolute(capture.url, location))
    return Page(task, capture)
