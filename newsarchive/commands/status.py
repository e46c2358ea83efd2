"""`newsarchive status`: what is in the archive, and how its sites do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsarchive import output

if TYPE_CHECKING:
    from pipelines.model import Site
    from pipelines.store import CrawlStatus, SiteStatus, Status

CRAWLS = 20
"""So many of the last crawls are asked what became of each site."""
REASONS = 15
"""Rows of the ledger that are shown; --json has them all."""
FAILING = 0.2
"""A site of whose addresses a larger part failed is not well."""


@click.command(epilog=output.epilog("newsarchive status gazette", 3, 4))
@click.argument("site", required=False)
@output.archive_option
@output.json_option
@output.debug_option
def status(site: str | None, folder: Path, as_json: bool) -> None:
    """Show what is in the archive, its sites and the ledger; with SITE, those of one site.

    Health is a word: good, failing (many addresses fail), unreachable (the last crawl got nothing), empty
    (crawled, but no article), new (never crawled), paused, imported.
    """
    from pipelines import sitelist
    from pipelines.store import Archive

    with Archive.open(folder, write=False) as archive:
        found = archive.status(CRAWLS, site=site)
    listed = sitelist.load(folder / "sites.yml").sites
    rows = list(_rows(found, listed))
    if site is not None:
        rows = [output.chosen(site, {row["key"]: row for row in rows})]
    if as_json:
        output.emit(_document(found, rows))
    else:
        _tell(found, rows, site)


def _rows(found: Status, listed: Mapping[str, Site]) -> Iterator[dict[str, Any]]:
    """A row a site: those of sites.yml in its order, then those that are only in the archive."""
    known = {site.key: site for site in found.sites}
    for key in (*listed, *(key for key in known if key not in listed)):
        site = known.get(key)
        yield {
            "key": key,
            "name": listed[key].name if key in listed else site.name if site else key,
            "last_crawl": site.last_crawl if site else None,
            "articles": site.articles if site else 0,
            "revisions": site.revisions if site else 0,
            "outcomes": dict(site.outcomes) if site else {},
            "health": _health(site, listed.get(key), found.crawls),
        }


def _health(site: SiteStatus | None, listed: Site | None, crawls: tuple[CrawlStatus, ...]) -> str:
    if listed is None:
        return "imported"
    if listed.paused:
        return "paused"
    if site is None or site.last_crawl is None:
        return "new"
    if _last_error(site.key, crawls):
        return "unreachable"
    if not site.articles:
        return "empty"
    return "failing" if site.outcomes.get("failed", 0) > FAILING * sum(site.outcomes.values()) else "good"


def _last_error(site: str, crawls: tuple[CrawlStatus, ...]) -> str | None:
    """Why the site as a whole failed in the last crawl that asked it; None when it did not."""
    for crawl in crawls:
        if site in crawl.sites and crawl.summary:
            reports = {report["site"]: report for report in json.loads(crawl.summary)["sites"]}
            error: str | None = reports.get(site, {}).get("error")
            return error
    return None


def _document(found: Status, rows: list[dict[str, Any]]) -> dict[str, Any]:
    last, ledger = found.crawls[0] if found.crawls else None, found.ledger
    return {
        "articles": found.articles, "revisions": found.revisions, "captures": found.captures,
        "urls": found.urls, "sites": rows,
        "ledger": [{"outcome": outcome, "reason": reason, "urls": urls} for outcome, reason, urls in ledger],
        "last_crawl": last and {
            "id": last.id, "started": last.started, "finished": last.finished, "state": last.state,
            "sites": list(last.sites), **last.counts,
        },
    }  # fmt: skip


def _tell(found: Status, rows: list[dict[str, Any]], site: str | None) -> None:
    now = datetime.now(UTC)
    cells = [
        (row["key"], row["name"], _ago(row["last_crawl"], now), row["articles"],
         row["revisions"] - row["articles"], sum(row["outcomes"].values()), row["health"])
        for row in rows
    ]  # fmt: skip
    columns = ("site", "name", "last crawl", "articles#", "later versions#", "addresses#", "health")
    if cells:
        output.show(output.table(None, columns, cells))
    ledger = [(outcome, reason, urls) for outcome, reason, urls in found.ledger]
    if ledger:
        title = f"Ledger of {site}" if site else "Ledger"
        output.show(output.table(title, ("outcome", "reason", "addresses#"), ledger[:REASONS]))
    if len(ledger) > REASONS:
        output.say(f"{len(ledger) - REASONS} further reasons: --json has them all.")
    if site is None:
        _tell_totals(found, rows)


def _tell_totals(found: Status, rows: list[dict[str, Any]]) -> None:
    articles, captures = output.counted(found.articles, "article"), output.counted(found.captures, "capture")
    output.say(f"{articles} in {output.counted(found.revisions, 'version')}, from {captures}.")
    if not rows:
        output.say("No site yet: newsarchive add URL")


def _ago(moment: str | None, now: datetime) -> str:
    """How long ago, as people say it."""
    if moment is None:
        return "never"
    minutes = int((now - datetime.fromisoformat(moment)).total_seconds() // 60)
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            return f"{output.counted(minutes // length, unit)} ago"
    return "just now"
