"""`newsarchive run`: stay up, and crawl what is due."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path

import click

from newsarchive import output


@click.command(epilog=output.epilog("newsarchive run --every 30", 3, 4, 5))
@click.option(
    "--every", type=click.FloatRange(0, 24 * 60), default=15.0, show_default=True, metavar="MINUTES",
    help="The least time between two crawls of a site.",
)  # fmt: skip
@click.option("--log-json", is_flag=True, help="Write the log to stderr as JSON, a line for each page.")
@output.archive_option
@output.quiet_option
@output.debug_option
def run(every: float, log_json: bool, folder: Path, quiet: bool) -> None:
    """Stay up and crawl each site when something of it is due, until Ctrl-C or SIGTERM.

    What is due, `newsarchive plan` shows. sites.yml is read again before each crawl. Whatever was missed
    while the machine was off is caught up by one crawl. SIGTERM, by which a supervisor ends it,
    is answered with exit code 0.
    """
    from pipelines.store import Archive
    from scraper.service import Service

    Archive.open(folder, write=False).close()
    options = ("--log-json",) if log_json else ()
    service = Service(folder, every * 60, (lambda line: None) if quiet else _say, options=options)
    received: set[int] = set()

    def stop(number: int, _: object) -> None:
        received.add(number)
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    service.run()
    if signal.SIGINT in received:
        raise KeyboardInterrupt  # as in its first seconds, when nothing was there to be ended in order


def _say(line: str) -> None:
    click.echo(output.plain(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}"))
