"""The visitor: a few guarded requests outside a crawl, to look at a site that is not yet in the archive.

Every connection, each redirect's too, goes to an address that netguard has passed, resolved once and used as
resolved, so that no second answer of the DNS can slip in. Bounded in bytes, time and redirects. robots.txt is
respected. No proxy of the environment is used: behind one, the guard would see nothing.
Raises errors.SiteUnreachable and errors.AddressRefused, and nothing else.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from types import TracebackType

import httpx

from pipelines.errors import AddressRefused, SiteUnreachable
from scraper import netguard, robots
from scraper.discovery.candidate import Unreadable
from scraper.discovery.markup import unpack
from scraper.run import user_agent

MOST_BYTES = 10 * 1024 * 1024
MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one address, after redirects."""

    url: str
    status: int
    content_type: str | None
    body: bytes
    """At most MOST_BYTES of it."""


class Visitor:
    """Asks for pages, one after the other. A context manager."""

    def __init__(self, contact: str, *, allow_private: bool, timeout: float, pause: float) -> None:
        self._timeout = timeout
        self._pause = pause
        self._last = 0.0
        self._robots: dict[str, tuple[robots.Policy, int | None]] = {}
        self._client = httpx.Client(
            transport=_GuardedTransport(allow_private),
            headers={"User-Agent": user_agent(contact), "Accept-Encoding": "gzip"},
            timeout=timeout, follow_redirects=True, max_redirects=MOST_REDIRECTS, trust_env=False,
        )  # fmt: skip

    def __enter__(self) -> Visitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def page(self, url: str) -> Answer:
        """The page at `url`, if robots.txt allows it and it answers with a 2xx status."""
        policy = self.policy(url)
        if policy.closed:
            raise SiteUnreachable(
                f"{url}: {policy.closed}, so nothing may be fetched for now: try again later"
            )
        if not policy.allows(url):
            raise SiteUnreachable(f"{url}: robots.txt does not allow newsarchive to fetch it")
        answer = self._ask(url)
        if not 200 <= answer.status < 300:
            raise SiteUnreachable(f"{url} answers with status {answer.status}: {_advice(answer.status)}")
        return answer

    def policy(self, url: str) -> robots.Policy:
        """What the robots.txt of `url`'s origin says, asked for once."""
        return self._robots_of(url)[0]

    def groups(self, url: str) -> int | None:
        """How many groups that robots.txt has; None when there is no robots.txt."""
        return self._robots_of(url)[1]

    def _robots_of(self, url: str) -> tuple[robots.Policy, int | None]:
        origin = robots.origin(url)
        if origin not in self._robots:
            answer = self._ask(f"{origin}/robots.txt")
            if 200 <= answer.status < 300:
                self._robots[origin] = robots.parse(answer.body), _groups(answer.body)
            elif answer.status == 429 or answer.status >= 500:
                closed = f"robots.txt answers with status {answer.status}"
                self._robots[origin] = robots.Policy(None, closed=closed), None
            else:
                self._robots[origin] = robots.OPEN, None
        return self._robots[origin]

    def _ask(self, url: str) -> Answer:
        time.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        self._last = time.monotonic()
        try:
            with self._client.stream("GET", url) as response:
                body = self._read(response)
            return Answer(str(response.url), response.status_code, response.headers.get("content-type"), body)
        except httpx.TimeoutException as error:
            raise SiteUnreachable(f"{url} did not answer within {self._timeout:g} seconds") from error
        except httpx.TooManyRedirects as error:
            raise SiteUnreachable(f"{url} redirects more than {MOST_REDIRECTS} times") from error
        except (httpx.HTTPError, httpx.InvalidURL, Unreadable) as error:
            raise SiteUnreachable(f"{url} cannot be fetched: {error or type(error).__name__}") from error

    def _read(self, response: httpx.Response) -> bytes:
        """The body, decoded from gzip, the only encoding that was asked for; cut at MOST_BYTES."""
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("gzip", "x-gzip", "identity", ""):
            raise Unreadable(f"its body is encoded as {encoding}, which was not asked for")
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if time.monotonic() > self._last + self._timeout:
                raise httpx.ReadTimeout("the whole answer took too long")
            if len(body) > MOST_BYTES:
                break
        return unpack(bytes(body), MOST_BYTES)[0] if "gzip" in encoding else bytes(body[:MOST_BYTES])


class _GuardedTransport(httpx.BaseTransport):
    """Connects to the checked address itself; the host's name stays in the Host header and in TLS."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        # No connection is kept: one to an address must not serve another host's name.
        self._inner = httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = _resolve(host, self._allow_private)
        pinned = httpx.Request(
            request.method, request.url.copy_with(host=address),
            headers=request.headers, stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )  # fmt: skip
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        self._inner.close()


def _resolve(host: str, allow_private: bool) -> str:
    """An address of `host` that may be connected to. Raises AddressRefused; SiteUnreachable where none is."""
    spelled = netguard.literal(host)
    try:
        found = [str(spelled)] if spelled else _look_up(host)
    except (OSError, UnicodeError) as error:
        raise SiteUnreachable(
            f"{host} cannot be found: {error}. Check the spelling of the address"
        ) from error
    for address in found:
        if allow_private or netguard.refusal(address, allow_private) is None:
            return address
    named = host if host in found else f"{host} ({found[0]})"
    raise AddressRefused(
        f"{named} is not a public address; for a site of your own network, add --allow-private"
    )


def _look_up(host: str) -> list[str]:
    return [str(answer[4][0]) for answer in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _groups(body: bytes) -> int:
    """Groups in a robots.txt: runs of User-agent lines (RFC 9309, 2.2.1)."""
    text = body[: robots.LARGEST].decode("utf-8", "replace")
    names = re.findall(r"(?im)^\s*(user-agent|allow|disallow|crawl-delay)\s*:", text)
    return sum(a.lower() == "user-agent" != b.lower() for a, b in zip(names, ["", *names], strict=False))


def _advice(status: int) -> str:
    if status in (401, 403, 451):
        return "it does not let newsarchive in"
    if status in (404, 410):
        return "check the address"
    return "try again later" if status == 429 or status >= 500 else "give the front page's own address"
