"""What the pages of each site teach, and a crawl goes by: which addresses turn out to be articles, which
parameters change nothing, how often articles change.

Kept between crawls by the frontier (`frontier.lessons`); scraper.yields, parameters and visits say what it
comes to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pipelines import identify
from pipelines.model import Change, Outcome, Site, Taken
from pipelines.store import Archive
from scraper import yields
from scraper.discovery.candidate import Role
from scraper.frontier import Due, Lessons, Task
from scraper.parameters import Parameters
from scraper.report import Tally
from scraper.visits import Rates
from scraper.yields import Yield

_TELLING = frozenset({Outcome.ARTICLE, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.NOT_ARTICLE})
"""Outcomes that tell what a page is; errors and walls tell nothing."""
_ARTICLES = frozenset({Outcome.ARTICLE, Outcome.UNCHANGED})


class Learning:
    """What is known of each site, and what this crawl adds to it."""

    def __init__(self, archive: Archive, lessons: Lessons, sites: Mapping[str, Site], tally: Tally) -> None:
        self.parameters = Parameters(archive, lessons, sites)
        self._archive = archive
        self._sites = sites
        self._lessons = lessons
        self._tally = tally
        self._yields: dict[str, dict[str, Yield]] = {}
        self._probes: Counter[tuple[str, str]] = Counter()
        self._rates: dict[str, Rates] = {}

    def rates(self, site: str) -> Rates:
        """How the site's articles have changed, as far as was known when this crawl began."""
        if site not in self._rates:
            self._rates[site] = Rates(self._lessons.looks(site))
        return self._rates[site]

    def yield_of(self, site: str, pattern: str) -> Yield:
        """What the pages of this shape turned out to be so far."""
        if site not in self._yields:
            self._yields[site] = self._lessons.yields(site)
        return self._yields[site].get(pattern, yields.NOTHING)

    def learn(self, task: Task, taken: Taken) -> None:
        """Remember what a page that was fetched for the first time turned out to be, and on what it was
        found."""
        if task.last_fetched is not None or not task.pattern or taken.outcome not in _TELLING:
            return
        if name := self.parameters.is_copy(task, taken):
            if self.parameters.learn(task.site, name):
                self._tally.note(task.site, f"the parameter {name!r} changes nothing: it is left out now")
            if name in self.parameters.idle(task.site):
                return  # an address that is the same but for this says nothing of its pattern
        before, is_new = self.yield_of(task.site, task.pattern), taken.change is Change.FIRST
        is_article = is_new or self._was_known(task, taken)
        self._keep(task.site, task.pattern, before, before.with_page(is_article=is_article))
        if is_new and task.found_on:
            finder = yields.pattern(task.found_on)
            before = self.yield_of(task.site, finder)
            self._keep(task.site, finder, before, before.with_find())

    def _was_known(self, task: Task, taken: Taken) -> bool:
        """Whether the page is an article at its own address, archived before the frontier knew of it: it
        was imported, or frontier.db was lost. It is what its pattern promises."""
        key = identify.article_key(task.url, None, self._sites[task.site])
        known = self._archive.article_by_key(key) if taken.outcome in _ARTICLES else None
        return known is not None and known.article == taken.article

    def _keep(self, site: str, pattern: str, before: Yield, after: Yield) -> None:
        self._yields[site][pattern] = after
        self._lessons.keep_yield(site, pattern, before, after)

    def trap(self, task: Task) -> str | None:
        """Why a page never fetched before is not worth it, or None; a few of a trap are tried."""
        if task.due is not Due.NEW or task.role not in (Role.PAGE, Role.LISTING) or not task.pattern:
            return None
        if not self.yield_of(task.site, task.pattern).is_barren:
            return None
        self._probes[task.site, task.pattern] += 1
        return yields.BARREN if self._probes[task.site, task.pattern] > yields.PROBES else None
