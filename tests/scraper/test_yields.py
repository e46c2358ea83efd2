"""Where the budget flows: patterns of addresses, and a crawl by links alone through a site full of traps."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from scraper import yields
from scraper.yields import NOTHING, Yield, pattern
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import Answer, LocalSite, article

ARTICLES = 300
SECTIONS = ("politics", "sport", "culture", "business", "science", "travel")
TAGS = 90


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.example/", "news.example/"),
        ("https://news.example/sport/2026/03/01/the-mill-wins-again", "news.example/sport/#/*-*"),
        ("https://news.example/sport/2025/11/30/the-pond-loses", "news.example/sport/#/*-*"),
        ("https://news.example/calendar/2026/3/1", "news.example/calendar/#"),
        ("https://news.example/a/deeper/deeper/deeper/", "news.example/a/deeper"),
        ("https://news.example/list?view=2&sort=up", "news.example/list?sort&view"),
        ("https://news.example/story/a81f3c", "news.example/story/#a"),
    ],
)
def test_patterns(url: str, expected: str) -> None:
    assert pattern(url) == expected


def after(dry: int, found: Yield = NOTHING) -> Yield:
    for _ in range(dry):
        found = found.with_page(is_article=False)
    return found


def test_a_pattern_is_barren_after_many_pages_without_anything_new() -> None:
    assert not after(14).is_barren
    assert after(15).is_barren
    assert not after(15).with_find().is_barren
    generous = Yield(fetched=100, articles=90, finds=0, dry=0)
    assert not after(30, generous).is_barren
    assert after(50, generous).is_barren


def test_a_proven_pattern_comes_first_and_a_dry_one_last() -> None:
    proven = NOTHING
    for _ in range(3):
        proven = proven.with_page(is_article=True)
    assert proven.rank > NOTHING.rank == 0 > after(6).rank


class Labyrinth(LocalSite):
    """No feed, no sitemap: sections in pages of 15, tags, authors, and a calendar and facets without end."""

    def answer(self, path: str) -> Answer:
        if found := re.fullmatch(r"/(\w+)/story-of-the-mill-(\d+)", path):
            number = int(found[2])
            tags = "".join(f'<a href="/tag/t{n % TAGS}">t</a>' for n in (number, number * 7, number * 13))
            links = f'{tags}<a href="/by/writer-{number % 40}">w</a><a href="/list?by={number}&dir=up">s</a>'
            return Answer(
                article(f"Story {number}", f"Story {number} is told here at length. ") + links.encode()
            )
        if found := re.fullmatch(r"/(\w+)/?(?:page/(\d+)/)?", path):
            return self.section(found[1], int(found[2] or 1))
        if found := re.fullmatch(r"/tag/t(\d+)", path):
            return self.listing([n for n in range(ARTICLES) if int(found[1]) in (n % TAGS, n * 7 % TAGS)], "")
        if found := re.fullmatch(r"/calendar/(\d+)/(\d+)/(\d+)/", path):
            day = date(int(found[1]), int(found[2]), int(found[3])) - timedelta(days=1)
            return self.listing([], f'<a href="/calendar/{day:%Y/%m/%d}/">the day before</a>')
        if found := re.match(r"/list\?by=(\d+)&dir=(\w+)", path):
            more = "".join(
                f'<a href="/list?by={found[1]}{n}&dir={way}">x</a>' for n in range(3) for way in "ab"
            )
            return self.listing([int(found[1]) % ARTICLES], more)
        if path == "/":
            sections = "".join(f'<nav><a href="/{name}/">{name}</a></nav>' for name in SECTIONS)
            return self.listing([0, 1, 2], f'{sections}<a href="/calendar/2026/03/01/">Calendar</a>')
        return Answer(b"<p>nothing</p>", 404 if path == "/robots.txt" else 200)

    def section(self, name: str, page: int) -> Answer:
        own = [n for n in range(ARTICLES) if SECTIONS[n % len(SECTIONS)] == name]
        return self.listing(own[(page - 1) * 15 : page * 15], f'<a href="/{name}/page/{page + 1}/">Older</a>')

    def listing(self, numbers: list[int], more: str) -> Answer:
        links = "".join(
            f'<a href="/{SECTIONS[n % len(SECTIONS)]}/story-of-the-mill-{n}">Story {n} at length</a>'
            for n in numbers
        )
        return Answer(f"<title>List</title><main>{links}</main>{more}".encode())


def crawled(folder: Path, site: LocalSite) -> dict[str, Any]:
    """A crawl that finds every article, and 95 % of them within 1.5 fetches each: what it counted."""
    make(folder, {"mill": f"{site.url}/"})
    report = only(run(folder))
    stories = [number for number, path in enumerate(site.paths(), 1) if "/story-" in path]
    enough = int(0.95 * ARTICLES)
    assert report["archived"] == ARTICLES
    assert stories[enough - 1] < 1.5 * enough
    return report


def test_by_links_alone_nearly_all_is_found_and_traps_cost_little(tmp_path: Path) -> None:
    with Labyrinth() as site:
        report = crawled(tmp_path, site)
    assert len(site.asked) < 2 * ARTICLES
    assert report["queued"] == 0
    ((trapped,),) = ask(tmp_path, "select count(*) from urls where reason = ?", yields.BARREN)
    assert trapped > 0


class Cipher(Labyrinth):
    """The same site, where all addresses but those of the sections are alike: only the words of a link tell
    what it leads to."""

    def answer(self, path: str) -> Answer:
        found = super().answer(plain(path))
        return replace(found, body=re.sub(rb'href="([^"]+)"', self.hidden, found.body))

    def hidden(self, found: re.Match[bytes]) -> bytes:
        path = found[1].decode()
        is_section = path.split("/")[1] in SECTIONS and "story" not in path
        return found[0] if is_section else b'href="/p/' + found[1].hex().encode() + b'"'

    def paths(self) -> list[str]:
        return [plain(path) for path in super().paths()]


def plain(path: str) -> str:
    return bytes.fromhex(path[3:]).decode() if re.fullmatch(r"/p/[0-9a-f]+", path) else path


def test_where_addresses_tell_nothing_the_words_of_links_do(tmp_path: Path) -> None:
    with Cipher() as site:
        crawled(tmp_path, site)


class Numbered(Labyrinth):
    """The same site with the addresses of a blog that was never told to make them readable: /?p=17."""

    def answer(self, path: str) -> Answer:
        found = super().answer(readable(path))
        return replace(found, body=re.sub(rb'href="([^"]+)"', self.numbered, found.body))

    def numbered(self, found: re.Match[bytes]) -> bytes:
        path = found[1].decode()
        if story := re.fullmatch(r"/\w+/story-of-the-mill-(\d+)", path):
            return f'href="/?p={story[1]}"'.encode()
        if section := re.fullmatch(r"/(\w+)/(?:page/(\d+)/)?", path):
            more = f"&paged={section[2]}" if section[2] else ""
            return f'href="/?cat={SECTIONS.index(section[1])}{more}"'.encode()
        if tag := re.fullmatch(r"/tag/(t\d+)", path):
            return f'href="/?tag={tag[1]}"'.encode()
        if day := re.fullmatch(r"/calendar/(\d+)/(\d+)/(\d+)/", path):
            return f'href="/?m={"".join(day.groups())}"'.encode()
        return found[0]

    def paths(self) -> list[str]:
        return [readable(path) for path in super().paths()]


def readable(path: str) -> str:
    """The address that the labyrinth has for such a one."""
    asked = dict(parse_qsl(path.partition("?")[2]))
    if "p" in asked:
        return f"/{SECTIONS[int(asked['p']) % len(SECTIONS)]}/story-of-the-mill-{asked['p']}"
    if "cat" in asked:
        return f"/{SECTIONS[int(asked['cat'])]}/" + (f"page/{asked['paged']}/" if "paged" in asked else "")
    if "tag" in asked:
        return f"/tag/{asked['tag']}"
    if "m" in asked:
        return f"/calendar/{asked['m'][:4]}/{asked['m'][4:6]}/{asked['m'][6:]}/"
    return path


def test_articles_that_differ_in_a_number_alone_are_found_as_well(tmp_path: Path) -> None:
    with Numbered() as site:
        crawled(tmp_path, site)
    assert len(site.asked) < 2 * ARTICLES


def test_a_barren_pattern_is_probed_and_forgiven_when_it_bears(tmp_path: Path) -> None:
    with LocalSite() as site:
        paths = [f"/word/thing-{number}" for number in range(40)]
        site.front(*paths)
        for path in paths:
            site.pages[path] = Answer(f"<title>Nothing here yet</title><p>{path}</p>".encode())
        make(tmp_path, {"mill": f"{site.url}/"})
        only(run(tmp_path))
        assert len(site.paths()) < 30
        for path in paths:
            site.article(path, f"Story at {path}", f"What happened at {path} is told here. ")
        more = [f"/word/later-{number}" for number in range(3)]
        for path in more:
            site.article(path, f"Story at {path}", f"What happened at {path} is told here. ")
        site.front(*paths, *more)
        second = only(run(tmp_path))["archived"]
        assert second + only(run(tmp_path))["archived"] >= 25
