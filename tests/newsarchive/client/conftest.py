"""The archive of the reading room's tests, opened as a file and over HTTP from a server of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

import newsarchive
from newsarchive import Archive
from readingroom.serve import datasette
from tests.readingroom.archive import build


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("archive")
    build(place)
    return place


@pytest.fixture(scope="package")
def address(folder: Path) -> Iterator[str]:
    """The address of the archive's database, on loopback, on a free port."""
    application = datasette(folder)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(application.app(), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        patience = time.monotonic() + 20
        while not server.started and time.monotonic() < patience:
            time.sleep(0.02)
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/archive"
        server.should_exit = True
        thread.join(20)


@pytest.fixture(params=["file", "server"])
def archive(request: pytest.FixtureRequest, folder: Path, address: str) -> Iterator[Archive]:
    with newsarchive.open(folder if request.param == "file" else address) as opened:
        yield opened
