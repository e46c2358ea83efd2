"""Young articles are looked at often, old ones rarely."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.model import Kind, Outcome, Taken
from scraper.discovery.candidate import Role
from scraper.frontier import Due, Task
from scraper.visits import DAY, HOUR, next_visit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TASK = Task(
    "k", "https://news.example/a", "mill", "news.example", Role.PAGE, Due.NEW, found_at=NOW.timestamp()
)


@pytest.mark.parametrize(
    ("age", "wait"),
    [(timedelta(hours=2), 3 * HOUR), (timedelta(days=3), DAY), (timedelta(days=20), 7 * DAY),
     (timedelta(days=100), 30 * DAY), (timedelta(days=2000), 365 * DAY), (timedelta(days=-1), 3 * HOUR)],
)  # fmt: skip
def test_by_age(age: timedelta, wait: float) -> None:
    taken = Taken(Outcome.ARTICLE, kind=Kind.ARTICLE, published=NOW - age)
    assert next_visit(taken, TASK, NOW.timestamp()) == NOW.timestamp() + wait


def test_without_a_date_the_day_we_found_it_counts() -> None:
    assert next_visit(Taken(Outcome.UNCHANGED), TASK, NOW.timestamp() + 5 * DAY) == NOW.timestamp() + 6 * DAY


def test_a_date_without_a_time() -> None:
    taken = Taken(Outcome.ARTICLE, published=date(2026, 2, 27))
    assert next_visit(taken, TASK, NOW.timestamp()) == NOW.timestamp() + DAY


@pytest.mark.parametrize("outcome", [Outcome.NOT_ARTICLE, Outcome.GONE])
def test_what_is_no_article_is_hardly_looked_at(outcome: Outcome) -> None:
    assert next_visit(Taken(outcome), TASK, NOW.timestamp()) >= NOW.timestamp() + 30 * DAY
