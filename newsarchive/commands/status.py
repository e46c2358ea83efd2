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
    from pipelines.health import Day, Door
    from pipelines.model import Site
    from pipelines.store import CrawlStatus, SiteStatus, Status
    from scraper.plan import SitePlan

CRAWLS = 20
"""So many of the last crawls are asked what became of each site."""
REASONS = 15
"""Rows of the ledger that are shown; --json has them all."""
HORIZON = 8 * 86_400.0
"""Seconds for which `next crawl` looks ahead: no door waits longer than a week."""
DAYS = 14
"""Days of one site that are shown."""
DOORS = 20
"""Feeds and sitemaps of one site that are shown."""


@click.command(epilog=output.epilog("newsarchive status gazette", 3, 4))
@click.argument("site", required=False)
@output.archive_option
@output.json_option
@output.debug_option
def status(site: str | None, folder: Path, as_json: bool) -> None:
    """Show what is in the archive, its sites and the ledger; with SITE, those of one site.

    Health is a word, against the site's own last four weeks: good, silent (nothing new for long), dropping
    (far fewer articles), walled (captchas, logins and the like), failing (many addresses fail), thinner
    (articles got short, or lost their dates or authors), stale (a feed or sitemap died, or nobody fills it),
    behind (little of what feeds and sitemaps list was fetched); or unreachable (the last crawl got
    nothing), empty
    (crawled, but no article), new (never crawled), paused, imported.
    """
    from pipelines import observations, sitelist
    from pipelines.store import Archive, overview

    with Archive.open(folder, write=False) as archive:
        found = overview(archive, CRAWLS, site=site)
        days = {known.key: archive.days(known.key) for known in found.sites}
        doors = {known.key: observations.doors(archive, known.key) for known in found.sites}
    listed = sitelist.load(folder / "sites.yml").sites
    plans = _plans(folder, [one for one in listed.values() if not one.paused])
    rows = list(_rows(found, listed, days, doors, plans))
    if site is not None:
        rows = [output.chosen(site, {row["key"]: row for row in rows})]
    if as_json:
        output.emit(_document(found, rows))
    else:
        _tell(found, rows, site)


def _plans(folder: Path, sites: list[Site]) -> dict[str, SitePlan]:
    """Site -> what lies ahead of it."""
    from scraper.plan import plan

    now = datetime.now(UTC).timestamp()
    return {ahead.site: ahead for ahead in plan(folder, sites, now, now + HORIZON, 0).sites}


def _rows(
    found: Status,
    listed: Mapping[str, Site],
    days: Mapping[str, list[Day]],
    doors: Mapping[str, list[Door]],
    plans: Mapping[str, SitePlan],
) -> Iterator[dict[str, Any]]:
    """A row a site: those of sites.yml in its order, then those that are only in the archive."""
    known = {site.key: site for site in found.sites}
    today = datetime.now(UTC).date()
    for key in (*listed, *(key for key in known if key not in listed)):
        site, own = known.get(key), days.get(key, [])
        ahead = plans.get(key)
        word, why = _health(site, listed.get(key), found.crawls, own, doors.get(key, []), ahead)
        soonest = ahead.soonest if ahead else None
        yield {
            "key": key,
            "name": listed[key].name if key in listed else site.name if site else key,
            "last_crawl": site.last_crawl if site else None,
            "articles": site.articles if site else 0,
            "revisions": site.revisions if site else 0,
            "outcomes": dict(site.outcomes) if site else {},
            "new_today": sum(day.new for day in own if day.day == today),
            "health": word,
            "why": why,
            "next_crawl": None if soonest is None else _moment(soonest),
            "days": [_day(day) for day in own],
            "doors": [_door(door) for door in doors.get(key, [])],
        }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _door(door: Door) -> dict[str, Any]:
    return {
        "url": door.url, "role": door.role, "last_asked": door.last_asked.isoformat(),
        "last_good": door.last_good.isoformat(), "last_new": door.last_new.isoformat(),
        "entries": door.entries, "problem": door.problem,
    }  # fmt: skip


