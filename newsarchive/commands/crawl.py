"""`newsarchive crawl`: fetch what is new, and say what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsarchive import output, progress

if TYPE_CHECKING:
    from rich.table import Table

    from pipelines.sitelist import SiteList
    from scraper.report import CrawlReport

_COUNTS = ("found", "archived", "new_revisions", "unchanged", "gone", "left_out", "failed", "queued")
_COLUMNS = ("found", "archived", "new versions", "unchanged", "gone", "left out", "failed", "still queued")


@click.command(epilog=output.epilog("newsarchive crawl --site gazette --max-pages 500", 3, 4, 5, 9))
@output.archive_option
@click.option("--site", "only", multiple=True, metavar="KEY", help="Only this site; may be given again.")
@click.option("--max-pages", type=click.IntRange(min=1), metavar="N", help="Fetch N pages at most.")
@click.option("--due", "due_only", is_flag=True, help="Ask a feed or page when its time has come, not now.")
@click.option("--log-json", is_flag=True, help="Write the log to stderr as JSON, a line for each page.")
@output.json_option
@output.quiet_option
@output.debug_option
def crawl(
    folder: Path,
    only: tuple[str, ...],
    max_pages: int | None,
    due_only: bool,
    log_json: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Crawl the sites of sites.yml: archive new articles, and new versions of known ones.

    What was archived is kept whatever ends the crawl; the next crawl goes on where this one ended.
    """
    from pipelines import sitelist

    _check(sitelist.load(folder / "sites.yml"), only)

    from scraper.crawl import crawl as crawl_sites

    output.hush()
    if log_json:
        from scraper import log

        log.to_stderr()
    with progress.crawling(quiet or log_json) as on_progress:
        report = crawl_sites(
            folder,
            only=only,
            max_pages=max_pages,
            due_only=due_only,
            on_progress=on_progress,
            log_level="INFO" if output.debugging() else "ERROR",
        )
    if as_json:
        output.emit(report.as_dict())
    elif not quiet:
        _tell(report)
    for warning in report.warnings:
        output.warn(warning)
    _end(report)


def _check(listed: SiteList, only: tuple[str, ...]) -> None:
    """Raise SiteListError where there is nothing to crawl, and say so where nobody could be reached."""
    from pipelines.errors import SiteListError

    if not listed.sites:
        raise SiteListError("sites.yml has no site yet: `newsarchive add URL` adds one")
    if not only and all(site.paused for site in listed.sites.values()):
        raise SiteListError("every site of sites.yml is paused: take `paused` away, or name one with --site")
    public = [
        key for key, site in listed.sites.items() if not site.allow_private and key in (only or listed.sites)
    ]
    if public and not listed.contact:
        output.warn("sites.yml names no contact; please write one, so that the sites can reach you")


def _tell(report: CrawlReport) -> None:
    """The summary for a person."""
    fetched, size = report.total("fetched"), output.size(report.total("bytes"))
    output.say(f"Crawl {report.state}: {fetched:,} answers, {size}, {report.seconds:.0f} s.\n")
    output.show(*_tables(report))
    for site in report.sites:
        if site.error:
            output.say(f"{site.site} failed: {site.error}")
        for note in site.notes:
            output.say(f"{site.site}: {note}")
    output.say("Next: newsarchive serve")


def _tables(report: CrawlReport) -> Iterable[Table]:
    rows = [(site.site, *(_sum(getattr(site, count)) for count in _COUNTS)) for site in report.sites]
    if len(rows) > 1:
        rows.append(("all", *(report.total(count) for count in _COUNTS)))
    yield output.table(None, ("site", *(f"{column}#" for column in _COLUMNS)), rows)
    left_out: Counter[tuple[str, str]] = Counter()
    failed: Counter[str] = Counter()
    for site in report.sites:
        left_out += site.left_out
        failed += site.failed
    if left_out:
        reasons = [(outcome, reason, count) for (outcome, reason), count in left_out.most_common()]
        yield output.table("Left out, and why", ("outcome", "reason", "addresses#"), reasons)
    if failed:
        yield output.table("Failed, and why", ("reason", "addresses#"), failed.most_common())


def _sum(count: int | Counter[str] | Counter[tuple[str, str]]) -> int:
    return count if isinstance(count, int) else count.total()


def _end(report: CrawlReport) -> None:
    """End with the exit code that the report asks for."""
    from pipelines.errors import SOME_SITES_FAILED

    if report.state == "interrupted":
        click.get_current_context().exit(output.INTERRUPTED)
    if report.failed_sites:
        names = ", ".join(site.site for site in report.failed_sites)
        output.warn(f"failed: {names}; what was archived of the others is kept")
        click.get_current_context().exit(SOME_SITES_FAILED)
