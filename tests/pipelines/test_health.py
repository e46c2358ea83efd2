"""The health of a site against its own history, and the days of which that is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.health import Day, judge
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
