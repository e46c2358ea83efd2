"""What is withheld is nowhere, stays away, and comes back when it is let."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import rebuild
from pipelines.errors import ArchiveUnusable, NotKnown, WarcError
from pipelines.model import Taken
from pipelines.store import Archive, Withheld, takedowns
from pipelines.withholding import lift, withhold
from tests.pipelines.archived import OTHER, Crawl, crawled, tables
from tests.pipelines.pages import BODY, SITE, page, plain_extract

SITES = {SITE.key: SITE}
URL = f"{SITE.url}bridge"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
OF_ARTICLES = (
    "articles", "article_text", "article_authors", "article_tags", "images", "removed_blocks", "revisions",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _plain_cleaner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.reading.extract", plain_extract)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return crawled(tmp_path)


def hide(folder: Path, url: str = URL, reason: str = "a court asked for it") -> Withheld:
    with Archive.open(folder) as archive:
        done = withhold(archive, url, reason, NOW)
        archive.commit()
        archive.scrub()
    return done


def show(folder: Path, url: str = URL) -> int:
    with Archive.open(folder) as archive:
        count = lift(archive, url, SITES)
        archive.commit()
        archive.keep_withheld()
    return count


def bodiless(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All tables, without the running numbers of rows that nothing refers to."""
    unnumbered = ("revisions", "images", "removed_blocks")
    return {
        name: sorted((row[1:] if name in unnumbered else row for row in rows), key=repr)
        for name, rows in tables(folder).items()
    }


def outcome(taken: Taken | None) -> tuple[str, str]:
    assert taken is not None
    return taken.outcome, taken.reason


def test_nothing_of_it_is_left_in_any_table_or_byte(folder: Path) -> None:
    before = tables(folder)
    done = hide(folder)
    after = tables(folder)
    assert (done.article, done.url, done.reason) == (1, URL, "a court asked for it")
    assert set(done.addresses) == {URL, f"{URL}?print=1"}
    assert len(done.hashes) == 3
    for table in OF_ARTICLES:
        assert len(after[table]) < len(before[table]) or not before[table], table
    assert 1 not in {row[0] for row in after["articles"]} | {row[1] for row in after["revisions"]}
    assert len(after["captures"]) == len(before["captures"])
    with Archive.open(folder, write=False) as archive:
        assert archive.read("select count(*) from articles_fts where articles_fts match 'council'") == [(0,)]
        assert archive.read("select articles from sites") == [(2,)]
        ledger = archive.read("select outcome, reason, article from urls where url = ?", (URL,))
        assert ledger == [("withheld", "takedown", None)]
        assert archive.read("pragma foreign_key_check") == []
    content = b"".join(path.read_bytes() for path in folder.glob("archive.db*"))
    assert b"council met" not in content
    assert b"Bridge approved" not in content
    assert b"crane" in content


def test_it_stays_away_when_it_is_crawled_again(folder: Path) -> None:
    hide(folder)
    with Crawl(folder, day=3) as crawl:
        told = [
            crawl.get("bridge", page("Bridge approved, again", BODY + "\n\nMore.")),
            crawl.get("bridge", status=304, headers=()),
            crawl.get("elsewhere", page()),
            crawl.get("claims", page(head="").replace(b"<html", f"<html canonical='{URL}'".encode(), 1)),
            crawl.get("moved", page("Quite another", OTHER[:90] * 9), chain=(URL,)),
        ]
        other = crawl.get("fair", page("Fair", OTHER.replace("harbour", "fair")))
    assert {outcome(one) for one in told} == {("withheld", "takedown")}
    assert outcome(other) == ("article", "first")
    assert 1 not in {row[0] for row in tables(folder)["articles"]}


def test_its_number_goes_to_no_other_article(tmp_path: Path) -> None:
    with Crawl(tmp_path) as crawl:
        crawl.get("bridge", page())
    hide(tmp_path)
    with Crawl(tmp_path, day=1) as crawl:
        crawl.get("harbour", page("Harbour closed", OTHER))
    assert [row[0] for row in tables(tmp_path)["articles"]] == [2]


def test_a_rebuild_keeps_it_away(folder: Path) -> None:
    hide(folder)
    before = bodiless(folder)
    result = rebuild.rebuild(folder, SITES, "test", apply=True)
    assert result.differences.tables == {}
    assert bodiless(folder) == before


