"""What enters: a URL that is known is fetched again only for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from scraper.discovery.candidate import Role
from scraper.frontier import Due, Frontier
from tests.scraper.frontier.mill import DAY, HOST, NOW, done, door, drain, found, take


class TestLists:
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
