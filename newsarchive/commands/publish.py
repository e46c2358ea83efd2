"""`newsarchive publish`: a sealed snapshot of the archive for the public."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from newsarchive import output, progress


@click.command(
    epilog=output.epilog("newsarchive publish ../public && newsarchive serve --archive ../public", 4, 5)
)
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False, resolve_path=True), metavar="DIR"
)
@output.archive_option
@output.json_option
@output.quiet_option
@output.debug_option
def publish(directory: Path, folder: Path, as_json: bool, quiet: bool) -> None:
    """Make a sealed snapshot of the archive in DIR, which Datasette can serve as immutable.

    It is complete, compact and one file; withheld articles are not in it; its manifest has the hash of
    every file. A crawl may go on meanwhile. A snapshot that is in DIR already is replaced in one step; a
    folder that is anything else is left alone. `newsarchive serve --archive DIR` serves it, and so does
    `datasette DIR`.
    """
    from pipelines.publish import publish as make

    with progress.stages(quiet) as on_progress:
        done = make(
            folder, directory, software=output.software(), now=datetime.now(UTC), on_progress=on_progress
        )
    if as_json:
        output.emit({"snapshot": str(directory), "rows": dict(done.counts), "withheld": done.withheld,
                     "bytes": done.bytes, "replaced": done.replaced})  # fmt: skip
    elif not quiet:
        articles, size = output.counted(done.counts["articles"], "article"), output.size(done.bytes)
        kept_back = f", {done.withheld:,} withheld" if done.withheld else ""
        instead = ", in the place of the one before" if done.replaced else ""
        output.say(f"A snapshot in {directory}: {articles}{kept_back}, {size}{instead}.")
        output.say(f"Next: newsarchive serve --archive {directory}")
