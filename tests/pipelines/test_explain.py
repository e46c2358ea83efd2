"""The story of an address: every event in its order, each with its proof."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.errors import NotKnown
from pipelines.explain import Stand, Story, explain
from pipelines.model import Position
from pipelines.store import Archive
from pipelines.warc import read_capture
from pipelines.withholding import withhold
from tests.pipelines.archived import crawled
from tests.pipelines.pages import SITE, plain_extract


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.reading.extract", plain_extract)
        return crawled(tmp_path_factory.mktemp("archive"))


def story(folder: Path, path: str) -> Story:
    with Archive.open(folder, write=False) as archive:
        return explain(archive, path if "://" in path else SITE.url + path)


def said(told: Story) -> list[tuple[str, str]]:
    return [(event.what, event.said) for event in told.events]


def test_an_article_from_the_first_sight_of_it_to_its_last_version(folder: Path) -> None:
    told = story(folder, "bridge")
    assert told.article is not None
    assert (told.article["title"], told.ledger["outcome"]) == ("Bridge approved", "article")
    assert said(told) == [
        ("found", "on https://www.example.com/sitemap.xml"),
        ("fetched", "HTTP 200, article: first"),
        ("version", "1, first, +132 -0 words: Bridge approved"),
        ("fetched", "HTTP 200, article: headline"),
        ("version", "2, headline, +0 -0 words: Bridge approved at last"),
        ("fetched", "HTTP 200, article: correction"),
        ("version", "3, correction, +5 -0 words: Bridge approved"),
    ]
    assert [event.when for event in told.events] == sorted(event.when for event in told.events)


def test_every_capture_leads_to_its_record(folder: Path) -> None:
    told = story(folder, "bridge")
    assert [row["crawl"] for row in told.captures] == [1, 2, 2]
    for row in told.captures:
        record = read_capture(folder, Position(row["warc_file"], row["warc_offset"], row["warc_length"]))
        assert (record.url, record.digest, record.status) == (told.url, row["digest"], row["status"])
        assert [list(pair) for pair in record.headers] == row["headers"]
        assert (row["robots"], bool(row["extractor"])) == ("allowed", True)
    assert {row["capture"] for row in told.revisions} == {row["id"] for row in told.captures}


def test_an_address_that_redirects(folder: Path) -> None:
    told = story(folder, "old-market")
    assert told.ledger["leads_to"] == f"{SITE.url}market"
    assert said(told)[1:3] == [
        ("fetched", "HTTP 301, not an article: redirect"),
        ("redirected", f"to {SITE.url}market, HTTP 200, article: first"),
    ]
    assert told.captures[-1]["chain"] == [f"{SITE.url}old-market"]


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("secret", ("left", "refused: robots")),
        ("dead", ("left", "failed: timeout")),
        ("loop", ("left", "failed: redirect loop")),
    ],
)
def test_an_address_that_came_to_nothing(folder: Path, path: str, last: tuple[str, str]) -> None:
    assert said(story(folder, path))[-1] == last


def test_an_article_that_was_gone_and_came_back(folder: Path) -> None:
    versions = [words for what, words in said(story(folder, "harbour")) if what == "version"]
    assert versions == [
        "1, first, +156 -0 words: Harbour closed",
        "2, withdrawn, +0 -156 words: no title",
        "3, returned, the words of version 1, +0 -0 words: Harbour closed",
    ]


@pytest.mark.parametrize("spelling", ["http://example.com/bridge?utm_source=x", f"{SITE.url}bridge/"])
def test_other_spellings_of_an_address(folder: Path, spelling: str) -> None:
    assert story(folder, spelling).url == f"{SITE.url}bridge"


def test_an_address_that_nobody_ever_saw(folder: Path) -> None:
    with pytest.raises(NotKnown, match="never seen"):
        story(folder, "https://nowhere.example/")


def test_what_is_withheld_says_so_and_no_more(folder: Path) -> None:
    with Archive.open(folder) as archive:
        withhold(archive, f"{SITE.url}market", "a court asked", datetime(2027, 1, 1, tzinfo=UTC))
        told = explain(archive, f"{SITE.url}market")
        archive.rollback()
    assert told.withheld is not None
    assert (told.article, told.revisions) == (None, [])
    assert said(told)[-1] == ("withheld", "a court asked")
    assert "Market" not in str(told.events)


class TestPhrase:
    def stands(self, folder: Path, path: str, phrase: str) -> list[Stand]:
        with Archive.open(folder, write=False) as archive:
            stands = explain(archive, SITE.url + path, phrase).stands
        assert stands is not None
        return stands

    def test_words_that_came_with_a_later_version(self, folder: Path) -> None:
        (stand,) = self.stands(folder, "bridge", "a  SECOND span is\nplanned")
        assert (stand.where, stand.first_version, stand.last_version) == ("text", 3, 3)
        assert (stand.first_capture, stand.taken_out_by) == (stand.last_capture, None)
        assert "second span is planned" in stand.said
        (proof,) = stand.proof
        place = Position(proof["warc_file"], proof["warc_offset"], proof["warc_length"])
        record = read_capture(folder, place)
        assert b"A second span is planned." in record.body
        assert (record.digest, [list(pair) for pair in record.headers]) == (proof["digest"], proof["headers"])

    def test_a_headline_that_was_there_for_a_while(self, folder: Path) -> None:
        (stand,) = self.stands(folder, "bridge", "approved at last")
        assert (stand.where, stand.first_version, stand.last_version) == ("title", 2, 2)
        came, went = stand.proof
        assert (came["id"], went["id"]) == (stand.first_capture, stand.taken_out_by)
        assert came["fetched"] < went["fetched"]

    def test_words_that_outlived_every_change(self, folder: Path) -> None:
        (stand,) = self.stands(folder, "bridge", "The council met on Tuesday")
        assert (stand.first_version, stand.last_version, stand.taken_out_by) == (1, 3, None)

    def test_a_page_that_was_gone_in_between(self, folder: Path) -> None:
        before, after = self.stands(folder, "harbour", "Harbour closed")
        assert before.last_version < after.first_version
        gone = next(row for row in before.proof if row["id"] == before.taken_out_by)
        assert gone["status"] == 404

    def test_the_last_capture_need_not_have_made_a_version(self, folder: Path) -> None:
        (stand,) = self.stands(folder, "market", "market moves")
        first, last = stand.proof
        assert (first["verdict"], last["verdict"], last["status"]) == ("article", "unchanged", 304)

    @pytest.mark.parametrize("phrase", ["never printed", " \n"])
    def test_words_that_no_version_has(self, folder: Path, phrase: str) -> None:
        with pytest.raises(NotKnown, match=r"phrase|no version"):
            self.stands(folder, "bridge", phrase)
