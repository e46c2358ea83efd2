"""The room that pages stand in: which database is the archive, where things are, how a page is rendered.

A page asks `room(...)` for rows and paths and answers with `page(...)`; it never meets Datasette otherwise.
"""

from __future__ import annotations

import hashlib
import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette import Forbidden, Response
from datasette.database import QueryInterrupted
from datasette.utils import add_cors_headers, sqlite_timelimit

from pipelines.warc import FOLDER
from readingroom.compat import admit, metadata
from readingroom.dates import Moment
from readingroom.guards import page_policy
from readingroom.markup import language_tag, web_address
from readingroom.question import A_DATE, DAY, Question, Statement

STATIC = Path(__file__).parent / "static"
DOORS = (
    ("Front page", "/"),
    ("Search", "/search"),
    ("Compare", "/compare"),
    ("Changed", "/changed"),
    ("Sites", "/sites"),
    ("Status", "/status"),
    ("About", "/about"),
)


@dataclass(frozen=True, slots=True)
class Room:
    """One archive as Datasette serves it."""

    datasette: Any
    database: str

    @property
    def title(self) -> str:
        """The archive's title from metadata.yml."""
        return str(metadata(self.datasette, "title") or "News archive")

    @property
    def licence(self) -> str:
        """The archive's licence from metadata.yml, without a final full stop; may be empty."""
        return str(metadata(self.datasette, "license") or "").rstrip(".")

    @property
    def captures(self) -> Path | None:
        """The archive's folder, if captures are to be replayed and their WARC files lie there.

        They lie beside the database unless it is a snapshot; the plugin's setting `replay: false` says no.
        """
        path = self.datasette.get_database(self.database).path
        allowed = (self.datasette.plugin_config("readingroom") or {}).get("replay", True)
        return Path(path).parent if path and allowed and Path(path).with_name(FOLDER).is_dir() else None

    @property
    def doors(self) -> tuple[tuple[str, str], ...]:
        """Label and path of each page that the head of every page leads to."""
        return (*DOORS, ("Tables and SQL", "/" + self.database))

    def path(self, path: str, **query: object) -> str:
        """`path` under Datasette's base_url, with those parameters of `query` that are not None or empty."""
        given = {key: value for key, value in query.items() if value not in (None, "")}
        return str(self.datasette.urls.path(path)) + ("?" + urlencode(given) if given else "")

    def table(self, table: str, **query: object) -> str:
        """The path of a plain table of the archive; `query` holds Datasette's own parameters."""
        return self.path(f"/{self.database}/{table}", **query)

    def static(self, name: str) -> str:
        """The path of a file of readingroom/static, base_url included."""
        return self.path(static_route(name))

    async def rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[sqlite3.Row]:
        """All rows of a query on the archive.

        Raises datasette.database.QueryInterrupted past Datasette's sql_time_limit_ms.
        """
        database = self.datasette.get_database(self.database)
        return list((await database.execute(sql, dict(values or {}))).rows)

    async def rows_in_time(
        self, sql: str, values: Mapping[str, object] | None = None
    ) -> list[sqlite3.Row] | None:
        """As `rows`, but None past the time limit: a page shows what it has without them."""
        try:
            return await self.rows(sql, values)
        except QueryInterrupted:
            return None

    async def ids(self, statement: Statement, seconds: float) -> array[int]:
        """The `id` of all rows of a statement, eight bytes each, with a time limit of its own.

        Raises sqlite3.OperationalError("interrupted") past it.
        """

        def run(connection: sqlite3.Connection) -> array[int]:
            with sqlite_timelimit(connection, seconds * 1000):
                rows = connection.execute(statement.sql, dict(statement.values))
                return array("q", (row["id"] for row in rows))

        found: array[int] = await self.datasette.get_database(self.database).execute_fn(run)
        return found

    async def ask(self, statement: Statement) -> list[sqlite3.Row]:
        """All rows of a question's statement; raises as `rows` does."""
        return await self.rows(statement.sql, statement.values)

    async def row(self, sql: str, values: Mapping[str, object] | None = None) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        return next(iter(await self.rows(sql, values)), None)


