"""When a page is worth another look. Pure: what is known of it and when -> a time, in Unix seconds.

Articles change most on their first day and hardly after a month; whatever a site states about changes
(sitemap, feed) comes before this plan and does not wait for it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from pipelines.model import Outcome, Taken
from scraper.frontier import Task

HOUR = 3600.0
DAY = 24 * HOUR
_PLAN = ((DAY, 3 * HOUR), (7 * DAY, DAY), (30 * DAY, 7 * DAY), (365 * DAY, 30 * DAY))
"""(younger than, look again after)."""
_RARELY = 365 * DAY
_NOT_ARTICLE = 30 * DAY


def next_visit(taken: Taken, task: Task, now: float) -> float:
    """When the page of `task`, just taken in, is due again for its age alone."""
    if taken.outcome in (Outcome.ARTICLE, Outcome.UNCHANGED, Outcome.WITHHELD):
        return now + interval(now - _born(taken, task))
    return now + (_RARELY if taken.outcome is Outcome.GONE else _NOT_ARTICLE)


def interval(age: float) -> float:
    """Seconds until the next look at an article that was published `age` seconds ago."""
    return next((wait for limit, wait in _PLAN if age < limit), _RARELY)


def _born(taken: Taken, task: Task) -> float:
    """When the article appeared: as it says itself, else when its address was first found."""
    published = taken.published
    if isinstance(published, datetime):
        return published.timestamp()
    if isinstance(published, date):
        return datetime.combine(published, time(), UTC).timestamp()
    return task.found_at
