"""The article tables made anew: the same while nothing changed, told when something did, never half."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines import rebuild
from pipelines.accession import plaintext, saved
from pipelines.errors import ArchiveBusy, NotAnArchive, WarcError
from pipelines.health import Day
from pipelines.model import Extraction, Kind, Site
from pipelines.store import Archive, overview
from pipelines.warc import WarcWriter, inventory
from tests.pipelines.archived import OTHER, Crawl, crawled, tables
from tests.pipelines.pages import SITE, START, page, plain_extract

SITES = {SITE.key: SITE}
STORY = (
    "Mill to open its doors\n\nBy Ann Reed\n\n1 March 2026\n\n"
    + "The mill on the river opens on Sunday for the first time in years. " * 12
)


def again(folder: Path, *, apply: bool = False, **more: Any) -> rebuild.Rebuilt:
    return rebuild.rebuild(folder, SITES, "newsarchive test", apply=apply, **more)


@pytest.fixture(autouse=True)
def _plain_cleaner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_cleaner" not in request.fixturenames:
        monkeypatch.setattr("pipelines.reading.extract", plain_extract)


@pytest.fixture
def real_cleaner() -> None:
    """Named by a test whose pages are read by the cleaner itself."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return crawled(tmp_path)


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cleaner that shouts, and takes no page of the harbour for an article."""

    def shout(html: bytes, url: str | None = None, **more: Any) -> Extraction:
        found = plain_extract(html, url, **more)
        text = found.text.replace("council", "COUNCIL of the town")
        return replace(found, text=text, kind=Kind.OTHER if b"Harbour closed" in html else found.kind)

    monkeypatch.setattr("pipelines.reading.extract", shout)


class TestNothingChanged:
    def test_every_row_of_every_table_is_the_same(self, folder: Path) -> None:
        before = tables(folder)
        result = again(folder, apply=True)
        assert (result.differences.tables, result.damaged, result.lost, result.recovered) == ({}, [], 0, 0)
        assert result.applied
        assert tables(folder) == before
        assert {len(before[name]) > 0 for name in ("urls", "captures", "revisions", "images")} == {True}
        assert again(folder).differences.tables == {}

    def test_also_where_the_warc_does_not_say_how_pages_came(self, tmp_path: Path) -> None:
        before = tables(crawled(tmp_path, told=False))
        again(tmp_path, apply=True)
        assert tables(tmp_path) == before

    def test_also_what_was_imported(self, tmp_path: Path) -> None:
        (tmp_path / "mill.txt").write_text(STORY)
        (tmp_path / "bridge.html").write_bytes(page())
        archive = tmp_path / "archive"
        with Archive.create(archive) as opened, WarcWriter(archive, "test") as warc:
            importer = saved.Importer(opened, warc, {})
            results = [
                importer.take(file, now=START).result
                for file in saved.find([tmp_path / "mill.txt", tmp_path / "bridge.html"])[0]
            ]
            warc.sync()
            opened.commit()
        assert results == ["article", "article"]
        assert plaintext.extract(STORY.encode()).title == "Mill to open its doors"
        before = tables(archive)
        assert again(archive, apply=True).differences.tables == {}
        assert tables(archive) == before

    def test_search_finds_what_it_found(self, folder: Path) -> None:
        again(folder, apply=True)
        with Archive.open(folder, write=False) as archive:
            for word, count in (("span", 1), ("crane", 2), ("nowhere", 0)):
                found = archive.read("select count(*) from articles_fts where articles_fts match ?", (word,))
                assert found == [(count,)], word

    def test_in_several_processes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_cleaner: None
    ) -> None:
        with Crawl(tmp_path) as crawl:
            for n in range(40):
                crawl.get(f"news/{n}", page(f"Bridge {n} approved", f"In town {n}: " + OTHER))
        monkeypatch.setattr(rebuild, "_SMALL", 0)
        seen: list[tuple[str, int, int]] = []
        result = again(tmp_path, workers=2, on_progress=lambda *step: seen.append(step))
        assert (result.captures, result.differences.tables) == (40, {})
        assert seen[0] == ("segments", 1, 1)
        assert seen[-1] == ("captures", 40, 40)


class TestChangedCleaner:
    def test_is_told_before_it_is_applied(self, folder: Path, changed: None) -> None:
        before = tables(folder)
        result = again(folder)
        found = result.differences
        assert tables(folder) == before
        assert not (folder / "archive.db.before-rebuild").exists()
        assert not (folder / rebuild.FOLDER).exists()
        assert (found.added, found.removed, found.changed) == (0, 1, 1)
        assert found.fields == {"text": 1}
        assert (found.words_added, found.words_removed) == (48, 12)
        (sample,) = found.samples
        assert (sample.what, sample.url) == ("text", f"{SITE.url}bridge")
        assert "COUNCIL" in (sample.after or "")
        assert "council" in (sample.before or "")
        assert {"articles", "revisions", "captures"} <= set(found.tables)
        assert not {"sites", "crawls"} & set(found.tables) or found.tables["sites"] == (1, 1)

    def test_applied_keeps_numbers_and_the_old_file(self, folder: Path, changed: None) -> None:
        before = tables(folder)
        again(folder, apply=True)
        after = tables(folder)
        assert [row[:3] for row in after["articles"]] == [
            row[:3] for row in before["articles"] if row[1] != "example.com/harbour"
        ]
        assert [row[:2] for row in after["captures"]] == [row[:2] for row in before["captures"]]
        (folder / "archive.db.before-rebuild").rename(folder / "archive.db")
        assert tables(folder) == before

    def test_a_new_article_gets_a_number_that_none_had(self, tmp_path: Path, changed: None) -> None:
        with Crawl(tmp_path) as crawl:
            crawl.get("storm", page("Harbour closed", OTHER))
            crawl.get("bridge", page())

        def all_are(html: bytes, url: str | None = None, **more: Any) -> Extraction:
            return replace(plain_extract(html, url, **more), kind=Kind.ARTICLE)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pipelines.reading.extract", all_are)
            again(tmp_path, apply=True)
        numbers = {row[1]: row[0] for row in tables(tmp_path)["articles"]}
        assert numbers == {"example.com/bridge": 1, "example.com/storm": 2}

    def test_authors_keep_their_numbers_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with Crawl(tmp_path) as crawl:
            for path, names in (("bridge", "The Desk;Ann Reed"), ("harbour", "Bo Li"), ("fair", "Cy Orr")):
                text = OTHER.replace("harbour", path)
                crawl.get(path, page(path, text).replace(b"<html", f"<html authors='{names}'".encode(), 1))

        def persons_alone(html: bytes, url: str | None = None, **more: Any) -> Extraction:
            found = plain_extract(html, url, **more)
            names = [name.replace("Cy Orr", "C. Orr") for name in found.authors if name != "The Desk"]
            return replace(found, authors=names)

        def numbers() -> dict[str, int]:
            return {name: number for number, name in tables(tmp_path)["authors"]}

        assert numbers() == {"The Desk": 1, "Ann Reed": 2, "Bo Li": 3, "Cy Orr": 4}
        monkeypatch.setattr("pipelines.reading.extract", persons_alone)
        again(tmp_path, apply=True)
        assert numbers() == {"Ann Reed": 2, "Bo Li": 3, "C. Orr": 5}
        assert {row[:2] for row in tables(tmp_path)["article_authors"]} == {(1, 2), (2, 3), (3, 5)}


class TestOtherThings:
    def test_a_capture_that_no_row_names_is_taken_in(self, tmp_path: Path) -> None:
        with Crawl(tmp_path) as crawl:
            crawl.get("bridge", page())
            crawl.get("lost", page("Harbour closed", OTHER), take=False)
            crawl.get("market", page("Market moves", OTHER.replace("harbour", "market")))
        result = again(tmp_path, apply=True)
        assert (result.recovered, result.captures) == (1, 3)
        assert {row[3]: row[0] for row in tables(tmp_path)["articles"]} == {
            f"{SITE.url}bridge": 1,
            f"{SITE.url}market": 2,
            f"{SITE.url}lost": 3,
        }

    def test_a_lost_archive_comes_back_from_the_warc_alone(self, folder: Path) -> None:
        before = tables(folder)
        (folder / "archive.db").unlink()
        with pytest.raises(NotAnArchive, match="rebuild --apply"):
            again(folder)
        assert not (folder / "archive.db").exists()
        again(folder, apply=True)
        after = tables(folder)
        for table in ("articles", "article_text", "revisions", "captures", "images", "removed_blocks"):
            assert after[table] == before[table], table
        assert [row[0] for row in after["crawls"]] == [1, 2]
        assert {row[3] for row in after["crawls"]} == {"rebuilt"}
        found_on = {row[0]: row[9] for row in after["urls"]}
        assert found_on[f"{SITE.url}bridge"] == f"{SITE.url}sitemap.xml"

    def test_a_site_that_sites_yml_forgot_stays(self, folder: Path) -> None:
        result = rebuild.rebuild(folder, {"other": Site("other", "https://other.example/")}, "test")
        assert result.differences.tables == {}

    def test_what_a_broken_off_rebuild_left_does_not_matter(self, folder: Path) -> None:
        left = folder / rebuild.FOLDER
        left.mkdir()
        (left / "archive.db").write_bytes(b"half")
        assert again(folder).differences.tables == {}
        assert not left.exists()

    def test_a_rebuild_that_fails_leaves_all_as_it_was(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = tables(folder)

        def fail(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("pipelines.rebuild.succession.take_over_ledger", fail)
        with pytest.raises(KeyboardInterrupt):
            again(folder, apply=True)
        assert tables(folder) == before
        monkeypatch.undo()
        assert not (folder / rebuild.FOLDER).exists()
        Archive.open(folder).close()

    def test_not_beside_another_writer(self, folder: Path) -> None:
        with Archive.open(folder), pytest.raises(ArchiveBusy, match="another newsarchive"):
            again(folder)

    def test_not_where_there_is_no_archive(self, tmp_path: Path) -> None:
        with pytest.raises(NotAnArchive):
            again(tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_not_applied_while_a_record_is_damaged(self, folder: Path) -> None:
        before = tables(folder)
        with Archive.open(folder, write=False) as archive:
            ((file, offset, length),) = archive.read(
                "select warc_file, warc_offset, warc_length from captures where url like '%/market' limit 1"
            )
        path = folder / file
        content = bytearray(path.read_bytes())
        content[offset + length // 2] ^= 1
        path.write_bytes(content)
        assert len(again(folder).damaged) == 1
        with pytest.raises(WarcError, match="1 damaged and 1 missing"):
            again(folder, apply=True)
        assert tables(folder) == before

    def test_not_applied_while_a_file_is_missing(self, folder: Path) -> None:
        next((folder / "warc").iterdir()).unlink()
        with pytest.raises(WarcError, match="not applied"):
            again(folder, apply=True)


class TestReaders:
    @pytest.fixture
    def reader(self, folder: Path) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)) as connection:
            yield connection

    def test_who_reads_goes_on_reading_the_old_one(
        self, folder: Path, reader: sqlite3.Connection, changed: None
    ) -> None:
        count = "select count(*) from articles"
        assert reader.execute(count).fetchone() == (3,)
        again(folder, apply=True)
        assert reader.execute(count).fetchone() == (3,)
        assert reader.execute("pragma integrity_check").fetchone() == ("ok",)
        with closing(sqlite3.connect(folder / "archive.db")) as fresh:
            assert fresh.execute(count).fetchone() == (2,)
            assert fresh.execute("pragma integrity_check").fetchone() == ("ok",)
        with Crawl(folder, day=2) as crawl:
            crawl.get("fair", page("Fair in the market", OTHER.replace("harbour", "fair")))
        assert reader.execute(count).fetchone() == (3,)


def test_the_days_by_which_health_is_told_survive(folder: Path) -> None:
    with Archive.open(folder) as archive:
        (site, *_) = overview(archive).sites
        archive.add_to_day(site.key, Day(date(2026, 3, 1), seen=3, fetched=5, reasons={"failed: timeout": 1}))
        archive.commit()
        before = archive.days(site.key)
    again(folder, apply=True)
    with Archive.open(folder, write=False) as archive:
        assert archive.days(site.key) == before


def test_records_whose_length_is_known_are_listed_as_those_that_are_read_whole(tmp_path: Path) -> None:
    with Crawl(tmp_path) as crawl:
        for n in range(3):
            crawl.get(f"news/{n}", page(f"Bridge {n} approved", OTHER))
    (segment,) = inventory.segments(tmp_path)
    whole, damaged = inventory.entries(segment)
    lengths = {entry.position.offset: entry.position.length for entry in whole}
    assert (whole, damaged) == inventory.entries(segment, lengths=lengths)
    wrong = {offset: length - 1 for offset, length in lengths.items()}
    assert (whole, damaged) == inventory.entries(segment, lengths=wrong)
