"""`newsarchive serve`: read the archive in a browser."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from newsarchive import output


@click.command(epilog=output.epilog("newsarchive serve --open", 4, 5))
@output.archive_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Port; 0 takes a free one."
)
@click.option(
    "--login",
    "logins",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Let in only who is named in this file (docs/reading-room.md).",
)
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@output.quiet_option
@output.debug_option
def serve(folder: Path, host: str, port: int, logins: Path | None, open_browser: bool, quiet: bool) -> None:
    """Serve the reading room (Datasette) until Ctrl-C."""
    from readingroom.serve import serve as serve_archive

    def ready(address: str) -> None:
        if not quiet:
            output.say(f"Reading room: {address}  (Ctrl-C ends it)")
            sys.stdout.flush()  # whoever reads a pipe waits for it

    serve_archive(folder, host=host, port=port, open_browser=open_browser, logins=logins, on_ready=ready)
