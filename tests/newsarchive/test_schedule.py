"""`newsarchive schedule`: units that systemd and cron understand."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.newsarchive.conftest import Run


def test_systemd(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "50 % of $news"
    run("init", folder)
    told = run("schedule", "--systemd", "--every", "30", "--archive", folder).output
    service, timer = told.split("# ~/.config/systemd/user/newsarchive.timer")
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(service.partition("\n")[2])
    assert read["Service"]["ExecStart"].endswith(
        f'crawl --due --quiet --archive "{tmp_path}/50 %% of $$news"'
    )
    read.read_string("#" + timer)
    assert (read["Timer"]["OnCalendar"], read["Timer"]["Persistent"]) == ("*:0/30", "true")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_itself_finds_nothing_wrong(run: Run, archive: Path, tmp_path: Path) -> None:
    told = run("schedule", "--systemd", "--archive", archive).output
    service, timer = told.split("\n# ~/.config/systemd/user/newsarchive.timer")
    (tmp_path / "newsarchive.service").write_text(service)
    (tmp_path / "newsarchive.timer").write_text("#" + timer)
    command = ["systemd-analyze", "verify", "--user", str(tmp_path / "newsarchive.timer")]
    assert "newsarchive" not in subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_cron(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "50% news")
    told = run("schedule", "--cron", "--archive", tmp_path / "50% news").output
    line = told.splitlines()[-1]
    assert line.startswith("*/15 * * * * ")
    words = shlex.split(line.replace("\\%", "%"))
    assert words[-5:] == ["crawl", "--due", "--quiet", "--archive", str(tmp_path / "50% news")]
    assert "%" not in line.replace("\\%", "")


def test_one_of_the_two_must_be_chosen(run: Run) -> None:
    assert run("schedule").exit_code == 2


@pytest.mark.parametrize("kind", ["--systemd", "--cron"])
def test_nothing_is_printed_for_a_folder_that_no_crawl_could_use(run: Run, tmp_path: Path, kind: str) -> None:
    told = run("schedule", kind, "--archive", tmp_path / "typo")
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr == f"newsarchive: no sites.yml in {tmp_path / 'typo'}: `newsarchive init` makes one\n"
