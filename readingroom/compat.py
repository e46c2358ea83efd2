"""The few places where Datasette 1.0, still alpha, is asked otherwise than 0.65; no other place is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def metadata(datasette: Any, key: str, database: str | None = None) -> Any:
    """What metadata.yml says under `key`, of the whole or of a database; None where it says nothing."""
    if hasattr(datasette, "metadata"):
        return datasette.metadata(key, database=database)
    # 1.0's public way is asynchronous and knows no descriptions of tables as a whole.
    told = datasette._metadata_local
    return (told.get("databases", {}).get(database, {}) if database else told).get(key)


def configured(kind: type[Any], told: dict[str, Any]) -> dict[str, Any]:
    """Arguments of the class Datasette for what metadata.yml says; 1.0 reads the queries as configuration."""
    if hasattr(kind, "metadata"):
        return {"metadata": told}
    databases = {
        name: {"queries": _named(database["queries"], database.get("tables", {}))}
        for name, database in told.get("databases", {}).items()
        if "queries" in database
    }
    return {"metadata": told, "config": {"databases": databases}}


def _named(queries: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    """`authors` becomes `authors_query`: 1.0 hides a query behind a table that is called like it."""
    return {f"{name}_query" if name in tables else name: query for name, query in queries.items()}


def unquotable(kind: type[Any], tables: Iterable[str]) -> list[str]:
    """Names that Datasette cannot write in SQL: 0.65 puts them in brackets, and fails on every table."""
    return [name for name in tables if "]" in name] if hasattr(kind, "metadata") else []


async def admit(datasette: Any, actor: dict[str, Any] | None, database: str) -> None:
    """Return for who may see the database; raises datasette.Forbidden for who may not."""
    if hasattr(datasette, "ensure_permissions"):
        await datasette.ensure_permissions(actor, [("view-database", database), "view-instance"])
        return
    from datasette.resources import DatabaseResource  # there is none in 0.65

    await datasette.ensure_permission(action="view-instance", actor=actor)
    await datasette.ensure_permission(
        action="view-database", resource=DatabaseResource(database), actor=actor
    )
