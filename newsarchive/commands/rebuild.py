"""`newsarchive rebuild`: the article tables anew, from the WARC and the code."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsarchive import output, progress

if TYPE_CHECKING:
    from pipelines.rebuild import Rebuilt
    from pipelines.succession import Sample

DAMAGED = 10
"""So many damaged records are named; --json names all."""


@click.command(epilog=output.epilog("newsarchive rebuild --apply", 3, 4, 5, 8))
@click.option("--apply", is_flag=True, help="Put what was made in the place of archive.db.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes to read in.  [default: a core each]"
)
@output.archive_option
@output.json_option
@output.quiet_option
@output.debug_option
def rebuild(folder: Path, apply: bool, workers: int | None, as_json: bool, quiet: bool) -> None:
    """Make archive.db anew from the WARC files, and say what would change.

    As long as the cleaner and sites.yml are the same, nothing does. With --apply the new file takes the
    place of archive.db, in one step; the old one is kept as archive.db.before-rebuild until the next time. A
    reading room that runs shows the old one until it is started anew. Broken off, a rebuild leaves everything
    as it was; run it again. Nothing is applied while records are damaged or missing. Where archive.db was
    lost, all comes back but what it alone knew, such as why an address was left out; what is withheld stays
    so, as long as withheld.jsonl is there.
    """
    from pipelines import rebuild as room
    from pipelines import sitelist

    output.hush()
    sites = sitelist.load(folder / "sites.yml").sites
    began = time.monotonic()
    with progress.steps(quiet) as on_progress:
        result = room.rebuild(
            folder, sites, output.software(), apply=apply, workers=workers, on_progress=on_progress
        )
    seconds = time.monotonic() - began
    if as_json:
        output.emit({**asdict(result), "seconds": round(seconds, 3)})
    elif not quiet:
        _tell(result, seconds)
    if result.damaged or result.lost:
        from pipelines.errors import WarcError

        raise WarcError(
            f"{output.counted(len(result.damaged), 'record')} cannot be read, and "
            f"{output.counted(result.lost, 'row')} of captures have none; "
            "`newsarchive verify` names them: put the files back from a copy"
        )


def _tell(result: Rebuilt, seconds: float) -> None:
    captures, articles = (
        output.counted(result.captures, "capture"),
        output.counted(result.articles, "article"),
    )
    output.say(
        f"{captures}: {articles} in {output.counted(result.revisions, 'version')}, {seconds:.1f} s, "
        f"{result.captures / max(seconds, 0.001):,.0f} captures a second."
    )
    if result.recovered:
        output.say(f"{output.counted(result.recovered, 'capture')} that archive.db did not know.")
    for place in result.damaged[:DAMAGED]:
        output.say(f"Damaged: {place}")
    if result.lost:
        output.say(f"{output.counted(result.lost, 'row')} of captures have no record.")
    if result.differences.tables:
        _tell_differences(result)
    else:
        output.say("Nothing changes: every row is the same.")
    if result.applied and 0 < result.recovered == result.captures:
        output.say("Applied. Withheld is what withheld.jsonl names; `newsarchive withhold --list` shows it.")
    elif result.applied:
        output.say("Applied; the old one is archive.db.before-rebuild.")
    elif result.differences.tables and not (result.damaged or result.lost):
        output.say("Next: newsarchive rebuild --apply")


def _tell_differences(result: Rebuilt) -> None:
    found = result.differences
    rows = [(table, gone, new) for table, (gone, new) in found.tables.items()]
    output.show(output.table("Rows that differ", ("table", "only before#", "only after#"), rows))
    output.say(
        f"Articles: {found.added:,} more, {found.removed:,} fewer, {found.changed:,} changed; "
        f"{found.words_added:,} words more, {found.words_removed:,} fewer."
    )
    if found.fields:
        output.show(output.table("Changed", ("field", "articles#"), list(found.fields.items())))
    if found.samples:
        columns = ("article", "field", "before", "after")
        output.show(output.table("Samples", columns, [_row(sample) for sample in found.samples]))


def _row(sample: Sample) -> tuple[Any, ...]:
    return f"{sample.article}", sample.what, sample.before, sample.after
