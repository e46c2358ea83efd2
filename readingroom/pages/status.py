"""How the archive is kept: its crawls, and what became of every address ever seen."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from readingroom.facts import plain
from readingroom.web import admitted, answer

CRAWLS = """
select id, started, finished, state, sites, found, fetched, archived, new_revisions, unchanged, left_out,
failed, bytes,
       software
from crawls order by id desc limit 50
"""
LEDGER = """
select outcome, reason, count(*) as addresses from urls
group by outcome, reason order by addresses desc, outcome, reason limit 100
"""


async def show(datasette: Any, request: Any) -> Any:
    """GET /status"""
    here = await admitted(datasette, request)
    crawls = [{**dict(row), "sites": _sites(row["sites"])} for row in await here.rows(CRAWLS)]
    ledger = await here.rows_in_time(LEDGER)
    return await answer(here, request, "status.html", {
        "here": "/status", "crawls": crawls, "ledger": ledger, "lasted": lasted, "size": size,
    }, {"crawls": crawls, "ledger": None if ledger is None else plain(ledger)})  # fmt: skip


def lasted(started: str, finished: str | None) -> str:
    """How long a crawl took, in words; empty while that is not known."""
    try:
        seconds = int(
            (datetime.fromisoformat(finished or "") - datetime.fromisoformat(started)).total_seconds()
        )
    except (ValueError, TypeError):
        return ""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def size(count: int) -> str:
    """Bytes in a unit that suits them."""
    amount, units = float(count), iter(("bytes", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= 1000 and unit != "TB":
        amount, unit = amount / 1000, next(units)
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"


def _sites(value: str | None) -> list[str]:
    """The keys of a column that holds a JSON array; none where it holds something else."""
    try:
        found = json.loads(value or "[]")
    except ValueError:
        return []
    return [str(key) for key in found] if isinstance(found, list) else []
