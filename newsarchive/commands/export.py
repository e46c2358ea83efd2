"""`newsarchive export`: articles as tables and texts, captures for replay."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from newsarchive import output, progress

if TYPE_CHECKING:
    from pipelines.formats import Writer
    from pipelines.warc.wacz import Export

LISTED = 20
ARTICLES = ("jsonl", "parquet", "csv", "tei")
CAPTURES = ("wacz", "cdxj")
ENDINGS = {**{f".{form}": form for form in (*ARTICLES, *CAPTURES)}, ".ndjson": "jsonl", ".xml": "tei"}
STDOUT = Path("-")
_FILE = click.Path(path_type=Path, allow_dash=True)


@click.command(
    epilog=output.epilog(
        "newsarchive export -o articles.parquet --site gazette --since 2026-03\n"
        "newsarchive export -o - --format jsonl --query 'lamp OR light' --versions | jq .title\n"
        "newsarchive export --wacz may.wacz --since 2026-05-01",
        3, 4, 8,
    )
)  # fmt: skip
@output.archive_option
@click.option(
    "-o", "--output", "target", type=_FILE, metavar="FILE",
    help="The file to write; - is stdout. With .gz behind its ending it is packed.",
)  # fmt: skip
@click.option(
    "-f", "--format", "form", type=click.Choice((*ARTICLES, *CAPTURES)), help="[default: by FILE's ending]"
)
@click.option("--wacz", type=_FILE, metavar="FILE", help="The same as -o FILE -f wacz.")
@click.option("--cdxj", type=_FILE, metavar="FILE", help="The same as -o FILE -f cdxj.")
@click.option("--site", metavar="KEY", help="Only this site.")
@click.option("--since", metavar="DAY", help="From this day (UTC) on: 2026, 2026-03 or 2026-03-15.")
@click.option("--until", metavar="DAY", help="Up to this day (UTC), included.")
@click.option("--query", metavar="WORDS", help="Only articles with these words, as in the search box.")
@click.option("--section", metavar="NAME", help="Only this section, as the site names it.")
@click.option("--author", metavar="NAME", help="Only this author, as printed.")
@click.option("--language", metavar="TAG", help='Only this language, such as "en".')
@click.option("--kind", type=click.Choice(("article", "live blog", "gallery")), help="Only this kind.")
@click.option("--access", type=click.Choice(("open", "metered", "paywalled")), help="Only this access.")
@click.option("--versions", is_flag=True, help="Every version of each article, not only what it is now.")
@click.option("--no-text", is_flag=True, help="Without the texts (not for tei).")
@output.json_option
@output.quiet_option
@output.debug_option
def export(
    folder: Path, target: Path | None, form: str | None, wacz: Path | None, cdxj: Path | None,
    versions: bool, no_text: bool, as_json: bool, quiet: bool, **narrowed: str | None,
) -> None:  # fmt: skip
    """Write articles (jsonl, parquet, csv, tei) or captures (wacz, cdxj) to a file for other programs.

    Articles come the oldest first, those without a date last, and days are those of publication; captures
    are chosen by site and by the day they were fetched. What is withheld is never in it. The file appears
    under its name when it is whole, and never takes the place of another. A crawl may go on meanwhile. In
    csv, a cell that a spreadsheet would run as a formula begins with an apostrophe. A capture whose record
    is damaged is left out and told, and ends the command with exit code 8 after the file was written.
    """
    targets = [(target, form), (wacz, "wacz"), (cdxj, "cdxj")]
    given = [(path, named) for path, named in targets if path is not None]
    if len(given) != 1:
        raise click.UsageError("say what to write: -o FILE, --wacz FILE or --cdxj FILE, one of them")
    path, named = given[0]
    if path != STDOUT:
        path = path.absolute()
    chosen = named or _by_ending(path)
    filters = {name: value for name, value in narrowed.items() if value}
    if as_json and path == STDOUT:
        raise click.UsageError("--json reports on stdout, where -o - writes: one of them")
    if chosen == "tei" and no_text:
        raise click.UsageError("--no-text is not for tei, which is made of the texts")
    _check_days(filters)
    if chosen in ARTICLES:
        _articles(folder, path, chosen, filters, versions, not no_text, as_json, quiet)
        return
    refused = [name for name in filters if name not in ("site", "since", "until")]
    refused += [name for name, asked in (("versions", versions), ("no-text", no_text)) if asked]
    if refused or path == STDOUT:
        what = f"--{refused[0]}" if refused else "-o -"
        raise click.UsageError(f"{what} is for articles ({', '.join(ARTICLES)}), not for {chosen}")
    _captures(folder, path, chosen, filters, as_json, quiet)


def _by_ending(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    ending = next((suffix for suffix in reversed(suffixes) if suffix != ".gz"), "")
    if path == STDOUT or ending not in ENDINGS:
        raise click.UsageError(f"say the format: --format {'|'.join((*ARTICLES, *CAPTURES))}")
    return ENDINGS[ending]


# Articles.


def _articles(
    folder: Path, path: Path, form: str, filters: dict[str, str], versions: bool, text: bool, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    from newsarchive.client import Archive as Reader
    from newsarchive.client.file import File
    from pipelines.store import Archive

    with Archive.open(folder, write=False) as archive:  # says what is wrong with it, and what is kept back
        kept = archive.kept_back()
        _check_site(filters.get("site"), archive.site_urls())
    words = filters.pop("query", "")
    writer, done = _writer(form, folder, versions, text), 0
    source = File(folder)
    with Reader(source) as reader, source.unchanging(), _written(path, form) as out:
        out.write(writer.head())
        bites = reader.exported(words, filters, versions=versions, text=text or form == "tei",
                                html=form == "tei" and not versions)  # fmt: skip
        what = "versions" if versions else "articles"
        with progress.counting(what, quiet) as on_progress:
            for bite in bites:
                rows = [row for row in bite if row["url"] not in kept]
                rows = [row | {"captured_url": None} if row.get("captured_url") in kept else row
                        for row in rows]  # fmt: skip
                out.write(writer.rows(rows))
                done += len(rows)
                on_progress(done)
        out.write(writer.end())
    if path == STDOUT:
        return
    size = path.stat().st_size
    if as_json:
        output.emit({"file": str(path), "format": form, what: done, "bytes": size})
    elif not quiet:
        output.say(f"{path}: {output.counted(done, what.removesuffix('s'))}, {output.size(size)}.")


def _check_days(filters: dict[str, str]) -> None:
    from readingroom.question import A_DATE, no_dates

    for name, said in no_dates(filters).items():
        raise click.UsageError(f"--{name} {said}: a day is {A_DATE}")


def _writer(form: str, folder: Path, versions: bool, text: bool) -> Writer:
    from pipelines import formats

    columns = (*(formats.VERSION if versions else formats.ARTICLE), *([formats.TEXT] if text else []))
    if form == "tei":
        told = _metadata(folder / "metadata.yml")
        return formats.Tei(str(told.get("title") or folder.name), str(told.get("license") or ""))
    tables: dict[str, Any] = {"jsonl": formats.JsonLines, "csv": formats.Csv, "parquet": formats.Parquet}
    made: Writer = tables[form](columns)
    return made


def _metadata(path: Path) -> dict[str, Any]:
    """What metadata.yml says of the archive; nothing where it cannot be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        told = YAML(typ="safe").load(path)
    except (OSError, YAMLError, UnicodeDecodeError):
        return {}
    return told if isinstance(told, dict) else {}


