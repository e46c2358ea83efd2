"""What the next crawls are going to fetch, and when: the frontier read ahead. Never writes, never fetches.

The plan is what is known now: what tomorrow's pages and feeds bring is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipelines.model import Site
from scraper.frontier import FRONTIER, Coming, Due, Frontier
from scraper.politeness import host_of

_FAR = datetime(9999, 1, 1).timestamp()


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What lies ahead of one site."""

    site: str
    counts: Mapping[Due, int]
    """Why -> addresses."""
    requests: int
    """Requests in all; what is due every hour counts as often as it is due."""
    seconds: float
    """That these take at least, at the site's delay."""
    soonest: float | None
    """When the first is due, in Unix seconds; None when nothing is."""
    max_pages: int | None
    """Pages that one crawl of the site may fetch."""
    resting: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    """Hosts that are left alone -> (until when, why)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What lies ahead, from one moment to another, in Unix seconds."""

    begins: float
    ends: float
    sites: tuple[SitePlan, ...]
    visits: tuple[Coming, ...]
    """The first ones, in the order in which they are due."""


def plan(folder: Path, sites: Iterable[Site], begins: float, ends: float, most: int) -> Plan:
    """The plan for these sites of the archive in `folder`, with `most` single visits.

    Raises what Frontier.open raises; an archive that was never crawled has nothing planned.
    """
    listed = list(sites)
    if not (folder / FRONTIER).exists():
        return Plan(begins, ends, tuple(_ahead(site, begins, {}, {}) for site in listed), ())
    with Frontier.open(folder, write=False) as frontier:
        keys = [site.key for site in listed]
        ahead = frontier.ahead.workload(keys, begins, ends)
        visits = tuple(frontier.ahead.coming(keys, ends, most))
        resting = {key: frontier.hosts.resting(key, begins) for key in keys}
    plans = (_ahead(site, begins, ahead.get(site.key, {}), resting[site.key]) for site in listed)
    return Plan(begins, ends, tuple(plans), visits)


def is_new(folder: Path, site: Site) -> bool:
    """Whether the site was never crawled: then nothing of it is due by its time, and `run` begins at once."""
    return not plan(folder, [site], 0, _FAR, 1).visits


def _ahead(
    site: Site,
    begins: float,
    load: Mapping[Due, tuple[int, int, float]],
    resting: Mapping[str, tuple[float, str]],
) -> SitePlan:
    requests = sum(requests for _, requests, _ in load.values())
    soonest = min((at for _, _, at in load.values()), default=None)
    rest, _ = resting.get(host_of(site.url), (begins, ""))
    return SitePlan(
        site.key, {due: count for due, (count, _, _) in load.items()}, requests, requests * site.delay,
        None if soonest is None else max(soonest, begins, rest), site.max_pages, resting,
    )  # fmt: skip
