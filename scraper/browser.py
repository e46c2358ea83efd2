"""Pages that need JavaScript: a page as it was received -> what a browser makes of it (extra `browser`).

Promises: Chromium never speaks to the network. The page is handed to it as it was received and recorded;
every further request that the page makes is taken from it (route interception) and sent by this crawl, so it
passes the same address guard at the moment of connecting, keeps the same pace and is recorded in the same
WARC. What is not taken from it, such as a WebSocket or a look-up ahead of need, ends at a proxy that is not
there. That is why the browser has no resolver to rebind and no guarded proxy beside it: what it would look up
is looked up by the crawl.

Only GET is sent; images, media, fonts, frames, downloads, a second navigation are not, and of style sheets
the page gets empty ones. robots.txt was asked for the page itself, not for what the page needs to be
seen. Pages, time, requests, bytes and memory are bounded; each page has a context of its own, no cookies.

Never decides which pages are worth it beyond what their site says (archiving asks), never writes rows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request

from pipelines import verdict
from pipelines.identify import same_site
from pipelines.model import Capture, Site
from pipelines.reading import SUBRESOURCE
from pipelines.warc import decoded, payload_digest
from scraper.discovery.candidate import Role
from scraper.failures import explain
from scraper.politeness import host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scraper.frontier import Task
    from scraper.run import Run

log = logging.getLogger(__name__)

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""Programs that are looked for on PATH."""
PAGES = 2
"""Pages that are filled at the same time."""
LONGEST = 60.0
"""Seconds for one page."""
QUIET = 0.75
"""Seconds without a request after which a page counts as filled."""
MOST_REQUESTS = 100
"""Requests of one page."""
MOST_BYTES = 32 << 20
"""Bytes that one page is given."""
MOST_MEMORY = 1 << 30
"""Bytes that the browser's pages may hold together while pages are filled."""
LARGEST_PAGE = 8 << 20
"""Bytes of a filled page that are kept."""
CACHE = 32 << 20
"""Bytes of scripts that are kept for the next pages of this crawl."""
_REDIRECTS = 5
_TIMEOUT = 20.0
_END = 5.0
_TYPES = frozenset({"script", "xhr", "fetch", "stylesheet"})
"""What a page may ask for; of style sheets it gets empty ones."""
_ARGUMENTS = [
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--js-flags=--max-old-space-size=256",
    "--renderer-process-limit=2",
    "--mute-audio",
]
_NOWHERE = "http://127.0.0.1:9"
"""The proxy that is not there: port 9 is "discard", where nobody listens."""
_WITHOUT = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "SharedWorker", "open"]) {
  try { Object.defineProperty(window, name, {value: undefined, configurable: false}); } catch (_) {}
}
"""
"""No page needs these to show an article."""
_GONE = "TargetClosedError"
"""What Playwright calls a page that went with its browser, which may seem connected for a moment still."""
_KEPT_BACK = frozenset({
    "content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "set-cookie",
    "link", "refresh", "alt-svc", "strict-transport-security", "report-to", "nel", "reporting-endpoints",
})  # fmt: skip
"""Headers of an answer that are about the wire, or would make the browser do more than show it."""


def missing() -> str | None:
    """What has to be installed before pages can be filled, or None when all is there."""
    if find_spec("scrapy_playwright") is None:
        return "pip install 'newsarchive[browser]'"
    return None if _program() else "install Chromium (Debian: apt install chromium)"


def _program() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Trouble(Exception):  # noqa: N818 - never leaves this module
    """Why a page could not be filled."""


class Browser:
    """Chromium, started with the first page that needs it, for one crawl."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.run = run
        self.crawler = crawler
        self._handler: Any = None
        self._starting = asyncio.Lock()
        self._slots = asyncio.Semaphore(PAGES)
        self._turns: dict[str, asyncio.Lock] = {}
        self._cache: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self._cached = 0
        self._pages = 0

    def always(self, site: Site, role: str, capture: Capture) -> bool:
        """Whether the site says that every page like this is to be filled."""
        return (
            site.browser is True
            and role in (Role.PAGE, Role.LISTING)
            and verdict.judge_response(capture) is None
        )

    async def fill(self, task: Task, capture: Capture) -> Capture | str:
        """What the browser makes of a page, without a place in the WARC yet; or why it made nothing."""
        async with self._slots:
            capture = decoded(capture)
            filling = _Filling(self, task, capture)
            made = await self._fill(filling)
            if isinstance(made, str) and filling.browser_died:
                made = await self._fill(_Filling(self, task, capture))  # it may have died of another page
            return made

    async def _fill(self, filling: _Filling) -> Capture | str:
        try:
            async with asyncio.timeout(LONGEST):
                filling.handler = await self._started()
                return _rendered(filling.capture, await self._watched(filling))
        except Trouble as trouble:
            return str(trouble)
        except TimeoutError:
            return "timeout"
        except Exception as error:  # noqa: BLE001 - whatever the browser runs into is an outcome of this page
            filling.browser_died = self._has_died(filling.handler) or type(error).__name__ == _GONE
            return filling.why or f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
        finally:
            await self._end_of(filling)

    async def _watched(self, filling: _Filling) -> str:
        """The filled page, unless the browser holds too much before; one that only computes is seen too."""
        filled = asyncio.ensure_future(filling.run(filling.handler, self._name()))
        full = asyncio.ensure_future(self._is_full())
        try:
            await asyncio.wait({filled, full}, return_when=asyncio.FIRST_COMPLETED)
            if not filled.done() and full.result():
                raise Trouble("too much memory")
            return await filled
        finally:
            full.cancel()
            filled.cancel()
            await asyncio.wait({filled, full}, timeout=_END)  # a page that hangs may not end at once

    async def _is_full(self) -> bool:
        """True once the browser's pages hold more than they may; False when nobody can tell any more."""
        try:
            while await self.memory() <= MOST_MEMORY:
                await asyncio.sleep(1)
        except Exception:  # noqa: BLE001 - a browser that died: its page says so
            return False
        return True

    def _has_died(self, handler: Any) -> bool:
        """Whether the browser that was started has gone, or was ended for another page."""
        browser = getattr(handler, "browser", None)
        return handler is not None and (
            handler is not self._handler or browser is None or not browser.is_connected()
        )

    def _name(self) -> str:
        self._pages += 1
        return f"page-{self._pages}"

    async def _started(self) -> Any:
        """scrapy-playwright's handler, which keeps the browser running; raises what hinders its start."""
        async with self._starting:
            if self._handler is None:
                from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

                if os.geteuid() == 0:
                    log.warning("Chromium refuses its sandbox to root and runs without: see docs/crawling.md")
                for name in ("scrapy-playwright", "asyncio"):
                    logging.getLogger(name).setLevel(logging.CRITICAL)
                handler = ScrapyPlaywrightDownloadHandler.from_crawler(self.crawler)
                handler.config.target_closed_max_retries = 0  # a page is begun anew by us, with its state
                await handler._launch()  # It has no public start: it waits for a signal that is long past.
                self._handler = handler
            return self._handler

    async def _end_of(self, filling: _Filling) -> None:
        """Close the page; a browser that does not even do that is ended, and started anew for the next."""
        context = filling.page and filling.page.context
        is_well = not filling.browser_died
        if is_well and context is not None:
            try:
                async with asyncio.timeout(_END):
                    await context.close()
            except Exception:  # noqa: BLE001 - a page that hangs or crashed
                is_well = False
        if not is_well and filling.handler is self._handler:
            await self.close()

    async def close(self) -> None:
        """End the browser."""
        handler, self._handler = self._handler, None
        if handler is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(4 * _END):
                    await handler.close()

    # What pages ask for.

    async def fetch(
        self, url: str, page: str, site: str, headers: Mapping[str, str], kept: bool
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of what a page needs, sent by this crawl; raises Trouble.

        kept: it may be taken from, and kept for, other pages of this crawl.
        """
        if kept and url in self._cache:
            return self._cache[url]
        capture = decoded(await self._follow(url, page, site, headers))
        answer = (capture.status, _shown(capture), capture.body)
        if kept and capture.status == 200 and self._cached + len(capture.body) <= CACHE:
            self._cached += len(capture.body)
            self._cache[url] = answer
        return answer

    async def _follow(self, url: str, page: str, site: str, headers: Mapping[str, str]) -> Capture:
        for _ in range(_REDIRECTS + 1):
            if urlsplit(url).scheme not in ("http", "https"):
                raise Trouble("not http or https")
            capture = await self._send(url, page, site, headers)
            target = capture.header("location")
            if not (300 <= capture.status < 400 and target):
                return capture
            url = urldefrag(urljoin(url, target))[0]
        raise Trouble("too many redirects")

    async def _send(self, url: str, page: str, site: str, headers: Mapping[str, str]) -> Capture:
        request: Request = self.run.request(url, site, None)
        for name, value in headers.items():
            request.headers[name] = value
        request.meta.update(aside=SUBRESOURCE, subresource=page, download_timeout=_TIMEOUT)
        host, own = host_of(url), host_of(page)
        async with self._turns.setdefault(host, asyncio.Lock()):
            await self._turn(host, is_own=host == own or self.run.pace.share(host, own))
            try:
                await self.crawler.engine.download_async(request)
            except IgnoreRequest as refused:
                raise Trouble(str(refused)) from refused
            except Exception as error:
                raise Trouble(explain(error, url)) from error
        capture: Capture = request.meta["capture"]
        self.run.archiving.take_aside(capture, site, SUBRESOURCE)
        return capture

    async def _turn(self, host: str, *, is_own: bool) -> None:
        """Wait until `host` may be asked; the page's own host is ours for as long as the page is open."""
        pace = self.run.pace
        if pace.next_start(host) - time.time() > LONGEST:
            raise Trouble("its host is left alone for a while")
        while (ready := pace.next_start(host) if is_own else pace.ready_at(host)) > time.time():
            await asyncio.sleep(min(max(ready - time.time(), 0.01), 0.25))

    async def memory(self) -> int:
        """Bytes that the processes of the browser hold, shared ones counted in each; 0 when nobody knows."""
        browser = getattr(self._handler, "browser", None)
        if browser is None:
            return 0
        session = await browser.new_browser_cdp_session()
        try:
            told = await session.send("SystemInfo.getProcessInfo")
        finally:
            await session.detach()
        renderers = (process for process in told["processInfo"] if process["type"] == "renderer")
        return sum(_resident(int(process["id"])) for process in renderers)


def settings() -> dict[str, Any]:
    """scrapy-playwright's settings for a crawl."""
    return {
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_MAX_CONTEXTS": PAGES,
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": LONGEST * 1000,
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": _program(),
            "headless": True,
            "args": _ARGUMENTS,
            "proxy": {"server": _NOWHERE, "bypass": "<-loopback>"},
            # Chromium refuses its sandbox to root.
            "chromium_sandbox": os.geteuid() != 0,
            "handle_sigint": False,
            "handle_sigterm": False,
        },
    }


