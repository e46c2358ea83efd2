"""`newsarchive publish`: what it says, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.newsarchive.conftest import Run
from tests.pipelines.foreignwarc import members, story


def test_publish(run: Run, archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(members([story(1), story(2)]))
    run("import", path, "--archive", archive, "-q")
    public = tmp_path / "public"
    told = run("publish", public, "--archive", archive)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(f"A snapshot in {public}: 2 articles, ")
    again = json.loads(run("publish", public, "--archive", archive, "--json").stdout)
    assert (again["replaced"], again["withheld"], again["rows"]["articles"]) == (True, 0, 2)
    assert (public / "metadata.yml").read_bytes() == (archive / "metadata.yml").read_bytes()
    assert run("publish", public, "--archive", archive, "-q").stdout == ""


def test_a_snapshot_is_an_archive_to_read(run: Run, archive: Path, tmp_path: Path) -> None:
    run("publish", tmp_path / "public", "--archive", archive, "-q")
    assert run("publish", archive, "--archive", tmp_path / "public").exit_code == 4


def test_publish_over_something_else(run: Run, archive: Path, tmp_path: Path) -> None:
    told = run("publish", tmp_path, "--archive", archive)
    assert told.exit_code == 4
    assert told.stderr == (
        f"newsarchive: {tmp_path} is there and is no snapshot: it stays as it is; name another folder\n"
    )
    assert run("publish", tmp_path / "public", "--archive", tmp_path / "none").exit_code == 4


@pytest.mark.parametrize("place", ["/proc/public", "letter.txt/public", "x" * 300])
def test_publish_where_no_folder_can_be_made(run: Run, archive: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    told = run("publish", tmp_path / place, "--archive", archive)
    assert told.exit_code == 4
    assert told.stderr.startswith(f"newsarchive: {tmp_path / place}: no snapshot can be made here: ")
    assert told.stderr.endswith("; name another folder\n")
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "letter.txt"}
