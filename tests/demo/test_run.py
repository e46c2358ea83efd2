"""`python -m demo`, with a stand-in for crawl and reading room: what runs, what ends, and how."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from ruamel.yaml import YAML

from demo.__main__ import ROOT

STAND_IN = """
import os, pathlib, signal, sys, time, urllib.request
command, folder = sys.argv[1], pathlib.Path(sys.argv[3])
with open(folder / "said", "a") as said:
    said.write(f"{os.getpid()} {' '.join(sys.argv[1:2] + sys.argv[4:])}\\n")
base = next(line.split()[1] for line in open(folder / "sites.yml") if line.strip().startswith("url:"))
front = urllib.request.urlopen(base).read().decode()
(folder / "archive.db").touch()
(folder / "edition").write_text("2" if "14 March" in front else "1")
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
(folder / f"{command}-ready").touch()
time.sleep(WAITS.get(command, 0))
sys.exit(EXITS.get(command, 0))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Demo = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def demo(tmp_path: Path, port: int) -> Demo:
    def start(
        *arguments: str, waits: dict[str, int] | None = None, exits: dict[str, int] | None = None
    ) -> subprocess.Popen[str]:
        stand_in = tmp_path / "stand_in.py"
        stand_in.write_text(f"WAITS, EXITS = {waits or {}}, {exits or {}}\n{STAND_IN}")
        driver = (
            f"import sys, demo.__main__ as d; d.PROGRAM = (sys.executable, {str(stand_in)!r}); "
            f"sys.exit(d.main(['--archive', {str(tmp_path)!r}, '--port', '{port}', *{list(arguments)!r}]))"
        )
        return subprocess.Popen(
            [sys.executable, "-c", driver],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def _end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    said, complained = process.communicate(timeout=30)
    return process.returncode, said, complained


def _await(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.02)


def _is_silent(port: int) -> bool:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.05)
    return False


def _no_process_left(folder: Path) -> bool:
    pids = [int(line.split()[0]) for line in (folder / "said").read_text().splitlines()]
    return not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_first_edition_then_the_second(demo: Demo, tmp_path: Path, port: int) -> None:
    for number in ("1", "2", "2"):
        status, said, complained = _end(demo("--no-serve"))
        assert (status, complained) == (0, "")
        assert f"edition {number}" in said
        assert (tmp_path / "edition").read_text() == number
    assert [line.split()[1] for line in (tmp_path / "said").read_text().splitlines()] == ["crawl"] * 3
    assert _is_silent(port)


def test_a_folder_without_sites_gets_its_own(demo: Demo, tmp_path: Path, port: int) -> None:
    _end(demo("--no-serve"))
    entry = YAML().load(tmp_path / "sites.yml")["sites"]["harbour-gazette"]
    assert entry["url"] == f"http://127.0.0.1:{port}/"
    assert Path(entry["rule"]).is_file()


def test_another_port_than_that_of_the_archive(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "sites.yml").write_text("sites: {harbour-gazette: {url: 'http://127.0.0.1:1/'}}")
    status, _, complained = _end(demo("--no-serve"))
    assert status == 1
    assert complained.count("\n") == 1
    assert "another port is another site" in complained.lower()


def test_the_port_is_taken(demo: Demo, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        status, _, complained = _end(demo("--no-serve"))
    assert status == 1
    assert complained.count("\n") == 1
    assert f"port {port}" in complained
    assert "--port" in complained


def test_a_failed_crawl_is_passed_on_and_nothing_is_served(demo: Demo, tmp_path: Path, port: int) -> None:
    assert _end(demo(exits={"crawl": 9}))[0] == 9
    assert "serve" not in (tmp_path / "said").read_text()
    assert _is_silent(port)


def test_the_reading_room_follows_the_crawl(demo: Demo, tmp_path: Path) -> None:
    status, said, _ = _end(demo("--datasette-port", "8123", exits={"serve": 5}))
    assert status == 5
    assert "http://127.0.0.1:8123/" in said
    assert (tmp_path / "said").read_text().splitlines()[1].split()[1:] == ["serve", "--port", "8123"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("command", "expected"), [("crawl", 130), ("serve", 0)])
def test_interrupted(
    demo: Demo, tmp_path: Path, port: int, number: signal.Signals, command: str, expected: int
) -> None:
    process = demo(waits={command: 60})
    _await(tmp_path / f"{command}-ready")
    process.send_signal(number)
    status, _, complained = _end(process)
    assert (status, complained) == (expected, "")
    assert _is_silent(port)
    assert _no_process_left(tmp_path)


def test_the_site_does_not_outlive_a_killed_parent(demo: Demo, tmp_path: Path, port: int) -> None:
    process = demo(waits={"crawl": 20})
    _await(tmp_path / "crawl-ready")
    assert urlopen(f"http://127.0.0.1:{port}/about", timeout=5).status == 200
    process.kill()
    _end_orphan(tmp_path)
    process.communicate(timeout=30)
    assert _is_silent(port)


def _end_orphan(folder: Path) -> None:
    """The stand-in of the crawl is not ours to watch when its parent is killed outright."""
    os.kill(int((folder / "said").read_text().split()[0]), signal.SIGTERM)
