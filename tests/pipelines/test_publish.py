"""A sealed snapshot: complete, renumbered without a slip, silent on what is withheld, there in one step."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsarchive.reference import fresh_schema
from pipelines import publish as room
from pipelines import withholding
from pipelines.errors import ArchiveBusy, ArchiveUnusable, DiskFull, NotAnArchive
from pipelines.publish import INSPECT, KEPT_BACK, MANIFEST, PUBLISHED, Published, publish
from pipelines.store import Archive
from readingroom.serve import datasette
from tests.readingroom.archive import build

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "archive"
    place.mkdir()
    build(place)
    return place


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "public"


def make(folder: Path, target: Path) -> Published:
    return publish(folder, target, software="newsarchive test", now=NOW)


def rows(folder: Path, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{(folder / 'archive.db').as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, parameters).fetchall()


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def withhold(folder: Path, article: int) -> None:
    [(url,)] = rows(folder, "select url from articles where id = ?", article)
    with Archive.open(folder) as archive:
        withholding.withhold(archive, url, "a secret reason", NOW)
        archive.commit()


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_table_is_published_or_kept_back_on_purpose() -> None:
    tables = {name for name in fresh_schema().table_names() if not name.startswith(("articles_fts", "_"))}
    assert tables <= set(PUBLISHED) | KEPT_BACK
    assert set(PUBLISHED) <= tables
    assert not set(PUBLISHED) & KEPT_BACK


def test_ids_are_in_the_order_of_publication(folder: Path, target: Path) -> None:
    make(folder, target)
    dated = rows(target, "select id, ifnull(published, first_seen) from articles order by id")
    assert [number for number, _ in dated] == list(range(1, len(dated) + 1))
    assert [moment for _, moment in dated] == sorted(moment for _, moment in dated)
    before = rows(folder, "select id, ifnull(published, first_seen) from articles order by id")
    assert [moment for _, moment in before] != sorted(moment for _, moment in before)


@pytest.mark.parametrize(
    "question",
    [
        "select a.key, a.title, t.text, t.html from articles a join article_text t on t.id = a.id",
        "select a.key, r.ordinal, r.text, c.url, c.fetched from articles a "
        "join revisions r on r.article = a.id "
        "left join captures c on c.id = r.capture",
        "select a.key, u.url, u.outcome from urls u left join articles a on a.id = u.article",
        "select a.key, c.url, c.digest from captures c left join articles a on a.id = c.article",
        "select a.key, w.name, x.position from articles a join article_authors x on x.article = a.id "
        "join authors w on w.id = x.author",
        "select a.key, g.name from articles a join article_tags x on x.article = a.id "
        "join tags g on g.id = x.tag",
        "select a.key, i.url, i.caption from articles a join images i on i.article = a.id",
        "select a.key, b.position, b.text from articles a join removed_blocks b on b.article = a.id",
        "select key, name, articles from sites",
        "select * from crawls",
    ],
)  # fmt: skip
def test_everything_hangs_on_the_article_it_hung_on(folder: Path, target: Path, question: str) -> None:
    make(folder, target)
    assert sorted(map(repr, rows(target, question))) == sorted(map(repr, rows(folder, question)))
    assert rows(target, question)


def test_search_finds_articles_by_their_new_ids(folder: Path, target: Path) -> None:
    make(folder, target)
    question = (
        "select a.key from articles_fts f join articles a on a.id = f.rowid "
        "where articles_fts match ? order by 1"
    )
    for words in ("lighthouse", "title:the"):
        assert rows(target, question, words) == rows(folder, question, words) != []
    with closing(sqlite3.connect(target / "archive.db")) as connection:
        connection.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")


def test_the_newest_rows_are_in_it(folder: Path, target: Path, tmp_path: Path) -> None:
    """They lie in the write-ahead log: a copy of the file alone loses them, without a word."""
    with Archive.open(folder) as archive:  # held open, so that the log stays
        archive._connection.execute("pragma wal_autocheckpoint = 0")
        archive._begin()
        archive._run("update articles set title = 'In the log alone'")
        archive.commit()
        naive = tmp_path / "naive"
        naive.mkdir()
        shutil.copyfile(folder / "archive.db", naive / "archive.db")
        make(folder, target)
    assert set(rows(target, "select distinct title from articles")) == {("In the log alone",)}
    with closing(sqlite3.connect(f"{(naive / 'archive.db').as_uri()}?immutable=1", uri=True)) as connection:
        assert ("In the log alone",) not in connection.execute("select title from articles").fetchall()


def test_it_is_one_file_without_a_journal(folder: Path, target: Path) -> None:
    make(folder, target)
    assert {path.name for path in target.iterdir()} == {"archive.db", "metadata.yml", INSPECT, MANIFEST}
    assert rows(target, "pragma journal_mode") == [("delete",)]
    assert rows(target, "pragma integrity_check") == [("ok",)]
    assert rows(target, "pragma foreign_key_check") == []
    assert rows(target, "pragma freelist_count") == [(0,)]
    assert rows(target, "select count(*) > 0 from sqlite_stat1") == [(1,)]


def test_what_is_withheld_is_nowhere_in_it(folder: Path, target: Path) -> None:
    [(article, url, key, title)] = rows(
        folder, "select id, url, key, title from articles order by id limit 1"
    )
    [(text,)] = rows(folder, "select text from article_text where id = ?", article)
    change(
        folder,
        "insert into urls (url, outcome, reason, first_seen, last_seen, leads_to, found_on) "
        f"values ('https://courier.example/hop', 'duplicate', 'redirect', '2026', '2026', '{url}', null), "
        f"('https://courier.example/next', 'queued', '', '2026', '2026', null, '{url}'), "
        "('https://courier.example/early', 'gone', '', '2026', '2026', null, null)",
        "insert into captures (url, fetched, verdict, reason) "
        "values ('https://courier.example/early', '2026', 'withheld', 'takedown')",
    )
    before = len(rows(folder, "select 1 from articles"))
    withhold(folder, article)
    done = make(folder, target)
    assert done.withheld == 1
    assert done.counts["articles"] == before - 1
    content = (target / "archive.db").read_bytes()
    secrets = (url, key, "courier.example/hop", "courier.example/early", "a secret reason", text[:60], title)
    for secret in secrets:
        assert secret.encode() not in content, secret
    assert rows(target, "select found_on from urls where url like '%/next'") == [(None,)]
    assert rows(target, "pragma foreign_key_check") == []
    assert rows(target, "select sum(articles) from sites") == rows(target, "select count(*) from articles")


def test_names_that_are_left_without_an_article_go(folder: Path, target: Path) -> None:
    author = (
        "select w.name from authors w join article_authors x on x.author = w.id "
        "group by w.id having count(*) = 1"
    )
    [(name,), *_] = rows(folder, author)
    [(article,)] = rows(
        folder,
        "select article from article_authors where author = (select id from authors where name = ?)",
        name,
    )
    withhold(folder, article)
    make(folder, target)
    assert (name,) not in rows(target, "select name from authors")


def test_the_manifest_and_the_counts_are_true(folder: Path, target: Path) -> None:
    make(folder, target)
    manifest = json.loads((target / MANIFEST).read_text())
    assert (manifest["format"], manifest["created"]) == ("newsarchive snapshot 1", "2026-05-01T09:30:00Z")
    assert {each["path"] for each in manifest["files"]} == {"archive.db", "metadata.yml", INSPECT}
    for each in manifest["files"]:
        assert (hashed(target / each["path"]), (target / each["path"]).stat().st_size) == (
            each["sha256"],
            each["bytes"],
        )
    inspected = json.loads((target / INSPECT).read_text())["archive"]
    assert (inspected["file"], inspected["hash"]) == ("archive.db", hashed(target / "archive.db"))
    for table, told in inspected["tables"].items():
        assert rows(target, f'select count(*) from "{table}"') == [(told["count"],)]


def test_datasette_serves_it_as_immutable(folder: Path, target: Path) -> None:
    make(folder, target)
    served = datasette(target)
    database = served.get_database("archive")
    assert not database.is_mutable
    assert database.hash == hashed(target / "archive.db")
    assert database.cached_table_counts["articles"] == len(rows(folder, "select 1 from articles"))
    answer = asyncio.run(served.client.get("/archive/articles.json?_shape=array&_size=1&_sort=id"))
    assert [row["id"] for row in answer.json()] == [1]


def test_a_snapshot_takes_the_place_of_the_one_before(folder: Path, target: Path) -> None:
    assert not make(folder, target).replaced
    reader = sqlite3.connect(f"{(target / 'archive.db').as_uri()}?immutable=1", uri=True)
    with closing(reader):
        before = reader.execute("select count(*) from articles").fetchall()
        change(folder, "update articles set title = 'New'")
        assert make(folder, target).replaced
        assert set(rows(target, "select distinct title from articles")) == {("New",)}
        assert reader.execute("select count(*) from articles where title <> 'New'").fetchall() == before
    assert {path.name for path in target.parent.iterdir()} == {"archive", "public"}


def test_readers_always_find_a_whole_one(folder: Path, target: Path) -> None:
    make(folder, target)
    problems: list[str] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            try:
                problems.extend(_problems(target))
            except OSError as error:
                problems.append(str(error))

    watcher = threading.Thread(target=look)
    watcher.start()
    for number in range(8):
        change(folder, f"update articles set title = 'Edition {number}'")
        make(folder, target)
    ended.set()
    watcher.join()
    assert not problems


def _problems(target: Path) -> Iterator[str]:
    """What is wrong with a snapshot, seen through one descriptor of its folder."""
    around = os.open(target, os.O_RDONLY | os.O_DIRECTORY)

    def within(name: str, flags: int) -> int:
        return os.open(name, flags, dir_fd=around)

    try:
        with open(MANIFEST, "rb", opener=within) as file:
            manifest = json.load(file)
        for each in manifest["files"]:
            with open(
                each["path"], "rb", opener=lambda name, flags: os.open(name, flags, dir_fd=around)
            ) as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != each["sha256"]:
                    yield f"{each['path']} is not what the manifest says"
    except FileNotFoundError as error:  # removed while it was read: the folder's successor is in place
        if not (target / MANIFEST).is_file():
            yield str(error)
    finally:
        os.close(around)


def test_where_names_cannot_be_exchanged(folder: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_exchange", lambda *_: False)
    make(folder, target)
    assert make(folder, target).replaced
    assert {path.name for path in target.parent.iterdir()} == {"archive", "public"}


def test_what_is_no_snapshot_stays(folder: Path, target: Path) -> None:
    target.mkdir()
    (target / "letter.txt").write_text("mine")
    for place in (target, folder, target / "letter.txt"):
        with pytest.raises(ArchiveUnusable, match="no snapshot"):
            make(folder, place)
    assert (target / "letter.txt").read_text() == "mine"
    assert not room.is_snapshot(target)


def test_nothing_is_left_of_one_that_failed(
    folder: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder, target)
    before = hashed(target / "archive.db")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "_seal", full)
    with pytest.raises(DiskFull):
        make(folder, target)
    assert hashed(target / "archive.db") == before
    assert {path.name for path in target.parent.iterdir()} == {"archive", "public"}


def test_what_one_that_was_killed_left_is_cleared(folder: Path, target: Path) -> None:
    (target.parent / ".public.part").mkdir()
    (target.parent / ".public.part" / "archive.db").write_bytes(b"half")
    make(folder, target)
    assert {path.name for path in target.parent.iterdir()} == {"archive", "public"}


def test_two_at_once(folder: Path, target: Path) -> None:
    around = os.open(target.parent, os.O_RDONLY)
    fcntl.flock(around, fcntl.LOCK_EX)
    with pytest.raises(ArchiveBusy, match="another snapshot"):
        make(folder, target)
    os.close(around)
    make(folder, target)


def test_where_no_archive_is(tmp_path: Path, target: Path) -> None:
    with pytest.raises(NotAnArchive):
        make(tmp_path, target)
    assert not target.exists()
