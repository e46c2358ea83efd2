"""Parameters of addresses that change nothing, by what they turned out to do on one site.

Some sites give every reader, or every click, a number of its own, under a name that only they use: the same
page has a new address each time. Where pages turned out to be copies of articles whose address differs in one
parameter alone, and never two articles differed in it, the parameter is left out of what is found from then
on. `keep_params` in sites.yml is the archivist's word against it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from pipelines.model import Outcome, Site, Taken

if TYPE_CHECKING:
    from pipelines.store import Archive
    from scraper.frontier import Lessons, Task

ENOUGH = 3
"""Copies under other values of a parameter after which it is believed to change nothing."""


class Parameters:
    """What is known of the parameters of each site."""

    def __init__(self, archive: Archive, lessons: Lessons, sites: Mapping[str, Site]) -> None:
        self._archive = archive
        self._lessons = lessons
        self._sites = sites
        self._idle: dict[str, set[str]] = {}

    def idle(self, site: str) -> Collection[str]:
        """Names of the parameters that change nothing on this site."""
        if site not in self._idle:
            known = self._lessons.parameters(site)
            self._idle[site] = {name for name, (_, idle) in known.items() if idle}
            self._idle[site] -= set(self._sites[site].keep_params)
        return self._idle[site]

    def strip(self, url: str, site: str) -> str:
        """The address without those."""
        return without(url, names) if (names := self.idle(site)) else url

    def is_copy(self, task: Task, taken: Taken) -> str | None:
        """The parameter in which the address of a copy differs from that of its article, if in no more."""
        if taken.outcome is not Outcome.DUPLICATE or taken.article is None:
            return None
        rows = self._archive.read("select url from articles where id = ?", (taken.article,))
        return differing(task.url, rows[0][0]) if rows else None

    def learn(self, site: str, name: str) -> bool:
        """One more copy under another value of this parameter; whether it is known from now on to change
        nothing, and was not before."""
        if name in self.idle(site) or name in self._sites[site].keep_params:
            return False
        copies = self._lessons.parameters(site).get(name, (0, False))[0] + 1
        addresses = "select url, article from urls where site = ? and article is not null"
        idle = copies >= ENOUGH and not chooses(name, self._archive.read(addresses, (site,)))
        self._lessons.put_parameter(site, name, copies if idle or copies < ENOUGH else 0, idle=idle)
        self._idle[site] |= {name} if idle else set()
        return idle


def differing(url: str, other: str) -> str | None:
    """The one parameter in which two addresses differ, by its value or as one lacks it; None when they differ
    in nothing, or in more."""
    one, two = urlsplit(url), urlsplit(other)
    if (one.netloc, one.path) != (two.netloc, two.path):
        return None
    pairs = (set(parse_qsl(parts.query, keep_blank_values=True)) for parts in (one, two))
    names = {name for name, _ in next(pairs) ^ next(pairs)}
    return names.pop() if len(names) == 1 else None


def without(url: str, names: Collection[str]) -> str:
    """The address without these parameters, otherwise as it was."""
    parts = urlsplit(url)
    pairs = parts.query.split("&")
    kept = [pair for pair in pairs if not {name for name, _ in parse_qsl(pair, True)} & set(names)]
    return parts._replace(query="&".join(kept)).geturl() if kept != pairs else url


def chooses(name: str, addresses: Iterable[tuple[str, int]]) -> bool:
    """Whether two articles have addresses that differ in this parameter alone. addresses: with the article
    that each belongs to."""
    articles: dict[str, int] = {}
    return any(articles.setdefault(without(url, (name,)), article) != article for url, article in addresses)
