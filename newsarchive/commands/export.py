"""`newsarchive export`: captures of the archive for other programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsarchive import output, progress

if TYPE_CHECKING:
    from pipelines.wacz import Export

LISTED = 20
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command(
    epilog=output.epilog("newsarchive export --wacz may.wacz --site gazette --since 2026-05-01", 3, 4, 8)
)
@output.archive_option
@click.option(
    "--wacz",
    type=click.Path(path_type=Path, resolve_path=True),
    metavar="FILE",
    help="Write a WACZ 1.1.1: WARC, index, pages, text.",
)
@click.option(
    "--cdxj",
    type=click.Path(path_type=Path, resolve_path=True),
    metavar="FILE",
    help="Write a CDXJ index of the archive's own WARC files.",
)
@click.option("--site", metavar="KEY", help="Only captures of this site.")
@click.option("--since", type=_DAY, metavar="DAY", help="Only captures of this day (UTC) and later.")
@click.option("--until", type=_DAY, metavar="DAY", help="Only captures of this day (UTC) and before.")
@output.json_option
@output.quiet_option
@output.debug_option
def export(
    folder: Path,
    wacz: Path | None,
    cdxj: Path | None,
    site: str | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write captures to a file for other programs, such as ReplayWeb.page and pywb.

    A crawl may go on meanwhile. What is withheld is left out. A record that is damaged is left out and told,
    and ends the command with exit code 8 after the file was written.
    """
    if (wacz is None) == (cdxj is None):
        raise click.UsageError("say what to write: --wacz FILE or --cdxj FILE")

    from pipelines import wacz as room
    from pipelines.store import Archive, Choice

    now = datetime.now(UTC)
    first = since and since.replace(tzinfo=UTC)
    last = until and until.replace(tzinfo=UTC) + timedelta(days=1)
    with Archive.open(folder, write=False) as archive:
        _check_site(site, archive.site_urls())
        choice = Choice(site, first, last)
        if cdxj is not None:
            _end(cdxj, room.index(archive, cdxj, choice), as_json, quiet)
        elif wacz is not None:
            with progress.counting("captures", quiet) as on_progress:
                done = room.export(archive, wacz, choice, software=output.software(), now=now,
                                   title=site or folder.name, on_progress=on_progress)  # fmt: skip
            _end(wacz, done, as_json, quiet)


def _check_site(site: str | None, known: dict[str, str]) -> None:
    from difflib import get_close_matches

    from pipelines.errors import SiteListError

    if site is not None and site not in known:
        near = get_close_matches(site, known, 1)
        raise SiteListError(
            f"the archive has no site '{site}'" + (f"; did you mean '{near[0]}'?" if near else "")
        )


def _end(path: Path, done: Export, as_json: bool, quiet: bool) -> None:
    """Report, and end with WarcError where a record was damaged."""
    from pipelines.errors import WarcError

    if as_json:
        output.emit({"file": str(path), "captures": done.captures, "pages": done.pages, "bytes": done.bytes,
                     "damages": done.damages})  # fmt: skip
    elif not quiet:
        captures, pages = output.counted(done.captures, "capture"), output.counted(done.pages, "page")
        output.say(f"{path}: {captures}, {pages} of articles, {output.size(done.bytes)}.")
        for damage in done.damages[:LISTED]:
            output.say(f"  {damage}")
    if done.damages:
        records = output.counted(len(done.damages), "damaged record")
        raise WarcError(f"{records} left out of {path.name}; see `newsarchive verify`")
