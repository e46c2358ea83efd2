"""Every response exactly as it came over the wire -> the WARC, before anything else looks at it.

`WireHandler` is Scrapy's own HTTP/1.1 download handler, which also keeps what Scrapy throws away: the reason
phrase, and the headers' order, case and repeats. It tells the pace when a request is on the wire. `Recorder`
is the downloader middleware nearest to it: it waits for the host's turn, appends the exchange to the WARC and
leaves the Capture in `request.meta["capture"]`. A body beyond the limit is cut, marked, and recorded all the
same. Nothing here judges a response, and nothing is changed that was received. One thing is not recorded: a
page that asks not to be archived, where its site's policy respects it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ResultT,
    _ScrapyAgent,
)
from scrapy.exceptions import StopDownload
from scrapy.http import Request, Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future

from pipelines import reservation
from pipelines.model import Capture, Circumstances, Exchange
from pipelines.reading import UNRENDERED
from pipelines.warc import decoded, payload_digest, to_capture
from scraper import certificates
from scraper.discovery.candidate import Role
from scraper.politeness import host_of
from scraper.robots import Refused

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scraper.frontier import Task
    from scraper.run import Run

LARGEST_BODY = 32 << 20
"""Bytes of a body as received that are kept; what is beyond is cut and the record says so."""

LARGEST_HEAD = 256 << 10
"""Bytes of a status line and headers, of 1xx answers too; what sends more is no answer."""

Headers = tuple[tuple[str, str], ...]


class HeadTooLong(Exception):  # noqa: N818 - its name is what the run tells it by
    """A server sends headers without end."""


class _WireParser(_LenientHTTPClientParser):
    """Keeps each header line as it came, and hangs up on headers without end."""

    wire_headers: list[tuple[str, str]]
    head_size: int

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        self.head_size += len(line)
        if self.head_size > LARGEST_HEAD:
            raise HeadTooLong
        super().lineReceived(line)

    def headerReceived(self, name: bytes, value: bytes) -> None:  # noqa: N802 - Twisted's name
        self.wire_headers.append((name.decode("latin-1"), value.decode("latin-1")))
        super().headerReceived(name, value)  # type: ignore[no-untyped-call]


class _WireProtocol(_LenientHTTP11ClientProtocol):
    """Gives each response the header lines that its parser kept, and who vouched for the server."""

    def __init__(self, quiescent: Any, on_sent: Callable[[str], None]) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call]
        self._on_sent = on_sent

    def request(self, request: Any) -> Any:
        answer = super().request(request)
        self._on_sent(request.absoluteURI.decode("ascii"))
        # Twisted names the parser's class in the middle of a long method; Scrapy changes it in the same way.
        parser: Any = self._parser
        parser.__class__ = _WireParser
        parser.wire_headers, parser.head_size = [], 0

        def keep(response: Any) -> Any:
            response.wire_headers = tuple(parser.wire_headers)
            response.certificate = certificates.of(self.transport)
            return response

        return answer.addCallback(keep)


class _WireFactory(_LenientHTTP11ClientFactory):
    """Makes protocols that keep header lines."""

    def __init__(self, on_sent: Callable[[str], None], *others: Any) -> None:
        super().__init__(*others)  # type: ignore[no-untyped-call]
        self._on_sent = on_sent

    def buildProtocol(self, addr: Any) -> _WireProtocol:  # noqa: N802
        return _WireProtocol(self._quiescentCallback, self._on_sent)


class _WireAgent(_ScrapyAgent):
    """Hands on what the wire said, in `request.meta["wire"]`: (reason phrase, headers)."""

    def __init__(self, request: Request, **options: Any) -> None:
        super().__init__(**options)
        self._request = request

    def _cb_bodydone(self, result: _ResultT, url: str) -> Response:
        answer: Any = result["txresponse"]
        self._request.meta["wire"] = (answer.phrase.decode("latin-1"), answer.wire_headers)
        self._request.meta["certificate"] = answer.certificate
        return super()._cb_bodydone(result, url)


class WireHandler(HTTP11DownloadHandler):
    """Scrapy's handler for http and https, keeping status line and headers as received."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        pool: Any = self._pool
        pool._factory = partial(_WireFactory, self._sent)
        # Else a kept connection that is hung up on is tried again at once, past the host's pace.
        self._pool.retryAutomatically = False
        self._contextFactory: Any = certificates.Witness()

    def _sent(self, url: str) -> None:
        """Tell the pace now, and once the loop has written it out: a busy loop may take a while to."""
        spider: Any = self._crawler.spider
        host, pace, loop = host_of(url), spider.run.pace, asyncio.get_running_loop()
        pace.sent(host, time.time())
        loop.call_soon(loop.call_soon, lambda: pace.sent(host, time.time()))

    async def download_request(self, request: Request) -> Response:
        """The response; raises Scrapy's download errors."""
        agent = _WireAgent(
            request,
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))


