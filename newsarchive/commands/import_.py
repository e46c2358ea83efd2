"""`newsarchive import`: articles that were saved, or crawled, elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsarchive import output, progress

if TYPE_CHECKING:
    from pipelines.accession.packs import Accessions
    from pipelines.accession.saved import Imported, SavedFile

GROUP = 50
"""Files that become durable together."""
LISTED = 20
"""So many files are told one by one; of more, only those that are no article. As many damages of a file."""


@click.command(
    "import",
    epilog=output.epilog("newsarchive import ../saved-pages crawl.warc.gz --site gazette", 3, 4, 5, 7, 8),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@output.archive_option
@click.option(
    "--site",
    metavar="KEY",
    help="Site of the articles.  [default: by their address; else 'imported', of a WARC one a host]",
)
@click.option("--url", metavar="URL", help="Address that a single file was saved from.")
@output.json_option
@output.quiet_option
@output.debug_option
def import_(
    paths: tuple[Path, ...], folder: Path, site: str | None, url: str | None, as_json: bool, quiet: bool
) -> None:
    """Import what others saved or crawled: files and folders of plain text, HTML, MHTML, WARC and WACZ.

    Plain text is .txt, .text and .md, a saved page .html, .htm, .xhtml, .mhtml and .mht, captures are .warc,
    .warc.gz, .warc.zst and .wacz. What is archived is copied into the archive's own WARC. A file that is in
    the archive already adds nothing, so an import can be repeated, and goes on where it was broken off.

    Of a WARC, HTML pages are taken, each for the site of sites.yml that has its host; other types are counted
    and passed over, and so is what is damaged, with its place.
    """
    from pipelines.accession import saved

    if url is not None and (len(paths) != 1 or paths[0].is_dir()):
        raise click.UsageError("--url goes with a single file")
    if url is not None and not url.startswith(("http://", "https://")):
        raise click.UsageError(f"--url {url} does not begin with http:// or https://")
    output.hush()
    files, others = saved.find(paths)
    done = _import(folder, files, site, url, quiet)
    results = _results(done)
    if as_json:
        output.emit(_document(done, results, others))
    elif not quiet:
        _tell(done, results, others)
    _end(done)


def _import(
    folder: Path, files: list[SavedFile], site: str | None, url: str | None, quiet: bool
) -> list[Imported]:
    """Take the files, and make them durable in groups: first the WARC, then the rows."""
    from pipelines import sitelist
    from pipelines.accession import packs, saved
    from pipelines.store import Archive
    from pipelines.warc import WarcWriter

    done: list[Imported] = []
    with Archive.open(folder) as archive:
        sites = sitelist.load(folder / "sites.yml").sites
        _check_site(site, {*sites, saved.IMPORTED.key})
        with (
            WarcWriter(folder, output.software(), originals=archive.original, now=datetime.now(UTC)) as warc,
            progress.files(len(files), quiet) as on_file,
        ):

            def keep(name: str, part: float) -> None:
                if part < 1 or len(done) % GROUP == 0 or len(done) == len(files):
                    warc.sync()
                    archive.commit()
                on_file(name, part)

            importer = saved.Importer(archive, warc, sites)
            accessions = packs.Accessions(archive, warc, {**sites, saved.IMPORTED.key: saved.IMPORTED})
            for file in files:
                if packs.is_pack(file.path):
                    done.append(_take_pack(accessions, file, site, keep))
                else:
                    done.append(importer.take(file, now=datetime.now(UTC), site=site, url=url))
                keep(file.name, 1)
    return done


def _take_pack(
    accessions: Accessions, file: SavedFile, site: str | None, keep: Callable[[str, float], None]
) -> Imported:
    """Take a file of captures, and make them durable group by group."""
    from pipelines.accession import saved
    from pipelines.accession.packs import Accession
    from pipelines.errors import InputUnreadable

    pack = Accession()
    try:
        for pack in accessions.take(file.path, now=datetime.now(UTC), site=site):
            keep(file.name, min(pack.done / (pack.size or 1), 0.999))
    except InputUnreadable as error:
        return saved.Imported(file, saved.Result.UNREADABLE, str(error))
    return saved.of_pack(file, pack)


def _check_site(site: str | None, known: set[str]) -> None:
    from difflib import get_close_matches

    from pipelines.errors import SiteListError

    if site is not None and site not in known:
        near = get_close_matches(site, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else "write an entry for it, with its url"
        raise SiteListError(f"sites.yml has no site '{site}'; {hint}")


def _results(done: list[Imported]) -> Counter[str]:
    """How many files, and captures of WARC files, ended as what."""
    results: Counter[str] = Counter()
    for imported in done:
        results.update(imported.pack.counts if imported.pack else [imported.result.value])
    return results


def _document(done: list[Imported], results: Counter[str], others: Counter[str]) -> dict[str, object]:
    return {
        "results": dict(results),
        "files": [
            {"file": str(imported.file.path), "result": imported.result.value, "reason": imported.reason,
             "article": imported.article, **_captures(imported)}
            for imported in done
        ],
        "passed_over": dict(others),
    }  # fmt: skip


def _captures(imported: Imported) -> dict[str, object]:
    """What --json has of a WARC or WACZ besides."""
    pack = imported.pack
    if pack is None:
        return {}
    return {"captures": dict(pack.counts), "captures_passed_over": dict(pack.passed_over),
            "damaged": pack.damaged, "damages": pack.damages}  # fmt: skip


def _tell(done: list[Imported], results: Counter[str], others: Counter[str]) -> None:
    from pipelines.accession.saved import Result

    boring: set[Result] = {Result.ARTICLE, Result.UNCHANGED} if len(done) > LISTED else set()
    for imported in done:
        if imported.result not in boring:
            why = f" ({imported.reason})" if imported.reason else ""
            output.say(f"{imported.file.name}: {imported.result.value}{why}")
        for damage in imported.pack.damages[:LISTED] if imported.pack else ():
            output.say(f"  {damage}")
    told = ", ".join(
        output.counted(count, result) if result == Result.ARTICLE else f"{count:,} {result}"
        for result, count in results.most_common()
    )
    output.say(f"{output.counted(len(done), 'file')}: {told or 'nothing to import'}.")
    if others:
        kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in others.most_common(8))
        output.say(f"Passed over, of other kinds: {kinds}.")


def _end(done: list[Imported]) -> None:
    """End with InputUnreadable where a file could not be read, or none held an article; with WarcError where
    a WARC was damaged."""
    from pipelines.accession.saved import SUPPORTED, Result
    from pipelines.errors import InputUnreadable, WarcError

    unreadable = [imported for imported in done if imported.result is Result.UNREADABLE]
    if unreadable:
        first = f"{unreadable[0].file.path}: {unreadable[0].reason}"
        rest = f", and {len(unreadable) - 1:,} more files cannot be read" if len(unreadable) > 1 else ""
        raise InputUnreadable(first + rest)
    if damaged := [imported for imported in done if imported.pack and imported.pack.damaged]:
        count = sum(imported.pack.damaged for imported in damaged if imported.pack)
        places = output.counted(count, "damaged place")
        raise WarcError(f"{damaged[0].file.path}: {places} passed over; all else was taken in")
    if not done:
        raise InputUnreadable(f"nothing here can be imported; what can: {SUPPORTED}")
    if all(imported.result is Result.NOT_ARTICLE for imported in done):
        raise InputUnreadable(
            f"{done[0].file.path}: no article in it" if len(done) == 1 else "no file holds an article"
        )