def room(datasette: Any) -> Room | None:
    """The archive that this Datasette serves, or None; plugin settings may name its database."""
    config = datasette.plugin_config("readingroom") or {}
    name = config.get("database", "archive")
    return Room(datasette, name) if name in datasette.databases else None


def static_route(name: str) -> str:
    """The route of a file of readingroom/static, with its hash so that no browser shows an old one."""
    return f"/-/static-plugins/{_mount()}/{name}?{_digest(name)}"


async def admitted(datasette: Any, request: Any) -> Room:
    """The room, for a reader who may see the database; raises datasette.Forbidden for one who may not."""
    here = room(datasette)
    if here is None:
        raise LookupError("the archive that these pages belong to is no longer served")
    await admit(datasette, request.actor, here.database)
    return here


async def page(
    here: Room,
    request: Any,
    template: str,
    context: Mapping[str, object],
    status: int = 200,
    images: Sequence[str] = (),
    *,
    framing: bool = False,
) -> Response:
    """The answer that shows `template` of templates/readingroom with `context`, under the page policy.

    images: origins that the page may fetch pictures from, because its reader asked for that.
    framing: whether it holds a frame with a page of ours.
    """
    shared = {
        "moment": Moment.read, "web_address": web_address, "language_tag": language_tag, "room": here,
        "date_pattern": DAY.pattern, "a_date": A_DATE,
    }  # fmt: skip
    everything = {**shared, **context}
    html = await here.datasette.render_template(f"readingroom/{template}", everything, request=request)
    policy = page_policy(images, framing)
    return Response.html(html, status=status, headers={"Content-Security-Policy": policy})


async def answer(
    here: Room,
    request: Any,
    template: str,
    context: Mapping[str, object],
    facts: Mapping[str, object],
    images: Sequence[str] = (),
    *,
    framing: bool = False,
) -> Response:
    """`facts` as JSON where the address ends in .json, else the page that shows `context`."""
    if not request.path.endswith(".json"):
        shown = {**context, "as_json": json_path(request)}
        return await page(here, request, template, shown, images=images, framing=framing)
    response = Response.json({"archive": here.title, **facts})
    if here.datasette.cors:
        add_cors_headers(response.headers)
    return response


def json_path(request: Any) -> str:
    """The address of the same page as JSON."""
    path: str = "/front" if request.path.endswith("/") else ""
    return (
        str(request.path).rstrip("/")
        + path
        + ".json"
        + (f"?{request.query_string}" if request.query_string else "")
    )


def is_json(request: Any) -> bool:
    """Whether the address is one that programs ask: its last part names JSON."""
    return "json" in request.path.rpartition("/")[2]


async def refused(datasette: Any, request: Any, why: str) -> Response:
    """The answer 400 to SQL that the guards let do nothing."""
    here = room(datasette)
    if here is None or is_json(request):
        return Response.json({"ok": False, "error": why, "status": 400, "title": "Refused"}, status=400)
    return await page(
        here, request, "missing.html", {"heading": "Refused", "what": f"SQLite says: {why}."}, status=400
    )


def unreadable(asked: Question) -> Response | None:
    """The answer 400 to a date that is none, for files, which have no room to say so; None if all is well."""
    why = "".join(f"{name}: {reason}\n" for name, reason in asked.why_ignored.items())
    return Response.text(why, status=400) if why else None


async def missing(here: Room, request: Any, what: str) -> Response:
    """The answer 404 that says `what` is not there."""
    return await page(here, request, "missing.html", {"what": what}, status=404)


async def nowhere(datasette: Any, request: Any) -> Response | None:
    """The answer 404 to an address that no page has; None, so Datasette's, to whom the archive is closed."""
    try:
        here = await admitted(datasette, request)
    except Forbidden:
        return None
    return await missing(here, request, "There is nothing at this address.")


def number(value: str | None, otherwise: int, *, within: Sequence[int]) -> int:
    """`value` of a query string as a whole number between the two of `within`, or `otherwise`."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 9:
        return otherwise
    return min(max(int(value), within[0]), within[1])


@cache
def _mount() -> str:
    """What our static files are mounted under: the distribution's name once installed, else the module's."""
    from datasette.plugins import get_plugins  # only now: Datasette's plugins import this module

    return next(str(found["name"]) for found in get_plugins() if found["static_path"] == str(STATIC))


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
