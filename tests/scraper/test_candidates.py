"""What a document names -> entries of the frontier, and the ledger's lines about the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.model import Outcome, Site
from pipelines.store import Archive
from scraper import candidates, yields
from scraper.backfill import LEFT_FOR, OLDER, Walk
from scraper.candidates import Candidates
from scraper.discovery.candidate import Candidate, Place, Role
from scraper.discovery.sitemaps import DEEPEST
from scraper.frontier import Due, Found, Frontier
from scraper.learning import Learning
from scraper.ledger import Ledger
from scraper.report import Tally
from scraper.scope import Reason, Scope

FRONT = "https://news.example/"
STORY = f"{FRONT}local/mill-opens-its-doors-again"
TODAY = date(2026, 3, 1)


class Mill:
    """One site: what its front page names is judged, and the ledger read."""

    def __init__(self, archive: Archive, frontier: Frontier, walks: dict[str, Walk]) -> None:
        sites = {"mill": Site("mill", FRONT)}
        archive.put_sites(sites.values())
        self.archive = archive
        self.frontier = frontier
        self.walks = walks
        self.tally = Tally(["mill"])
        self.ledger = Ledger(archive, frontier, sites)
        learning = Learning(archive, frontier.lessons, sites, self.tally)
        scopes = {"mill": Scope(sites["mill"], TODAY)}
        self.candidates = Candidates(sites, scopes, walks, frontier, self.ledger, learning, self.tally)

    def names(
        self, url: str, place: Place = Place.MAIN, role: Role = Role.PAGE, depth: int = 1, text: str = ""
    ) -> Found | None:
        return self.candidates.entry(Candidate(url, role, FRONT, place, text=text), "mill", depth)

    def rank(self, url: str, text: str = "") -> int:
        found = self.names(url, text=text)
        assert found is not None
        return found.rank

    def lines(self) -> dict[str, tuple[str, str]]:
        """Address -> outcome and reason."""
        rows = self.archive.read("select url, outcome, reason from urls")
        return {url: (outcome, reason) for url, outcome, reason in rows}


@pytest.fixture
def mill(tmp_path: Path) -> Iterator[Mill]:
    with Archive.create(tmp_path) as archive, Frontier.open(tmp_path) as frontier:
        yield Mill(archive, frontier, {})


def test_a_link_enters_once_and_a_door_that_names_it_each_time(mill: Mill) -> None:
    first = mill.names(STORY)
    assert first is not None
    assert (first.due, first.found_on, first.depth) == (Due.NEW, FRONT, 1)
    assert mill.names(STORY) is None
    assert mill.names(STORY, Place.FEED) is not None
    assert mill.lines() == {STORY: (Outcome.QUEUED, Due.NEW)}


def test_what_is_refused_is_in_the_ledger_and_what_lies_elsewhere_is_not(mill: Mill) -> None:
    assert mill.names(f"{FRONT}login") is None
    assert mill.names("https://elsewhere.example/story-of-another-town") is None
    assert mill.lines() == {f"{FRONT}login": (Outcome.REFUSED, Reason.ACCOUNT)}


def test_another_spelling_leads_to_the_first(mill: Mill) -> None:
    assert mill.names(f"{STORY}?utm_source=mail") is not None
    lines = mill.lines()
    assert lines.pop(STORY) == (Outcome.QUEUED, Due.NEW)
    assert lines == {f"{STORY}?utm_source=mail": (Outcome.DUPLICATE, "another spelling")}


def test_the_page_without_its_session_is_fetched_in_place_of_one_with_it(mill: Mill) -> None:
    with_session = f"{STORY}?sid=0123456789abcdef0123"
    found = mill.names(with_session)
    assert found is not None
    assert found.url == STORY
    assert mill.lines()[with_session] == (Outcome.REFUSED, Reason.SESSION)


def test_a_copy_waits_for_the_article_that_it_copies(mill: Mill) -> None:
    assert mill.names(f"{STORY}/amp") is None
    assert mill.ledger.copies_of(STORY, "mill") == {f"{STORY}/amp": FRONT}
    assert mill.ledger.copies_of(STORY, "mill") == {}


def test_headlines_come_before_links_without_words_and_those_before_labels(mill: Mill) -> None:
    headline = "The mill by the river opens its doors again after years"
    ranks = [mill.rank(f"{STORY}-{len(text)}", text) for text in (headline, "", "Mills")]
    assert ranks == sorted(set(ranks), reverse=True)


def test_what_turned_out_to_be_articles_comes_before_others(mill: Mill) -> None:
    proven = yields.Yield(fetched=4, articles=4)
    mill.frontier.lessons.keep_yield("mill", yields.pattern(STORY), yields.NOTHING, proven)
    assert mill.rank(STORY) > mill.rank(STORY.replace("local", "sport"))


def test_one_sitemap_too_many_and_one_too_deep_are_told_once(
    mill: Mill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MOST_SITEMAPS", 2)
    urls = [f"{FRONT}map-{number}.xml" for number in range(4)]
    found = [mill.names(url, Place.SITEMAP_INDEX, Role.SITEMAP) for url in urls]
    assert [entry is not None for entry in found] == [True, True, False, False]
    assert mill.tally.sites["mill"].notes == [f"{candidates.MANY_SITEMAPS}: no more are read"]
    assert mill.names(urls[0], Place.SITEMAP_INDEX, Role.SITEMAP) is not None, "it is known"
    deep = f"{FRONT}deep.xml"
    assert mill.names(deep, Place.SITEMAP_INDEX, Role.SITEMAP, DEEPEST + 1) is None
    assert mill.lines()[deep] == (Outcome.REFUSED, candidates.NESTED)


def test_a_walk_takes_listings_for_itself_and_leaves_what_is_older(mill: Mill) -> None:
    walk = Walk(date(2025, 6, 1), TODAY)
    mill.walks["mill"] = walk
    page = mill.names(f"{FRONT}news/page/7")
    assert page is not None
    assert (page.role, page.due, page.rank, page.depth) == (Role.LISTING, Due.BACKFILL, -7, 2)
    assert mill.names(f"{FRONT}archive/2024/05/", Place.PAST, Role.LISTING) is None
    assert mill.lines()[f"{FRONT}archive/2024/05/"] == (Outcome.REFUSED, OLDER)
    before = datetime.now(UTC).timestamp()
    old, new = mill.names(f"{FRONT}2024/05/02/old-mill-burns-down"), mill.names(f"{FRONT}2026/02/03/new-mill")
    assert old is not None
    assert new is not None
    assert old.not_before >= before + LEFT_FOR
    assert new.not_before == 0
    assert walk.left == 1
