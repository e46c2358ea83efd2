"""What does a host declare to those who mine text? Two files are asked for before its first page.

/.well-known/tdmrep.json and /ai.txt, once a week for each origin, under robots.txt and the host's pace,
recorded like every other answer. What they and robots.txt say of an address goes with its request, and so
into the WARC and the row of its capture; what is done about it, intake decides by the site's policy. A file
that is not there says nothing; one that does not come stops nothing, and what it said last week still holds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from pipelines import signals
from pipelines.reading import DECLARATION
from scraper.discovery.candidate import Role
from scraper.failures import explain
from scraper.frontier import RobotsCopy
from scraper.politeness import TRANSIENT
from scraper.robots import TOKEN, origin

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request

    from pipelines.model import Capture
    from scraper.run import Run

log = logging.getLogger(__name__)

FRESH = 7 * 86_400.0
"""Seconds for which a copy counts."""
PATHS = ("/.well-known/tdmrep.json", "/ai.txt")
_LARGEST = 64 << 10
_Rules = tuple[tuple[signals.Rule, ...], ...]


class Declarations:
    """Downloader middleware: asks each origin for its declarations before the first page of it."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run
        self._asked: dict[str, asyncio.Task[_Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Declarations:
        """As Scrapy makes its middlewares; the spider carries the run."""
        return cls(crawler, crawler.spider.run)  # type: ignore[union-attr]

    async def process_request(self, request: Request) -> None:
        """Let the request pass, with what is said of its address."""
        task = request.meta.get("task")
        usages = request.meta.get("usages", ())
        if task is None or task.role not in (Role.PAGE, Role.LISTING):
            return
        rules: _Rules = ()
        of = origin(request.url)
        if task.role is Role.PAGE and of not in self._asked:
            self._asked[of] = asyncio.ensure_future(self._ask(of, request.meta["site"]))
        if of in self._asked:
            rules = await asyncio.shield(self._asked[of])
        request.meta["signals"] = signals.said_of(request.url, usages, *rules)

    async def _ask(self, of: str, site: str) -> _Rules:
        tdm, ai = [await self._file(f"{of}{path}", site) for path in PATHS]
        return signals.tdmrep(tdm, f"{of}{PATHS[0]}"), signals.ai_txt(ai, TOKEN)

    async def _file(self, url: str, site: str) -> bytes:
        """The file at `url`, as known or as it comes; nothing where there is none."""
        known = self._run.frontier.hosts.robots(url)
        if known is not None and time.time() - known.fetched < FRESH:
            return known.body
        request = self._run.request(url, site, known)
        request.meta.update(aside=DECLARATION, chain=())
        try:
            await self._crawler.engine.download_async(request)
        except IgnoreRequest:
            return known.body if known else b""
        except Exception as error:  # noqa: BLE001 - whatever keeps it away declares nothing
            log.info("%s: %s", url, explain(error, url))
            return known.body if known else b""
        return self._learn(url, site, known, request.meta["capture"])

    def _learn(self, url: str, site: str, known: RobotsCopy | None, answer: Capture) -> bytes:
        self._run.archiving.take_aside(answer, site, DECLARATION)
        if answer.status in TRANSIENT:
            return known.body if known else b""
        body = b""
        if answer.status == 304 and known is not None:
            body = known.body
        elif answer.status == 200 and "html" not in (answer.header("content-type") or ""):
            body = answer.body[:_LARGEST]
        with self._run.guarding():
            self._run.frontier.hosts.keep_robots(
                url, RobotsCopy(url, answer.fetched.timestamp(), answer.status, body,
                                answer.header("etag"), answer.header("last-modified")),
            )  # fmt: skip
        return body
