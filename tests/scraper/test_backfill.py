"""Back-fill: how far a walk goes into a site's past, where it ends, and that it goes on after a kill."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scraper import dated
from scraper.backfill import FUTURE, NOTHING_NEW, OLDER, Named, Walk, next_page, step
from tests.scraper.crawling import Crawl, ask, make, only, run, wait_for
from tests.scraper.localsite import Answer, LocalSite, article

TODAY = datetime.now(UTC).date()
HOST = "https://news.example"
XML = (("Content-Type", "application/xml"),)


def month(ago: int) -> date:
    """The first day of the month so many months ago."""
    number = TODAY.year * 12 + TODAY.month - 1 - ago
    return date(number // 12, number % 12 + 1, 1)


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("/archive/2019/01/", "/archive/2018/12/"),
            ("/2019/03/01/", "/2019/02/28/"),
            ("/archive/2019-03", "/archive/2019-02"),
            ("/list?date=2019-03-01", "/list?date=2019-02-28"),
            ("/archive/2019/Mar/", "/archive/2019/Feb/"),
            ("/archive/2019/", "/archive/2018/"),
            ("/archive/20190301.html", "/archive/20190228.html"),
            ("/cal/2019/3/1", "/cal/2019/2/28"),
            ("/sport/", None),
        ],
    )
    def test_the_period_before_is_written_in_the_same_way(self, url: str, expected: str | None) -> None:
        assert dated.before(HOST + url) == (expected and HOST + expected)

    def test_where_the_month_of_an_article_may_be_listed(self) -> None:
        here = date(2026, 11, 25)
        assert dated.archive_of(f"{HOST}/sport/2019/03/02/mill", here) == f"{HOST}/sport/2026/11/"
        assert dated.archive_of(f"{HOST}/2019/mar/mill.html", here) == f"{HOST}/2026/nov/"
        assert dated.archive_of(f"{HOST}/sport/2019/03/", here) is None
        assert dated.archive_of(f"{HOST}/sport/mill-2019-03-02", here) is None

    def test_sitemaps_name_years_too(self) -> None:
        assert dated.sitemap_period(f"{HOST}/map-2019.xml") == dated.Period(
            date(2019, 1, 1), date(2019, 12, 31)
        )
        assert dated.sitemap_period(f"{HOST}/map/2019-02.xml") == dated.Period(
            date(2019, 2, 1), date(2019, 2, 28)
        )
        assert dated.sitemap_period(f"{HOST}/map-12019.xml") is None

    def test_pages_of_one_listing_have_a_series_and_numbers(self) -> None:
        assert step(f"{HOST}/sport/page/7/", TODAY) == step(f"{HOST}/sport/page/7/", TODAY)
        assert step(f"{HOST}/sport/page/7/", TODAY).series == step(f"{HOST}/sport/page/19/", TODAY).series
        assert step(f"{HOST}/sport?page=7&x=1", TODAY).number == 7
        assert (
            step(f"{HOST}/a/{month(3):%Y/%m}/", TODAY).number
            > step(f"{HOST}/a/{month(1):%Y/%m}/", TODAY).number
        )
        assert next_page(f"{HOST}/sport/page/7/") == f"{HOST}/sport/page/8/"
        assert next_page(f"{HOST}/sport?x=1&page=9") == f"{HOST}/sport?x=1&page=10"
        assert next_page(f"{HOST}/sport/page/1000/") is None
        assert next_page(f"{HOST}/sport/") is None


SINCE = date(2019, 1, 1)


def walk() -> Walk:
    return Walk(SINCE, TODAY)


def unknown(url: str) -> date | None:
    return None


def named(*days: date | None) -> list[Named]:
    return [Named(f"{HOST}/story-{number}-{day}", day) for number, day in enumerate(days)]


class TestWalk:
    def test_what_lies_behind_a_page(self) -> None:
        old = named(date(2022, 1, 1))
        assert list(walk().walked(f"{HOST}/sport/page/2/", old)) == [f"{HOST}/sport/page/3/"]
        assert list(walk().walked(f"{HOST}/sport/page/2/", [])) == []
        assert list(walk().walked(f"{HOST}/archive/2020/05/", [])) == [f"{HOST}/archive/2020/04/"]
        assert list(walk().walked(f"{HOST}/archive/2019/01/", old)) == []

    def test_no_listing_of_days_to_come_or_before_what_is_wanted(self) -> None:
        ahead = TODAY + timedelta(days=1)
        assert walk().forbids(f"{HOST}/calendar/{ahead:%Y/%m/%d}/") == FUTURE
        assert walk().forbids(f"{HOST}/calendar/{TODAY:%Y/%m/%d}/") is None
        assert walk().forbids(f"{HOST}/archive/2018/12/") == OLDER
        assert walk().forbids(f"{HOST}/archive/2018/") == OLDER
        assert walk().forbids(f"{HOST}/archive/2019/") is None
        everything = Walk(date(1, 1, 1), TODAY)
        assert everything.forbids(f"{HOST}/archive/1971/05/") == OLDER

    def test_a_page_of_older_articles_ends_the_listing(self) -> None:
        one = walk()
        list(one.walked(f"{HOST}/sport/page/5/", named(date(2019, 2, 1), date(2018, 12, 1))))
        assert one.refusal(f"{HOST}/sport/page/6/", f"{HOST}/sport/page/5/", unknown) is None
        list(one.walked(f"{HOST}/sport/page/6/", named(date(2018, 12, 1), None, date(2018, 11, 1))))
        assert one.refusal(f"{HOST}/sport/page/7/", f"{HOST}/sport/page/6/", unknown) == OLDER
        assert one.refusal(f"{HOST}/sport/page/90/", f"{HOST}/sport/", unknown) == OLDER
        assert one.refusal(f"{HOST}/sport/page/3/", f"{HOST}/sport/", unknown) is None
        assert one.refusal(f"{HOST}/culture/page/7/", None, unknown) is None
        assert one.reached == date(2019, 2, 1)

    def test_what_the_addresses_do_not_tell_the_articles_tell_once_they_are_fetched(self) -> None:
        one = walk()
        list(one.walked(f"{HOST}/sport/page/5/", [Named(f"{HOST}/mill", None)]))
        told = {f"{HOST}/mill": date(2018, 6, 1)}
        assert one.refusal(f"{HOST}/sport/page/6/", f"{HOST}/sport/page/5/", told.get) == OLDER

    def test_a_listing_with_the_oldest_first_goes_on(self) -> None:
        one = walk()
        list(one.walked(f"{HOST}/sport/page/1/", named(date(2011, 1, 1), date(2011, 5, 1))))
        assert one.refusal(f"{HOST}/sport/page/2/", f"{HOST}/sport/page/1/", unknown) is None

    def test_pages_without_anything_new_end_a_listing_and_empty_days_later(self) -> None:
        one = walk()
        for number in range(2, 5):
            assert one.refusal(f"{HOST}/sport/page/{number}/", None, unknown) is None
            list(one.walked(f"{HOST}/sport/page/{number}/", []))
        assert one.refusal(f"{HOST}/sport/page/5/", None, unknown) == NOTHING_NEW
        day, walked = f"{HOST}/archive/{TODAY:%Y/%m/%d}/", 0
        while following := list(one.walked(day, [])):
            (day,) = following
            walked += 1
        assert walked == 30
        assert one.refusal(day, None, unknown) == NOTHING_NEW

    def test_facets_are_listings_without_number_and_end_by_their_pattern(self) -> None:
        one = walk()
        for number in range(40):
            assert one.refusal(f"{HOST}/list?by=x{number}&page=2", None, unknown) is None
            list(one.walked(f"{HOST}/list?by=x{number}&page=2", []))
        assert one.refusal(f"{HOST}/list?by=x41&page=2", None, unknown) == NOTHING_NEW


MONTHS = 60
A_MONTH = 4


class Chronicle(LocalSite):
    """Four articles a month for five years, at addresses without a date; the front page links the newest, and
    its section goes back in pages of ten, of which the last is repeated for ever."""

    def answer(self, path: str) -> Answer:
        if found := re.fullmatch(r"/story/the-mill-in-month-(\d+)-(\d+)", path):
            ago, number = int(found[1]), int(found[2])
            day = month(ago).replace(day=20 - number)
            more = self.links([(ago, (number + 1) % A_MONTH)])
            told = f"What happened at the mill in month {ago}, story {number}, is told here. "
            return Answer(article(f"Mill {ago} {number}", told, f"{day}T08:00:00Z") + more.encode())
        if found := re.fullmatch(r"/town/(?:page/(\d+)/)?", path):
            number = int(found[1] or 1)
            shown = min(number, self.last)
            stories = self.stories()[(shown - 1) * 10 : shown * 10]
            pages = "".join(
                f'<a href="/town/page/{n}/">{n}</a>' for n in (number + 1, number + 2, self.last) if n > 1
            )
            return Answer(f"<title>Town</title><main>{self.links(stories)}</main>{pages}".encode())
        if path == "/":
            newest = self.links(self.stories()[:5])
            ahead = TODAY + timedelta(days=1)
            more = f'<a href="/town/">Town</a><a href="/diary/{ahead:%Y/%m/%d}/">Diary</a>'
            return Answer(f"<title>Front</title><main>{newest}</main><nav>{more}</nav>".encode())
        return super().answer(path)

    def stories(self) -> list[tuple[int, int]]:
        return [(ago, number) for ago in range(1, MONTHS + 1) for number in range(A_MONTH)]

    @property
    def last(self) -> int:
        return len(self.stories()) // 10

    def links(self, stories: list[tuple[int, int]]) -> str:
        return "".join(
            f'<a href="/story/the-mill-in-month-{ago}-{number}">What happened at the mill</a>'
            for ago, number in stories
        )

    def pages_asked(self) -> list[int]:
        return [int(found[1]) for path in self.paths() if (found := re.fullmatch(r"/town/page/(\d+)/", path))]


@pytest.fixture
def chronicle() -> Iterator[Chronicle]:
    with Chronicle() as site:
        assert isinstance(site, Chronicle)
        yield site


def past(report: dict[str, Any]) -> dict[str, Any]:
    told = only(report)["backfill"]
    assert isinstance(told, dict)
    return told


def frontier(folder: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(folder / "frontier.db")
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def test_a_back_fill_goes_as_far_as_it_is_asked_and_no_further(tmp_path: Path, chronicle: Chronicle) -> None:
    make(tmp_path, {"mill": f"{chronicle.url}/"})
    since = month(24)
    told = past(run(tmp_path, since=since))
    days = [day for (day,) in ask(tmp_path, "select substr(published, 1, 10) from articles order by 1")]
    wanted = [day for day in days if day >= since.isoformat()]
    assert len(wanted) == 24 * A_MONTH
    assert len(days) <= len(wanted) + 20, "of the page where the range ends, and the next one"
    assert told["complete"] is True
    assert told["oldest"] == wanted[0]
    assert sum(told["years"].values()) == len(wanted)
    asked = chronicle.pages_asked()
    assert asked == list(range(2, 12)), "one after the other, the newest first"
    assert not [path for path in chronicle.paths() if path.startswith("/diary/")], "no day to come"


def test_without_a_day_it_goes_to_the_end_and_not_into_the_trap(tmp_path: Path, chronicle: Chronicle) -> None:
    make(tmp_path, {"mill": f"{chronicle.url}/"})
    told = past(run(tmp_path, since="1990-01-01"))
    assert ask(tmp_path, "select count(*) from articles") == [(MONTHS * A_MONTH,)]
    assert told["complete"] is True
    asked = chronicle.pages_asked()
    assert asked == list(range(2, asked[-1] + 1))
    assert chronicle.last <= asked[-1] <= chronicle.last + 4
    ((refused,),) = ask(tmp_path, "select count(*) from urls where reason = ?", NOTHING_NEW)
    assert refused > 0


def test_listings_that_are_known_are_walked_again_and_articles_not(
    tmp_path: Path, chronicle: Chronicle
) -> None:
    """A year of daily crawls leaves pages that are known in front of those that are not."""
    make(tmp_path, {"mill": f"{chronicle.url}/"})
    past(run(tmp_path, since=month(30)))
    first = len(chronicle.asked)
    told = past(run(tmp_path, since=month(48)))
    again = chronicle.paths()[first:]
    assert told["complete"] is True
    ((kept,),) = ask(tmp_path, "select count(*) from articles where published >= ?", month(48).isoformat())
    assert kept == 48 * A_MONTH
    articles = [path for path in again if path.startswith("/story/")]
    assert len(articles) == len(set(articles)) <= 18 * A_MONTH + 20


def test_a_plain_crawl_leaves_a_back_fill_alone_that_the_next_one_goes_on_with(
    tmp_path: Path, chronicle: Chronicle
) -> None:
    make(tmp_path, {"mill": f"{chronicle.url}/"})
    since = month(36)
    told = past(run(tmp_path, since=since, max_pages=40))
    assert told["complete"] is False
    before = len(chronicle.pages_asked())
    only(run(tmp_path, max_pages=5))
    assert len(chronicle.pages_asked()) == before
    last = run(tmp_path, since=since)
    assert past(last)["complete"] is True
    assert any("goes on with the back-fill" in note for note in only(last)["notes"])
    ((kept,),) = ask(tmp_path, "select count(*) from articles where published >= ?", since.isoformat())
    assert kept == 36 * A_MONTH
    asked = chronicle.pages_asked()
    assert len(asked) == len(set(asked)), "no page of the past is asked for twice"


def test_killed_at_any_moment_it_comes_to_the_same_end(tmp_path: Path, chronicle: Chronicle) -> None:
    make(tmp_path, {"mill": f"{chronicle.url}/"})
    since = month(36)
    for answers in (15, 40, 80):
        crawl = Crawl(tmp_path, since=since)
        target = len(chronicle.asked) + answers
        wait_for(lambda: len(chronicle.asked) >= target or crawl.has_ended())  # noqa: B023
        crawl.kill()
    report = run(tmp_path, since=since)
    assert past(report)["complete"] is True
    ((kept,),) = ask(tmp_path, "select count(*) from articles where published >= ?", since.isoformat())
    assert kept == 36 * A_MONTH


class Almanac(LocalSite):
    """Articles whose addresses begin with year and month; nothing links to the lists of the months, of which
    some are empty, and sitemaps by year, of which two are older than asked for."""

    def answer(self, path: str) -> Answer:
        if found := re.fullmatch(r"/(\d{4})/(\d\d)/\d\d/tide-of-the-month", path):
            title = f"Tide {found[1]} {found[2]}"
            return Answer(article(title, f"{title} was high. ", f"{found[1]}-{found[2]}-03T08:00:00Z"))
        if found := re.fullmatch(r"/(\d{4})/(\d\d)/", path):
            if int(found[2]) in (3, 4):
                return Answer(b"<h1>Nothing</h1>", 404)
            link = f"/{found[1]}/{found[2]}/03/tide-of-the-month"
            return Answer(f'<main><a href="{link}">The tide of this month</a></main>'.encode())
        return super().answer(path)


def test_archive_pages_by_date_are_found_by_the_addresses_of_articles(tmp_path: Path) -> None:
    with Almanac() as site:
        site.front(f"/{month(2):%Y/%m}/03/tide-of-the-month")
        make(tmp_path, {"tides": f"{site.url}/"})
        told = past(run(tmp_path, since=month(26)))
        archives = [path for path in site.paths() if re.fullmatch(r"/\d{4}/\d\d/", path)]
    wanted = [month(ago) for ago in range(27) if month(ago).month not in (3, 4)]
    days = {day for (day,) in ask(tmp_path, "select substr(published, 1, 7) from articles")}
    assert days == {f"{first:%Y-%m}" for first in wanted}
    assert archives == [f"/{month(ago):%Y/%m}/" for ago in range(27)], "one after the other, the newest first"
    assert told["complete"] is True


def test_sitemaps_of_years_that_are_not_wanted_are_left(tmp_path: Path) -> None:
    year = TODAY.year
    with LocalSite() as site:
        site.front()
        children = ""
        for number in range(year - 5, year + 1):
            paths = [f"/{number}/01/0{day}/a-story-of-the-year" for day in range(1, 5)]
            for path in paths:
                site.article(
                    path, f"Story {path}", f"{path} is told. ", f"{path[1:11].replace('/', '-')}T08:00:00Z"
                )
            site.sitemap(dict.fromkeys(paths), f"/sitemap-{number}.xml")
            children += f"<sitemap><loc>{site.url}/sitemap-{number}.xml</loc></sitemap>"
        site.pages["/index.xml"] = Answer(f"<sitemapindex>{children}</sitemapindex>".encode(), headers=XML)
        site.robots(f"Sitemap: {site.url}/index.xml\n")
        make(tmp_path, {"years": f"{site.url}/"})
        told = past(run(tmp_path, since=f"{year - 2}-01-03"))
        asked = {path for path in site.paths() if path.startswith("/sitemap-")}
        before = len(site.asked)
        again = past(run(tmp_path, since=f"{year - 3}-01-03"))
        deeper = {path for path in site.paths()[before:] if path.startswith("/sitemap-")}
    assert asked == {f"/sitemap-{number}.xml" for number in range(year - 2, year + 1)}
    assert deeper == asked | {f"/sitemap-{year - 3}.xml"}
    assert told["years"] == {str(year - 2): 2, str(year - 1): 4, str(year): 4}
    assert told["left"] == 3 + 2, "sitemaps of three years, and two days of the first year"
    assert again["years"] == {str(year - 3): 2, str(year - 2): 4, str(year - 1): 4, str(year): 4}