@contextmanager
def _written(path: Path, form: str) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """The file while it is written: beside its place, which it takes when the block ends well; or stdout.

    Raises ArchiveError where the file is there, DiskFull or ArchiveReadOnly where it cannot be written.
    """
    from pipelines.durable import disk, sync_folder
    from pipelines.errors import ArchiveError

    if path == STDOUT:
        if form == "parquet" and sys.stdout.isatty():
            raise click.UsageError("parquet is no text for a terminal: -o FILE, or a pipe")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists():
        raise ArchiveError(f"{path} is there already: remove it, or name another file")
    if not path.parent.is_dir():
        raise ArchiveError(f"{path.parent} is no folder: make it, or name another place for {path.name}")
    unfinished = path.with_name(f"{path.name}.part")
    with disk(path):
        try:
            with unfinished.open("wb") as raw:
                if path.suffix.lower() == ".gz":  # without a name or a time, so that the same is the same
                    with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                        yield packed
                else:
                    yield raw
                raw.flush()
                os.fsync(raw.fileno())
            unfinished.rename(path)
            sync_folder(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)


# Captures.


def _captures(
    folder: Path, path: Path, form: str, filters: dict[str, str], as_json: bool, quiet: bool
) -> None:
    from pipelines.store import Archive, Choice
    from pipelines.warc import wacz as room

    now, site = datetime.now(UTC), filters.get("site")
    first, last = _day(filters.get("since")), _day(filters.get("until"))
    with Archive.open(folder, write=False) as archive:
        _check_site(site, archive.site_urls())
        choice = Choice(site, first and first[0], last and last[1])
        if form == "cdxj":
            _end(path, room.index(archive, path, choice), as_json, quiet)
            return
        with progress.counting("captures", quiet) as on_progress:
            done = room.export(archive, path, choice, software=output.software(), now=now,
                               title=site or folder.name, on_progress=on_progress)  # fmt: skip
        _end(path, done, as_json, quiet)


def _day(given: str | None) -> tuple[datetime, datetime] | None:
    """The beginning and the end of a day, month or year."""
    if given is None:
        return None
    begin = datetime.fromisoformat(f"{given}-01-01"[:10]).replace(tzinfo=UTC)
    try:
        later = begin + timedelta(days={4: 366, 7: 31, 10: 1}[len(given)])
    except OverflowError:
        return begin, datetime.max.replace(tzinfo=UTC)
    return begin, {4: later.replace(month=1, day=1), 7: later.replace(day=1), 10: later}[len(given)]


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
