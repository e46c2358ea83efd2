"""`newsarchive plan`: what lies ahead, as a table and as JSON."""

from __future__ import annotations

import json
import time
from pathlib import Path

from scraper.discovery.candidate import Role
from scraper.frontier import Found, Frontier, Settled, State
from tests.newsarchive.conftest import Run

HOUR = 3600.0
SITES = """
sites:
  mill:
    url: https://mill.example/
    delay: 30
    max_pages: 50
  idle:
    url: https://idle.example/
  asleep:
    url: https://asleep.example/
    paused: true
"""


def found(path: str, role: Role = Role.PAGE) -> Found:
    url = f"https://mill.example{path}"
    return Found(url, url, "mill", "mill.example", role)


def planned(folder: Path) -> None:
    (folder / "sites.yml").write_text(SITES)
    now = time.time()
    with Frontier.open(folder) as frontier:
        frontier.visit_doors([found("/feed", Role.FEED)], ["mill"], now)
        feed = frontier.take("mill", "mill.example", now)
        assert feed is not None
        news = (found("/a"), found("/b"))
        frontier.settle([Settled(feed, State.DONE, now, status=200, next_visit=now + 6 * HOUR, found=news)])


def test_the_next_day_as_json(run: Run, archive: Path) -> None:
    planned(archive)
    told = json.loads(run("plan", "--archive", archive, "--json").output)
    mill, idle = told["sites"]
    assert (mill["site"], mill["due"], mill["max_pages"]) == (
        "mill",
        {"a door of the site": 1, "never fetched": 2},
        50,
    )
    assert (mill["requests"], mill["seconds"]) == (2 + 4, 180)
    assert (idle["site"], idle["next"], idle["requests"]) == ("idle", None, 0)
    assert [visit["url"] for visit in told["visits"]] == [
        "https://mill.example/a",
        "https://mill.example/b",
        "https://mill.example/feed",
    ]


def test_a_few_hours_of_one_site_as_a_table(run: Run, archive: Path) -> None:
    planned(archive)
    told = run("plan", "mill", "--hours", "1", "--archive", archive)
    assert told.exit_code == 0
    assert "https://mill.example/a" in told.output
    assert "/feed" not in told.output
    assert "never crawled" not in told.output
    assert "idle" not in told.output


def test_before_the_first_crawl_and_for_a_site_that_is_none(run: Run, archive: Path) -> None:
    (archive / "sites.yml").write_text(SITES)
    told = run("plan", "--archive", archive)
    assert told.exit_code == 0
    assert told.output.count("now: never crawled") == 2
    wrong = run("plan", "mil", "--archive", archive)
    assert wrong.exit_code == 3
    assert "did you mean 'mill'?" in wrong.output
