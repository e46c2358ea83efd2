"""`newsarchive export` of articles and versions: the same rows in every format, whole files or none."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from newsarchive.commands import export as command
from pipelines.errors import QueryRefused
from pipelines.formats import JsonLines
from pipelines.formats.tei import NAMESPACE
from tests.newsarchive.conftest import Run
from tests.readingroom.archive import build

LIGHTHOUSE = "https://courier.example/harbour/lighthouse-turns-again"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "archive"
    place.mkdir()
    build(place)
    (place / "sites.yml").write_text("contact: a@example.org\nsites: {}\n")
    return place


def lines(run: Run, folder: Path, *options: str) -> list[dict[str, Any]]:
    told = run("export", "--archive", folder, "-o", "-", "-f", "jsonl", *options)
    assert told.exit_code == 0, told.output
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_every_format_has_the_same_articles_oldest_first(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = lines(run, folder)
    dated = [row["published"] for row in rows if row["published"]]
    assert dated == sorted(dated)
    assert [row["published"] for row in rows][: len(dated)] == dated
    for form in ("csv", "tei", "parquet", "jsonl.gz"):
        told = run("export", "--archive", folder, "-o", tmp_path / f"a.{form}", "--json")
        assert json.loads(told.stdout)["articles"] == len(rows)
    ids = [row["id"] for row in rows]
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as table:
        assert [int(row["id"]) for row in csv.DictReader(table)] == ids
    corpus = etree.parse(tmp_path / "a.tei").getroot().findall(f"{{{NAMESPACE}}}TEI")
    assert [one.get("{http://www.w3.org/XML/1998/namespace}id") for one in corpus] == [
        f"article-{number}" for number in ids
    ]
    packed = gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()).splitlines()
    assert [json.loads(line) for line in packed] == rows
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert [(row["id"], row["text"], row["authors"]) for row in table] == [
        (row["id"], row["text"], row["authors"]) for row in rows
    ]


@pytest.mark.parametrize(
    ("options", "column", "value"),
    [
        (("--site", "courier"), "site", "courier"), (("--language", "de"), "language", "de"),
        (("--kind", "article"), "kind", "article"), (("--section", "Council"), "section", "Council"),
        (("--access", "open"), "access", "open"), (("--query", "foundry"), "id", 1),
    ],
)  # fmt: skip
def test_filters(run: Run, folder: Path, options: tuple[str, ...], column: str, value: object) -> None:
    rows = lines(run, folder, *options)
    assert {row[column] for row in rows} == {value}
    assert len(rows) == sum(row[column] == value for row in lines(run, folder))


def test_days_are_those_of_publication(run: Run, folder: Path) -> None:
    rows = lines(run, folder, "--since", "2026-10", "--until", "2026-11-20", "--author", "Ines Harrow")
    assert rows
    assert all("2026-10" <= row["published"] < "2026-11-21" for row in rows)
    assert all("Ines Harrow" in row["authors"] for row in rows)


def test_every_version_with_its_proof(run: Run, folder: Path) -> None:
    rows = [row for row in lines(run, folder, "--versions") if row["article"] == 1]
    assert [(row["ordinal"], row["change"]) for row in rows] == [
        (1, "first"), (2, "correction"), (3, "rewrite"),
    ]  # fmt: skip
    assert all(row["digest"].startswith("sha1:") and row["warc_file"] and row["text"] for row in rows)


def test_without_texts(run: Run, folder: Path) -> None:
    assert "text" in lines(run, folder)[0]
    assert "text" not in lines(run, folder, "--no-text")[0]
    refused = run("export", "--archive", folder, "-o", "-", "-f", "tei", "--no-text")
    assert refused.exit_code == 2
    assert "--no-text is not for tei" in refused.stderr


def test_it_is_the_same_every_time(run: Run, folder: Path, tmp_path: Path) -> None:
    for form in ("jsonl.gz", "parquet", "tei", "csv"):
        for name in ("one", "two"):
            assert run("export", "--archive", folder, "-o", tmp_path / f"{name}.{form}", "-q").exit_code == 0
        assert (tmp_path / f"one.{form}").read_bytes() == (tmp_path / f"two.{form}").read_bytes()


@pytest.mark.parametrize("options", [[], ["--versions"]])
def test_what_is_withheld_is_never_in_it(run: Run, folder: Path, options: list[str]) -> None:
    assert LIGHTHOUSE in {row["url"] for row in lines(run, folder, *options)}
    told = run("withhold", LIGHTHOUSE, "--reason", "court order", "--archive", folder)
    assert told.exit_code == 0, told.output
    rows = lines(run, folder, *options)
    assert rows
    said = json.dumps(rows)
    assert "lighthouse-turns-again" not in said
    assert "Orrin foundry" not in said


def test_no_cell_is_a_formula(run: Run, folder: Path) -> None:
    told = run("export", "--archive", folder, "-o", "-", "-f", "csv")
    cells = [cell for row in csv.reader(io.StringIO(told.stdout, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_file_is_whole_or_not_there(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.jsonl"

    def torn(self: JsonLines, rows: object) -> bytes:
        assert target.with_name("a.jsonl.part").exists()
        raise QueryRefused("torn")

    with monkeypatch.context() as patched:
        patched.setattr(JsonLines, "rows", torn)
        assert run("export", "--archive", folder, "-o", target).exit_code == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("a.jsonl")]
    assert run("export", "--archive", folder, "-o", target, "-q").exit_code == 0
    content = target.read_bytes()
    again = run("export", "--archive", folder, "-o", target)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert target.read_bytes() == content


def test_a_crawl_that_writes_meanwhile_changes_nothing(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from newsarchive.client import archive as reader

    before = lines(run, folder)
    monkeypatch.setattr(reader, "BITE", 2)
    written: list[int] = []
    real = JsonLines.rows

    def writing(self: JsonLines, rows: Any) -> bytes:
        if not written:
            with sqlite3.connect(folder / "archive.db") as db:
                db.execute("pragma journal_mode = wal")
                written.append(db.execute("update articles set title = 'Changed'").rowcount)
            db.close()
        return real(self, rows)

    monkeypatch.setattr(JsonLines, "rows", writing)
    with sqlite3.connect(folder / "archive.db") as db:
        db.execute("pragma journal_mode = wal")
    db.close()
    assert lines(run, folder) == before
    assert written[0] > 2


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 2, "say what to write"), (("-o", "a.jsonl", "--wacz", "b"), 2, "one of them"),
        (("-o", "-"), 2, "say the format"), (("-o", "a.doc"), 2, "say the format"),
        (("-o", "-", "-f", "jsonl", "--json"), 2, "one of them"),
        (("--wacz", "a", "--query", "lamp"), 2, "--query is for articles"),
        (("--cdxj", "a", "--versions"), 2, "--versions is for articles"),
        (("-o", "-", "-f", "wacz"), 2, "-o - is for articles"),
        (("-o", "a.csv", "--since", "May"), 2, "a day is"),
        (("-o", "a.csv", "--since", "2026-02-30"), 2, "a day is"),
        (("--wacz", "a", "--since", "May"), 2, "a day is"),
        (("--wacz", "a", "--since", "2026-5"), 2, "a day is"),
        (("--wacz", "a", "--since", "2026-02-30"), 2, "a day is"),
        (("-o", "a.csv", "--site", "couriers"), 3, "did you mean 'courier'?"),
        (("-o", "a.csv", "--query", "-"), 1, "no word to look for"),
        (("-o", "/nowhere/at/all/a.csv",), 1, "is no folder"),
    ],
)  # fmt: skip
def test_mistakes(run: Run, folder: Path, options: tuple[str, ...], code: int, said: str) -> None:
    here = os.getcwd()
    told = run("export", "--archive", folder, *options)
    assert (told.exit_code, said in told.stderr) == (code, True), told.stderr
    assert not [name for name in os.listdir(here) if name.endswith(".part")]


@pytest.mark.parametrize(
    ("day", "begin", "end"),
    [("2024-02", "2024-02-01", "2024-03-01"), ("2024-12-31", "2024-12-31", "2025-01-01"),
     ("2023", "2023-01-01", "2024-01-01"), ("2024", "2024-01-01", "2025-01-01"),
     ("2026-11", "2026-11-01", "2026-12-01")],
)  # fmt: skip
def test_days_months_and_years_of_captures(day: str, begin: str, end: str) -> None:
    found = command._day(day)
    assert found is not None
    assert [moment.date().isoformat() for moment in found] == [begin, end]