class Recorder:
    """Downloader middleware: exchange -> WARC -> Capture."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Recorder:
        """As Scrapy makes its middlewares; the spider carries the run."""
        recorder = cls(crawler.spider.run)  # type: ignore[union-attr]
        crawler.signals.connect(recorder.received, signals.bytes_received)
        return recorder

    def received(self, data: bytes, request: Request) -> None:
        """Count what comes in; end the download where it is too much."""
        total = request.meta.get("received", 0) + len(data)
        request.meta["received"] = total
        if total > LARGEST_BODY:
            raise StopDownload(fail=False)

    async def process_request(self, request: Request) -> None:
        """Wait for the host's turn, and note when the request goes out.

        What the scheduler hands out comes when its turn has come; a robots.txt or probe before it takes that.
        """
        host = host_of(request.url)
        await self._run.turn(host)
        self._run.pace.sent(host, time.time())
        request.meta.pop("received", None)
        request.meta["fetched"] = datetime.now(UTC)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Append the exchange unless it asks not to be kept; leave the capture in the request's meta.

        Raises DiskFull, ArchiveReadOnly.
        """
        if task := request.meta.get("task"):
            self._run.pace.arrived(task.host, time.time())
        self._refuse_unverified(request)
        exchange = to_exchange(request, response)
        self._run.tally.answered(request.meta["site"], len(exchange.body))
        how = _circumstances(request, self._run.crawl)
        digest = payload_digest(exchange.body)
        capture = to_capture(
            exchange, None, digest, chain=how.chain, robots=how.robots, certificate=how.certificate,
            signals=how.signals,
        )  # fmt: skip
        if self._is_looked_at(request):
            capture = decoded(capture)  # else whoever reads it does: that is another process
        if self._run.fills(request.meta["site"], how.role, capture):
            how = replace(how, role=UNRENDERED)
        if not self._is_refused(request, capture):
            with self._run.guarding():
                position, digest = self._run.warc.append(exchange, how, digest=digest)
            capture = replace(capture, position=position, digest=digest)
        request.meta["capture"] = capture
        return response

    def _is_looked_at(self, request: Request) -> bool:
        """Whether this process needs to know what the answer holds."""
        site = self._run.sites[request.meta["site"]]
        return "task" not in request.meta or bool(site.respect) or site.browser is True

    def _refuse_unverified(self, request: Request) -> None:
        """Raise Refused for what a server sent that nobody vouches for, where its site asks for that."""
        certificate = request.meta.get("certificate")
        wanted = self._run.sites[request.meta["site"]].verify_certificates
        if wanted and certificate not in (None, certificates.VERIFIED):
            raise Refused(f"certificate: {certificate}")

    def _is_refused(self, request: Request, capture: Capture) -> bool:
        """Whether the page asks not to be kept, and its site says that this is respected."""
        site = self._run.sites[request.meta["site"]]
        task = request.meta.get("task")
        if not site.respect or task is None or task.role not in (Role.PAGE, Role.LISTING):
            return False
        return reservation.refusal(reservation.read(capture), site) is not None


def to_exchange(request: Request, response: Response) -> Exchange:
    """What crossed the wire, as the WARC keeps it."""
    reason, headers = request.meta["wire"]
    return Exchange(
        url=request.url,
        fetched=request.meta["fetched"],
        method=request.method,
        request_headers=_sent(request),
        status=response.status,
        reason=reason,
        protocol=response.protocol or "HTTP/1.1",
        headers=headers,
        body=response.body[:LARGEST_BODY],
        ip=str(response.ip_address) if response.ip_address else None,
        truncated=_truncated(response),
    )


def _circumstances(request: Request, crawl: int) -> Circumstances:
    """How this request came to be sent; one without a task asks for something beside the frontier."""
    task: Task | None = request.meta.get("task")
    return Circumstances(
        site=request.meta["site"],
        role=task.role if task else request.meta["aside"],
        crawl=crawl,
        robots=request.meta.get("robots_verdict"),
        chain=request.meta.get("chain", ()),
        found_on=task.found_on if task else request.meta.get("subresource"),
        certificate=request.meta.get("certificate"),
        signals=request.meta.get("signals"),
    )


def _sent(request: Request) -> Headers:
    host = ("Host", urlsplit(request.url).netloc.rpartition("@")[2])
    rest = (
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in request.headers.items()
        for value in values
    )
    return (host, *rest)


def _truncated(response: Response) -> str | None:
    """WARC-Truncated's reason; a body that ends with its connection, as HTTP/1.0 has it, is whole."""
    if "download_stopped" in response.flags:
        return "length"
    return "disconnect" if "dataloss" in response.flags else None
