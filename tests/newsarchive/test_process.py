"""The command line as a process: exit codes, signals, pipes, start-up, and a whole way on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scraper.crawling import make
from tests.scraper.localsite import LocalSite

PROJECT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "newsarchive")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((os.environ["PYTHONPATH"], str(PROJECT)))}


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        env=ENVIRONMENT,
        check=False,
    )


def test_help_answers_at_once() -> None:
    script = (
        "import sys, newsarchive.cli; "
        "heavy = {'scrapy', 'twisted', 'numpy', 'lxml', 'selectolax', 'datasette', 'ruamel.yaml', 'rich'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_wrong_usage_ends_with_2() -> None:
    assert call("crawl", "--nonsense").returncode == 2


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen(
        [*COMMAND, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    with process, process.stderr as told:
        assert told.read() == b""


@pytest.fixture(scope="module")
def site() -> LocalSite:
    return LocalSite()


def test_the_whole_way(site: LocalSite, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    with site:
        paths = [f"/news/2020/03/01/story-number-{n}" for n in range(3)]
        for n, path in enumerate(paths):
            text = f"Number {n}. " + 8 * f"Words about part {n} of it. "
            site.article(path, f"The bridge by the mill is story number {n}", text)
        site.front(*paths)
        site.sitemap(dict.fromkeys(paths))
        assert call("init", folder).returncode == 0
        added = call("add", f"{site.url}/", "--archive", folder, "--allow-private", "--delay", "0")
        assert added.returncode == 0, added.stderr
        crawled = call("crawl", "--archive", folder, "--json")
        assert (crawled.returncode, crawled.stderr) == (0, "")
        [report] = json.loads(crawled.stdout)["sites"]
        assert report["archived"] == 3
        again = json.loads(call("crawl", "--archive", folder, "--json").stdout)
        assert again["sites"][0]["new_revisions"] == again["sites"][0]["archived"] == 0
    unreachable = call("crawl", "--archive", folder)
    assert unreachable.returncode == 9
    assert len(unreachable.stderr.splitlines()) == 1
    status = json.loads(call("status", "--archive", folder, "--json").stdout)
    assert (status["articles"], status["sites"][0]["health"]) == (3, "unreachable")


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("crawl", signal.SIGINT), ("crawl", signal.SIGTERM), ("run", signal.SIGINT), ("serve", signal.SIGINT),
    ],
)  # fmt: skip
def test_a_signal_ends_it_in_order(tmp_path: Path, command: str, number: signal.Signals) -> None:
    with LocalSite() as local:
        paths = [f"/news/2020/03/01/story-number-{n}" for n in range(50)]
        for path in paths:
            local.article(path, f"A story of some length at {path}")
        local.front(*paths)
        make(tmp_path, {"local": f"{local.url}/"}, delay=1)
        options = ["--port", "0"] if command == "serve" else []
        process = subprocess.Popen(
            [*COMMAND, command, "--archive", str(tmp_path), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, text=True,
        )  # fmt: skip
        with process:
            wait_for(process, local, command)
            process.send_signal(number)
            _, told = process.communicate(timeout=60)
    assert "Traceback" not in told
    assert process.returncode == (0 if command == "serve" else 130)


def wait_for(process: subprocess.Popen[str], site: LocalSite, command: str) -> None:
    """Until the command is at its work."""
    if command == "serve":
        assert process.stdout
        assert process.stdout.readline().startswith("Reading room: http://127.0.0.1:")
        return
    until, before = time.monotonic() + 60, len(site.asked)
    while len(site.asked) < before + 3 and time.monotonic() < until:
        time.sleep(0.05)
