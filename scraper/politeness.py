"""How fast a host may be asked: one request at a time, a delay between two, a rest when it says so.

`Pace` answers one question, when may this host be asked again, and learns from what the host answered. A host
is a netloc; sites on one host share its pace. Hosts on one address take turns there: one request at a time,
and no two sooner than the quickest of them allows by itself; a rest is that host's alone. The delay counts
from when a request is on the wire, not from when it was decided. Times are Unix seconds, given by the
caller. Nothing here sleeps or fetches.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from math import inf
from urllib.parse import urlsplit

RETRIES = 3
"""A URL that fails is tried this often in one crawl."""
LONGEST_REST = 86_400.0
"""Seconds: a Retry-After beyond a day is taken as a day."""
LONGEST_CRAWL_DELAY = 30.0
"""Seconds: a Crawl-delay beyond this is taken as this."""
_FIRST_BACKOFF = 2.0
_LONGEST_BACKOFF = 3600.0
WALLS = 3
"""Bot walls in a row after which a host is left alone."""
_WALL_REST = 6 * 3600.0
_EASED = 0.9
"""What a page that is served leaves of a host's slowness after a bot wall."""
_MOST_SLACK = 10.0
PATIENCE = 60.0
"""Seconds a crawl waits for a URL or host that rests; what rests longer is left to the next crawl."""
BUSY = frozenset({429, 503})
"""Statuses by which a host asks for a rest."""
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Statuses worth another try."""


def host_of(url: str) -> str:
    """Host and port of `url`, in lower case: what shares a pace."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds of rest that a Retry-After header asks for, or None when it asks for none.

    Seconds or an HTTP date (RFC 9110, 10.2.3); clamped to a day; zero, the past and nonsense count as absent.
    """
    if not value:
        return None
    seconds = _seconds(value.strip(), now)
    return min(seconds, LONGEST_REST) if seconds and seconds > 0 else None


def _seconds(value: str, now: float) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except (ValueError, OverflowError):
        return None


def backoff(attempt: int) -> float:
    """Seconds to wait after failure number `attempt` (from 1): doubling, with full jitter above a half."""
    ceiling = min(_FIRST_BACKOFF * 2.0 ** min(attempt - 1, 20), _LONGEST_BACKOFF)
    return random.uniform(ceiling / 2, ceiling)


@dataclass(slots=True)
class _Address:
    """What the hosts on one address share."""

    delays: dict[str, float] = field(default_factory=dict)
    """Host -> seconds between two requests to it."""
    delay: float = 0.0
    """The least of them."""
    busy: bool = False
    wanted: int = 0
    """So many wait to have it back, before anybody else is handed a request."""
    last: float = 0.0
    """When the last request to any of them went out."""

    def allows(self, host: str, delay: float) -> None:
        """`host` is here, and may be asked every `delay` seconds."""
        self.delays[host] = delay
        self.delay = min(self.delays.values())


@dataclass(slots=True)
class _Host:
    address: _Address = field(default_factory=_Address)
    is_located: bool = False
    asked: float = 0.0
    """Seconds between two requests that the site's entry or its robots.txt ask for."""
    delay: float = 0.0
    """Seconds that are kept: more after a bot wall."""
    last: float = 0.0
    """When the last request went out."""
    rest_until: float = 0.0
    rests: int = 0
    """Rests asked for in a row."""
    walls: int = 0
    """Bot walls in a row."""
    is_in: bool = False
    """The answer to the last request is in."""
    answered: float = 0.0
    """When the last answer was in."""
    latency: float = 0.0
    """Seconds that answers take, the last ones weighing most."""


