"""What keeps hostile pages and greedy queries harmless: response headers, and SQLite's own limits.

Everything scraped is hostile. Text is escaped by the templates; these are the walls behind that one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LONGEST_VALUE = 32 * 1024 * 1024
"""Bytes of the longest string, blob or row that SQLite will build: above any article, below any harm."""

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
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
}


def limit(connection: sqlite3.Connection) -> None:
    """Make SQLite refuse values above LONGEST_VALUE: "string or blob too big"."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)


def with_headers(application: Application) -> Application:
    """`application` with the headers of EVERYWHERE on each answer that does not set them itself."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                present = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in EVERYWHERE.items() if name not in present]
                message = {**message, "headers": headers}
            await send(message)

        await application(scope, receive, send_guarded)

    return wrapped
