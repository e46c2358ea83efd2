"""Datasette's own list of databases, without the paths of their files."""

from __future__ import annotations

from typing import Any

from datasette import Response

from readingroom.web import admitted

TOLD = ("name", "route", "size", "is_mutable", "is_memory", "hash")


async def show(datasette: Any, request: Any) -> Any:
    """GET /-/databases and /-/databases.json: what Datasette answers there, less `path`."""
    await admitted(datasette, request)
    served = [database for name, database in datasette.databases.items() if name != "_internal"]
    return Response.json([{name: getattr(database, name) for name in TOLD} for database in served])
