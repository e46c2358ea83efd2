"""Serve an archive's folder through Datasette, in this process, until it is told to stop.

Promises to bind to loopback unless told otherwise, to open archive.db read-only, and to print nothing: who
calls learns the address from `on_ready`.
"""

from __future__ import annotations

import errno
import json
import socket
import sqlite3
import webbrowser
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils import BadMetadataError, parse_metadata

import readingroom
from pipelines.errors import ArchiveBusy, ArchiveError, ArchiveUnusable, NotAnArchive
from pipelines.publish import INSPECT, is_snapshot
from readingroom import login
from readingroom.compat import configured, unquotable

SETTINGS = {
    "allow_download": False,
    "default_page_size": 50,
    "facet_time_limit_ms": 1000,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 2000,
    "suggest_facets": False,
    "truncate_cells_html": 140,
}
FACETED_AT_MOST = 200_000
"""Articles up to which tables show facets unasked: each costs 7 ms of a page for every 100,000 rows."""
LAST_SECONDS = 3
"""How long a download that still runs may hold up the end."""
NEEDED_TABLES = {"articles", "revisions", "captures", "sites"}


class _Server(uvicorn.Server):
    """uvicorn that says when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self.on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_ready()


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    open_browser: bool = False,
    immutable: bool = False,
    logins: Path | None = None,
    on_ready: Callable[[str], object] | None = None,
) -> None:
    """Serve `folder`/archive.db with `folder`/metadata.yml; return at Ctrl-C.

    port: 0 takes any free one. immutable: promise SQLite that nobody writes the file (a sealed snapshot).
    logins: a file of who may enter; everybody may without one (readingroom.login).
    on_ready: called once with the address when it answers.
    Raises NotAnArchive, ArchiveUnusable, ArchiveBusy; ArchiveError for a taken port or a broken metadata.yml.
    """
    application = datasette(folder, immutable=immutable, logins=logins).app()
    with closing(_listen(host, port)) as listener:
        address = _address(host, listener.getsockname()[1])

        def announce() -> None:
            if on_ready:
                on_ready(address)
            if open_browser:
                webbrowser.open(address)

        config = uvicorn.Config(
            application, log_level="error", server_header=False, timeout_graceful_shutdown=LAST_SECONDS
        )
        try:
            _Server(config, announce).run(sockets=[listener])
        except KeyboardInterrupt:
            return  # the server has already closed its connections in order


def datasette(folder: Path, *, immutable: bool = False, logins: Path | None = None) -> Any:
    """The Datasette that serves `folder`, with the reading room in it; raises as `serve` does.

    A sealed snapshot is immutable by itself, and has its rows counted.
    """
    path, sealed = folder / "archive.db", is_snapshot(folder)
    immutable = immutable or sealed
    _check(path, immutable)
    register()
    told = _with(_metadata(folder / "metadata.yml"), login.read(logins) if logins else {})
    if _is_large(path):
        told = _without_facets(told)
    files: dict[str, list[str]] = {"immutables" if immutable else "files": [str(path)]}
    return Datasette(
        **files,
        inspect_data=json.loads((folder / INSPECT).read_bytes()) if sealed else None,
        **configured(Datasette, told),
        settings=SETTINGS,
    )


def register() -> None:
    """Make sure that Datasette knows the plugin, and that it is quiet about pages that are not there."""
    if not any(plugin is readingroom for plugin in pm.get_plugins()):
        pm.register(readingroom, "readingroom")  # run from a checkout: no entry point has done it
    # Where rich is installed, Datasette prints every 404 with all its variables; faults it prints anyway.
    pm.get_plugin("datasette.handle_exception").rich = None


def _check(path: Path, immutable: bool) -> None:
    """Refuse, in words, what Datasette would fail on later."""
    if not path.is_file():
        raise NotAnArchive(f"{path.parent} holds no archive.db: run `newsarchive init`, or name its folder")
    journal = path.with_name("archive.db-wal")
    if immutable and journal.exists() and journal.stat().st_size:
        raise ArchiveUnusable(f"{path} is being written ({journal.name} is not empty): it is not immutable")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("select name from sqlite_master where type = 'table'")
            tables = {row[0] for row in found}
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise ArchiveBusy(f"{path} is locked by another process: try again when it has ended") from error
        raise ArchiveUnusable(
            f"{path} cannot be opened for reading: {error}. SQLite writes beside a file even to read it; a "
            "snapshot that `newsarchive publish` made can be served from a read-only disk"
        ) from error
    except sqlite3.DatabaseError as error:
        raise NotAnArchive(f"{path} is not a SQLite database: {error}") from error
    if missing := ", ".join(sorted(NEEDED_TABLES - tables)):
        raise NotAnArchive(f"{path} is no news archive: it has no table {missing}")
    for name in unquotable(Datasette, tables):
        raise ArchiveUnusable(f"{path} has a table {name!r}: Datasette cannot serve a ] in a name; rename it")


def _metadata(path: Path) -> dict[str, Any]:
    """What metadata.yml says; nothing where the file is absent."""
    try:
        found = parse_metadata(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (BadMetadataError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(found, dict):
        raise ArchiveError(f"{path} must hold keys and values, such as `title: My archive`")
    return found


def _is_large(path: Path) -> bool:
    """Whether counting a facet of its articles takes long; by the last id: counting takes long too."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        last = connection.execute("select max(id) from articles").fetchone()[0]
    return (last or 0) > FACETED_AT_MOST


def _without_facets(metadata: dict[str, Any]) -> dict[str, Any]:
    """`metadata` with no facets that nobody asked for; those that an address names are still counted."""
    databases = {
        name: {
            **database,
            "tables": {
                table: {key: value for key, value in told.items() if key != "facets"}
                for table, told in (database.get("tables") or {}).items()
            },
        }
        for name, database in (metadata.get("databases") or {}).items()
    }
    return {**metadata, "databases": databases}


def _with(metadata: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """`metadata` with `more`, which wins; the settings of other plugins stay."""
    plugins = {**(metadata.get("plugins") or {}), **more.get("plugins", {})}
    return {**metadata, **more, **({"plugins": plugins} if plugins else {})}


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the address; raises ArchiveError when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ArchiveError(f"{host} is no address of this machine: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ArchiveError(
                f"Port {port} of {host} is taken: end what runs there or choose another"
            ) from error
        raise ArchiveError(f"Cannot listen on port {port} of {host}: {error.strerror}") from error
    return listener


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
