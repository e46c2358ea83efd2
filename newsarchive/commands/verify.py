"""`newsarchive verify`: do the WARC files say what their digests and archive.db say?"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsarchive import output, progress

if TYPE_CHECKING:
    from pipelines.verify import Finding, Verification

LISTED = 50
"""So many findings are told; --json has them all."""
_MANY = {
    "damaged record": "damaged records",
    "other than its digest": "other than their digests",
    "other than its row": "other than their rows",
    "row without its record": "rows without their records",
    "missing file": "missing files",
}
"""Each fault, of more than one."""


@click.command(epilog=output.epilog("newsarchive verify --json > fixity.json", 4, 8))
@output.archive_option
@output.json_option
@output.quiet_option
@output.debug_option
def verify(folder: Path, as_json: bool, quiet: bool) -> None:
    """Read all WARC files again: every digest, and every pointer of archive.db into them.

    Nothing is repaired. A record that no row of captures names is no fault: a crawl was killed before it
    could write the row, and has fetched the page again; `newsarchive rebuild` takes such records in.
    """
    from pipelines.store import Archive
    from pipelines.verify import verify as read_all
    from pipelines.warc import inventory

    with Archive.open(folder, write=False) as archive, progress.steps(quiet) as on_progress:
        total = sum(path.stat().st_size for path in inventory.segments(folder))
        read: Counter[str] = Counter()

        def count(size: int) -> None:
            read["bytes"] += size
            on_progress("MB", read["bytes"] >> 20, total >> 20)

        result = read_all(archive, count)
    if as_json:
        output.emit(asdict(result))
    elif not quiet:
        _tell(result)
    if result.findings:
        from pipelines.errors import WarcError

        raise WarcError(_summary(result))


def _tell(result: Verification) -> None:
    files, records = output.counted(result.files, "file"), output.counted(result.records, "record")
    output.say(f"{files}, {output.size(result.size)}: {records}.")
    output.say(
        f"{output.counted(result.captures, 'capture')} lie where archive.db says, and are what it says."
    )
    if result.orphans:
        output.say(f"{output.counted(result.orphans, 'record')} of captures that archive.db does not know.")
    for name in result.unfinished:
        output.say(f"{name} is still open: it is being written, or its writer was killed.")
    for finding in result.findings[:LISTED]:
        output.say(_line(finding))
    if len(result.findings) > LISTED:
        output.say(f"{len(result.findings) - LISTED:,} more: --json has them all.")


def _line(finding: Finding) -> str:
    place = f"{finding.file} at byte {finding.offset:,}" if finding.offset is not None else finding.file
    row = f" (capture {finding.capture})" if finding.capture else ""
    return f"{finding.fault}: {place or 'archive.db'}{row}: {finding.message}"


def _summary(result: Verification) -> str:
    kinds = Counter(finding.fault.value for finding in result.findings)
    told = ", ".join(output.counted(count, fault, _MANY[fault]) for fault, count in kinds.most_common())
    return f"{told}; put the files back from a copy, and keep these for comparison"
