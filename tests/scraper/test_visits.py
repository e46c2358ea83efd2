"""Young articles are looked at often, old ones rarely; what a site really does moves the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipelines.model import Change, Kind, Outcome, Taken
from scraper.discovery.candidate import Role
from scraper.frontier import Due, RobotsCopy, Task
from scraper.visits import (
    DAY,
    FULL_AFTER,
    HOUR,
    MOST_UNMODIFIED,
    SHORTEST_POLL,
    Rates,
    look,
    next_poll,
    next_visit,
    section_of,
    trusts_validators,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = NOON.timestamp()
TASK = Task("k", "https://news.example/a", "mill", "news.example", Role.PAGE, Due.NEW, found_at=NOW)
ARTICLE = Taken(Outcome.ARTICLE, article=1, kind=Kind.ARTICLE)


def wait(taken: Taken, task: Task = TASK, rates: Rates | None = None) -> float:
    return next_visit(taken, task, NOW, rates or Rates()) - NOW


@pytest.mark.parametrize(
    ("age", "expected"),
    [(timedelta(hours=2), 3 * HOUR), (timedelta(days=3), DAY), (timedelta(days=20), 7 * DAY),
     (timedelta(days=100), 30 * DAY), (timedelta(days=2000), 365 * DAY), (timedelta(days=-1), 3 * HOUR)],
)  # fmt: skip
def test_by_age(age: timedelta, expected: float) -> None:
    assert wait(replace(ARTICLE, published=NOON - age)) == expected


def test_without_a_date_what_an_earlier_visit_told_counts_else_the_day_we_found_it() -> None:
    unchanged = Taken(Outcome.UNCHANGED, article=1)
    found_early = replace(TASK, found_at=NOW - 5 * DAY)
    assert wait(unchanged, found_early) == DAY
    assert wait(unchanged, replace(found_early, born=NOW - 300 * DAY)) == 30 * DAY


def test_a_date_without_a_time() -> None:
    assert wait(replace(ARTICLE, published=date(2026, 2, 27))) == DAY


def test_an_old_article_that_really_changed_is_young_again() -> None:
    changed = replace(ARTICLE, published=NOON - timedelta(days=300), modified=NOON - timedelta(hours=1))
    assert wait(changed) == 3 * HOUR
    assert wait(replace(changed, outcome=Outcome.UNCHANGED)) == 30 * DAY
    assert wait(replace(changed, modified=NOON + timedelta(days=1))) == 30 * DAY


def test_what_has_just_changed_is_looked_at_sooner_and_a_live_blog_soonest() -> None:
    today = replace(ARTICLE, published=NOON - timedelta(hours=2))
    assert wait(replace(today, change=Change.CORRECTION)) == 1.5 * HOUR
    assert wait(replace(today, change=Change.FIRST)) == 3 * HOUR
    assert wait(replace(today, kind=Kind.LIVE_BLOG)) == HOUR / 2
    assert wait(replace(today, kind=Kind.LIVE_BLOG, published=NOON - timedelta(days=3))) == DAY


def test_what_is_announced_before_it_is_there_is_tried_twice_more() -> None:
    missing = Taken(Outcome.GONE)
    assert wait(missing) == DAY
    assert wait(missing, replace(TASK, found_at=NOW - DAY)) == 3 * DAY
    assert wait(missing, replace(TASK, found_at=NOW - 4 * DAY)) == 365 * DAY
    assert wait(replace(missing, article=1)) == 365 * DAY


@pytest.mark.parametrize("outcome", [Outcome.NOT_ARTICLE, Outcome.UNCHANGED])
def test_what_is_no_article_is_hardly_looked_at(outcome: Outcome) -> None:
    assert wait(Taken(outcome)) >= 30 * DAY


def test_the_rate_at_which_a_site_and_its_sections_change_moves_the_plan() -> None:
    today = replace(ARTICLE, published=NOON - timedelta(hours=2))
    usual = Rates({("", 0): (10, 300 * HOUR)})
    restless = Rates({("", 0): (80, 300 * HOUR)})
    still = Rates({("", 0): (0, 9000 * HOUR)})
    assert wait(today, rates=usual) == 3 * HOUR
    assert 0.75 * HOUR <= wait(today, rates=restless) < HOUR
    assert wait(today, rates=still) == 12 * HOUR
    politics = replace(TASK, url="https://news.example/politics/story")
    mixed = Rates({("", 0): (10, 300 * HOUR), ("politics", 0): (10, 30 * HOUR)})
    assert wait(today, politics, mixed) < wait(today, TASK, mixed) == 3 * HOUR


def test_sections() -> None:
    assert section_of("https://news.example/Politics/2026/story") == "politics"
    assert section_of("https://news.example/story") == ""


def test_a_revisit_teaches_and_a_first_visit_does_not() -> None:
    visited = replace(TASK, last_fetched=NOW - 3 * HOUR)
    published = replace(ARTICLE, published=NOON - timedelta(hours=9))
    assert look(published, TASK, NOW) is None
    assert look(Taken(Outcome.NOT_ARTICLE), visited, NOW) is None
    found = look(replace(published, change=Change.REWRITE), visited, NOW)
    assert found is not None
    assert (found.age, found.seconds, found.changed) == (0, 3 * HOUR, True)


def poll(
    *hours: float, role: Role = Role.FEED, task: Task = TASK, asks: int | None = None, status: int = 200
) -> float:
    dates = [NOON - timedelta(hours=ago) for ago in hours]
    return next_poll(role, dates, asks, task, status, NOW) - NOW


def test_a_feed_is_polled_at_twice_the_rate_of_its_entries() -> None:
    assert poll(0.5, 1.5, 2.5, 3.5, 4.5) == HOUR / 2
    assert poll(*(n / 60 for n in range(1, 30))) == SHORTEST_POLL
    assert poll(1, 20, 40, 60) == 9.75 * HOUR
    assert poll(1000, 1001, 1002, 1003) == DAY
    assert poll(5000, 5001, 5002, 5003, role=Role.SITEMAP) == 7 * DAY
    assert poll() == HOUR


def test_a_feed_that_asks_to_be_left_alone_is_left_alone_but_not_for_ever() -> None:
    assert poll(0.5, 1.5, 2.5, 3.5, asks=7200) == 2 * HOUR
    assert poll(0.5, 1.5, 2.5, 3.5, asks=10**9) == DAY
    assert poll(5, 15, 25, 35, asks=60) == 5 * HOUR


def test_a_door_that_has_nothing_new_is_asked_more_and_more_rarely() -> None:
    asked = replace(TASK, last_fetched=NOW - 2 * HOUR, planned=NOW)
    assert poll(status=304, task=asked) == 3 * HOUR
    assert poll(status=304, task=replace(asked, last_fetched=NOW - DAY)) == DAY


def test_after_so_many_304_or_so_long_a_page_is_asked_for_as_a_whole() -> None:
    lately = replace(TASK, last_full=NOW - DAY, unmodified=1)
    assert trusts_validators(lately, NOW)
    assert not trusts_validators(replace(lately, last_full=NOW - FULL_AFTER), NOW)
    assert not trusts_validators(replace(lately, unmodified=MOST_UNMODIFIED), NOW)
    assert not trusts_validators(RobotsCopy("https://a/robots.txt", NOW - FULL_AFTER, 200, b""), NOW)
