"""`python -m newsarchive.reference` makes the reference pages docs/schema.md and docs/commands.md anew.

Promises: what they say is what the code does: the schema comes from a freshly migrated database, its words
from metadata.yml, the commands from their own --help. Never writes anything else.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML
from sqlite_utils import Database
from sqlite_utils.db import Table, View

from pipelines.store.migrations import migrations

PROJECT = Path(__file__).parent.parent
COMMANDS = "newsarchive.cli"
HELP_WIDTH = 100
TIMES = """Times are text in ISO 8601, in UTC with a Z and to the second, so that they sort. `published` and
`modified` are a bare date where the page gives no time; `utc_offset` and `day` say what the page printed."""

Descriptions = Mapping[str, Any]
"""Table -> its entry in metadata.yml."""


def fresh_schema() -> Database:
    """An empty archive.db in memory."""
    database = Database(memory=True)
    migrations.apply(database)
    return database


def described_tables(database: Database) -> list[Table | View]:
    """The tables and views that the schema promises: without SQLite's and the search index's own."""
    own = [table for table in database.tables if not table.name.startswith(("_", "sqlite_", "articles_fts"))]
    return [*own, *database.views]


def descriptions(metadata: Path) -> Descriptions:
    """What metadata.yml says of the tables of archive.db."""
    read = YAML(typ="safe").load(metadata.read_text(encoding="utf-8"))
    tables: Descriptions = read["databases"]["archive"]["tables"]
    return tables


def schema_page(database: Database, words: Descriptions) -> str:
    """docs/schema.md."""
    lines = [
        "# The schema of archive.db",
        "",
        "Made from the migrations and metadata.yml by `python -m newsarchive.reference`; do not edit.",
        "",
        TIMES,
        "",
    ]
    for table in described_tables(database):
        lines += [*_table_section(table, words.get(table.name, {})), ""]
    lines += [*_search_section(), ""]
    return "\n".join(lines)


def commands_page(group: click.Group) -> str:
    """docs/commands.md."""
    lines = [
        "# The commands",
        "",
        "Made from each command's --help by `python -m newsarchive.reference`; do not edit.",
        "",
    ]
    for context in _contexts(group, "newsarchive"):
        lines += [f"## {context.command_path}", "", "```", context.command.get_help(context), "```", ""]
    return "\n".join(lines)


def main() -> None:
    """Write both pages; the commands' only where there are commands."""
    docs = PROJECT / "docs"
    docs.mkdir(exist_ok=True)
    page = schema_page(fresh_schema(), descriptions(PROJECT / "metadata.yml"))
    (docs / "schema.md").write_text(page, encoding="utf-8")
    group = command_group()
    if group is not None:
        (docs / "commands.md").write_text(commands_page(group), encoding="utf-8")


def command_group() -> click.Group | None:
    """The command line, or None in a tree that has none."""
    if importlib.util.find_spec(COMMANDS) is None:
        return None
    module = importlib.import_module(COMMANDS)
    return next(value for value in vars(module).values() if isinstance(value, click.Group))


def _table_section(table: Table | View, words: Mapping[str, Any]) -> Iterator[str]:
    kind = "view" if isinstance(table, View) else "table"
    yield f"## {table.name}"
    yield ""
    yield f"*{kind}.* {words.get('description', '')}"
    yield ""
    yield "| column | type | key | what it holds |"
    yield "|---|---|---|---|"
    keys = _keys(table)
    for column in table.columns:
        meaning = " ".join(str(words.get("columns", {}).get(column.name, "")).split()).replace("|", "\\|")
        yield f"| `{column.name}` | {column.type.lower()} | {keys.get(column.name, '')} | {meaning} |"
    indexes = sorted(_index(table))
    if indexes:
        yield ""
        yield f"Indexes: {', '.join(indexes)}."


def _keys(table: Table | View) -> dict[str, str]:
    """Column -> "primary", or the table and column it refers to."""
    if isinstance(table, View):
        return {}
    keys = dict.fromkeys(table.pks, "primary")
    for key in table.foreign_keys:
        target = f"{key.other_table}.{key.other_column}"
        column = key.column or ""
        keys[column] = f"{keys[column]}, {target}" if column in keys else target
    return keys


def _index(table: Table | View) -> Iterator[str]:
    if isinstance(table, Table):
        for index in table.indexes:
            if not index.name.startswith("sqlite_autoindex"):
                yield f"({', '.join(index.columns)})" + (" unique" if index.unique else "")


def _search_section() -> Iterator[str]:
    yield "## articles_fts"
    yield ""
    yield (
        "*full-text index.* SQLite FTS5 over `title`, `standfirst`, `byline` and `text` of `articles_full`; "
        "its `rowid` is the article's `id`. It stores no text of its own."
    )
    yield ""
    yield "```sql"
    yield "select a.published, a.title from articles_fts f join articles a on a.id = f.rowid"
    yield "where articles_fts match 'title:bridge AND council' order by rank limit 10"
    yield "```"


def _contexts(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[click.Context]:
    """The command and all below it as they are called, in the order that its help lists them."""
    context = click.Context(
        command, parent, info_name=name, terminal_width=HELP_WIDTH, **command.context_settings
    )
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _contexts(command.commands[below], below, context)


if __name__ == "__main__":
    main()
