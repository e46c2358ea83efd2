"""`newsarchive import`: articles that were saved elsewhere."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsarchive import output, progress

if TYPE_CHECKING:
    from pipelines.saved import Imported, SavedFile

GROUP = 50
"""Files that become durable together."""
LISTED = 20
"""So many files are told one by one; of more, only those that are no article."""


@click.command(
    "import", epilog=output.epilog("newsarchive import ../saved-pages article.txt --site gazette", 3, 4, 5, 7)
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@output.archive_option
@click.option(
    "--site", metavar="KEY", help="Site of the articles.  [default: by their address, else 'imported']"
)
@click.option("--url", metavar="URL", help="Address that a single file was saved from.")
@output.json_option
@output.quiet_option
@output.debug_option
def import_(
    paths: tuple[Path, ...], folder: Path, site: str | None, url: str | None, as_json: bool, quiet: bool
) -> None:
    """Import saved articles: files and folders of plain text and HTML.

    Plain text is .txt, .text and .md, HTML is .html, .htm and .xhtml. The bytes are kept in the WARC as they
    are. A file that is in the archive already adds nothing, so an import can be repeated, and goes on where
    it was broken off.
    """
    from pipelines import saved

    if url is not None and (len(paths) != 1 or paths[0].is_dir()):
        raise click.UsageError("--url goes with a single file")
    if url is not None and not url.startswith(("http://", "https://")):
        raise click.UsageError(f"--url {url} does not begin with http:// or https://")
    output.hush()
    files, others = saved.find(paths)
    done = _import(folder, files, site, url, quiet)
    results = Counter(imported.result.value for imported in done)
    if as_json:
        output.emit(_document(done, results, others))
    elif not quiet:
        _tell(done, results, others)
    _end(done)


def _import(
    folder: Path, files: list[SavedFile], site: str | None, url: str | None, quiet: bool
) -> list[Imported]:
    """Take the files, and make them durable in groups: first the WARC, then the rows."""
    from pipelines import saved, sitelist
    from pipelines.store import Archive
    from pipelines.warc import WarcWriter

    done: list[Imported] = []
    with Archive.open(folder) as archive:
        sites = sitelist.load(folder / "sites.yml").sites
        _check_site(site, {*sites, saved.IMPORTED.key})
        software = output.software()
        with WarcWriter(folder, software) as warc, progress.files(len(files), quiet) as on_file:
            importer = saved.Importer(archive, warc, sites)
            for file in files:
                done.append(importer.take(file, now=datetime.now(UTC), site=site, url=url))
                on_file(file.name)
                if len(done) % GROUP == 0 or len(done) == len(files):
                    warc.sync()
                    archive.commit()
    return done


def _check_site(site: str | None, known: set[str]) -> None:
    from difflib import get_close_matches

    from pipelines.errors import SiteListError

    if site is not None and site not in known:
        near = get_close_matches(site, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else "write an entry for it, with its url"
        raise SiteListError(f"sites.yml has no site '{site}'; {hint}")


def _document(done: list[Imported], results: Counter[str], others: Counter[str]) -> dict[str, object]:
    return {
        "results": dict(results),
        "files": [
            {"file": str(imported.file.path), "result": imported.result.value, "reason": imported.reason,
             "article": imported.article}
            for imported in done
        ],
        "passed_over": dict(others),
    }  # fmt: skip


def _tell(done: list[Imported], results: Counter[str], others: Counter[str]) -> None:
    from pipelines.saved import Result

    boring = {Result.ARTICLE, Result.UNCHANGED} if len(done) > LISTED else set()
    for imported in done:
        if imported.result not in boring:
            why = f" ({imported.reason})" if imported.reason else ""
            output.say(f"{imported.file.name}: {imported.result.value}{why}")
    told = ", ".join(f"{count:,} {result}" for result, count in results.most_common())
    output.say(f"{output.counted(len(done), 'file')}: {told or 'nothing to import'}.")
    if others:
        kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in others.most_common(8))
        output.say(f"Passed over, of other kinds: {kinds}.")


def _end(done: list[Imported]) -> None:
    """End with InputUnreadable where a file could not be read, or none held an article."""
    from pipelines.errors import InputUnreadable
    from pipelines.saved import SUPPORTED, Result

    unreadable = [imported for imported in done if imported.result is Result.UNREADABLE]
    if unreadable:
        first = f"{unreadable[0].file.path}: {unreadable[0].reason}"
        rest = f", and {len(unreadable) - 1:,} more files cannot be read" if len(unreadable) > 1 else ""
        raise InputUnreadable(first + rest)
    if not done:
        raise InputUnreadable(f"nothing here can be imported; what can: {SUPPORTED}")
    if all(imported.result is Result.NOT_ARTICLE for imported in done):
        raise InputUnreadable(
            f"{done[0].file.path}: no article in it" if len(done) == 1 else "no file holds an article"
        )
