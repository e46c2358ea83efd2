"""`newsarchive export`: what it says, and its exit codes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.newsarchive.conftest import Run
from tests.pipelines.foreignwarc import members, story


@pytest.fixture
def filled(run: Run, archive: Path, tmp_path: Path) -> Path:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(members([story(1), story(2, host="herald.example", date="2024-07-01T00:00:00Z")]))
    assert run("import", path, "--archive", archive, "-q").exit_code == 0
    return archive


def test_a_wacz(run: Run, filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.wacz"
    told = run("export", "--wacz", path, "--archive", filled)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(f"{path}: 2 captures, 2 pages of articles, ")
    again = run("export", "--wacz", path, "--archive", filled)
    assert again.exit_code == 1
    assert again.stderr == f"newsarchive: {path} is there already: remove it, or name another file\n"


def test_what_comes_out_goes_in_again(run: Run, filled: Path, tmp_path: Path) -> None:
    run("export", "--wacz", tmp_path / "out.wacz", "--archive", filled)
    assert run("init", tmp_path / "other", "--contact", "a@example.org").exit_code == 0
    told = json.loads(run("import", tmp_path / "out.wacz", "--archive", tmp_path / "other", "--json").stdout)
    assert told["results"] == {"article": 2}
    back = json.loads(run("import", tmp_path / "out.wacz", "--archive", filled, "--json").stdout)
    assert back["results"] == {"unchanged": 2}


@pytest.mark.parametrize(
    ("options", "urls"),
    [
        (["--site", "herald-example"], 1), (["--since", "2024-07-01"], 1), (["--until", "2024-07-01"], 2),
        (["--until", "2024-05-01"], 1), (["--since", "2024-05-02", "--until", "2024-06-30"], 0),
        (["--until", "9999"], 2),
    ],
)  # fmt: skip
def test_a_choice(run: Run, filled: Path, tmp_path: Path, options: list[str], urls: int) -> None:
    told = run("export", "--wacz", tmp_path / "out.wacz", "--archive", filled, "--json", *options)
    assert json.loads(told.stdout)["captures"] == urls
    with zipfile.ZipFile(tmp_path / "out.wacz") as packed:
        assert len(packed.read("indexes/index.cdx").splitlines()) == urls


def test_an_index(run: Run, filled: Path, tmp_path: Path) -> None:
    told = run("export", "--cdxj", tmp_path / "index.cdxj", "--archive", filled, "-q")
    assert (told.exit_code, told.stdout) == (0, "")
    assert [line.split()[0] for line in (tmp_path / "index.cdxj").read_text().splitlines()] == [
        "example,gazette)/2024/story-1", "example,herald)/2024/story-2",
    ]  # fmt: skip


def test_usage(run: Run, filled: Path, tmp_path: Path) -> None:
    assert run("export", "--archive", filled).exit_code == 2
    both = ["--wacz", tmp_path / "a", "--cdxj", tmp_path / "b"]
    assert run("export", *both, "--archive", filled).exit_code == 2
    wrong = run("export", "--wacz", tmp_path / "a", "--site", "herald-exampel", "--archive", filled)
    assert wrong.exit_code == 3
    assert "did you mean 'herald-example'?" in wrong.stderr
    assert run("export", "--wacz", tmp_path / "a", "--archive", tmp_path).exit_code == 4


def test_a_damaged_record(run: Run, filled: Path, tmp_path: Path) -> None:
    [segment] = (filled / "warc").glob("*.warc.gz")
    content = segment.read_bytes()
    segment.write_bytes(content[:-40])
    told = run("export", "--wacz", tmp_path / "out.wacz", "--archive", filled)
    assert told.exit_code == 8
    assert "torn" in told.stdout
    assert (tmp_path / "out.wacz").exists()
