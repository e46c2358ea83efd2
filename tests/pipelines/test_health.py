"""The health of a site against its own history, and the days of which that is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.health import Day, Door, judge, standing
from pipelines.model import Site
from pipelines.store import Archive

TODAY = date(2026, 3, 28)
USUAL = Day(TODAY, seen=30, fetched=60, new=10, changed=2, failed=1, words=500.0, dated=10, signed=8)


def history(days: int) -> list[Day]:
    """Days as usual before today, and the very first, on which everything was new."""
    usual = [replace(USUAL, day=TODAY - timedelta(n)) for n in range(1, days)]
    return [replace(USUAL, day=TODAY - timedelta(days), new=400, fetched=900, dated=400, signed=320), *usual]


@pytest.mark.parametrize(
    ("today", "word"),
    [
        (USUAL, "good"),
        (replace(USUAL, new=0, words=None, dated=0, signed=0), "silent"),
        (replace(USUAL, failed=30), "failing"),
        (replace(USUAL, walls=40, new=1), "walled"),
        (replace(USUAL, words=80.0), "thinner"),
        (replace(USUAL, dated=1), "thinner"),
        (replace(USUAL, signed=2), "thinner"),
        (replace(USUAL, fetched=3, failed=3), "good"),
    ],
)
def test_a_day_beside_those_before_it(today: Day, word: str) -> None:
    health = judge([*history(20), today], TODAY)
    assert health.word == word
    assert bool(health.why) == (word != "good")


def test_what_a_site_always_did_is_no_trouble() -> None:
    troubled = [replace(day, failed=20, signed=0) for day in history(20)]
    assert judge([*troubled, replace(USUAL, failed=22, signed=0)], TODAY).word == "good"


def test_a_weekly_paper_may_be_silent_for_days() -> None:
    weekly = [replace(USUAL, day=TODAY - timedelta(n), new=2 if n % 7 == 6 else 0) for n in range(25)]
    assert judge(weekly, TODAY).word == "good"


def test_a_week_with_far_fewer_articles() -> None:
    days = [
        replace(day, new=1 if day.day > TODAY - timedelta(7) else day.new) for day in [*history(20), USUAL]
    ]
    assert judge(days, TODAY).word == "dropping"


def test_a_site_without_a_past_is_well() -> None:
    assert judge([], TODAY).word == "good"
    assert judge([replace(USUAL, new=0)], TODAY).word == "good"


def test_the_crawls_of_a_day_add_up(tmp_path: Path) -> None:
    with Archive.create(tmp_path) as archive:
        archive.put_sites([Site("mill", "https://mill.example/")])
        one = Day(TODAY, seen=5, fetched=7, new=2, reasons={"failed: timeout": 1})
        archive.add_to_day("mill", one)
        archive.add_to_day(
            "mill", replace(one, walls=1, reasons={"failed: timeout": 2, "refused: robots": 1})
        )
        archive.add_to_day("mill", replace(one, day=TODAY + timedelta(1)))
        archive.commit()
        tomorrow, today = archive.days("mill")
    assert (tomorrow.day, tomorrow.fetched) == (TODAY + timedelta(1), 7)
    assert (today.seen, today.fetched, today.new, today.walls) == (10, 14, 4, 1)
    assert today.reasons == {"failed: timeout": 3, "refused: robots": 1}


NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
FEED = Door("https://news.example/rss", "feed", NOON - timedelta(60), NOON, NOON, NOON, entries=20, fresh=300)


@pytest.mark.parametrize(
    ("door", "says"),
    [
        (FEED, None),
        (replace(FEED, last_new=NOON - timedelta(4)), "nothing new since 24 March"),
        (replace(FEED, last_new=NOON - timedelta(4), fresh=10), None),
        (replace(FEED, last_good=NOON - timedelta(3), misses=4, problem="HTTP 404"), "since 25 March"),
        (replace(FEED, last_good=NOON - timedelta(3), misses=1, problem="HTTP 404"), None),
        (replace(FEED, last_good=NOON - timedelta(hours=2), misses=4, problem="HTTP 404"), None),
    ],
)
def test_a_feed_that_died_or_froze(door: Door, says: str | None) -> None:
    health = judge([*history(20), USUAL], TODAY, [door])
    assert health.word == ("stale" if says else "good")
    assert (says or "") in health.why


def test_a_frozen_feed_of_a_silent_site_is_not_the_trouble() -> None:
    quiet = [replace(USUAL, day=TODAY - timedelta(n), new=0) for n in range(3)]
    frozen = replace(FEED, last_new=NOON - timedelta(4))
    assert judge([*history(20)[4:], *quiet], TODAY, [frozen]).word == "silent"


def test_less_of_what_feeds_and_sitemaps_list_is_fetched_than_usual() -> None:
    before = [replace(day, listed=500, covered=490) for day in history(20)]
    assert judge([*before, replace(USUAL, listed=500, covered=300)], TODAY).word == "behind"
    assert judge([*before, replace(USUAL, listed=500, covered=450)], TODAY).word == "good"
    always = [replace(day, listed=500, covered=300) for day in history(20)]
    assert judge([*always, replace(USUAL, listed=500, covered=300)], TODAY).word == "good"


def test_what_the_last_crawl_could_not_have_comes_before_history() -> None:
    assert standing([], [], TODAY, error="HTTP 503", articles=9).word == "unreachable"
    assert standing([], [], TODAY, error=None, articles=0).word == "empty"
    assert standing(history(5), [], TODAY, error=None, articles=9).word == "good"
