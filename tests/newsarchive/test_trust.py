"""The commands that keep an archive trustworthy: what they say, and the exit codes they end with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import inventory
from pipelines.model import Extraction
from tests.newsarchive.conftest import Run
from tests.pipelines.archived import crawled, tables
from tests.pipelines.pages import plain_extract


@pytest.fixture
def folder(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("pipelines.intake.extract", plain_extract)
    return crawled(archive)


@pytest.fixture
def changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def shout(html: bytes, url: str | None = None, **more: Any) -> Extraction:
        found = plain_extract(html, url, **more)
        return replace(found, text=found.text.replace("council", "COUNCIL of the town"))

    monkeypatch.setattr("pipelines.intake.extract", shout)
    return folder


def damage(folder: Path) -> None:
    path = inventory.segments(folder)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


class TestRebuild:
    def test_says_that_nothing_changes(self, run: Run, folder: Path) -> None:
        done = run("rebuild", "--archive", folder)
        assert done.exit_code == 0
        assert "15 captures: 3 articles in 7 versions" in done.stdout
        assert "Nothing changes: every row is the same." in done.stdout

    def test_says_what_would_change_and_changes_nothing(self, run: Run, changed: Path) -> None:
        before = tables(changed)
        done = run("rebuild", "--archive", changed)
        assert done.exit_code == 0
        assert "Articles: 0 more, 0 fewer, 1 changed; 48 words more, 12 fewer." in done.stdout
        assert "COUNCIL of the town" in done.stdout
        assert "Next: newsarchive rebuild --apply" in done.stdout
        assert tables(changed) == before

    def test_applies_what_it_is_told_to(self, run: Run, changed: Path) -> None:
        done = run("rebuild", "--apply", "--json", "--archive", changed)
        told = json.loads(done.stdout)
        assert (told["applied"], told["captures"], told["differences"]["changed"]) == (True, 15, 1)
        assert any("COUNCIL" in row[1] for row in tables(changed)["article_text"])
        assert (changed / "archive.db.before-rebuild").exists()

    def test_ends_with_8_where_a_record_is_damaged(self, run: Run, folder: Path) -> None:
        damage(folder)
        for arguments in ([], ["--apply"]):
            done = run("rebuild", *arguments, "--archive", folder)
            assert done.exit_code == 8
            assert "newsarchive verify" in done.stderr
        assert not (folder / "archive.db.before-rebuild").exists()

    def test_quiet_says_nothing(self, run: Run, folder: Path) -> None:
        done = run("rebuild", "-q", "--archive", folder)
        assert (done.exit_code, done.output) == (0, "")


class TestVerify:
    def test_says_that_all_is_well(self, run: Run, folder: Path) -> None:
        done = run("verify", "--archive", folder)
        assert done.exit_code == 0
        assert "15 captures lie where archive.db says, and are what it says." in done.stdout

    def test_names_what_is_damaged_and_ends_with_8(self, run: Run, folder: Path) -> None:
        damage(folder)
        done = run("verify", "--archive", folder)
        assert done.exit_code == 8
        assert "damaged record: warc/2026-03-01-0001.warc.gz at byte " in done.stdout
        assert done.stderr.startswith("newsarchive: 1 damaged record; put the files back")

    def test_json_has_every_finding(self, run: Run, folder: Path) -> None:
        inventory.segments(folder)[0].unlink()
        done = run("verify", "--json", "--archive", folder)
        assert done.exit_code == 8
        (finding,) = json.loads(done.stdout)["findings"]
        assert (finding["fault"], finding["file"]) == ("missing file", "warc/2026-03-01-0001.warc.gz")


def test_none_of_them_works_where_there_is_no_archive(run: Run, tmp_path: Path) -> None:
    for command in ("verify", "rebuild"):
        done = run(command, "--archive", tmp_path)
        assert done.exit_code in (3, 4), command  # sites.yml is missed first by whoever needs it
