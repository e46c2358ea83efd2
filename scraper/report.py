"""What a crawl did: counted while it runs, told when it ends. Nothing here fetches or writes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipelines.health import WALLS, Day
from pipelines.model import Change, Outcome, Taken
from scraper.backfill import Walk
from scraper.discovery.candidate import Role
from scraper.frontier import Task


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot of a running crawl, cheap to take."""

    queued: int
    in_flight: int
    fetched: int
    archived: int
    new_revisions: int
    unchanged: int
    left_out: int
    failed: int
    bytes: int
    seconds: float
    site: str | None
    """The site that was asked last."""
    url: str | None
    walked: int = 0
    """Pages of listings that a back-fill has walked."""
    reached: date | None = None
    """The oldest day that the back-fill of the site asked last has reached."""


@dataclass(frozen=True, slots=True)
class Past:
    """How far back a back-fill has brought the archive of one site."""

    since: date
    """The first day that was asked for."""
    complete: bool
    """Whether all that the site's listings and sitemaps lead to was asked for; else the next one goes on."""
    walked: int
    """Pages of listings in this crawl."""
    left: int
    """Addresses that are older than asked for, and were left for another crawl."""
    oldest: date | None
    """The first day in the range of which the archive has an article, whichever crawl brought it."""
    newest: date | None
    years: Mapping[int, int]
    """Year -> articles in the range."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "since": self.since.isoformat(), "complete": self.complete, "walked": self.walked,
            "left": self.left, "oldest": self.oldest and self.oldest.isoformat(),
            "newest": self.newest and self.newest.isoformat(),
            "years": {str(year): count for year, count in self.years.items()},
        }  # fmt: skip


@dataclass(slots=True)
class SiteReport:
    """What a crawl did at one site."""

    site: str
    found: int = 0
    """URLs seen for the first time."""
    fetched: int = 0
    """Requests that were answered, doors included."""
    archived: int = 0
    """Articles that are new in the archive."""
    new_revisions: int = 0
    unchanged: int = 0
    gone: int = 0
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(outcome, reason) -> pages that did not become articles."""
    failed: Counter[str] = field(default_factory=Counter)
    """Reason -> URLs that could not be fetched or read."""
    queued: int = 0
    """URLs left to the next crawl."""
    bytes: int = 0
    error: str | None = None
    """Why the site as a whole failed: nothing of it could be reached."""
    notes: list[str] = field(default_factory=list)
    """What an archivist should know: a cut sitemap, a feed that is none."""
    past: Past | None = None
    """What a back-fill came to."""

    def day(self, today: date) -> Day:
        """What the ledger of the site's days has of this crawl."""
        reasons = {f"{outcome}: {reason}": count for (outcome, reason), count in self.left_out.items()}
        reasons |= {f"{Outcome.FAILED}: {reason}": count for reason, count in self.failed.items()}
        refused = sum(count for (outcome, _), count in self.left_out.items() if outcome == Outcome.REFUSED)
        walls = sum(count for (_, reason), count in self.left_out.items() if reason in WALLS)
        return Day(
            today, self.found, self.fetched, self.archived, self.new_revisions, refused,
            self.failed.total(), walls, reasons=reasons,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "site": self.site, "found": self.found, "fetched": self.fetched, "archived": self.archived,
            "new_revisions": self.new_revisions, "unchanged": self.unchanged, "gone": self.gone,
            "left_out": [
                {"outcome": outcome, "reason": reason, "count": count}
                for (outcome, reason), count in self.left_out.most_common()
            ],
            "failed": [{"reason": reason, "count": count} for reason, count in self.failed.most_common()],
            "queued": self.queued, "bytes": self.bytes, "error": self.error, "notes": self.notes,
            "backfill": self.past and self.past.as_dict(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What one crawl did."""

    state: str
    """"finished", "interrupted" or "failed"."""
    sites: tuple[SiteReport, ...]
    seconds: float
    warnings: tuple[str, ...] = ()
    """What went wrong after the crawl: an alert or a file of metrics that came to nothing."""

    def total(self, what: str) -> int:
        """The sum over sites of a count: "found", "fetched", "archived", "left_out", "failed", and so on."""
        counts = (getattr(site, what) for site in self.sites)
        return sum(count.total() if isinstance(count, Counter) else count for count in counts)

    @property
    def failed_sites(self) -> tuple[SiteReport, ...]:
        """Sites of which nothing could be reached."""
        return tuple(site for site in self.sites if site.error)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "state": self.state, "seconds": round(self.seconds, 3),
            "sites": [site.as_dict() for site in self.sites], "warnings": list(self.warnings),
        }  # fmt: skip


class Tally:
    """Counts a crawl while it runs."""

    def __init__(self, sites: list[str]) -> None:
        self.sites = {site: SiteReport(site) for site in sites}
        self._started = time.monotonic()
        self._last: Task | None = None

    def asked(self, task: Task) -> None:
        """A request goes out."""
        self._last = task

    def answered(self, site: str, size: int) -> None:
        """An answer came in, with a body of `size` bytes as received."""
        self.sites[site].fetched += 1
        self.sites[site].bytes += size

    def found(self, site: str, count: int) -> None:
        """URLs were seen for the first time."""
        self.sites[site].found += count

    def note(self, site: str, note: str) -> None:
        """Something an archivist should know."""
        self.sites[site].notes.append(note)

    def site_failed(self, site: str, reason: str) -> None:
        """The site as a whole could not be reached; the first reason counts."""
        self.sites[site].error = self.sites[site].error or reason

    def taken(self, task: Task, taken: Taken) -> None:
        """A URL was taken in; of doors only failures count."""
        report = self.sites[task.site]
        if taken.outcome is Outcome.FAILED:
            report.failed[taken.reason] += 1
        elif task.role is Role.PAGE:
            self._taken_page(report, taken)

    def _taken_page(self, report: SiteReport, taken: Taken) -> None:
        if taken.outcome is Outcome.ARTICLE:
            report.archived += taken.change is Change.FIRST
            report.new_revisions += taken.change is not None and taken.change is not Change.FIRST
        elif taken.outcome is Outcome.UNCHANGED:
            report.unchanged += 1
        elif taken.outcome is Outcome.GONE:
            report.gone += 1
        else:
            self.left_out(report.site, taken.outcome, taken.reason)

    def left_out(self, site: str, outcome: Outcome, reason: str) -> None:
        """A URL does not become an article, for a reason."""
        self.sites[site].left_out[str(outcome), reason] += 1

    def failed(self, site: str, reason: str) -> None:
        """A URL could not be fetched."""
        self.sites[site].failed[reason] += 1

    def progress(self, queued: int, in_flight: int, walks: Mapping[str, Walk] | None = None) -> Progress:
        """How things stand."""
        reports, walks = self.sites.values(), walks or {}
        walk = walks.get(self._last.site) if self._last else None
        return Progress(
            queued=queued,
            in_flight=in_flight,
            fetched=sum(report.fetched for report in reports),
            archived=sum(report.archived for report in reports),
            new_revisions=sum(report.new_revisions for report in reports),
            unchanged=sum(report.unchanged for report in reports),
            left_out=sum(report.left_out.total() for report in reports),
            failed=sum(report.failed.total() for report in reports),
            bytes=sum(report.bytes for report in reports),
            seconds=time.monotonic() - self._started,
            site=self._last.site if self._last else None,
            url=self._last.url if self._last else None,
            walked=sum(walk.pages for walk in walks.values()),
            reached=walk.reached if walk else None,
        )

    def report(self, state: str) -> CrawlReport:
        """The end of the crawl."""
        return CrawlReport(state, tuple(self.sites.values()), time.monotonic() - self._started)
