"""robots.txt by RFC 9309, over Protego: may this URL be fetched, how slowly, and which sitemaps are named.

4xx allows all; 5xx and silence refuse for the time being, unless a good copy of an earlier day is known;
redirects are followed, 500 KiB are read, a byte order mark is skipped. The file is fetched once a crawl and
origin, through the same recorder as everything else, before the first page of that origin. Nothing here
decides what is worth fetching.

Which group of rules is ours is decided here, as the RFC and Google's parser do it; Protego takes "news" for a
name of "newsarchive", and a line that it does not know for the end of a group. Patterns are Protego's part.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request

from pipelines import signals
from pipelines.model import Capture
from pipelines.reading import SUBRESOURCE
from pipelines.signals import Usage
from scraper import netguard, politeness
from scraper.failures import explain
from scraper.frontier import RobotsCopy

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from scraper.run import Run

TOKEN = "newsarchive"
ROBOTS = "robots"
"""The role of a robots.txt."""
LARGEST = 500 * 1024
"""Bytes of a robots.txt that are read (RFC 9309, 2.5)."""
MOST_REDIRECTS = 5
FRESH = 3600.0
"""Seconds for which a crawl of what is due goes by the last copy (a day at most: RFC 9309, 2.4)."""
_NOBODY = "another-robot"
"""The name that every other crawler's group gets: one that is no part of ours."""
LONGEST_LINE = 8 * 2083 - 1
"""Characters of a line that are read, as Google's parser reads them: a rule beyond them ends there."""
_MARK = re.compile(rb"\A\xef(?:\xbb\xbf?)?")
"""A byte order mark, or what an editor left of it."""
_AGENT = re.compile(r"\s*user[- ]?agent\s*(?::\s*(.*)|\s(?!.*:(?!//))\s*(.*)|)", re.IGNORECASE)
"""A User-agent line; its colon may be missing, but not if there is another that makes it another field."""
_MOST_WILDCARDS = 3
_NO_BREAKS = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\t"))
"""Protego takes these for the end of a line, the RFC does not."""
_PRODUCT = re.compile(r"[a-z_-]*", re.IGNORECASE)
_FIELD = re.compile(
    r"""\s*(allow|disallow|dissallow|dissalow|disalow|diasllow|disallaw|sitemaps?|site-map|host
    |crawl[- ]delay|request[- ]rate|visit[- ]time)\s*(:|\s)""",
    re.IGNORECASE | re.VERBOSE,
)
"""A line that means something, spelled well or badly, as Protego reads it; user-agent aside."""


class Refused(IgnoreRequest):
    """The URL must not be fetched; the message is the reason for the ledger."""


class OriginClosed(IgnoreRequest):
    """Nothing of this origin may be fetched for the time being; the message says why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an origin's robots.txt says."""

    rules: Protego | None
    """None allows all."""
    closed: str | None = None
    """Why nothing may be fetched for the time being."""
    usages: tuple[Usage, ...] = ()
    """What it does not want done with pages; no word about fetching them."""

    def allows(self, url: str) -> bool:
        """Whether the rules allow `url`; robots.txt itself is always allowed."""
        return self.rules is None or urlsplit(url).path == "/robots.txt" or self.rules.can_fetch(url, TOKEN)

    @property
    def verdict(self) -> str:
        """What a capture that it let pass says of it."""
        return "no robots.txt" if self.rules is None else "allowed"

    def crawl_delay(self) -> float:
        """Seconds between two requests, bounded; 0 when none is asked for."""
        asked = self.rules.crawl_delay(TOKEN) if self.rules else None
        return min(max(float(asked or 0.0), 0.0), politeness.LONGEST_CRAWL_DELAY)

    def sitemaps(self) -> list[str]:
        """The sitemaps it names, as written."""
        return list(self.rules.sitemaps) if self.rules else []


OPEN = Policy(None)


def parse(body: bytes) -> Policy:
    """The policy in a robots.txt; never raises, for a robots.txt that cannot be read forbids nothing."""
    text = _MARK.sub(b"", body[:LARGEST]).decode("utf-8", "replace")
    return Policy(Protego.parse("\n".join(_lines(text))), usages=_usages(text))


def _usages(text: str) -> tuple[Usage, ...]:
    """The Content-Usage and Content-Signal lines of our group, or of that for all; of none: for all, too."""
    said: dict[str, list[Usage]] = {TOKEN: [], "*": []}
    agents, is_new, is_ours = ["*"], True, False
    for line in re.split(r"[\r\n]+", text):
        plain = line[:LONGEST_LINE].partition("#")[0]
        if agent := _AGENT.fullmatch(plain):
            who = _whose(agent[1] or agent[2] or "")
            agents = [who] if is_new else [*agents, who]
            is_new, is_ours = False, is_ours or who == TOKEN
        elif found := signals.usage(plain):
            for who in said.keys() & set(agents):
                said[who].append(found)
            is_new = True
        elif _FIELD.match(plain):
            is_new = True
    return tuple(said[TOKEN] if is_ours else said["*"])


