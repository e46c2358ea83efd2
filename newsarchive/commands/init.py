"""`newsarchive init`: a folder becomes an archive."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from newsarchive import output

METADATA = "metadata.yml"
_ASK = "Your e-mail or web address, sent to the sites you crawl so that they can reach you (Enter for none)"


@click.command(epilog=output.epilog("newsarchive init my-archive --contact archive@example.org", 3, 4, 5))
@click.argument(
    "directory", required=False, type=click.Path(path_type=Path, resolve_path=True), metavar="[DIR]"
)
@output.archive_option
@click.option(
    "--contact", metavar="ADDRESS", help="E-mail or web address that sites you crawl can reach you at."
)
@output.json_option
@output.quiet_option
@output.debug_option
def init(directory: Path | None, folder: Path, contact: str | None, as_json: bool, quiet: bool) -> None:
    """Make an archive in DIR (here, if none is given).

    Writes sites.yml with comments that explain it, metadata.yml, an empty archive.db and the folder warc.
    A file that is there already stays as it is; a folder that holds an archive is left alone.
    """
    from pipelines import sitelist
    from pipelines.errors import ArchiveUnusable
    from pipelines.store import DATABASE, Archive

    folder = directory or folder
    if (folder / DATABASE).exists():
        raise ArchiveUnusable(f"{folder} holds an archive already: it stays as it is")
    if contact is None and not (folder / "sites.yml").exists():
        contact = _ask_contact()
    sites_yml = sitelist.template(contact or None)
    Archive.create(folder).close()
    made = [DATABASE]
    made += _write(folder / "sites.yml", sites_yml.encode())
    made += _write(folder / METADATA, _packaged_metadata())
    (folder / "warc").mkdir(exist_ok=True)
    _tell(folder, made, as_json, quiet)


def _ask_contact() -> str | None:
    """What a person at the terminal answers; None where there is none to ask."""
    if not (sys.stdin.isatty() and output.at_terminal()):
        return None
    answer: str = click.prompt(_ASK, default="", show_default=False, err=True)
    return answer.strip() or None


def _write(path: Path, content: bytes) -> list[str]:
    """Write a file unless it is there; the names of what was written."""
    from pipelines.errors import ArchiveReadOnly

    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return []
    except OSError as error:
        raise ArchiveReadOnly(f"{path} cannot be written: {error.strerror}") from error
    return [path.name]


def _packaged_metadata() -> bytes:
    """metadata.yml as it comes with newsarchive: in a wheel beside the code, in a checkout at its root."""
    package = Path(__file__).parent.parent
    places = (package / METADATA, package.parent / METADATA)
    return next(path for path in places if path.is_file()).read_bytes()


def _tell(folder: Path, made: list[str], as_json: bool, quiet: bool) -> None:
    kept = [name for name in ("sites.yml", METADATA) if name not in made]
    if as_json:
        output.emit({"archive": str(folder), "made": made, "kept": kept})
    elif not quiet:
        more = f"; kept {', '.join(kept)}" if kept else ""
        output.say(f"An archive in {folder}: {', '.join(made)}{more}")
        where = "" if folder == Path.cwd() else f"cd {folder} && "
        output.say(f"Next: {where}newsarchive add https://...")
