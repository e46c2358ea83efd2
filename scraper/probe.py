"""What does a host say where there is nothing? A made-up address is asked for before the first page.

Many sites answer 200, or send to the front page, whatever is asked for. What comes back for an address that
cannot exist is kept (`pipelines.observations`), and pages are judged against it (`pipelines.verdict`). One
request a host and month, under robots.txt and the host's pace, recorded like every other. A probe that fails
teaches nothing and stops nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from scrapy.exceptions import IgnoreRequest

from pipelines import observations
from pipelines.reading import PROBE
from scraper.discovery.candidate import Role
from scraper.failures import explain
from scraper.politeness import TRANSIENT, host_of
from scraper.robots import origin

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request

    from pipelines.model import Capture, Probe
    from scraper.run import Run

log = logging.getLogger(__name__)

FRESH = 30 * 86_400.0
"""Seconds for which an answer counts."""
_FRESH_TROUBLE = 86_400.0
"""The same, for an answer that asks for patience."""
MOST_REDIRECTS = 5


def made_up(url: str) -> str:
    """An address on the origin of `url` that no site has."""
    return f"{origin(url)}/no-such-page-{secrets.token_hex(6)}"


class Probing:
    """Downloader middleware: asks each host for a made-up address before the first page of it."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run
        self._asked: dict[str, asyncio.Task[None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Probing:
        """As Scrapy makes its middlewares; the spider carries the run."""
        return cls(crawler, crawler.spider.run)  # type: ignore[union-attr]

    async def process_request(self, request: Request) -> None:
        """Let the request pass, after the probe of its host where that is due."""
        task = request.meta.get("task")
        if task is None or task.role is not Role.PAGE:
            return
        host = host_of(request.url)
        if host not in self._asked:
            self._asked[host] = asyncio.ensure_future(self._probe(host, request.url, request.meta["site"]))
        await asyncio.shield(self._asked[host])

    async def _probe(self, host: str, url: str, site: str) -> None:
        if self._is_fresh(observations.probe(self._run.archive, host)):
            return
        await self._follow(made_up(url), site)

    def _is_fresh(self, known: Probe | None) -> bool:
        if known is None:
            return False
        last = _FRESH_TROUBLE if known.status in TRANSIENT else FRESH
        return time.time() - known.probed.timestamp() < last

    async def _follow(self, url: str, site: str) -> None:
        """Ask, and follow where the answer leads; every answer on the way is taken in."""
        chain: tuple[str, ...] = ()
        for _ in range(MOST_REDIRECTS + 1):
            request = self._run.request(url, site, None)
            request.meta.update(aside=PROBE, chain=chain)
            try:
                await self._crawler.engine.download_async(request)
            except IgnoreRequest:
                return
            except Exception as error:  # noqa: BLE001 - whatever keeps a probe away teaches nothing
                log.info("%s: no answer to the probe: %s", url, explain(error, url))
                return
            capture: Capture = request.meta["capture"]
            self._run.archiving.take_aside(capture, site, PROBE)
            target = capture.header("location")
            if not (300 <= capture.status < 400 and target):
                return
            chain, url = (*chain, url), urljoin(url, target)
            if host_of(url) != host_of(chain[0]) and chain[0].rpartition("/")[2] not in url:
                return  # to another host, which is not this one's to answer for
