"""The ledger's lines for addresses that were not fetched just now: met for the first time, refused, given up,
or copies of what is archived. Never decides what is fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines import identify
from pipelines.model import Outcome, Site
from pipelines.store import Archive, Note
from scraper.scope import Reason

if TYPE_CHECKING:
    from scraper.frontier import Found, Frontier

COPY = "a copy for print, AMP or phones"
"""The reason in the ledger of an address that is known to be one, and is not fetched."""


class Ledger:
    """Writes them, each once a crawl for what is met."""

    def __init__(self, archive: Archive, frontier: Frontier, sites: Mapping[str, Site]) -> None:
        self._archive = archive
        self._frontier = frontier
        self._sites = sites
        self._met: set[str] = set()
        self._addresses: dict[str, str] = {}
        """Key -> address, of what this crawl has met first."""
        self._copies: dict[str, dict[str, str | None]] = {}
        """Key of an article that is not archived yet -> what seems to be a copy of it, with where it was
        found."""

    def has_met(self, url: str) -> bool:
        """Whether this crawl has met an address."""
        return url in self._met

    def meet(self, url: str, found: Found, refusal: str | None) -> None:
        """A line for an address of what was found, if this crawl has not met it before: that it is refused,
        that it waits, or that it is another spelling of one that is known."""
        if url in self._met:
            return
        self._met.add(url)
        known = self._frontier.address(found.key) or self._addresses.get(found.key)
        if refusal == Reason.COPY and self._copy(url, found):
            return
        if known is None and refusal:
            self.note(url, found.site, Outcome.REFUSED, refusal, found.found_on)
        elif known is None:
            self._addresses[found.key] = url
            self.note(url, found.site, Outcome.QUEUED, found.due, found.found_on)
        elif known != url:
            self.note(url, found.site, Outcome.DUPLICATE, "another spelling", found.found_on, known)

    def _copy(self, url: str, found: Found) -> bool:
        """Give an address for print, AMP or phones to the article that it copies; whether there is one."""
        original = identify.original_of(url)
        key = identify.article_key(original, None, self._sites[found.site]) if original else ""
        article = self._archive.article_by_key(key) if original else None
        if article is None:
            self._copies.setdefault(key, {})[url] = found.found_on
            return False
        self.note_copy(url, found.site, article.article, article.url, found.found_on)
        return True

    def copies_of(self, url: str, site: str) -> Mapping[str, str | None]:
        """Addresses that were met before the article at `url` was archived, and seem to be copies of it: each
        with where it was found."""
        return self._copies.pop(identify.article_key(url, None, self._sites[site]), {})

    def note_copy(self, url: str, site: str, article: int, original: str, found_on: str | None) -> None:
        """A line in the ledger for a copy that is not fetched: the article lists all its addresses."""
        note = Note(url, Outcome.DUPLICATE, COPY, site, article=article, found_on=found_on, leads_to=original)
        self._archive.note(note, datetime.now(UTC))

    def note(
        self,
        url: str,
        site: str,
        outcome: Outcome,
        reason: str,
        found_on: str | None,
        leads_to: str | None = None,
    ) -> None:
        """A line in the ledger for a URL that was not fetched just now."""
        note = Note(url, outcome, reason, site, found_on=found_on, leads_to=leads_to)
        self._archive.note(note, datetime.now(UTC))
