"""`newsarchive extract`: what the cleaner reads off one page, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsarchive import output

if TYPE_CHECKING:
    from pipelines.article.examine import Block, Examination
    from pipelines.model import Extraction, Site
    from pipelines.sitelist import SiteList

MOST_BYTES = 50_000_000
"""A file beyond these is no page; the cleaner reads less."""
SHOWN = 200
"""Characters of a removed block that --why shows; --html shows all."""
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class _Page:
    """What is to be read."""

    source: str
    html: bytes
    url: str | None
    content_type: str | None = None


@click.command(
    epilog=output.epilog(
        "newsarchive extract https://gazette.example/a-story\n"
        "newsarchive extract saved.html --url https://gazette.example/a-story --why\n"
        "newsarchive extract saved.html --html why.html",
        3, 4, 6, 7, 8,
    )
)  # fmt: skip
@click.argument("source", metavar="URL-or-FILE")
@click.option("--why", is_flag=True, help="Show every block, kept (+) or removed (-), with score and reason.")
@click.option(
    "--html",
    "shown",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page on which all that is seen.",
)
@click.option("--url", metavar="URL", help="Address that a file was saved from.")
@click.option("--site", metavar="KEY", help="Site whose rules apply.  [default: by the page's address]")
@click.option(
    "--capture", "captured", is_flag=True, help="Read the archive's newest capture of URL; fetch nothing."
)
@click.option("--allow-private", is_flag=True, help="Fetch from an address that is not public.")
@output.archive_option
@output.json_option
@output.debug_option
def extract(
    source: str,
    why: bool,
    shown: Path | None,
    url: str | None,
    site: str | None,
    captured: bool,
    allow_private: bool,
    folder: Path,
    as_json: bool,
) -> None:
    """Show title, fields and text of one page as the cleaner reads it; nothing is archived.

    FILE is a saved HTML page, or - for stdin. A URL is fetched once, as `newsarchive add` does it: robots.txt
    is respected; with --capture nothing is fetched. Where the archive's sites.yml has the page's site, the
    site's rules (remove, keep, rule) apply.

    --why tells of each block how sure the cleaner is that it is part of the body (0 to 1), what the block was
    taken for, what decided (belief: that score; order: a heading the body goes on after; trim: a rule of the
    cleaner; site: a rule in sites.yml) and where it stands, as a selector for `remove` and `keep`. --json
    with --why has these as "blocks" beside the fields.
    """
    from pipelines import site as site_room
    from pipelines.article.examine import examine

    _check_usage(source, url, shown, captured=captured)
    output.hush()
    listed = _sites(folder, site)
    owner = _owner(listed, site, source if _is_address(source) else url)
    if captured:
        page = _captured(source, folder)
    elif _is_address(source):
        page = _fetched(source, listed, owner, allow_private)
    else:
        page = _saved(source, url)
    _refuse_binary(page)
    memory = None if owner is None else site_room.memory(owner)
    found = examine(page.html, page.url, content_type=page.content_type, site=memory)
    if shown is not None:
        _write(shown, page, owner, found)
    if as_json:
        output.emit(_document(found, why))
    else:
        _tell(page, owner, found, why)
        if shown is not None:
            output.say(f"\nWhy each block was kept or removed is in {shown}.")


def _check_usage(source: str, url: str | None, shown: Path | None, *, captured: bool) -> None:
    """Raise UsageError for options that do not go together."""
    if url is not None and (_is_address(source) or not _is_address(url)):
        raise click.UsageError("--url goes with a file, and begins with http:// or https://")
    if captured and not _is_address(source):
        raise click.UsageError("--capture goes with a URL")
    if shown is not None and source != _STDIN and shown.resolve() == Path(source).resolve():
        raise click.UsageError(f"--html would write over {source}")


def _is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _sites(folder: Path, site: str | None) -> SiteList | None:
    """What sites.yml says; None where there is none and none is needed."""
    from pipelines import sitelist

    path = folder / "sites.yml"
    return sitelist.load(path) if site is not None or path.exists() else None


def _owner(listed: SiteList | None, site: str | None, url: str | None) -> Site | None:
    """The site that was named, or the one that has the address's host."""
    from pipelines import identify

    if listed is None:
        return None
    if site is not None:
        return output.chosen(site, listed.sites)
    near = (one for one in listed.sites.values() if url and identify.same_site(url, one, one.url))
    return next(near, None)