def lose_database(folder: Path) -> None:
    for path in folder.glob("archive.db*"):
        path.unlink()


def test_it_stays_away_when_archive_db_is_lost(folder: Path) -> None:
    done = hide(folder)
    lose_database(folder)
    rebuild.rebuild(folder, SITES, "newsarchive/test", apply=True)
    with Archive.open(folder) as archive:
        assert archive.withheld() == [done]
        assert archive.article_by_url(URL) is None
        assert archive.read("select distinct verdict from captures where url = ?", (URL,)) == [("withheld",)]
    assert show(folder) > 0
    with Archive.open(folder) as archive:
        known = archive.article_by_url(URL)
        assert known is not None
        assert known.article == done.article


def test_lifted_it_is_there_when_archive_db_is_lost(folder: Path) -> None:
    hide(folder)
    show(folder)
    lose_database(folder)
    rebuild.rebuild(folder, SITES, "newsarchive/test", apply=True)
    with Archive.open(folder) as archive:
        assert archive.withheld() == []
        assert archive.article_by_url(URL) is not None


def test_an_archive_without_the_file_is_given_it(folder: Path) -> None:
    hide(folder)
    file = folder / takedowns.WITHHELD
    before = file.read_bytes()
    file.unlink()
    Archive.create(folder).close()
    assert file.read_bytes() == before


def test_what_was_lifted_does_not_come_back_from_an_old_file(folder: Path) -> None:
    hide(folder)
    file = folder / takedowns.WITHHELD
    before = file.read_bytes()
    show(folder)
    file.write_bytes(before)
    Archive.create(folder).close()
    with Archive.open(folder) as archive:
        assert archive.withheld() == []


@pytest.mark.parametrize("line", ["{", "[]", '{"article": 1}', '{"addresses": [], "hashes": 1}', "\xff"])
def test_a_damaged_file_is_named_with_its_line(folder: Path, line: str) -> None:
    hide(folder)
    lose_database(folder)
    file = folder / takedowns.WITHHELD
    file.write_bytes(file.read_bytes() + line.encode("latin-1") + b"\n")
    with pytest.raises(ArchiveUnusable, match=r"withheld\.jsonl, line 2: .*put the file back"):
        Archive.create(folder)


def test_lifted_it_is_as_it_was(folder: Path) -> None:
    before = bodiless(folder)
    hide(folder)
    assert show(folder) == 4
    assert bodiless(folder) == before
    with Archive.open(folder, write=False) as archive:
        assert archive.read("select rowid from articles_fts where articles_fts match 'council'") == [(1,)]
        assert archive.withheld() == []


def test_lifted_it_has_what_was_crawled_meanwhile(folder: Path) -> None:
    hide(folder)
    with Crawl(folder, day=3) as crawl:
        crawl.get("bridge", page("Bridge to be painted", BODY + "\n\nA second span is planned."))
    show(folder)
    with Archive.open(folder, write=False) as archive:
        assert archive.read("select title, revisions from articles where id = 1") == [
            ("Bridge to be painted", 4)
        ]
    assert rebuild.rebuild(folder, SITES, "test").differences.tables == {}


def test_one_is_lifted_and_the_other_stays(folder: Path) -> None:
    hide(folder)
    hide(folder, f"{SITE.url}market")
    show(folder, f"{SITE.url}market")
    assert [row[0] for row in tables(folder)["withheld"]] == [1]
    assert sorted(row[0] for row in tables(folder)["articles"]) == [2, 3]


@pytest.mark.parametrize(
    "spelling", [URL, f"{URL}?utm_source=x", "http://example.com/bridge/", f"{URL}?print=1"]
)
def test_every_spelling_of_its_address_names_it(folder: Path, spelling: str) -> None:
    assert hide(folder, spelling).article == 1
    with pytest.raises(NotKnown, match="withheld already"):
        hide(folder, URL)
    assert show(folder, URL) == 4


def test_an_address_of_no_article(folder: Path) -> None:
    with pytest.raises(NotKnown, match="no article"):
        hide(folder, f"{SITE.url}section")
    with pytest.raises(NotKnown, match="nothing is withheld"):
        show(folder)


def test_it_stays_withheld_when_its_record_cannot_be_read(folder: Path) -> None:
    hide(folder)
    before = tables(folder)
    next(iter(sorted((folder / "warc").iterdir()))).unlink()
    with pytest.raises(WarcError):
        show(folder)
    assert tables(folder) == before
