"""The Python client: the same answers from a file and from a server, and errors that say what is wrong."""

from __future__ import annotations

import builtins
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import newsarchive
from newsarchive import Archive
from newsarchive.client import server
from newsarchive.client.server import Server
from pipelines.errors import (
    ArchiveError,
    ArchiveReadOnly,
    NotAnArchive,
    NotKnown,
    QueryRefused,
    ServerUnreachable,
)
from pipelines.store import Archive as Stored
from tests.pipelines.store.test_archive import nobody

LIGHTHOUSE = "https://courier.example/harbour/lighthouse-turns-again"


def every(folder: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        return [row[0] for row in connection.execute(sql)]


def test_all_articles_by_date(archive: Archive, folder: Path) -> None:
    ids = [article.id for article in archive.articles()]
    assert ids == every(folder, "select id from articles order by published is null, published desc, id desc")
    assert [article.id for article in archive.articles(order="oldest")] != ids


def test_a_server_is_asked_page_by_page(folder: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "most", 2)
    with newsarchive.open(address) as remote, newsarchive.open(folder) as local:
        assert list(remote.articles()) == list(local.articles())
        assert list(remote.search("the", most=5)) == list(local.search("the", most=5))
        assert list(remote.search("the", most=None)) == list(local.search("the", most=None))
        assert list(remote.search("the", order="oldest", most=3)) == list(
            local.search("the", order="oldest", most=3)
        )


def test_an_article_is_typed(archive: Archive) -> None:
    article = archive.article(1)
    assert article.authors == ("Ines Harrow", "Tom Adeyemi")
    assert isinstance(article.published, datetime)
    assert article.published.tzinfo is UTC
    assert article.text is not None
    assert "cast at the Orrin foundry" in article.text
    assert article == archive.article(LIGHTHOUSE) == archive.article("https://courier.example/h/4417")
    [lean] = [one for one in archive.articles(text=False) if one.id == 1]
    assert lean == replace(article, text=None)


@pytest.mark.parametrize(
    ("filters", "condition"),
    [
        ({"site": "courier"}, "site = 'courier'"), ({"section": "Council"}, "section = 'Council'"),
        ({"language": "de"}, "language = 'de'"), ({"kind": "article"}, "kind = 'article'"),
        ({"access": "open"}, "access = 'open'"), ({"since": "2026-11"}, "published >= '2026-11'"),
        ({"until": date(2026, 11, 1)}, "published < '2026-11-01~'"), ({"site": None}, "1"),
        ({"author": "Ines Harrow", "site": "courier"}, "byline like '%Ines Harrow%' and site = 'courier'"),
    ],
)  # fmt: skip
def test_filters(archive: Archive, folder: Path, filters: dict[str, Any], condition: str) -> None:
    found = {article.id for article in archive.articles(text=False, **filters)}
    assert found == set(every(folder, f"select id from articles where {condition}"))
    assert found


def test_a_search_has_passages(archive: Archive) -> None:
    [match] = archive.search("foundry")
    assert (match.id, match.text) == (1, None)
    assert match.passage is not None
    assert "[foundry]" in match.passage
    assert list(archive.search("nowhereinthisarchive")) == []
    assert [one.id for one in archive.search("the", most=2)] == [one.id for one in archive.search("the")][:2]


def test_versions(archive: Archive) -> None:
    versions = list(archive.versions(LIGHTHOUSE))
    assert [version.change for version in versions] == ["first", "correction", "rewrite"]
    assert versions == list(archive.versions(1)) == list(archive.versions(archive.article(1)))
    assert all(version.digest and version.warc_file for version in versions)


def test_a_timeline_has_no_holes(archive: Archive) -> None:
    periods = list(archive.timeline("lamp", by="month", since="2026"))
    assert [period.period for period in periods] == ["2026-09", "2026-10", "2026-11"]
    years = [period.period for period in archive.timeline(by="year")]
    assert years == [str(year) for year in range(int(years[0]), 2027)]  # and not from the year 1 on
    assert int(years[0]) > 1900
    assert sum(period.found for period in periods) == 1
    assert periods[-1].per_thousand == round(1000 / periods[-1].articles, 3)
    assert all(day.found == day.articles for day in archive.timeline(by="day"))
    assert list(archive.timeline("lamp", since="2030")) == []


def test_sites(archive: Archive) -> None:
    keys = [site.key for site in archive.sites()]
    assert keys == sorted(keys)
    assert "courier" in keys


def test_sql(archive: Archive) -> None:
    query = "select id, title from articles where site = :site and id < cast(:most as integer) order by id"
    rows = list(archive.sql(query, {"site": "courier", "most": 3}))
    assert [row["id"] for row in rows] == [1, 2]
    assert set(rows[0]) == {"id", "title"}


@pytest.mark.parametrize(
    "sql", ["delete from articles", "selec 1", "select * from nothing", "create table x (y)",
            "insert into sites (key, name, url) values ('a', 'b', 'c')", "select :a"],
)  # fmt: skip
def test_sql_that_cannot_be(archive: Archive, folder: Path, sql: str) -> None:
    before = (folder / "archive.db").read_bytes()
    if sql == "select :a" and isinstance(archive._source, Server):
        pytest.skip("Datasette takes a parameter that is not given for an empty text")
    with pytest.raises(QueryRefused):
        list(archive.sql(sql))
    assert (folder / "archive.db").read_bytes() == before


def test_a_long_answer_is_never_cut_in_silence(address: str) -> None:
    counted = "with recursive n(x) as (select 1 union all select x + 1 from n limit 1001) select x from n"
    with newsarchive.open(address) as remote, pytest.raises(QueryRefused, match="more rows than the server"):
        list(remote.sql(counted))
    with newsarchive.open(address) as remote, pytest.raises(QueryRefused, match="must be a text or a number"):
        list(remote.sql("select :a", {"a": None}))


def test_mistakes_are_told(archive: Archive) -> None:
    with pytest.raises(QueryRefused, match="did you mean 'courier'"):
        archive.articles(site="couriers")
    with pytest.raises(QueryRefused, match="is no day"):
        archive.articles(since="last week")
    with pytest.raises(TypeError, match="did you mean 'section'"):
        archive.articles(sektion="News")  # type: ignore[call-arg]
    with pytest.raises(QueryRefused, match="there are best, newest and oldest"):
        archive.search("lamp", order="first")  # type: ignore[arg-type]
    with pytest.raises(QueryRefused, match="no word"):
        archive.search("-")
    with pytest.raises(QueryRefused, match="year, month and day"):
        archive.timeline(by="week")  # type: ignore[arg-type]
    for unknown in (10**6, "https://courier.example/nowhere"):
        with pytest.raises(NotKnown):
            archive.article(unknown)


def test_what_is_no_archive(tmp_path: Path, address: str) -> None:
    with pytest.raises(NotAnArchive, match="no archive here"):
        newsarchive.open(tmp_path)
    (tmp_path / "archive.db").write_bytes(b"not a database" * 100)
    with pytest.raises(NotAnArchive, match="is not a database"):
        newsarchive.open(tmp_path)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("create table sites (key)")
    with pytest.raises(NotAnArchive, match="it has no table"):
        newsarchive.open(tmp_path / "other.db")
    with pytest.raises(NotAnArchive, match="no such database"):
        newsarchive.open(address.replace("/archive", "/other"))
    with newsarchive.open(address.replace("/archive", "/")) as by_default:
        assert list(by_default.sites())


def test_where_nothing_can_be_written_it_is_said_why_that_is_needed() -> None:
    with tempfile.TemporaryDirectory() as place:
        Stored.create(Path(place)).close()
        Path(place).chmod(0o555)
        with nobody(), pytest.raises(ArchiveReadOnly, match=r"even to read it; .* copy the archive"):
            newsarchive.open(place)
        Path(place).chmod(0o755)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ServerUnreachable, match="does not answer"):
        newsarchive.open("http://127.0.0.1:9/archive")


def test_a_token_is_sent(address: str) -> None:
    with newsarchive.open(address, token="secret") as opened:
        assert isinstance(opened._source, Server)
        assert opened._source._client.headers["authorization"] == "Bearer secret"
    assert server.MOST == 1000


def test_frames(archive: Archive) -> None:
    pd = pytest.importorskip("pandas")
    frame = archive.articles(text=False).frame()
    assert list(frame.id) == [article.id for article in archive.articles(text=False)]
    assert str(frame.published.dtype).endswith("UTC]")
    assert archive.search("nowhereinthisarchive").frame().columns[0] == "id"
    assert archive.timeline("lamp").frame().set_index("period").found.sum() == 1
    assert isinstance(archive.sql("select 1 as one").frame(), pd.DataFrame)


def test_without_pandas(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_pandas(name: str, *rest: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_pandas)
    with pytest.raises(ArchiveError, match=r"newsarchive\[frames\]"):
        archive.sites().frame()