def _fetched(url: str, listed: SiteList | None, owner: Site | None, allow_private: bool) -> _Page:
    from pipelines.errors import InputUnreadable
    from scraper.visitor import Visitor

    allowed = allow_private or (owner is not None and owner.allow_private)
    contact = listed.contact if listed is not None else None
    with Visitor(contact or "", allow_private=allowed, timeout=30.0, pause=0.5) as visitor:
        answer = visitor.page(url)
    kind = answer.content_type or "html"
    if not any(word in kind.lower() for word in ("html", "xml")):
        raise InputUnreadable(f"{url} is {kind}, not an HTML page")
    return _Page(answer.url, answer.body, answer.url, answer.content_type)


def _captured(url: str, folder: Path) -> _Page:
    from pipelines.rereading import newest
    from pipelines.store import Archive

    with Archive.open(folder, write=False) as archive:
        capture = newest(archive, url)
    source = f"{capture.url}, captured {capture.fetched:%Y-%m-%dT%H:%M:%SZ}"
    return _Page(source, capture.body, capture.url, capture.header("content-type"))


def _saved(source: str, url: str | None) -> _Page:
    from pipelines.errors import InputUnreadable

    try:
        if source == _STDIN:
            html = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                html = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise InputUnreadable(
            f"{source}: no such file; an address begins with http:// or https://"
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputUnreadable(f"{source} cannot be read: {reason}") from error
    if len(html) > MOST_BYTES:
        raise InputUnreadable(f"{source} is larger than {output.size(MOST_BYTES)}: give one HTML page")
    return _Page("stdin" if source == _STDIN else source, html, url)


def _refuse_binary(page: _Page) -> None:
    from pipelines.article.decode import is_binary
    from pipelines.errors import InputUnreadable

    if not page.html.strip():
        raise InputUnreadable(f"{page.source} is empty")
    if is_binary(page.html):
        raise InputUnreadable(f"{page.source} is not text: give an HTML page")


def _write(path: Path, page: _Page, owner: Site | None, found: Examination) -> None:
    from pipelines.article import marked
    from pipelines.errors import ArchiveError

    written = marked.page(found, page.source, _facts(page, owner, found))
    try:
        path.write_text(written, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error


def _document(found: Examination, why: bool) -> dict[str, Any]:
    """The Extraction, and with --why the blocks."""
    dates = {name: _text(getattr(found.extraction, name)) or None for name in ("published", "modified")}
    return {
        **asdict(found.extraction),
        **dates,
        **({"blocks": [asdict(block) for block in found.blocks]} if why else {}),
    }


def _tell(page: _Page, owner: Site | None, found: Examination, why: bool) -> None:
    extraction = found.extraction
    output.say(extraction.title or "No title")
    for name, value in _facts(page, owner, found):
        output.say(f"  {name:<11} {value}")
    if not why:
        output.say(f"\n{extraction.text or 'No text.'}")
        return
    for block in found.blocks:
        _tell_block(block)
    kept = sum(block.kept for block in found.blocks)
    output.say(f"\n{output.counted(kept, 'block')} kept, {len(found.blocks) - kept:,} removed.")


def _tell_block(block: Block) -> None:
    from pipelines.article.marked import why

    text = block.text.replace("\n", " · ")
    text = text if block.kept or len(text) <= SHOWN else f"{text[:SHOWN]} ..."
    mark, colour = ("+", "green") if block.kept else ("-", "red")
    click.secho(f"\n{mark} {output.plain(why(block))}", fg=colour)
    output.say(f"  {text}")


def _facts(page: _Page, owner: Site | None, found: Examination) -> Iterator[tuple[str, str]]:
    """Names and values of what was read, without what the page does not say."""
    yield "read", page.source
    for name, value in _fields(found.extraction):
        if value:
            yield name, value
    if owner is not None:
        yield "site", owner.key
        if owner.rules.tidy:
            yield "rule", f"{owner.rules.tidy} ran on the text after the blocks were chosen"
    if found.rescued:
        yield "blocks", "of the article that the page's scripts hold: its markup has none"


def _fields(extraction: Extraction) -> Iterator[tuple[str, str]]:
    yield "standfirst", extraction.standfirst or ""
    yield "authors", ", ".join(extraction.authors)
    yield "published", _text(extraction.published)
    yield "modified", _text(extraction.modified)
    yield "section", extraction.section or ""
    yield "tags", ", ".join(extraction.tags)
    yield "language", extraction.language or ""
    if extraction.image is not None:
        yield "image", extraction.image.url
        yield "caption", extraction.image.caption or ""
        yield "credit", extraction.image.credit or ""
    yield "canonical", extraction.canonical_url or ""
    yield "kind", f"{extraction.kind}, {extraction.access}"
    yield "confidence", f"{extraction.confidence:.2f}"
    yield "encoding", extraction.encoding


def _text(moment: date | None) -> str:
    return "" if moment is None else moment.isoformat()
