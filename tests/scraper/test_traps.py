"""Each trap, alone on a site of forty stories: all stories are found, and the trap costs little."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from scraper import candidates, yields
from scraper.discovery import sitemaps
from scraper.scope import Reason
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import Answer, LocalSite, article

STORIES = 40
TODAY = datetime.now(UTC).date()
XML = (("Content-Type", "application/xml"),)


class Town(LocalSite):
    """Stories in a section of four pages, and at every place one way into a trap."""

    trap = ""

    def answer(self, path: str) -> Answer:
        page, _, query = path.partition("?")
        if found := re.fullmatch(r"/news/the-mill-told-in-story-(\d+)", page):
            told = f"Story {found[1]} of the mill is told here at length. "
            return Answer(article(f"Mill {found[1]}", told) + self.lure(path).encode())
        if found := re.fullmatch(r"/news/(?:page/(\d+)/)?", page):
            number = int(found[1] or 1)
            if number <= 4 or self.trap == "pagination":
                return self.listing(min(number, 4), f'<a href="/news/page/{number + 1}/">Older</a>', path)
        if page == "/":
            return self.listing(1, '<nav><a href="/news/">News</a></nav>', path)
        return self.trapped(page, query) or Answer(b"<h1>Not found</h1>", 404)

    def listing(self, number: int, more: str, path: str) -> Answer:
        stories = range((number - 1) * 10, number * 10)
        links = "".join(
            f'<a href="/news/the-mill-told-in-story-{n}">The mill, story {n}</a>' for n in stories
        )
        body = f"<title>News</title><main>{links}</main>{more}{self.lure(path)}"
        return Answer(self.changed(body).encode())

    def changed(self, body: str) -> str:
        """What the trap makes of the links of a page."""
        return body

    def lure(self, path: str) -> str:
        """The way into the trap."""
        return ""

    def trapped(self, page: str, query: str) -> Answer | None:
        """What the trap answers."""
        return None


class Calendar(Town):
    """A page for each day, those to come included, with nothing on it."""

    def lure(self, path: str) -> str:
        return f'<a href="/events/{TODAY:%Y/%m/%d}/">Events</a>'

    def trapped(self, page: str, query: str) -> Answer | None:
        if not (found := re.fullmatch(r"/events/(\d+)/(\d+)/(\d+)/", page)):
            return None
        here = datetime(int(found[1]), int(found[2]), int(found[3]))
        days = (here + timedelta(days=days) for days in (-1, 1, 40))
        return Answer("".join(f'<a href="/events/{day:%Y/%m/%d}/">another day</a>' for day in days).encode())


class Pages(Town):
    """The last page of the section is repeated for ever."""

    trap = "pagination"


class Segments(Town):
    """A relative link that should have been absolute: each page has a longer address than the one before."""

    def lure(self, path: str) -> str:
        return '<a href="/town/">Town</a>'

    def trapped(self, page: str, query: str) -> Answer | None:
        return (
            Answer(b'<a href="hall/">Hall</a><a href="mill/">Mill</a>') if page.startswith("/town/") else None
        )


class Facets(Town):
    """One list, sorted and filtered in more ways than there are stories."""

    def lure(self, path: str) -> str:
        return '<a href="/list?by=day">All</a>'

    def trapped(self, page: str, query: str) -> Answer | None:
        if page != "/list":
            return None
        ways = "".join(
            f'<a href="/list?{query}{n}&way={way}">x</a>' for n in range(4) for way in ("up", "down")
        )
        return self.listing(1, ways, "/list")


class Sessions(Town):
    """Every link of every answer carries a number of its own."""

    numbers = count(1)

    def changed(self, body: str) -> str:
        return re.sub(r'href="([^"]+)"', lambda found: f'href="{found[1]}?zid=v{next(self.numbers)}"', body)


class NamedSessions(Sessions):
    """The same, where name and value say what they are."""

    def changed(self, body: str) -> str:
        return re.sub(
            r'href="([^"]+)"', lambda found: f'href="{found[1]}?sid={next(self.numbers):032x}"', body
        )


@pytest.mark.parametrize("trap", [Calendar, Pages, Segments, Facets, Sessions, NamedSessions])
def test_all_is_found_and_the_trap_costs_little(tmp_path: Path, trap: type[Town]) -> None:
    with trap() as site:
        make(tmp_path, {"town": f"{site.url}/"})
        first = only(run(tmp_path))
        cost = len(site.asked)
        second = only(run(tmp_path))
        again = len(site.asked) - cost
    assert first["archived"] == STORIES
    assert first["queued"] == second["queued"] == 0
    assert cost < 3 * STORIES + 20
    assert again < 2 * STORIES
    future = [
        path
        for path in site.paths()
        if re.match(r"/events/", path) and path[8:] > f"{TODAY + timedelta(31):%Y/%m/%d}/"
    ]
    assert future == []


def test_each_trap_has_its_word_in_the_ledger(tmp_path: Path) -> None:
    words: Counter[str] = Counter()
    for trap in (Calendar, Pages, Segments, Facets):
        with trap() as site:
            folder = tmp_path / trap.__name__
            folder.mkdir()
            make(folder, {"town": f"{site.url}/"})
            only(run(folder))
            words.update(
                dict(ask(folder, "select reason, count(*) from urls where reason like 'trap:%' group by 1"))
            )
    assert words.keys() >= {Reason.CALENDAR, Reason.REPEATED, yields.BARREN}


def test_sitemaps_are_bounded_in_number_and_in_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Maps(LocalSite):
        """Each sitemap is an index of two more."""

        def answer(self, path: str) -> Answer:
            if not (found := re.fullmatch(r"/map(\d*)\.xml", path)):
                return super().answer(path)
            more = "".join(f"<sitemap><loc>{self.url}/map{found[1]}{n}.xml</loc></sitemap>" for n in (1, 2))
            return Answer(f"<sitemapindex>{more}</sitemapindex>".encode(), headers=XML)

    with Maps() as site:
        site.front("/news/bridge-to-be-repaired")
        site.article("/news/bridge-to-be-repaired", "Bridge to be repaired")
        site.robots(f"Sitemap: {site.url}/map.xml\n")
        make(tmp_path, {"maps": f"{site.url}/"})
        report = only(run(tmp_path))
        maps = [path for path in site.paths() if path.startswith("/map")]
    assert report["archived"] == 1
    assert len(maps) == sum(2**depth for depth in range(sitemaps.DEEPEST + 1))
    ((refused,),) = ask(tmp_path, "select count(*) from urls where reason = ?", candidates.NESTED)
    assert refused == 2 ** (sitemaps.DEEPEST + 1)


def test_no_more_sitemaps_than_a_site_can_need(tmp_path: Path) -> None:
    most = 6
    with LocalSite() as site:
        children = "".join(f"<sitemap><loc>{site.url}/map{n}.xml</loc></sitemap>" for n in range(20))
        site.pages["/all.xml"] = Answer(f"<sitemapindex>{children}</sitemapindex>".encode(), headers=XML)
        site.front()
        site.robots(f"Sitemap: {site.url}/all.xml\n")
        make(tmp_path, {"maps": f"{site.url}/"})
        report = only(run(tmp_path, most_sitemaps=most))
        only(run(tmp_path, most_sitemaps=most))
        maps = {path for path in site.paths() if path.startswith("/map")}
    assert len(maps) == most - 1
    assert [note for note in report["notes"] if note.startswith("trap: more than")] != []


class Growing(Town):
    """A town without a trap, whose section comes to list more."""

    last = 3

    def listing(self, number: int, more: str, path: str) -> Answer:
        return super().listing(number, more if number < self.last else "", path)


def test_what_was_archived_before_the_frontier_knew_of_it_is_no_trap(tmp_path: Path) -> None:
    site = Growing()
    with site:
        make(tmp_path, {"town": f"{site.url}/"})
        assert only(run(tmp_path))["archived"] == 30
        (tmp_path / "frontier.db").unlink()
        site.last = 4
        assert only(run(tmp_path))["archived"] == 10
    assert ask(tmp_path, "select url from urls where reason like 'trap:%'") == []