def _lines(text: str) -> Iterator[str]:
    """The lines that mean something, every group under our token, under "*", or under another's name."""
    for line in re.split(r"[\r\n]+", text.translate(_NO_BREAKS)):
        plain = line[:LONGEST_LINE].partition("#")[0]
        agent = _AGENT.fullmatch(plain)
        if agent:
            yield f"User-agent: {_whose(agent[1] or agent[2] or '')}"
        elif _FIELD.match(plain):
            yield plain


def _whose(agent: str) -> str:
    """Whom a User-agent line means: its product token, without version or comment, is ours, all or not us."""
    if agent == "*" or agent.startswith(("* ", "*\t")):
        return "*"
    product = _PRODUCT.match(agent)
    if product and product[0].lower() == TOKEN:
        return TOKEN
    return TOKEN if _is_pattern_of_ours(agent.strip().lower()) else _NOBODY


def _is_pattern_of_ours(agent: str) -> bool:
    """Whether a name with wildcards means us too. No standard has them; who writes them means them."""
    if not 1 <= agent.count("*") <= _MOST_WILDCARDS or not re.fullmatch(r"[a-z_*-]+", agent):
        return False
    return re.fullmatch(agent.replace("*", ".*"), TOKEN) is not None


def origin(url: str) -> str:
    """Scheme, host and port: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


class Robots:
    """Downloader middleware: asks each origin's robots.txt before the first request to it."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run
        self._policies: dict[str, asyncio.Task[Policy]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Robots:
        """As Scrapy makes its middlewares; the spider carries the run."""
        return cls(crawler, crawler.spider.run)  # type: ignore[union-attr]

    async def process_request(self, request: Request) -> None:
        """Let the request pass, or raise Refused or OriginClosed."""
        site = self._run.sites[request.meta["site"]]
        reason = netguard.refusal(urlsplit(request.url).hostname or "", site.allow_private)
        if reason:
            raise Refused(f"address: {reason}")
        if request.meta.get("aside") in (ROBOTS, SUBRESOURCE):
            return
        policy = await self._policy(origin(request.url), site.key)
        if policy.closed:
            raise OriginClosed(policy.closed)
        if not policy.allows(request.url):
            raise Refused("robots")
        request.meta.update(robots_verdict=policy.verdict, usages=policy.usages)

    async def _policy(self, of: str, site: str) -> Policy:
        """The policy of an origin, asked for once a crawl however many requests wait for it."""
        asked = self._policies.get(of)
        if asked is None:
            asked = self._policies[of] = asyncio.ensure_future(self._ask(of, site))
        return await asyncio.shield(asked)

    async def _ask(self, of: str, site: str) -> Policy:
        """Fetch robots.txt and learn from it."""
        known = self._run.frontier.hosts.robots(of)
        if known is not None and self._run.due_only and time.time() - known.fetched < FRESH:
            return self._heed(of, parse(known.body))
        answer = await self._fetch(f"{of}/robots.txt", site, known)
        return self._heed(of, self._learn(of, site, known, answer))

    def _heed(self, of: str, policy: Policy) -> Policy:
        self._run.pace.slow_to(urlsplit(of).netloc, policy.crawl_delay())
        return policy

    def _learn(self, of: str, site: str, known: RobotsCopy | None, answer: Capture | str) -> Policy:
        status = answer.status if isinstance(answer, Capture) else None
        if isinstance(answer, Capture) and status is not None and 200 <= status < 300:
            copy = RobotsCopy(answer.url, answer.fetched.timestamp(), status, answer.body[:LARGEST],
                              answer.header("etag"), answer.header("last-modified"))  # fmt: skip
            policy = parse(copy.body)
            changed = known is None or known.body != copy.body
        elif status is not None and (
            (300 <= status < 400 and status != 304) or (400 <= status < 500 and status != 429)
        ):
            # Too many redirects, or no robots.txt: RFC 9309, 2.3.1.2 and 2.3.1.3
            copy, policy, changed = None, OPEN, known is not None
        elif known is not None:
            copy, policy, changed = None, parse(known.body), False
        else:
            why = f"HTTP {status}" if status is not None else str(answer)
            return Policy(None, closed=f"robots.txt cannot be read ({why})")
        self._run.archiving.learned_robots(of, site, copy, policy.sitemaps(), changed)
        return policy

    async def _fetch(self, url: str, site: str, known: RobotsCopy | None) -> Capture | str:
        """The last answer on the way from `url` through its redirects, or why there is none."""
        chain: tuple[str, ...] = ()
        for _ in range(MOST_REDIRECTS + 1):
            request = self._run.request(url, site, known if not chain else None)
            request.meta.update(aside=ROBOTS, chain=chain)
            try:
                await self._crawler.engine.download_async(request)
            except IgnoreRequest as refused:
                return str(refused)
            except Exception as error:  # noqa: BLE001 - whatever keeps robots.txt away closes its origin, with the reason
                return explain(error, url)
            capture: Capture = request.meta["capture"]
            self._run.archiving.take_aside(capture, site, ROBOTS)
            target = capture.header("location")
            if not (300 <= capture.status < 400 and target and capture.status != 304):
                break
            chain, url = (*chain, url), urljoin(url, target)
        return capture
