"""What keeps hostile pages and greedy queries harmless: response headers, and SQLite's own limits.

Everything scraped is hostile. Text is escaped by the templates; these are the walls behind that one.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LONGEST_VALUE = 32 * 1024 * 1024
"""Bytes of the longest string, blob or row that SQLite will build: above any article, below any harm."""
LARGEST_RESULT = 64 * 1024 * 1024
"""Bytes of text and blobs that the rows of one statement may hold together: a thousand long values are
memory too."""
MOST_MEMORY = 256 * 1024 * 1024
"""Bytes that SQLite may hold for all connections of the process: a row of many long values is built before it
can be counted. https://www.sqlite.org/pragma.html#pragma_hard_heap_limit"""
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
}
PRAGMAS = frozenset(
    {
        "compile_options",
        "data_version",
        "database_list",
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "page_size",
        "recursive_triggers",
        "schema_version",
        "table_info",
        "table_xinfo",
    }
)
"""What Datasette and SQLite's own full-text search ask for; all others are refused."""
REFUSED = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
REFUSED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer"})
PATHS_TOLD = "pragma_database_list"
"""The one table function that tells where the file lies; Datasette asks by the PRAGMA statement, which SQL of
readers cannot be."""

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src {images}; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy of the reading room's own pages: no script at all, nothing from elsewhere."""

PLAIN_POLICY = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
"""For Datasette's own pages, which need their inline scripts."""

EVERYWHERE = {
    b"content-security-policy": PLAIN_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"x-dns-prefetch-control": b"off",
}
KEPT = b"public, max-age=31536000, immutable"


def page_policy(images: Sequence[str] = (), framing: bool = False) -> str:
    """PAGE_POLICY, with those origins that pictures may come from, and frames of our own if it has one."""
    policy = PAGE_POLICY.format(images=" ".join(("'self'", *images)))
    return f"{policy}; frame-src 'self'" if framing else policy


def guard(connection: sqlite3.Connection) -> None:
    """Bounds on what SQL may reach, build and answer.

    A breach is a sqlite3.DatabaseError that says so, or a MemoryError beyond MOST_MEMORY.
    """
    connection.execute(f"pragma hard_heap_limit = {MOST_MEMORY}")
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)
    connection.set_authorizer(permit)
    connection.row_factory = _Counted()


def permit(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """SQLite's authorizer: no other file, no extension, no setting. https://www.sqlite.org/c3ref/set_authorizer.html"""
    refused = (
        action in REFUSED
        or (action == sqlite3.SQLITE_FUNCTION and second in REFUSED_FUNCTIONS)
        or (action == sqlite3.SQLITE_READ and first == PATHS_TOLD)
        or (action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in PRAGMAS)
    )
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


class _Counted:
    """A row factory: sqlite3.Row, as Datasette wants it, until one cursor's values pass LARGEST_RESULT."""

    def __init__(self) -> None:
        self._cursor: weakref.ref[sqlite3.Cursor] | None = None
        self._bytes = 0

    def __call__(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        if self._cursor is None or self._cursor() is not cursor:
            self._cursor, self._bytes = weakref.ref(cursor), 0
        self._bytes += sum(len(value) for value in values if isinstance(value, str | bytes))
        if self._bytes > LARGEST_RESULT:
            raise sqlite3.OperationalError(
                f"the result is larger than {LARGEST_RESULT >> 20} MiB; ask for fewer rows"
            )
        return sqlite3.Row(cursor, values)


def with_headers(application: Application) -> Application:
    """`application` with the headers of EVERYWHERE on each answer that does not set them itself.

    A static file that is asked for by its hash is kept by browsers: another version has another address.
    """

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        is_kept = "/-/static" in scope.get("path", "") and bool(scope.get("query_string"))

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                present = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in EVERYWHERE.items() if name not in present]
                if is_kept and message["status"] == 200:
                    headers.append((b"cache-control", KEPT))
                message = {**message, "headers": headers}
            await send(message)

        await application(scope, receive, send_guarded)

    return wrapped
