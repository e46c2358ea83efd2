"""What a crawl that died had fetched is taken in from the WARC; what the disk lost is fetched again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import errors, sitelist
from pipelines.intake import Intake
from pipelines.reading import DEADLY
from pipelines.store import Archive
from pipelines.warc import OPEN, WarcWriter, inventory
from pipelines.warc.inventory import Entry
from pipelines.withholding import withhold
from scraper import recovery
from scraper.archiving import Archiving
from scraper.frontier import Frontier
from scraper.readers import Readers
from scraper.report import Tally
from scraper.run import Run
from tests.scraper import deadly
from tests.scraper.crawling import ask, contents, make, only, plain_extract, run
from tests.scraper.localsite import LocalSite

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PAGES = ("/news/bridge-to-be-repaired", "/news/mill-opens-its-doors", "/news/otter-seen-in-the-pond")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, LocalSite]]:
    """An archive after a crawl, its segment as a killed writer leaves it."""
    folder = tmp_path_factory.mktemp("whole")
    with LocalSite() as site:
        for path in PAGES:
            site.article(path, path[6:].replace("-", " "), f"What is told at {path}. ")
        site.front(*PAGES)
        make(folder, {"mill": f"{site.url}/"})
        only(run(folder))
        (segment,) = inventory.segments(folder)
        segment.rename(segment.with_name(segment.name + OPEN))
        yield folder, site


def copied(whole: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(whole, to))


def last(folder: Path) -> tuple[Path, Entry]:
    """The segment, and the last capture in it."""
    (segment,) = inventory.segments(folder)
    return segment, inventory.entries(segment)[0][-1]


def recovered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, beside: bool = False
) -> tuple[dict[str, int], dict[str, int]]:
    """Pages taken in, and what is queued then, as the next crawl finds it."""
    monkeypatch.setattr("pipelines.reading.extract", plain_extract)
    sites = sitelist.load(folder / "sites.yml").sites
    with (
        Archive.open(folder) as archive,
        Frontier.open(folder) as frontier,
        WarcWriter(folder, "test", originals=archive.original) as warc,
    ):
        one = Run(folder, sites, "test", 2, archive, warc, frontier, Tally(list(sites)))
        one.archiving = Archiving(one, Intake(archive, sites), Readers(folder, sites, 0))
        return dict(recovery.recover(one, Intake(archive, sites), beside=beside)), frontier.queued(sites)


def forget(folder: Path, database: str, *statements: str) -> None:
    """Take back what a database knows."""
    db = sqlite3.connect(folder / database)
    with db:
        for statement in statements:
            db.execute(statement)
    db.close()


def test_what_ended_in_order_leaves_nothing_to_do(
    whole: tuple[Path, LocalSite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recovered(copied(whole[0], tmp_path / "a"), monkeypatch) == ({}, {})


def test_a_damaged_frontier_is_called_by_its_name(whole: tuple[Path, LocalSite], tmp_path: Path) -> None:
    folder = copied(whole[0], tmp_path / "a")
    sites = sitelist.load(folder / "sites.yml").sites
    with (
        Archive.open(folder) as archive,
        WarcWriter(folder, "test", originals=archive.original) as warc,
        Frontier.open(folder) as frontier,
    ):
        one = Run(folder, sites, "test", 2, archive, warc, frontier, Tally(list(sites)))
        forget(folder, "frontier.db", "alter table urls rename to gone")
        said = "frontier.db: no such table: urls: if it is damaged"
        with pytest.raises(errors.ArchiveUnusable, match=said), one.guarding():
            frontier.queued(sites)


def test_a_row_that_the_frontier_has_not_heard_of_is_settled_and_added_once(
    whole: tuple[Path, LocalSite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(whole[0], tmp_path / "a")
    before = ask(folder, "select * from captures"), contents(folder)
    visits = settled(folder)
    forget(
        folder, "frontier.db",
        "update urls set state = 'queued', last_fetched = null, status = null, next_visit = null "
        "where role = 'page'",
    )  # fmt: skip
    assert recovered(folder, monkeypatch) == ({"mill": 3}, {})
    assert (ask(folder, "select * from captures"), contents(folder)) == before
    assert settled(folder) == visits
    assert recovered(folder, monkeypatch) == ({}, {})


def settled(folder: Path) -> list[tuple[object, ...]]:
    """What the frontier knows of its pages; moments to the second, as the WARC has them."""
    db = sqlite3.connect(folder / "frontier.db")
    rows = db.execute(
        "select key, state, status, etag, role, attempts, cast(last_fetched as integer), "
        "cast(next_visit - last_fetched as integer) / 60 from urls order by key"
    ).fetchall()
    db.close()
    return rows


def test_links_of_a_recovered_page_are_queued(
    whole: tuple[Path, LocalSite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(whole[0], tmp_path / "a")
    forget(
        folder, "frontier.db",
        "delete from urls where role = 'page'", "update urls set last_fetched = null",
    )  # fmt: skip
    found, queued = recovered(folder, monkeypatch)
    assert found == {"mill": 4}
    assert queued == {}, "the pages are in the WARC too"


def test_a_page_that_the_last_crawl_died_of_is_failed_and_not_read_here(
    whole: tuple[Path, LocalSite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(whole[0], tmp_path / "a")
    newest = "(select max(id) from captures)"
    forget(
        folder, "archive.db",
        f"delete from urls where capture = {newest}", f"delete from revisions where capture = {newest}",
        f"delete from captures where id = {newest}",
    )  # fmt: skip
    url = "(select url from urls where role = 'page' order by last_fetched desc limit 1)"
    forget(folder, "frontier.db", f"update urls set state = 'queued', last_fetched = null where url = {url}")
    monkeypatch.setattr(recovery, "_read_beside", deadly.die)
    assert recovered(folder, monkeypatch, beside=True) == ({"mill": 1}, {})
    told = ask(folder, f"select verdict, reason, evidence from captures where id = {newest}")
    assert told == [("failed", DEADLY, "the process was ended by SIGSEGV")]
    assert recovered(folder, monkeypatch, beside=True)[0] == {}


def test_the_url_of_a_record_cut_at_any_byte_is_queued_again(
    whole: tuple[Path, LocalSite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk lost what archive.db and frontier.db rely on."""
    segment, entry = last(whole[0])
    start, length = entry.position.offset, entry.position.length
    for size in (*range(start, start + length, 1 + length // 12), start + length - 1):
        folder = copied(whole[0], tmp_path / "a")
        with (folder / "warc" / segment.name).open("r+b") as file:
            file.truncate(size)
        # at the very start of the record nothing is torn, and nothing tells that something was there
        expected = {"mill": 1} if size > start else {}
        assert recovered(folder, monkeypatch) == ({}, expected), size
        lost = ask(folder, "select url, verdict from captures where warc_file is null")
        assert len(lost) == (1 if size > start else 0)


def test_a_lost_record_is_fetched_again_and_nothing_refers_to_it(
    whole: tuple[Path, LocalSite], tmp_path: Path
) -> None:
    folder, site = copied(whole[0], tmp_path / "a"), whole[1]
    before = contents(folder)
    segment, entry = last(folder)
    with (folder / "warc" / segment.name).open("r+b") as file:
        file.truncate(entry.position.offset + 10)
    site.asked.clear()
    only(run(folder))
    (again,) = [path for path in site.paths() if path.startswith("/news/")]
    assert contents(folder) == before
    rows = ask(
        folder, "select verdict, warc_file is null from captures where url = ? order by id", site.url + again
    )
    assert rows == [("article", 1), ("unchanged", 0)]
    kinds = [each.kind for path in inventory.segments(folder) for each in inventory.entries(path)[0]]
    assert kinds[-1] == "response"


def test_a_withheld_article_stays_withheld(
    whole: tuple[Path, LocalSite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of a killed crawl tells of it: with the row gone, as if it had never been committed."""
    folder, site = copied(whole[0], tmp_path / "a"), whole[1]
    with Archive.open(folder) as archive:
        withhold(archive, site.url + PAGES[0], "a court asked", NOW)
        archive.commit()
    forget(
        folder, "archive.db", "update urls set capture = null",
        f"delete from captures where url like '%{PAGES[0]}'",
    )  # fmt: skip
    assert recovered(folder, monkeypatch) == ({"mill": 1}, {})
    told = ask(folder, "select verdict, reason from captures where url = ?", site.url + PAGES[0])
    assert told == [("withheld", "takedown")]
    assert len(contents(folder)) == len(PAGES) - 1


def test_records_of_imports_and_later_crawls_are_left_alone(
    whole: tuple[Path, LocalSite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(whole[0], tmp_path / "a")
    count = ask(folder, "select count(*) from captures")
    forget(folder, "archive.db", "update captures set crawl = null")
    assert recovered(folder, monkeypatch) == ({}, {})
    assert ask(folder, "select count(*) from captures") == count
