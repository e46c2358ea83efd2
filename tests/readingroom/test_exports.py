"""A result taken away as a file: the same articles as the search, in forms that programs read."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest

from pipelines.formats import harmless
from readingroom.pages import exports
from readingroom.pages.exports import TYPES
from tests.readingroom.conftest import Get

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.parametrize(
    "tail", ["", "q=the", "q=the&order=newest", "site=courier&order=oldest", "q=nowhere", "q=-"]
)
def test_every_form_holds_the_same_articles(get: Get, tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BITE", 3)
    shown = [article["id"] for article in get(f"/search.json?{tail}").json()["articles"]]
    if tail != "q=-":
        assert len(shown) == get(f"/search.json?{tail}").json()["count"]
    told = get(f"/search/articles.json?{tail}").json()
    assert [article["id"] for article in told] == shown
    lines = get(f"/search/articles.jsonl?{tail}").text.splitlines()
    assert [json.loads(line) for line in lines] == told
    table = list(csv.DictReader(io.StringIO(get(f"/search/articles.csv?{tail}").text)))
    assert [int(row["id"]) for row in table] == shown
    assert get(f"/search/articles.bib?{tail}").text.count("@article{") == len(shown)
    assert get(f"/search/articles.ris?{tail}").text.count("TY  - NEWS") == len(shown)
    items = get(f"/search/articles.csl.json?{tail}").json()
    assert [int(item["id"].rpartition("-")[2]) for item in items] == shown


@pytest.mark.parametrize(
    "file", [*(f"search/articles.{form}" for form in TYPES), "search/feed.atom", "concordance.csv"]
)
def test_no_file_is_made_by_a_date_that_is_none(get: Get, file: str) -> None:
    for none in ("2026-99", "2026-02-30"):
        answer = get(f"/{file}?q=the&since={none}")
        assert (answer.status, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
        assert answer.text == f"since: {none!r} is no date: 2024, 2024-03 or 2024-03-15\n"
    assert get(f"/{file}?q=the&since=2026-09").status == 200


@pytest.mark.parametrize("form", TYPES)
def test_files_say_what_they_are(get: Get, form: str) -> None:
    answer = get(f"/search/articles.{form}?q=lamp")
    assert answer.status == 200
    assert answer.headers["content-type"] == TYPES[form]
    assert answer.headers["content-disposition"] == f'attachment; filename="articles.{form}"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_parquet_is_the_same_rows(served: Any) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    for tail in ("q=the&order=oldest", "q=nowhere", "q=foundry&text=1"):
        told = asyncio.run(served.client.get(f"/search/articles.json?{tail}")).json()
        content = asyncio.run(served.client.get(f"/search/articles.parquet?{tail}")).content
        table = pq.read_table(io.BytesIO(content))
        assert table.num_rows == len(told)
        names = ["id", "title", "published", "authors", *(["text"] if "text=1" in tail else [])]
        assert [{name: row[name] for name in names} for row in table.to_pylist()] == [
            {name: row[name] for name in names} for row in told
        ]
        assert ("text" in table.column_names) == ("text=1" in tail)


def test_texts_come_when_asked_for(get: Get) -> None:
    assert "text" not in get("/search/articles.json?q=foundry").json()[0]
    told = get("/search/articles.json?q=foundry&text=1").json()[0]
    assert "cast at the Orrin foundry" in told["text"]
    assert told["authors"] == ["Ines Harrow", "Tom Adeyemi"]


def test_no_cell_is_a_formula(get: Get) -> None:
    assert harmless("=1+1") == "'=1+1"
    assert harmless("@x") == "'@x"
    assert harmless(-3) == -3


def test_the_feed_is_atom(get: Get) -> None:
    answer = get("/search/feed.atom?q=the&order=best")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.text)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    published = [entry.findtext(f"{ATOM}published") or "" for entry in entries]
    assert len(published) > 3
    assert published == sorted(published, reverse=True)
    for entry in (root, *entries):
        assert (entry.findtext(f"{ATOM}id") or "").startswith("http://localhost/")
        assert "T" in (entry.findtext(f"{ATOM}updated") or "")
    assert entries[0].findtext(f"{ATOM}author/{ATOM}name")


def test_a_hostile_feed_is_still_xml(get: Get) -> None:
    root = ElementTree.fromstring(get("/search/feed.atom?q=hostilebody").text)
    assert "<script>" in (root.findtext(f"{ATOM}entry/{ATOM}title") or "")


def test_a_feed_of_nothing(get: Get) -> None:
    assert not ElementTree.fromstring(get("/search/feed.atom?q=nowhere").text).findall(f"{ATOM}entry")
