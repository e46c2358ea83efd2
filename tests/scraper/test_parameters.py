"""Parameters that change nothing: known by copies, and never one that chooses a page."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from scraper.parameters import chooses, differing, without
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import Answer, LocalSite

URL = "https://news.example/story"


@pytest.mark.parametrize(
    ("url", "other", "name"),
    [
        (f"{URL}?visit=1", f"{URL}?visit=2", "visit"),
        (f"{URL}?visit=1", URL, "visit"),
        (f"{URL}?id=7&visit=", f"{URL}?id=7", "visit"),
        (f"{URL}?visit=1&id=7", f"{URL}?id=7&visit=2", "visit"),
        (f"{URL}?visit=1&id=7", f"{URL}?id=8&visit=2", None),
        (f"{URL}?visit=1", f"{URL}/?visit=2", None),
        (URL, URL, None),
    ],
)
def test_the_one_parameter_that_differs(url: str, other: str, name: str | None) -> None:
    assert differing(url, other) == differing(other, url) == name


def test_what_is_left_stays_as_it_was() -> None:
    assert without(f"{URL}?b=%C3%A9&visit=1&a", {"visit"}) == f"{URL}?b=%C3%A9&a"
    assert without(f"{URL}?visit=1", {"visit"}) == URL
    assert without(f"{URL}?a=1;visit", {"visit"}) == f"{URL}?a=1;visit"


def test_a_parameter_that_tells_two_articles_apart_chooses_a_page() -> None:
    assert chooses("p", [(f"{URL}?p=1", 1), (f"{URL}?p=2", 2)])
    assert chooses("p", [(URL, 1), (f"{URL}?p=2", 2)])
    assert not chooses("visit", [(f"{URL}?p=1&visit=1", 1), (f"{URL}?p=1&visit=2", 1), (f"{URL}?p=2", 2)])


class Followed(LocalSite):
    """Every link that is served carries a number that no other has."""

    def answer(self, path: str) -> Answer:
        found = super().answer(re.sub(r"[?&]visit=\d+", "", path))
        return replace(found, body=re.sub(rb'href="([^"]+)"', self.numbered, found.body))

    def numbered(self, found: re.Match[bytes]) -> bytes:
        joint = b"&" if b"?" in found[1] else b"?"
        return b'href="%b%bvisit=%d"' % (found[1], joint, next(NUMBERS) * 7919)


NUMBERS = itertools.count(1000)


@pytest.mark.parametrize("address", ["/news/the-story-of-mill-{}", "/?p={}"])
def test_a_number_for_every_click_is_left_out_and_one_of_a_story_never(tmp_path: Path, address: str) -> None:
    with Followed() as site:
        stories = [address.format(number) for number in range(100, 130)]
        for number, path in enumerate(stories):
            site.article(path, f"Story {number}", f"Story {number} is told here at some length. ")
        site.front(*stories)
        second = site.pages["/"]
        assert isinstance(second, Answer)
        site.pages["/news/"] = second
        site.pages["/"] = replace(second, body=second.body + b'<nav><a href="/news/">News</a></nav>')
        make(tmp_path, {"mill": f"{site.url}/"})
        first = only(run(tmp_path))
        assert first["archived"] == 30
        assert any("'visit' changes nothing" in note for note in first["notes"])
        newest = address.format(999)
        site.article(newest, "The newest story", "This one was not there before, and is told at length. ")
        site.front(newest, *stories)
        assert only(run(tmp_path))["archived"] == 1
        before = len(site.asked)
        only(run(tmp_path))
    assert len(site.asked) - before < 10, "no story is fetched once more"
    assert ask(tmp_path, "select url from articles where title = 'The newest story'") == [
        (f"{site.url}{newest}",)
    ]
