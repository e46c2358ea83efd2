"""The frontier: nothing accepted is lost, and a known URL is fetched again only for a reason."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import errors
from scraper.discovery.candidate import Role
from scraper.frontier import _SCHEMA, FRONTIER, Due, Found, Frontier, Look, RobotsCopy, Settled, State, Task

HOST = "news.example"
NOW = 1_700_000_000.0
DAY = 86_400.0
HOUR = 3600.0
LANE = {("mill", HOST)}


def found(path: str, role: Role = Role.PAGE, **more: object) -> Found:
    url = f"https://{HOST}{path}"
    return replace(Found(url, url, "mill", HOST, role), **more)  # type: ignore[arg-type]


def door(path: str = "/", role: Role = Role.LISTING) -> Found:
    return found(path, role, due=Due.DOOR)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    with Frontier.open(tmp_path) as frontier:
        yield frontier


def take(frontier: Frontier, now: float = NOW) -> Task:
    task = frontier.take("mill", HOST, now)
    assert task is not None
    return task


def done(task: Task, at: float = NOW, **more: object) -> Settled:
    return replace(Settled(task, State.DONE, at, status=200), **more)  # type: ignore[arg-type]


def drain(frontier: Frontier, now: float = NOW) -> list[tuple[str, Due]]:
    """Take and settle all that is queued: (path, reason) in order."""
    order = []
    while (task := frontier.take("mill", HOST, now)) is not None:
        order.append((task.url.removeprefix(f"https://{HOST}"), task.due))
        frontier.settle([done(task, now)])
    return order


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

    def test_newer_and_broken_files_are_named(self, tmp_path: Path) -> None:
        db = sqlite3.connect(tmp_path / "frontier.db")
        db.execute("pragma user_version = 99")
        db.close()
        with pytest.raises(errors.ArchiveTooNew, match=r"frontier\.db"):
            Frontier.open(tmp_path)
        (tmp_path / "frontier.db").write_bytes(b"this is no database, whatever its name may say" * 40)
        with pytest.raises(errors.ArchiveUnusable, match=r"frontier\.db"):
            Frontier.open(tmp_path)

    def test_robots_copies_and_rests_survive(self, tmp_path: Path) -> None:
        copy = RobotsCopy("https://news.example/robots.txt", NOW, 200, b"User-agent: *", '"tag"')
        with Frontier.open(tmp_path) as frontier:
            frontier.keep_robots("https://news.example", copy)
            frontier.keep_rest(HOST, NOW + 60, "HTTP 429")
            frontier.keep_rest(HOST, NOW + 30, "HTTP 503")
        with Frontier.open(tmp_path) as frontier:
            assert frontier.robots("https://news.example") == copy
            assert frontier.rests(NOW) == {HOST: NOW + 60}
            assert frontier.rests(NOW + 61) == {}


class FullDisk(sqlite3.Connection):
    """Has no room for a commit."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql == "commit":
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *parameters)