def _day(day: Day) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(), "seen": day.seen, "fetched": day.fetched, "new": day.new,
        "changed": day.changed, "refused": day.refused, "failed": day.failed, "walls": day.walls,
        "words": day.words, "pages": day.pages, "listed": day.listed, "covered": day.covered,
        "reasons": dict(day.reasons or {}),
    }  # fmt: skip


def _health(
    site: SiteStatus | None,
    listed: Site | None,
    crawls: tuple[CrawlStatus, ...],
    days: list[Day],
    doors: list[Door],
    ahead: SitePlan | None,
) -> tuple[str, str]:
    """How the site does in a word, and why."""
    from pipelines.health import standing
    from scraper.frontier import WALL

    if listed is None:
        return "imported", ""
    if listed.paused:
        return "paused", ""
    if site is None or site.last_crawl is None:
        return "new", ""
    error, today = _last_error(site.key, crawls), datetime.now(UTC).date()
    resting = ahead.resting if ahead else {}
    walled = {host: until for host, (until, reason) in resting.items() if reason == WALL}
    found = standing(days, doors, today, error=error, articles=site.articles, walled=walled)
    return found.word, found.why


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
         row["new_today"], row["revisions"] - row["articles"], sum(row["outcomes"].values()), row["health"],
         _ahead(row["next_crawl"], now))
        for row in rows
    ]  # fmt: skip
    columns = (
        "site", "name", "last crawl", "articles#", "new today#", "later versions#", "addresses#", "health",
        "next crawl",
    )  # fmt: skip
    if cells:
        output.show(output.table(None, columns, cells))
    for row in rows:
        if row["why"]:
            output.say(f"{row['key']} is {row['health']}: {row['why']}")
    if site is not None:
        _tell_days(rows[0]["days"])
        _tell_doors(rows[0]["doors"], now)
    ledger = [(outcome, reason, urls) for outcome, reason, urls in found.ledger]
    if ledger:
        title = f"Ledger of {site}" if site else "Ledger"
        output.show(output.table(title, ("outcome", "reason", "addresses#"), ledger[:REASONS]))
    if len(ledger) > REASONS:
        output.say(f"{len(ledger) - REASONS} further reasons: --json has them all.")
    if site is None:
        _tell_totals(found, rows)


def _tell_days(days: list[dict[str, Any]]) -> None:
    """The last days of a site on which it was crawled."""
    names = (
        "day", "seen", "fetched", "new", "changed", "refused", "failed", "walls", "listed", "covered",
    )  # fmt: skip
    rows = [tuple(day[name] for name in names) for day in days[:DAYS]]
    if rows:
        output.show(output.table("Its days", ("day", *(f"{name}#" for name in names[1:])), rows))


def _tell_doors(doors: list[dict[str, Any]], now: datetime) -> None:
    """The feeds and sitemaps of a site, and when each last had something new."""
    rows = [
        (door["role"], door["url"], door["entries"], _ago(door["last_new"], now),
         _ago(door["last_asked"], now), door["problem"] or "")
        for door in doors[:DOORS]
    ]  # fmt: skip
    if rows:
        columns = ("door", "address", "entries#", "last new", "last asked", "problem")
        output.show(output.table("Its feeds and sitemaps", columns, rows))


def _tell_totals(found: Status, rows: list[dict[str, Any]]) -> None:
    articles, captures = output.counted(found.articles, "article"), output.counted(found.captures, "capture")
    output.say(f"{articles} in {output.counted(found.revisions, 'version')}, from {captures}.")
    if not rows:
        output.say("No site yet: newsarchive add URL")


def _ahead(moment: str | None, now: datetime) -> str:
    """When something is due, as people say it; `run` crawls then, and who crawls by hand may wait for it."""
    if moment is None:
        return ""
    minutes = int((datetime.fromisoformat(moment) - now).total_seconds() // 60)
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            return f"in {output.counted(minutes // length, unit)}"
    return "now"


def _ago(moment: str | None, now: datetime) -> str:
    """How long ago, as people say it."""
    if moment is None:
        return "never"
    minutes = int((now - datetime.fromisoformat(moment)).total_seconds() // 60)
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= length:
            return f"{output.counted(minutes // length, unit)} ago"
    return "just now"
