"""`newsarchive plan`: what the next day's crawls are going to fetch."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsarchive import output

if TYPE_CHECKING:
    from scraper.plan import Plan, SitePlan

SHOWN = 20
"""Single visits that are shown for one site."""


@click.command(epilog=output.epilog("newsarchive plan gazette --hours 6", 3, 4))
@click.argument("site", required=False)
@click.option("--hours", type=click.FloatRange(0, 24 * 366), default=24.0, show_default=True, help="How far.")
@click.option("--most", type=click.IntRange(0), metavar="N", help="List N single visits.")
@output.archive_option
@output.json_option
@output.debug_option
def plan(site: str | None, hours: float, most: int | None, folder: Path, as_json: bool) -> None:
    """Show what is due to be fetched in the next day: new addresses, doors, articles to look at again.

    With SITE, its first visits too. What is due is fetched by the next `newsarchive crawl`, or by
    `newsarchive run` at its time; new finds come on top.
    """
    from pipelines import sitelist
    from scraper.plan import is_new
    from scraper.plan import plan as look_ahead

    sites = {
        key: known for key, known in sitelist.load(folder / "sites.yml").sites.items() if not known.paused
    }
    if site is not None:
        sites = {site: output.chosen(site, sites)}
    if most is None:
        most = SHOWN if site is not None and not as_json else 1000 if as_json else 0
    begins = datetime.now(UTC).timestamp()
    found = look_ahead(folder, sites.values(), begins, begins + hours * 3600, most)
    if as_json:
        output.emit(_document(found))
    else:
        _tell(found, {key for key, known in sites.items() if is_new(folder, known)})


def _document(plan: Plan) -> dict[str, Any]:
    return {
        "from": _moment(plan.begins), "until": _moment(plan.ends),
        "sites": [
            {
                "site": site.site, "next": None if site.soonest is None else _moment(site.soonest),
                "due": {str(due): count for due, count in site.counts.items()}, "requests": site.requests,
                "seconds": round(site.seconds), "max_pages": site.max_pages,
            }
            for site in plan.sites
        ],
        "visits": [
            {"at": _moment(max(visit.at, plan.begins)), "site": visit.site, "url": visit.url,
             "role": str(visit.role), "due": str(visit.due)}
            for visit in plan.visits
        ],
    }  # fmt: skip


def _tell(plan: Plan, new: Set[str]) -> None:
    from scraper.frontier import Due

    columns = (
        "site",
        "next",
        "new#",
        "doors#",
        "again#",
        "retries#",
        "requests#",
        "at least",
        "pages a crawl#",
    )
    rows = [_row(site, plan, Due, site.site in new) for site in plan.sites]
    output.show(output.table(None, columns, rows))
    if plan.visits:
        visits = [(_when(visit.at, plan.begins), str(visit.due), visit.url) for visit in plan.visits]
        output.show(output.table("First", ("when", "why", "address"), visits))
    output.say(f"Until {_moment(plan.ends)}; what is new by then comes on top.")


def _row(site: SitePlan, plan: Plan, due: Any, is_new: bool) -> tuple[object, ...]:
    new = sum(site.counts.get(kind, 0) for kind in (due.NEW, due.MOVED))
    doors, retries = site.counts.get(due.DOOR, 0), site.counts.get(due.RETRY, 0)
    again = sum(site.counts.values()) - new - doors - retries
    none = "now: never crawled" if is_new else "nothing is due"
    when = none if site.soonest is None else _when(site.soonest, plan.begins)
    minutes = output.counted(round(site.seconds / 60), "minute")
    return (site.site, when, new, doors, again, retries, site.requests, minutes, site.max_pages or "")


def _when(moment: float, now: float) -> str:
    return "now" if moment <= now else f"{datetime.fromtimestamp(moment, UTC):%d %b %H:%M} UTC"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
