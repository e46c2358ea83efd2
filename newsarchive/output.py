"""What every command says, and how: reports on stdout, as text or as JSON, everything else on stderr.

Promises: with --json stdout holds one JSON document and nothing else; every error is one line that begins
with "newsarchive:" (a line more for each further mistake in sites.yml); nothing that a site or a file says of
itself reaches the terminal with its control characters.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.table import Table

Command = TypeVar("Command", bound=Callable[..., Any])
Item = TypeVar("Item")

INTERRUPTED = 130
EXIT_CODES = {
    0: "done",
    1: "something failed that has no code of its own",
    2: "wrong usage",
    3: "sites.yml cannot be used",
    4: "archive.db cannot be used",
    5: "another process works on this archive",
    6: "an address does not answer, or answers with no news",
    7: "a file could not be read, or none held an article",
    8: "a WARC file is damaged",
    9: "the crawl ended, but a site failed",
    130: "ended by Ctrl-C",
}
"""What each exit code means; the numbers are those of pipelines.errors."""

_DEBUG = "newsarchive.debug"


def epilog(example: str, *codes: int) -> str:
    """The end of a command's --help: an example, and its exit codes beside the common 0, 1, 2 and 130."""
    lines = (f"{code:>3}  {EXIT_CODES[code]}" for code in sorted({0, 1, 2, *codes, INTERRUPTED}))
    return "\n".join(
        ("\b\nExample:", *(f"  {line}" for line in example.split("\n")), "\n\b\nExit codes:", *lines)
    )


def archive_option(command: Command) -> Command:
    """Adds --archive DIR; the command gets it as `folder`, absolute."""
    return click.option(
        "--archive",
        "folder",
        type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
        default=".",
        metavar="DIR",
        help="The archive's folder.  [default: here]",
    )(command)


def json_option(command: Command) -> Command:
    """Adds --json; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Report as JSON on stdout.")(command)


def quiet_option(command: Command) -> Command:
    """Adds --quiet."""
    return click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")(command)


def debug_option(command: Command) -> Command:
    """Adds --debug, of which the command itself need not know."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            context.meta[_DEBUG] = True

    return click.option(
        "--debug", is_flag=True, expose_value=False, callback=remember, help="Show where an error comes from."
    )(command)


def debugging() -> bool:
    """Whether --debug was given."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_DEBUG))


def emit(document: object) -> None:
    """Write one JSON document; a lone surrogate that a page wrote as an escape becomes "?"."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    click.echo(text.encode("utf-8", "replace").decode())


def say(text: str = "") -> None:
    """Write a line for a person."""
    click.echo("\n".join(plain(line) for line in text.split("\n")))


def _logs_json() -> bool:
    """Whether stderr is the log in JSON: then what is said there is a line of it."""
    log = sys.modules.get("scraper.log")
    return log is not None and log.is_on()


def warn(text: str) -> None:
    """Write a line that belongs to no report."""
    if _logs_json():
        logging.getLogger("newsarchive").warning("%s", text)
    else:
        click.echo(f"newsarchive: {plain(text)}", err=True)


def fail(message: str) -> None:
    """Write an error: its first line with our name before it, further ones as they are."""
    if _logs_json():
        logging.getLogger("newsarchive").error("%s", message)
        return
    first, *more = [plain(line, keep_indent=True) for line in message.split("\n")]
    click.echo("\n".join([f"newsarchive: {first}", *more]), err=True)


def plain(text: str, *, keep_indent: bool = False) -> str:
    """`text` without what could steer a terminal."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if keep_indent else text.rstrip()


def hush() -> None:
    """Keep what pages provoke in the cleaner off stderr, unless --debug: the ledger has it as a reason."""
    if not debugging():
        logging.getLogger("pipelines").setLevel(logging.CRITICAL)


def chosen(site: str, known: Mapping[str, Item]) -> Item:
    """What `known` has of a site that the user named. Raises SiteListError with the nearest right word."""
    from difflib import get_close_matches

    from pipelines.errors import SiteListError

    if site in known:
        return known[site]
    near = get_close_matches(site, known, 1)
    raise SiteListError(f"there is no site '{site}'" + (f"; did you mean '{near[0]}'?" if near else ""))


def at_terminal() -> bool:
    """Whether a person looks on: stderr is a terminal."""
    return sys.stderr.isatty()


def show(*tables: Table) -> None:
    """Write tables; without a terminal they are as wide as they need."""
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=240, color_system=None)
    for table in tables:
        console.print(table)


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table; columns whose name ends in "#" hold numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        is_number = column.endswith("#")
        made.add_column(column.rstrip("#"), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        made.add_row(
            *(Text(f"{cell:,}" if isinstance(cell, int) else plain(str(cell or ""))) for cell in row)
        )
    return made


def size(count: int) -> str:
    """Bytes, as people say them."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 site", "2 sites", "3 entries"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def software() -> str:
    """Our name and version, as WARC files and rows name it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"newsarchive {version('newsarchive')}"
    except PackageNotFoundError:
        return "newsarchive (not installed)"
