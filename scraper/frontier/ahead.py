"""What lies ahead: the frontier read, not changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from scraper.discovery.candidate import Role
from scraper.frontier.connection import Connection, marks
from scraper.frontier.rows import IS_DOOR
from scraper.frontier.words import Coming, Due

_COMING = f"""
    select * from (
      select site, url, role, priority, depth, found_at,
        case when state = 'done' and {IS_DOOR} then '{Due.DOOR}' when state = 'done' then '{Due.AGE}'
          when state = 'failed' then '{Due.RETRY}' else due end as due,
        case state when 'done' then next_visit else not_before end as at,
        iif(state = 'done', next_visit - last_fetched, 0) as every
      from urls where state <> 'dropped' and site in ({{}})
        and (state <> 'queued' or due <> '{Due.BACKFILL}')
    ) where at <= ?"""
"""What is due until a moment: queued, in flight, to be visited again, or to be tried again."""


class Ahead:
    """The visits that are due until a moment."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def workload(
        self, sites: Collection[str], now: float, until: float
    ) -> dict[str, dict[Due, tuple[int, int, float]]]:
        """Site -> why -> (addresses, requests, the first of them) due until then.

        What is due again and again counts as often as its interval fits in.
        """
        rows = self._db.execute(
            f"""select site, due, count(*), min(at),
            sum(iif(every > 0, 1 + cast((? - max(at, ?)) / every as integer), 1))
            from ({_COMING.format(marks(sites))}) group by site, due""",
            (until, now, *sites, until),
        )
        load: dict[str, dict[Due, tuple[int, int, float]]] = {}
        for site, due, count, soonest, requests in rows.fetchall():
            load.setdefault(site, {})[Due(due)] = (count, requests, soonest)
        return load

    def coming(self, sites: Collection[str], until: float, most: int) -> Iterator[Coming]:
        """The first `most` visits that are due until then, in their order."""
        rows = self._db.execute(
            f"""select at, site, url, role, due from ({_COMING.format(marks(sites))})
            order by at, priority desc, depth, found_at limit ?""",
            (*sites, until, most),
        )
        for at, site, url, role, due in rows.fetchall():
            yield Coming(at, site, url, Role(role), Due(due))
