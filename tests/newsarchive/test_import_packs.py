"""`newsarchive import` of WARC, WACZ and MHTML: what it says, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipelines.store import Archive, overview
from tests.newsarchive.conftest import Run
from tests.pipelines.accession.test_mhtml import saved
from tests.pipelines.foreignwarc import http, members, page, record, story

PICTURE = record("https://gazette.example/a.jpg", http(b"\xff\xd8", content_type="image/jpeg"))


def test_a_warc_among_other_files(run: Run, archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "crawl.warc.gz").write_bytes(members([story(1), PICTURE, story(2)]))
    (folder / "page.mhtml").write_bytes(saved(page(3)))
    (folder / "c.jpg").touch()
    told = run("import", folder, "--archive", archive)
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == [
        "mixed/crawl.warc.gz: article (2 articles; passed over: 1 image/jpeg)",
        "mixed/page.mhtml: article (first)",
        "2 files: 3 articles.",
        "Passed over, of other kinds: 1 .jpg.",
    ]
    again = json.loads(run("import", folder, "--archive", archive, "--json").stdout)
    assert [file["result"] for file in again["files"]] == ["unchanged", "unchanged"]
    assert again["files"][0]["captures"] == {}
    assert run("import", folder, "--archive", archive, "-q").stdout == ""


def test_a_damaged_warc_ends_with_its_own_code(run: Run, archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "torn.warc.gz"
    path.write_bytes(members([story(1), story(2)])[:-5])
    told = run("import", path, "--archive", archive)
    assert told.exit_code == 8
    assert "torn: the file ends inside the record" in told.stdout
    assert told.stderr == f"newsarchive: {path}: 1 damaged place passed over; all else was taken in\n"
    document = json.loads(run("import", path, "--archive", archive, "--json").stdout)
    assert document["results"] == {"unchanged": 1}
    assert document["files"][0]["damaged"] == 1


def test_an_arc_says_how_to_convert_it(run: Run, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "old.arc.gz").touch()
    told = run("import", tmp_path / "old.arc.gz", "--archive", archive, "-q")
    assert told.exit_code == 7
    assert "warcio recompress" in told.stderr


def test_a_warc_without_pages(run: Run, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(PICTURE)
    told = run("import", tmp_path / "a.warc", "--archive", archive)
    assert told.exit_code == 7
    assert "no HTML page; passed over: 1 image/jpeg" in told.stdout


def test_a_killed_import_loses_nothing_and_repeats_nothing(archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(members(story(number) for number in range(900)))
    command = [sys.executable, "-m", "newsarchive", "import", str(path), "--archive", str(archive), "-q"]
    with subprocess.Popen(command) as process:
        for _ in range(600):
            if process.poll() is not None or _position(archive):
                break
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    begun = _position(archive)
    assert begun
    assert subprocess.run(command, check=False).returncode == 0
    with Archive.open(archive, write=False) as opened:
        status = overview(opened)
    assert (status.articles, status.revisions, status.captures) == (900, 900, 900)


def _position(folder: Path) -> int:
    with Archive.open(folder, write=False) as opened:
        found = opened._connection.execute("select max(position) from imports").fetchone()
    return int(found[0] or 0)
