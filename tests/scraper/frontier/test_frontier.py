"""The frontier: nothing accepted is lost; what is handed out, and in which order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import errors
from scraper.discovery.candidate import Role
from scraper.frontier import Due, Frontier, Settled, State
from tests.scraper.frontier.mill import DAY, HOST, HOUR, NOW, done, door, drain, found, take


class TestKeeping:
    def test_in_flight_is_queued_again_after_a_death(self, tmp_path: Path) -> None:
        first = Frontier.open(tmp_path)
        first.visit_doors([door()], ["mill"], NOW)
        taken = take(first)
        first.close()
        with Frontier.open(tmp_path) as second:
            assert take(second).key == taken.key

    def test_links_enter_with_the_page_or_not_at_all(self, tmp_path: Path) -> None:
        frontier = Frontier.open(tmp_path)
        frontier.visit_doors([door()], ["mill"], NOW)
        task = take(frontier)
        with pytest.raises(errors.ArchiveUnusable):
            frontier.settle([done(task, found=[found("/a"), replace(found("/b"), url=None)])])  # type: ignore[arg-type]
        frontier.close()
        with Frontier.open(tmp_path) as again:
            assert again.address(found("/a").key) is None
            assert take(again).key == task.key


class TestOrder:
    def test_doors_before_pages_and_likely_before_unlikely(self, frontier: Frontier) -> None:
        frontier.visit_doors([door(), door("/map.xml", Role.SITEMAP)], ["mill"], NOW)
        frontier.settle([], [found("/about", rank=-25), found("/story")], NOW)
        assert [path for path, _ in drain(frontier)] == ["/map.xml", "/", "/story", "/about"]

    def test_not_before_is_kept_and_told(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/story")], NOW)
        task = take(frontier)
        frontier.settle([Settled(task, State.QUEUED, NOW, "timeout", not_before=NOW + 5)])
        assert frontier.take("mill", HOST, NOW + 4) is None
        assert frontier.soonest("mill", HOST) == NOW + 5
        assert take(frontier, NOW + 5).attempts == 1

    def test_budget_spent_leaves_doors(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/story")], NOW)
        assert frontier.take("mill", HOST, NOW, pages=False) is None
        assert frontier.soonest("mill", HOST, pages=False) is None
        frontier.visit_doors([door()], ["mill"], NOW)
        assert frontier.take("mill", HOST, NOW, pages=False) is not None

    def test_sites_are_told_apart(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/story"), replace(found("/other"), site="quay")], NOW)
        assert frontier.queued(["mill"]) == {"mill": 1}
        assert frontier.lanes(["quay"]) == [("quay", HOST)]


class TestComingBack:
    def test_age_and_retry(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/old"), found("/young"), found("/broken")], NOW)
        settled = []
        for _ in range(3):
            task = take(frontier)
            if task.url.endswith("/broken"):
                settled.append(Settled(task, State.FAILED, NOW, "timeout", not_before=NOW + DAY))
            else:
                later = NOW + (DAY if task.url.endswith("/young") else 300 * DAY)
                settled.append(done(task, next_visit=later))
        frontier.settle(settled)
        frontier.visit_due(["mill"], NOW + DAY / 2)
        assert drain(frontier, NOW + DAY / 2) == []
        frontier.visit_due(["mill"], NOW + DAY)
        assert drain(frontier, NOW + DAY) == [("/young", Due.AGE), ("/broken", Due.RETRY)]

    def test_found_doors_are_visited_every_time(self, frontier: Frontier) -> None:
        frontier.settle(
            [], [found("/feed", Role.FEED), found("/section", depth=1), found("/tag", depth=3)], NOW
        )
        for _ in range(3):
            task = take(frontier)
            frontier.settle([done(task, role=None if task.role is Role.FEED else Role.LISTING)])
        frontier.visit_doors([], ["mill"], NOW)
        assert drain(frontier) == [("/feed", Due.DOOR), ("/section", Due.DOOR)]

    def test_validators_come_back_with_the_task(self, frontier: Frontier) -> None:
        frontier.visit_doors([door()], ["mill"], NOW)
        frontier.settle([done(take(frontier), etag='"1"', last_modified="yesterday")])
        frontier.visit_doors([door()], ["mill"], NOW)
        task = take(frontier)
        assert (task.etag, task.last_modified, task.last_fetched) == ('"1"', "yesterday", NOW)


def test_a_crawl_of_what_is_due_leaves_other_doors_alone(frontier: Frontier) -> None:
    frontier.visit_doors([door(), door("/feed", Role.FEED)], ["mill"], NOW)
    for wait in (HOUR, DAY):
        frontier.settle([done(take(frontier), next_visit=NOW + wait)])
    later = NOW + 2 * HOUR
    frontier.visit_doors([door(), door("/feed", Role.FEED)], ["mill"], later, due_only=True)
    assert drain(frontier, later) == [("/feed", Due.DOOR)]
    frontier.visit_doors([door(), door("/feed", Role.FEED)], ["mill"], later)
    assert len(drain(frontier, later)) == 2


def test_young_articles_come_before_what_a_site_lists_of_old(frontier: Frontier) -> None:
    frontier.settle([], [found("/young"), found("/aged")], NOW)
    frontier.settle([done(take(frontier), next_visit=NOW + wait) for wait in (HOUR, 30 * DAY)])
    frontier.settle([], [found("/backlog")], NOW)
    frontier.visit_due(["mill"], NOW + 40 * DAY)
    assert [path for path, _ in drain(frontier)] == ["/aged", "/backlog", "/young"]


def test_304_in_a_row_are_counted_and_the_last_whole_answer_is_known(frontier: Frontier) -> None:
    frontier.visit_doors([door()], ["mill"], NOW)
    frontier.settle([done(take(frontier), born=NOW - DAY)])
    for _ in range(2):
        frontier.visit_doors([door()], ["mill"], NOW)
        frontier.settle([done(take(frontier), NOW + HOUR, status=304, next_visit=NOW + DAY)])
    frontier.visit_doors([door()], ["mill"], NOW)
    task = take(frontier)
    assert (task.unmodified, task.last_full, task.born, task.planned) == (2, NOW, NOW - DAY, NOW + DAY)
