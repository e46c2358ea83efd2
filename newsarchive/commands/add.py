"""`newsarchive add`: look at a site, and write its entry in sites.yml."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsarchive import output

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pipelines.model import Site
    from scraper.survey import Survey


@click.command(epilog=output.epilog("newsarchive add https://gazette.example/ --delay 2", 3, 6))
@click.argument("url")
@output.archive_option
@click.option("--key", metavar="KEY", help="The site's short name.  [default: from its address]")
@click.option("--name", metavar="NAME", help="What the site is called.  [default: what it calls itself]")
@click.option(
    "--delay", type=click.FloatRange(0, 3600), metavar="SECONDS", help="Between two requests.  [default: 1]"
)
@click.option("--allow-private", is_flag=True, help="Look at, and crawl, an address that is not public.")
@output.json_option
@output.quiet_option
@output.debug_option
def add(
    url: str,
    folder: Path,
    key: str | None,
    name: str | None,
    delay: float | None,
    allow_private: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Look at the site whose front page is URL, and add it to sites.yml.

    Asks for robots.txt, the front page, its feeds and sitemaps; comments in the entry say what was seen.
    """
    from pipelines import sitelist
    from pipelines.errors import SiteListError
    from scraper.survey import survey

    path = folder / "sites.yml"
    listed = sitelist.load(path)
    known = sitelist.find(listed.sites, url)
    if known is not None:
        raise SiteListError(f"{path.name} has {url} already, as site '{known.key}'")
    with _looking(url, quiet):
        seen = survey(url, contact=listed.contact or "", allow_private=allow_private)
    site = replace(
        seen.site,
        key=key or _free_key(seen.site.key, listed.sites),
        name=name or seen.site.name,
        delay=seen.site.delay if delay is None else delay,
    )
    sitelist.append(path, site, _comments(seen))
    _tell(site, seen, as_json, quiet)


def _looking(url: str, quiet: bool) -> AbstractContextManager[object]:
    if quiet or not output.at_terminal():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(f"Looking at {output.plain(url)}")


def _free_key(key: str, taken: Mapping[str, Site]) -> str:
    """`key`, or with a number behind it where another site has it."""
    candidates = (key, *(f"{key}-{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _comments(seen: Survey) -> list[str]:
    return [f"Seen on {date.today().isoformat()}:", *seen.notes, *(f"Mind: {text}" for text in seen.warnings)]


def _tell(site: Site, seen: Survey, as_json: bool, quiet: bool) -> None:
    if as_json:
        output.emit({
            "key": site.key, "url": site.url, "name": site.name, "language": site.language,
            "delay": site.delay,
            "allow_private": site.allow_private, "feeds": list(site.feeds), "sitemaps": list(site.sitemaps),
            "sections": list(site.sections), "notes": list(seen.notes), "warnings": list(seen.warnings),
        })  # fmt: skip
    elif not quiet:
        output.say(f"{site.name or site.url} is in sites.yml as '{site.key}'.")
        for note in seen.notes:
            output.say(f"  {note}")
        for text in seen.warnings:
            output.say(f"  Mind: {text}")
        output.say("Next: newsarchive crawl")