def test_a_disk_that_fails_at_the_end_has_a_name_and_hides_no_other_error(tmp_path: Path) -> None:
    Frontier.open(tmp_path).close()

    def opened() -> Frontier:
        path = tmp_path / "frontier.db"
        frontier = Frontier(sqlite3.connect(path, factory=FullDisk, isolation_level=None))
        frontier.keep_rest("slow.example", NOW, "HTTP 503")
        return frontier

    with pytest.raises(errors.ArchiveUnusable, match="disk I/O error"), opened():
        pass
    with pytest.raises(KeyError), opened():
        raise KeyError


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
    @pytest.fixture
    def listed(self, frontier: Frontier) -> Frontier:
        """A sitemap has been read, and its pages fetched, a day ago."""
        self.read(frontier, {f"/{number}": "2020-01-01" for number in range(10)}, NOW - DAY)
        assert len(drain(frontier, NOW - DAY)) == 10
        return frontier

    def read(
        self, frontier: Frontier, entries: dict[str, str | None], now: float, complete: bool = True
    ) -> None:
        frontier.visit_doors([door("/map.xml", Role.SITEMAP)], ["mill"], now)
        pages = [found(path, lastmod=lastmod) for path, lastmod in entries.items()]
        frontier.settle([done(take(frontier, now), now, found=pages, lists=True, complete=complete)])

    def test_an_unchanged_list_asks_for_nothing(self, listed: Frontier) -> None:
        self.read(listed, {f"/{number}": "2020-01-01" for number in range(10)}, NOW)
        assert drain(listed) == []

    def test_what_is_stated_as_changed_is_fetched(self, listed: Frontier) -> None:
        entries: dict[str, str | None] = {f"/{number}": "2020-01-01" for number in range(10)}
        self.read(listed, {**entries, "/3": "2020-01-02", "/4": None}, NOW)
        assert drain(listed) == [("/3", Due.STATED)]

    def test_first_word_of_a_door_counts_when_later_than_our_visit(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/a"), found("/b")], NOW)
        drain(frontier)
        self.read(frontier, {"/a": "2999-01-01T00:00:00Z", "/b": "2001-01-01T00:00:00Z"}, NOW + DAY)
        assert drain(frontier, NOW + DAY) == [("/a", Due.STATED)]

    def test_a_list_stamped_anew_as_a_whole_says_nothing(self, frontier: Frontier) -> None:
        names = [f"/{number}" for number in range(60)]
        self.read(frontier, dict.fromkeys(names, "2020-01-01"), NOW - DAY)
        drain(frontier, NOW - DAY)
        self.read(frontier, dict.fromkeys(names, "2020-02-02"), NOW)
        assert drain(frontier) == []

    def test_sitemaps_whose_index_says_when_they_changed_are_asked_then(self, frontier: Frontier) -> None:
        def visit(said: Mapping[str, str | None], now: float) -> list[str]:
            """The sitemaps that a crawl asks, the index first; each is in its own time due after a week."""
            asked = []
            frontier.visit_doors([], ["mill"], now)
            while (task := frontier.take("mill", HOST, now)) is not None:
                asked.append(task.url.removeprefix(f"https://{HOST}"))
                children = [found(path, Role.SITEMAP, lastmod=lastmod) for path, lastmod in said.items()]
                named = children if task.url.endswith("/index.xml") else []
                frontier.settle([done(task, now, found=named, lists=True, next_visit=now + 7 * DAY)])
            return asked

        years = {f"/{year}.xml": "2024-01-01" for year in range(1990, 2020)}
        frontier.settle([], [found("/index.xml", Role.SITEMAP)], NOW)
        assert visit(years, NOW) == ["/index.xml", *years]
        assert visit(years, NOW + DAY) == ["/index.xml"]
        assert visit({**years, "/2019.xml": "2024-01-02"}, NOW + 2 * DAY) == ["/index.xml", "/2019.xml"]
        stamped = dict.fromkeys(years, "2024-01-03")
        assert visit(stamped, NOW + 3 * DAY) == ["/index.xml", *years]
        assert len(visit(stamped, NOW + 10 * DAY)) == 31, "in their own time, whatever the index says"
        frontier.walking = frozenset({"mill"})
        assert len(visit(stamped, NOW + 11 * DAY)) == 31
        frontier.walking = frozenset()
        silent: dict[str, None] = dict.fromkeys(years)
        visit(silent, NOW + 12 * DAY)
        assert len(visit(silent, NOW + 13 * DAY)) == 31, "an index that says nothing is not relied on"

    def test_a_few_that_vanish_are_looked_after_once(self, listed: Frontier) -> None:
        rest: dict[str, str | None] = {f"/{number}": "2020-01-01" for number in range(2, 10)}
        self.read(listed, rest, NOW)
        assert drain(listed) == [("/0", Due.VANISHED), ("/1", Due.VANISHED)]
        self.read(listed, rest, NOW)
        assert drain(listed) == []

    @pytest.mark.parametrize(("left", "complete"), [(2, True), (9, False)])
    def test_a_broken_or_rolling_list_vanishes_nothing(
        self, listed: Frontier, left: int, complete: bool
    ) -> None:
        self.read(listed, {f"/{number}": "2020-01-01" for number in range(left)}, NOW, complete)
        assert drain(listed) == []

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


class TestRedirects:
    def test_target_learns_where_it_came_from(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/old"), found("/new", depth=5)], NOW)
        task = take(frontier)
        chain = (task.url,)
        frontier.settle([done(task, found=[found("/new", due=Due.MOVED, chain=chain)])])
        target = take(frontier)
        assert (target.due, target.chain) == (Due.MOVED, chain)

    def test_target_that_is_known_is_not_fetched_again(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/new")], NOW)
        drain(frontier)
        frontier.settle([], [found("/old")], NOW)
        frontier.settle([done(take(frontier), found=[found("/new", due=Due.MOVED)])])
        assert drain(frontier) == []

    def test_another_spelling_of_the_same_page_is_followed(self, frontier: Frontier) -> None:
        frontier.settle([], [found("/a")], NOW)
        task = take(frontier)
        slash = replace(found("/a"), url=task.url + "/", due=Due.MOVED)
        frontier.settle([done(task, found=[slash])])
        assert take(frontier).url == task.url + "/"


def test_what_robots_forbade_gets_another_chance(frontier: Frontier) -> None:
    frontier.settle([], [found("/a"), found("/b")], NOW)
    frontier.settle([Settled(take(frontier), State.DROPPED, NOW, reason) for reason in ("robots", "address")])
    frontier.forgive_robots(HOST)
    assert [path for path, _ in drain(frontier)] == ["/a"]


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


def test_what_revisits_found_is_remembered_by_section_and_for_the_site(frontier: Frontier) -> None:
    frontier.settle([], [found("/politics/a"), found("/b")], NOW)
    frontier.settle([done(take(frontier), look=Look("politics", 0, HOUR, True))])
    frontier.settle([done(take(frontier), look=Look("", 0, 3 * HOUR, False))])
    assert frontier.looks("mill") == {("politics", 0): (1, HOUR), ("", 0): (1, 4 * HOUR)}
    assert frontier.looks("other") == {}


def test_304_in_a_row_are_counted_and_the_last_whole_answer_is_known(frontier: Frontier) -> None:
    frontier.visit_doors([door()], ["mill"], NOW)
    frontier.settle([done(take(frontier), born=NOW - DAY)])
    for _ in range(2):
        frontier.visit_doors([door()], ["mill"], NOW)
        frontier.settle([done(take(frontier), NOW + HOUR, status=304, next_visit=NOW + DAY)])
    frontier.visit_doors([door()], ["mill"], NOW)
    task = take(frontier)
    assert (task.unmodified, task.last_full, task.born, task.planned) == (2, NOW, NOW - DAY, NOW + DAY)


def test_a_frontier_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FRONTIER)
    db.executescript(_SCHEMA + "pragma user_version = 1;")
    db.execute(
        """insert into urls (key, url, site, host, role, state, priority, depth, due, found_at)
        values ('k', 'https://news.example/', 'mill', 'news.example', 'listing', 'in flight', 80, 0, ?, 1)""",
        (Due.DOOR,),
    )
    db.commit()
    db.close()
    with pytest.raises(errors.ArchiveUnusable, match="older"):
        Frontier.open(tmp_path, write=False)
    with Frontier.open(tmp_path) as frontier:
        assert take(frontier).unmodified == 0


class TestAhead:
    def test_the_work_of_a_day_by_its_reasons(self, frontier: Frontier) -> None:
        frontier.visit_doors([door("/feed", Role.FEED)], ["mill"], NOW)
        frontier.settle([done(take(frontier), next_visit=NOW + HOUR, found=[found("/a"), found("/b")])])
        frontier.settle([done(take(frontier), next_visit=NOW + 12 * HOUR)])
        load = frontier.workload(["mill"], NOW, NOW + DAY)
        assert load == {
            "mill": {
                Due.DOOR: (1, 24, NOW + HOUR),
                Due.NEW: (1, 1, 0.0),
                Due.AGE: (1, 2, NOW + 12 * HOUR),
            }
        }
        assert frontier.workload(["mill"], NOW, NOW)["mill"].keys() == {Due.NEW}

    def test_the_visits_in_their_order(self, frontier: Frontier) -> None:
        frontier.visit_doors([door("/feed", Role.FEED)], ["mill"], NOW)
        frontier.settle([done(take(frontier), next_visit=NOW + HOUR, found=[found("/a"), found("/b")])])
        failed = Settled(take(frontier), State.FAILED, NOW, "timeout", not_before=NOW + 2 * HOUR)
        frontier.settle([failed])
        coming = [(visit.at, visit.due) for visit in frontier.coming(["mill"], NOW + DAY, 10)]
        assert coming == [(0.0, Due.NEW), (NOW + HOUR, Due.DOOR), (NOW + 2 * HOUR, Due.RETRY)]
        assert len(list(frontier.coming(["mill"], NOW + DAY, 1))) == 1
