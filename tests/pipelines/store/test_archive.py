"""archive.db opens or says why not, keeps what was committed and nothing else, and finds words."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipelines.errors import ArchiveBusy, ArchiveReadOnly, ArchiveTooNew, DiskFull, NotAnArchive
from pipelines.intake import Intake
from pipelines.model import Outcome, Site
from pipelines.store import Archive, Note, overview, read_date, stored_date
from tests.pipelines.pages import BODY, SITE, START, capture, page

METADATA = YAML(typ="safe").load(Path(__file__).parent.parent.parent.parent / "metadata.yml")


def rows(archive: Archive, sql: str) -> list[tuple[Any, ...]]:
    """What another reader of the file sees: only what was committed."""
    reader = sqlite3.connect(archive.folder / "archive.db")
    try:
        return reader.execute(sql).fetchall()
    finally:
        reader.close()


# Opening.


def test_no_archive_there(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match="newsarchive init"):
        Archive.open(tmp_path)


def test_create_makes_the_folder_and_leaves_an_archive_alone(tmp_path: Path) -> None:
    for _ in range(2):
        with Archive.create(tmp_path / "deep" / "archive") as archive:
            archive.put_sites([SITE])
            archive.commit()
    with Archive.open(tmp_path / "deep" / "archive", write=False) as archive:
        assert [site.key for site in overview(archive).sites] == ["example"]


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"once upon a time " * 100)
    for write in (True, False):
        with pytest.raises(NotAnArchive, match=r"archive\.db is not a database"):
            Archive.open(tmp_path, write=write)


def test_a_database_of_something_else(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "archive.db")
    connection.execute("create table recipes (id integer primary key)")
    connection.close()
    with pytest.raises(NotAnArchive, match="not one of newsarchive"):
        Archive.open(tmp_path)


def test_an_archive_of_a_newer_newsarchive(archive: Archive) -> None:
    archive.close()
    connection = sqlite3.connect(archive.folder / "archive.db")
    connection.execute(
        "insert into _sqlite_migrations (migration_set, name) values ('newsarchive', 'm999_later')"
    )
    connection.commit()
    connection.close()
    with pytest.raises(ArchiveTooNew, match="m999_later"):
        Archive.open(archive.folder)


def test_the_second_writer_is_told_who_has_the_lock_and_readers_are_not_kept_out(archive: Archive) -> None:
    with pytest.raises(ArchiveBusy, match=rf"process {os.getpid()}\b"):
        Archive.open(archive.folder)
    with Archive.open(archive.folder, write=False) as reader:
        assert overview(reader).articles == 0
    archive.close()
    Archive.open(archive.folder).close()


def test_a_killed_writer_leaves_no_lock_and_nothing_half_done(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from pipelines.store import Archive\n"
        "from tests.pipelines.pages import SITE; from dataclasses import replace\n"
        "archive = Archive.create(Path(sys.argv[1])); archive.put_sites([SITE]); archive.commit()\n"
        "archive.put_sites([replace(SITE, key='half')]); print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        with pytest.raises(ArchiveBusy, match=rf"process {child.pid}\b"):
            Archive.open(tmp_path)
        child.send_signal(signal.SIGKILL)
    with Archive.open(tmp_path) as archive:
        assert [site.key for site in overview(archive).sites] == ["example"]


def test_read_only(archive: Archive) -> None:
    archive.close()
    with (
        Archive.open(archive.folder, write=False) as reader,
        pytest.raises(ArchiveReadOnly, match="cannot be written"),
    ):
        reader.put_sites([SITE])


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, 0o666), (0o777, 0o444)])
def test_a_folder_or_file_that_may_not_be_written(folder_mode: int, file_mode: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        Archive.create(folder).close()
        (folder / "archive.lock").chmod(0o666)
        (folder / "archive.db").chmod(file_mode)
        folder.chmod(folder_mode)
        with nobody(), pytest.raises(ArchiveReadOnly, match="cannot be written"):
            Archive.open(folder)
        folder.chmod(0o755)


def test_one_who_only_reads_is_told_why_the_folder_must_be_writable() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        Archive.create(folder).close()
        folder.chmod(0o555)
        with nobody(), pytest.raises(ArchiveReadOnly, match=r"even to read it; .* copy the archive"):
            Archive.open(folder, write=False)
        folder.chmod(0o755)


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """As a user whom permissions bind; root, whom they do not, becomes one for a while."""
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_disk_too_full_for_the_lock_has_that_name_too(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    archive.close()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(DiskFull, match=r"archive\.lock.*make room"):
            Archive.open(archive.folder)
    Archive.open(archive.folder).close()


def test_a_full_disk_has_a_name_and_what_was_committed_stays(archive: Archive) -> None:
    pages = archive._run("pragma page_count").fetchone()[0]
    archive._run(f"pragma max_page_count = {pages + 5}")
    with pytest.raises(DiskFull, match="full"):  # noqa: PT012 - which of the writes finds no room is SQLite's affair
        for number in range(1000):
            archive.note(Note(f"https://www.example.com/{number}" + "x" * 200, Outcome.QUEUED), START)
        archive.commit()
    archive.rollback()
    assert rows(archive, "select count(*) from urls") == [(0,)]
    assert rows(archive, "select count(*) from sites") == [(1,)]


# Writing.


def test_nothing_is_seen_before_commit_and_rollback_undoes(archive: Archive, intake: Intake) -> None:
    intake.take(capture(), site="example")
    assert rows(archive, "select count(*) from articles") == [(0,)]
    archive.rollback()
    intake.take(capture(page("Another"), "another"), site="example")
    archive.commit()
    assert rows(archive, "select title from articles") == [("Another",)]
    assert rows(archive, "select articles from sites") == [(1,)]


def test_a_commit_without_its_foreign_row_is_refused(archive: Archive) -> None:
    archive.note(Note("https://www.example.com/", Outcome.ARTICLE, article=77), START)
    with pytest.raises(sqlite3.IntegrityError):
        archive.commit()


def test_the_ledger_keeps_the_first_finding_and_the_last_outcome(archive: Archive) -> None:
    url = "https://www.example.com/a"
    archive.note(Note(url, Outcome.QUEUED, site="example", found_on="https://www.example.com/feed"), START)
    archive.note(
        Note(url, Outcome.FAILED, "HTTP 503", "example", 503, fetched=True), START + timedelta(days=1)
    )
    archive.note(Note(url, Outcome.QUEUED, found_on="https://www.example.com/"), START + timedelta(days=2))
    archive.commit()
    columns = "outcome, reason, status, found_on, first_seen, last_seen, last_fetched"
    assert rows(archive, f"select {columns} from urls") == [
        (
            "failed", "HTTP 503", 503, "https://www.example.com/feed", "2026-03-01T12:00:00Z",
            "2026-03-03T12:00:00Z", "2026-03-02T12:00:00Z",
        )
    ]  # fmt: skip


def test_crawls_and_status(archive: Archive, intake: Intake) -> None:
    archive.begin_crawl(["example"], START, "newsarchive test")
    second = archive.begin_crawl(["example"], START + timedelta(days=1), "newsarchive test")
    intake.take(capture(), site="example", crawl=second)
    intake.take(capture(status=503, path="b"), site="example", crawl=second)
    archive.note(Note("https://www.example.com/c", Outcome.REFUSED, "robots"), START)
    archive.end_crawl(second, START + timedelta(days=2), "finished", {"fetched": 2, "failed": 1}, "fine")
    archive.commit()
    status = overview(archive)
    assert (status.articles, status.revisions, status.captures, status.urls) == (1, 1, 2, 3)
    assert set(status.ledger) == {
        ("article", "first", 1),
        ("failed", "HTTP 503", 1),
        ("refused", "robots", 1),
    }
    assert (status.sites[0].articles, status.sites[0].last_crawl) == (1, "2026-03-02T12:00:00Z")
    assert [(crawl.state, crawl.counts["fetched"]) for crawl in status.crawls] == [
        ("finished", 2),
        ("interrupted", 0),
    ]


def test_sites_follow_sites_yml(archive: Archive) -> None:
    archive.put_sites([Site("example", "https://example.com/", licence="CC BY 4.0")])
    archive.commit()
    assert rows(archive, "select name, url, licence, articles from sites") == [
        ("example", "https://example.com/", "CC BY 4.0", 0)
    ]


def test_an_original_is_found_by_payload_and_by_address(archive: Archive, intake: Intake) -> None:
    first = capture()
    intake.take(first, site="example")
    intake.take(capture(path="copy", day=1), site="example")
    intake.take(capture(b"", day=2, status=304), site="example")
    for found in (archive.original("https://elsewhere/", first.digest), archive.original(first.url, None)):
        assert found is not None
        assert (found.url, found.fetched, found.position) == (first.url, first.fetched, first.position)
    assert archive.original("https://elsewhere/", "sha1:NOWHERE") is None
    assert archive.original("https://elsewhere/", None) is None


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=-6))), "2026-03-01T15:30:00Z"),
        (datetime(2026, 3, 1, 9, 30, 5, 999, tzinfo=UTC), "2026-03-01T09:30:05Z"),
        (datetime(2026, 3, 1, 9, 30), "2026-03-01"),
        (date(2026, 3, 1), "2026-03-01"),
        (None, None),
    ],
)
def test_dates_as_stored(value: datetime | date | None, stored: str | None) -> None:
    assert stored_date(value) == stored


@given(st.datetimes(min_value=datetime(1900, 1, 2), timezones=st.just(UTC)) | st.dates() | st.none())
def test_dates_are_read_back(value: datetime | date | None) -> None:
    expected = value.replace(microsecond=0) if isinstance(value, datetime) else value
    assert read_date(stored_date(value)) == expected


def test_no_question_about_a_page_takes_longer_in_a_larger_archive(archive: Archive, intake: Intake) -> None:
    asked: list[str] = []
    archive._connection.set_trace_callback(asked.append)
    intake.take(capture(), site="example")
    intake.take(
        capture(page(text=BODY + "More."), day=1, chain=("https://www.example.com/b",)), site="example"
    )
    archive.original("https://www.example.com/bridge", None)
    archive._connection.set_trace_callback(None)
    questions = {sql for sql in asked if sql.lstrip().startswith("select")}
    assert len(questions) >= 4
    for sql in questions:
        plan = [row[3] for row in archive._run(f"explain query plan {sql}")]
        assert not [step for step in plan if "SCAN" in step.replace("SCALAR", "") or "(site=?)" in step], (
            sql,
            plan,
        )


# Search.


def search(folder: Path, words: str) -> list[str]:
    """Titles that Datasette finds."""

    async def ask() -> list[str]:
        datasette = Datasette([folder / "archive.db"], metadata=METADATA)
        try:
            answer = await datasette.client.get(
                "/archive/articles.json", params={"_search": words, "_shape": "array"}
            )
            assert answer.status_code == 200, answer.text
            return [row["title"] for row in answer.json()]
        finally:
            for database in datasette.databases.values():
                database.close()
            datasette.executor.shutdown()

    return asyncio.run(ask())


def test_full_text_search_really_searches(archive: Archive, intake: Intake) -> None:
    intake.take(capture(page("Bridge approved", BODY + " Kr\u00e4henbr\u00fccke")), site="example")
    intake.take(capture(page("Harbour closed", "No ship sailed." * 20), "harbour"), site="example")
    archive.commit()
    assert search(archive.folder, "wordnowhere") == []
    assert search(archive.folder, "krahenbrucke") == ["Bridge approved"]
    assert search(archive.folder, "harbour") == ["Harbour closed"]


def test_the_index_follows_every_change(archive: Archive, intake: Intake) -> None:
    for day, text in enumerate(("alpha " * 150, "beta " * 150, "gamma " * 150, "gamma " * 150)):
        intake.take(capture(page(text=text), day=day), site="example")
        if day != 1:  # two versions within one commit
            archive.commit()
        integrity(archive)
    found = {
        word: rows(archive, f"select rowid from articles_fts('{word}')")
        for word in ("alpha", "beta", "gamma")
    }
    assert found == {"alpha": [], "beta": [], "gamma": [(1,)]}


def test_the_index_follows_withdrawal_return_and_rollback(archive: Archive, intake: Intake) -> None:
    intake.take(capture(), site="example")
    archive.commit()
    intake.take(capture(status=404, day=1), site="example")
    archive.commit()
    intake.take(capture(page("Lost", "never " * 200), day=2), site="example")
    archive.rollback()
    intake.take(capture(page("Back", BODY), day=3), site="example")
    archive.commit()
    integrity(archive)
    assert rows(archive, "select rowid from articles_fts('back')") == [(1,)]
    assert rows(archive, "select rowid from articles_fts('never')") == []


def integrity(archive: Archive) -> None:
    """FTS5 compares the index with its content, word by word, and raises when they differ."""
    if not archive._connection.in_transaction:
        archive._run("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")


def test_the_integrity_check_would_notice(archive: Archive, intake: Intake) -> None:
    intake.take(capture(), site="example")
    archive.commit()
    archive._run("update article_text set text = 'tampered'")
    with pytest.raises(NotAnArchive):
        integrity(archive)


# An archive in a hurry.


def indexes(archive: Archive) -> list[tuple[Any, ...]]:
    return archive.read("select name, sql from sqlite_master where type = 'index' and sql is not null")


def test_what_a_hurry_leaves_is_made_at_the_end(archive: Archive, intake: Intake) -> None:
    before = indexes(archive)
    archive.hurry()
    assert len(indexes(archive)) < len(before)
    intake.take(capture(), site="example")
    archive.commit()
    archive.complete()
    assert indexes(archive) == before
    assert archive.read("select rowid from articles_fts where articles_fts match 'council'") == [(1,)]
    intake.take(capture(page("A second bridge"), "second"), site="example")
    archive.commit()
    assert archive.read("select rowid from articles_fts where articles_fts match 'second'") == [(2,)]


def test_rows_that_refer_to_nothing_are_told_at_the_end_of_a_hurry(tmp_path: Path) -> None:
    with Archive.create(tmp_path) as archive:
        archive.hurry()
        archive.write("insert into article_text (id, text, html) values (7, 'x', 'x')")
        with pytest.raises(sqlite3.IntegrityError, match="refer to what is not there"):
            archive.complete()
