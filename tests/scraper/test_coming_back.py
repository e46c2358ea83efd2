"""Crawls that come back: not fooled by 304 for ever, and in time for what is due."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.faultserver import FaultServer
from tests.scraper.crawling import make, only, run
from tests.scraper.localsite import LocalSite


def in_frontier(folder: Path, sql: str, *values: object) -> None:
    db = sqlite3.connect(folder / "frontier.db")
    db.execute(sql, values)
    db.commit()
    db.close()


def test_a_server_that_says_304_for_ever_is_asked_for_the_whole_now_and_then(tmp_path: Path) -> None:
    with FaultServer(robots="404") as server:
        make(tmp_path, {"bad": f"{server.base}/unchanged"})
        run(tmp_path)
        run(tmp_path)
        in_frontier(tmp_path, "update urls set last_full = last_full - 8 * 86400")
        run(tmp_path)
        asked = [visit.headers.get("If-None-Match") for visit in server.visits if visit.path == "/unchanged"]
    assert asked == [None, '"always"', None]


def test_a_crawl_of_what_is_due_asks_no_door_before_its_time(tmp_path: Path) -> None:
    with LocalSite() as site:
        site.front("/news/first-story")
        site.article("/news/first-story", "First story")
        make(tmp_path, {"mill": f"{site.url}/"})
        assert only(run(tmp_path, due_only=1))["archived"] == 1
        site.asked.clear()
        only(run(tmp_path, due_only=1))
        assert site.paths() == []
        in_frontier(tmp_path, "update urls set next_visit = 1 where role = 'listing'")
        only(run(tmp_path, due_only=1))
        assert site.paths() == ["/robots.txt", "/"]
