"""`newsarchive withhold`: hide an article, show it again, list what is hidden."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from newsarchive import output


@click.command(
    epilog=output.epilog(
        'newsarchive withhold https://gazette.example/a-story --reason "court order"', 3, 4, 5, 8
    )
)
@click.argument("url", required=False)
@click.option("--reason", metavar="TEXT", help="Why; it is listed in the table withheld.")
@click.option("--lift", "lifted", is_flag=True, help="Show the article again, read anew from the WARC.")
@click.option("--list", "listed", is_flag=True, help="List what is withheld.")
@output.archive_option
@output.json_option
@output.quiet_option
@output.debug_option
def withhold(
    url: str | None, reason: str | None, lifted: bool, listed: bool, folder: Path, as_json: bool, quiet: bool
) -> None:
    """Hide the article at URL and its text from archive.db, and from all that is made of it.

    It stays hidden whatever is crawled, imported or rebuilt afterwards, and if archive.db is lost, as long as
    withheld.jsonl beside it is not. Its captures stay in the WARC files, so that it can be shown again.
    """
    if [listed, lifted, reason is not None].count(True) != 1 or listed != (url is None):
        raise click.UsageError("give URL with --reason TEXT, URL with --lift, or --list alone")
    if listed:
        _list(folder, as_json)
    elif lifted:
        _lift(folder, str(url), as_json, quiet)
    else:
        _withhold(folder, str(url), str(reason), as_json, quiet)


def _withhold(folder: Path, url: str, reason: str, as_json: bool, quiet: bool) -> None:
    from pipelines import withholding
    from pipelines.store import BEFORE, Archive

    with Archive.open(folder) as archive:
        done = withholding.withhold(archive, url, reason, datetime.now(UTC))
        archive.commit()
        archive.scrub()
    if as_json:
        output.emit(asdict(done))
    elif not quiet:
        output.say(f"Withheld: {done.url}, at {output.counted(len(done.addresses), 'address', 'addresses')}.")
    if (folder / BEFORE).exists():
        output.warn(f"{BEFORE} still has it; delete that file when you need it no more")


def _lift(folder: Path, url: str, as_json: bool, quiet: bool) -> None:
    from pipelines import sitelist, withholding
    from pipelines.store import Archive

    output.hush()
    sites = sitelist.load(folder / "sites.yml").sites
    with Archive.open(folder) as archive:
        captures = withholding.lift(archive, url, sites)
        archive.commit()
        archive.keep_withheld()
    if as_json:
        output.emit({"url": url, "captures": captures})
    elif not quiet:
        output.say(f"Shown again: {url}, from {output.counted(captures, 'capture')}.")


def _list(folder: Path, as_json: bool) -> None:
    from pipelines.store import Archive

    with Archive.open(folder, write=False) as archive:
        found = archive.withheld()
    if as_json:
        output.emit([asdict(one) for one in found])
    elif found:
        rows = [(one.since, one.site, one.url, one.reason) for one in found]
        output.show(output.table(None, ("since", "site", "address", "reason"), rows))
    else:
        output.say("Nothing is withheld.")