class _Filling:
    """One page while it is filled."""

    def __init__(self, browser: Browser, task: Task, capture: Capture) -> None:
        self._browser = browser
        self._task = task
        self.capture = capture
        self._site = browser.run.sites[task.site]
        self._is_served = False
        self._open = 0
        self._asked = 0
        self._bytes = 0
        self._last = time.monotonic()
        self.page: Any = None
        self.why: str | None = None
        """What ended it, when that was decided here."""
        self.handler: Any = None
        """The browser that was begun for it."""
        self.browser_died = False

    async def run(self, handler: Any, name: str) -> str:
        """The page's DOM as HTML, once it is quiet."""
        from scrapy_playwright.page import PageMethod

        meta = {
            "playwright": True,
            "playwright_context": name,
            "playwright_context_kwargs": {
                "service_workers": "block", "accept_downloads": False, "user_agent": self._browser.run.agent,
                "locale": self._site.language or "en",
            },
            "playwright_include_page": True,
            "playwright_page_init_callback": self._prepare,
            "playwright_page_goto_kwargs": {"wait_until": "commit"},
            "playwright_page_methods": [PageMethod(self._settle)],
        }  # fmt: skip
        filled = await handler.download_request(Request(self.capture.url, meta=meta, dont_filter=True))
        return str(filled.text)

    async def _prepare(self, page: Any, _: Request) -> None:
        """Take every request from the page, and from whatever it might open."""
        self.page = page
        await page.context.add_init_script(_WITHOUT)
        await page.context.route_web_socket("**", lambda socket: socket.close())
        await page.context.route("**", _abort)
        page.context.on("page", lambda other: asyncio.ensure_future(_close(other, page)))
        await page.route("**", self._answer)

    async def _settle(self, page: Any) -> None:
        """Return when the page has asked for nothing for a while."""
        await page.wait_for_load_state("domcontentloaded")
        while self._open or time.monotonic() - self._last < QUIET:
            if self._browser.run.stopping:
                self.why = "the crawl ends"
                raise Trouble(self.why)
            await asyncio.sleep(0.05)

    async def _answer(self, route: Any, request: Any) -> None:
        self._open += 1
        try:
            await self._decide(route, request)
        except Exception as error:  # noqa: BLE001 - a request that fails is the page's to live with
            log.debug("%s: %s", request.url, error)
            with contextlib.suppress(Exception):
                await route.abort()
        finally:
            self._open -= 1
            self._last = time.monotonic()

    async def _decide(self, route: Any, request: Any) -> None:
        if request.is_navigation_request():
            first = not self._is_served and request.frame == self.page.main_frame
            if not first:
                await route.abort()
                return
            self._is_served = True
            await route.fulfill(status=200, headers=_shown(self.capture), body=self.capture.body)
        elif request.method != "GET" or request.resource_type not in _TYPES:
            await route.abort()
        elif request.resource_type == "stylesheet":
            await route.fulfill(status=200, content_type="text/css", body="")
        else:
            status, headers, body = await self._fetch(request)
            await route.fulfill(status=status, headers=headers, body=body)

    async def _fetch(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        self._asked += 1
        if self._asked > MOST_REQUESTS or self._bytes > MOST_BYTES:
            raise Trouble("the page asks for too much")
        url = urldefrag(request.url)[0]
        headers = _sent(await request.all_headers(), own=same_site(url, self._site, self.capture.url))
        is_script = request.resource_type == "script"
        answer = await self._browser.fetch(url, self.capture.url, self._task.site, headers, is_script)
        self._bytes += len(answer[2])
        return answer


async def _abort(route: Any) -> None:
    await route.abort()


async def _close(other: Any, page: Any) -> None:
    if other is not page:
        with contextlib.suppress(Exception):
            await other.close()


def _sent(headers: Mapping[str, str], *, own: bool) -> dict[str, str]:
    """What of a script's headers goes out with its request: its own keys only to the site that it is of."""
    kept = {"accept", "origin", "referer"}
    return {
        name: value
        for name, value in headers.items()
        if name in kept or (own and (name == "authorization" or name.startswith("x-")))
    }


def _shown(capture: Capture) -> dict[str, str]:
    """The headers with which the browser gets an answer whose codings are undone."""
    return {name: value for name, value in capture.headers if name.lower() not in _KEPT_BACK}


def _rendered(capture: Capture, html: str) -> Capture:
    body = html.encode("utf-8", "replace")
    kept = body[:LARGEST_PAGE]
    return Capture(
        capture.url, datetime.now(UTC), 200, (("Content-Type", "text/html; charset=utf-8"),), kept,
        payload_digest(kept), None, capture.chain, "length" if len(kept) < len(body) else None,
        capture.robots, capture.certificate, rendered=True, signals=capture.signals,
    )  # fmt: skip


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 when it is gone, or this is no Linux."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
