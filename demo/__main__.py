"""What `make demo` runs: start the Gazette, crawl it, serve the archive; end all of it cleanly.

Until a crawl of the archive has finished it shows edition 1; then edition 2, the same paper a day later. The
site is a child process that cannot outlive this one; the crawl and the reading room run in the terminal as if
typed there. Exit code: that of the crawl when it fails, 130 when the crawl is interrupted, 0 when the
reading room is.

The port is part of every URL, so the archive of a site on another port is the archive of another site.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (sys.executable, "-m", "newsarchive")
INTERRUPTED = 130
START_SECONDS = 15.0
END_SECONDS = 20.0


class CannotStart(Exception):  # noqa: N818 - reads as the sentence it is
    """Something that the demo needs is not there; the message is one line for a person."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; the exit code."""
    asked = _parse(arguments)
    archive: Path = asked.archive.resolve()
    where = ("--archive", str(archive))
    try:
        _name_site(archive, asked.port)
        edition = _edition(archive)
        if not (archive / "archive.db").exists() and (status := _run("init", *where, "--quiet")):
            return status
        with _site(asked.port, edition):
            print(f"The Harbour Gazette, edition {edition}, is at http://127.0.0.1:{asked.port}/", flush=True)
            status = _run("crawl", *where)
            if status != 0 or asked.no_serve:
                return status
            status = _run("serve", *where, "--port", str(asked.datasette_port))
            return 0 if status == INTERRUPTED else status
    except CannotStart as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Crawl a made-up news site and serve the archive. Run it twice."
    )
    parser.add_argument("--no-serve", action="store_true", help="end after the crawl")
    parser.add_argument("--port", type=int, default=8765, help="of the news site (default 8765)")
    parser.add_argument("--datasette-port", type=int, default=8001, help="of the archive (default 8001)")
    parser.add_argument("--archive", type=Path, default=ROOT, metavar="DIR", help="default: this repository")
    return parser.parse_args(arguments)


def _edition(archive: Path) -> int:
    """The edition to show: 2 when a crawl has finished. A damaged archive is the crawl's to report."""
    if not (archive / "archive.db").exists():
        return 1
    try:
        with closing(sqlite3.connect(f"{(archive / 'archive.db').as_uri()}?mode=ro", uri=True)) as db:
            return 2 if db.execute("select 1 from crawls where state = 'finished'").fetchone() else 1
    except sqlite3.Error:
        return 1


def _name_site(archive: Path, port: int) -> None:
    """Make sure that the archive's sites.yml names the site at this port; write one where there is none.

    Raises CannotStart when it names another address.
    """
    listed, address = archive / "sites.yml", f"http://127.0.0.1:{port}/"
    if listed.exists():
        if address not in listed.read_text("utf-8"):
            raise CannotStart(
                f"{listed} does not name {address}. Another port is another site for the archive: "
                f"use the port named there, or another folder with --archive DIR"
            )
        return
    yaml = YAML()
    sites = yaml.load(ROOT / "sites.yml")
    entry = sites["sites"]["harbour-gazette"]
    entry["url"], entry["rule"] = address, str(ROOT / entry["rule"])
    archive.mkdir(parents=True, exist_ok=True)
    yaml.dump(sites, listed)


@contextmanager
def _site(port: int, edition: int) -> Iterator[None]:
    """The news site as a child while the block runs; its stdin is ours, so it ends when this process does."""
    if _listens(port):
        raise CannotStart(
            f"port {port} on 127.0.0.1 is taken, perhaps by a demo that still runs. End that, or choose "
            f"another with --port N and --archive DIR (another port is another site for the archive)"
        )
    command = [
        sys.executable,
        "-m",
        "demo.site",
        "--port",
        str(port),
        "--edition",
        str(edition),
        "--while-stdin",
    ]
    site = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _await(site, port)
        yield
    finally:
        if site.stdin:
            site.stdin.close()
        _end(site)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _await(site: subprocess.Popen[bytes], port: int) -> None:
    patience = time.monotonic() + START_SECONDS
    while not _listens(port):
        if site.poll() is not None or time.monotonic() > patience:
            raise CannotStart(f"the news site did not start on port {port}; `python -m demo.site` says why")
        time.sleep(0.05)


def _run(*command: str) -> int:
    """Run `newsarchive COMMAND` in this terminal to its end; its exit code, 130 when it was interrupted.

    At a terminal Ctrl-C reaches the child by itself, since it shares our process group. Without a terminal
    the child has a group of its own, and gets from us each signal that we get, once.
    """
    alone = not os.isatty(0)
    child = subprocess.Popen([*PROGRAM, *command], cwd=ROOT, process_group=0 if alone else None)

    def pass_on(number: int, frame: FrameType | None) -> None:
        if alone or number != signal.SIGINT:
            child.send_signal(number)

    kept = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        status = child.wait()
    finally:
        _end(child)
        for number, before in kept.items():
            signal.signal(number, before)
    return INTERRUPTED if status in (-signal.SIGINT, -signal.SIGTERM) else status


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask a child to end, and insist after a while."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    sys.exit(main())