class Pace:
    """The pace of every host in this crawl."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._addresses: dict[str, _Address] = {}

    def _of(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())

    def locate(self, host: str, address: str) -> None:
        """`host` is at `address`, and takes turns with what else is there."""
        known, shared = self._of(host), self._addresses.setdefault(address, _Address())
        if known.is_located:
            return  # names with many addresses give them in turn; a crawl goes by the first answer
        known.is_located = True
        shared.allows(host, known.delay)
        shared.last = max(shared.last, known.address.last)
        known.address = shared

    def share(self, host: str, other: str) -> bool:
        """Whether two hosts are one, or take turns at one address."""
        return self._of(host).address is self._of(other).address

    def slow_to(self, host: str, delay: float) -> None:
        """Wait at least `delay` seconds between two requests to `host`; the slowest wish wins."""
        known = self._of(host)
        known.asked = max(known.asked, delay)
        self._keep(host, max(known.delay, delay))

    def _keep(self, host: str, delay: float) -> None:
        known = self._of(host)
        known.delay = delay
        known.address.allows(host, delay)

    def delay(self, host: str) -> float:
        """Seconds between two requests to `host`."""
        return self._of(host).delay

    def ready_at(self, host: str) -> float:
        """The earliest time of the next request to `host`: infinity while one is under way at its address."""
        known = self._of(host)
        if known.address.busy or known.address.wanted:
            return inf
        slack = min(known.latency, _MOST_SLACK * known.delay)
        return max(self.next_start(host), known.answered + slack)

    def next_start(self, host: str) -> float:
        """The earliest time of the next request to `host` by whoever has it already."""
        known = self._of(host)
        here = known.address
        return max(known.last + known.delay, here.last + here.delay, known.rest_until)

    def started(self, host: str) -> None:
        """A request to `host` is handed out: nobody else asks at its address until `finished`."""
        known = self._of(host)
        known.address.busy, known.is_in = True, False

    def sent(self, host: str, now: float) -> None:
        """A request to `host` goes out, the one that was handed out or another for its sake."""
        known = self._of(host)
        known.last = known.address.last = now

    def finished(self, host: str, now: float | None = None) -> None:
        """The request to `host` has been answered, or has failed, at `now`.

        A host that takes long to answer is left idle for as long again, up to ten times its delay.
        """
        if now is not None:
            self.arrived(host, now)
        self._of(host).address.busy = False

    def want_back(self, host: str) -> None:
        """A page of `host` turns out to ask it for more, after it was `finished`: nobody else is next."""
        self._of(host).address.wanted += 1

    def take_back(self, host: str) -> bool:
        """Whether no request is under way any more at the address of `host`, which is wanted; it is busy from
        then on, until `finished`."""
        here = self._of(host).address
        if here.busy:
            return False
        here.busy, here.wanted = True, here.wanted - 1
        return True

    def arrived(self, host: str, now: float) -> None:
        """The answer is in; what reading it takes from here on is not the host's doing."""
        known = self._of(host)
        if known.address.busy and not known.is_in:
            taken = max(now - known.last, 0.0)
            known.latency = (known.latency + taken) / 2 if known.latency else taken
            known.answered, known.is_in = now, True

    def walled(self, host: str, now: float) -> float | None:
        """A bot wall came: ask `host` half as often; from the third in a row, leave it alone: until when."""
        known = self._of(host)
        known.walls += 1
        self._keep(host, max(known.delay, min(2 * known.delay, LONGEST_CRAWL_DELAY)))
        if known.walls < WALLS:
            return None
        self.rest(host, now + min(_WALL_REST * 2.0 ** (known.walls - WALLS), LONGEST_REST))
        return known.rest_until

    def open_again(self, host: str) -> None:
        """`host` served a page: walls before it were no rule, and a tenth of the slowness is taken back."""
        known = self._of(host)
        known.walls = 0
        if known.delay > known.asked:
            self._keep(host, max(known.asked, _EASED * known.delay))

    def rest(self, host: str, until: float) -> None:
        """Leave `host` alone until then; a rest that is running is never shortened."""
        known = self._of(host)
        known.rest_until = max(known.rest_until, until)

    def answered(self, host: str, status: int, wait: float | None, now: float) -> float | None:
        """Learn from an answer; return until when the host now rests if it asked for a rest, else None.

        `wait` is what `retry_after` read. Without it the rest doubles from one refusal to the next. Refusals
        that arrive while the host rests already are one burst and count once.
        """
        known = self._of(host)
        if status not in BUSY:
            known.rests = 0
            return None
        if known.rest_until <= now:
            known.rests += 1
        self.rest(host, now + (wait or backoff(known.rests)))
        return known.rest_until
