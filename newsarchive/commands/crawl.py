"""`newsarchive crawl`: fetch what is new, and say what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
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


FIRST_DAY = date(1990, 1, 1)
"""How far back a back-fill goes when nobody says: to the first web sites."""
_EXAMPLES = (
    "newsarchive crawl --site gazette --max-pages 500\nnewsarchive crawl --backfill --since 2019-01-01"
)


@click.command(epilog=output.epilog(_EXAMPLES, 3, 4, 5, 9))
@output.archive_option
@click.option("--site", "only", multiple=True, metavar="KEY", help="Only this site; may be given again.")
@click.option("--max-pages", type=click.IntRange(min=1), metavar="N", help="Fetch N pages at most.")
@click.option("--due", "due_only", is_flag=True, help="Ask a feed or page when its time has come, not now.")
@click.option("--backfill", is_flag=True, help="Walk listings, archive pages and sitemaps into the past.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
    help="How far back a back-fill goes, as 2019-01-01.  [default: all that is there]",
)  # fmt: skip
@click.option("--log-json", is_flag=True, help="Write the log to stderr as JSON, a line for each page.")
@output.json_option
@output.quiet_option
@output.debug_option
def crawl(
    folder: Path,
    only: tuple[str, ...],
    max_pages: int | None,
    due_only: bool,
    backfill: bool,
    since: datetime | None,
    log_json: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Crawl the sites of sites.yml: archive new articles, and new versions of known ones.

    What was archived is kept whatever ends the crawl; the next crawl goes on where this one ended.

    A back-fill asks for the past of a site, too: the further pages of its listings, its archive pages by
    date, its older sitemaps, the newest first. Known articles are not fetched again for it. One that was
    ended goes on when it is called with the same day again.
    """
    first_day = _first_day(since, backfill=backfill, due_only=due_only)
    if log_json:
        from scraper import log

        log.to_stderr()
    from pipelines import sitelist

    _check(sitelist.load(folder / "sites.yml"), only)

    from scraper.crawl import crawl as crawl_sites

    output.hush()
    with progress.crawling(quiet or log_json) as on_progress:
        report = crawl_sites(
            folder,
            only=only,
            max_pages=max_pages,
            due_only=due_only,
            since=first_day,
            on_progress=on_progress,
            log_level="INFO" if output.debugging() else "ERROR",
        )
    if as_json:
        output.emit(report.as_dict())
    elif not quiet:
        _tell(report)
    _end(report)


def _first_day(since: datetime | None, *, backfill: bool, due_only: bool) -> date | None:
    """How far back a back-fill goes; None when none is asked for. Raises UsageError."""
    if since and not backfill:
        raise click.UsageError("--since says how far back a back-fill goes: give --backfill as well")
    if backfill and due_only:
        raise click.UsageError("--backfill asks every door, and --due those whose time has come: give one")
    return (since.date() if since else FIRST_DAY) if backfill else None


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
    if any(site.past for site in report.sites):
        output.show(_past(report))
        _tell_rest(report)
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


def _past(report: CrawlReport) -> Table:
    """What a back-fill came to, site by site."""
    rows = []
    for site in report.sites:
        if past := site.past:
            years = ", ".join(f"{year}: {count:,}" for year, count in past.years.items())
            rows.append((
                site.site, past.since, past.oldest or "none", past.newest or "none", years, past.walked,
                past.left, "yes" if past.complete else "no",
            ))  # fmt: skip
    columns = ("site", "since", "oldest", "newest", "articles by year", "listings#", "older, left#", "done")
    return output.table("Back-fill: what the archive has of the days asked for", columns, rows)


def _tell_rest(report: CrawlReport) -> None:
    """What to do about what a back-fill has left."""
    unfinished = [site.site for site in report.sites if site.past and not site.past.complete]
    if unfinished:
        output.say(f"Not done: {', '.join(unfinished)}. The same command again goes on where this one ended.")
    if any(site.past and site.past.left for site in report.sites):
        output.say("What is older was left alone; a crawl without --backfill fetches it, from tomorrow on.")


def _sum(count: int | Counter[str] | Counter[tuple[str, str]]) -> int:
    return count if isinstance(count, int) else count.total()


def _end(report: CrawlReport) -> None:
    """Say what went wrong after the crawl, and end with the exit code that the report asks for."""
    from pipelines.errors import SOME_SITES_FAILED

    for warning in report.warnings:
        output.warn(warning)
    if report.state == "interrupted":
        click.get_current_context().exit(output.INTERRUPTED)
    if report.failed_sites:
        names = ", ".join(site.site for site in report.failed_sites)
        output.warn(f"failed: {names}; what was archived of the others is kept")
        click.get_current_context().exit(SOME_SITES_FAILED)
