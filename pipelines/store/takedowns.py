"""withheld.jsonl: what the archivist withholds, beside archive.db: a takedown outlives the loss of that file.

Promises: replaced in one step, and durable; a line for each article, as the tables `withheld` and `sites`
have it (docs/schema.md). Only an archive that has no capture yet takes over what it says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from pipelines.durable import disk, sync_file, sync_folder
from pipelines.errors import ArchiveUnusable
from pipelines.model import Site
from pipelines.store.entries import Withheld

WITHHELD = "withheld.jsonl"


def keep(folder: Path, withheld: Iterable[tuple[Withheld, Site | None]]) -> None:
    """Write them all, each with its site. Raises ArchiveReadOnly, DiskFull."""
    path = folder / WITHHELD
    with disk(path):
        fresh = path.with_name(f"{WITHHELD}.new")
        fresh.write_text("".join(f"{_line(one, site)}\n" for one, site in withheld), encoding="utf-8")
        sync_file(fresh)
        fresh.replace(path)
        sync_folder(folder)


def _line(one: Withheld, site: Site | None) -> str:
    of_site = {name: getattr(site, name) for name in _OF_SITE} if site else None
    return json.dumps({**asdict(one), "site": of_site}, ensure_ascii=False)


_OF_SITE = ("key", "url", "name", "language", "licence")


def kept(folder: Path) -> Iterator[tuple[Withheld, Site | None]]:
    """What the file says, nothing where there is none.

    Raises ArchiveUnusable of a line that newsarchive did not write.
    """
    path = folder / WITHHELD
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    for number, line in enumerate(filter(None, lines), 1):
        try:
            fields = json.loads(line)
            site = Site(**fields["site"]) if fields["site"] else None
            lists = {name: tuple(map(str, fields[name])) for name in ("addresses", "hashes")}
            yield Withheld(**{**fields, **lists, "site": site.key if site else None}), site
        except (ValueError, TypeError, KeyError) as error:
            raise ArchiveUnusable(
                f"{path}, line {number}: not what newsarchive wrote of an article that is withheld; "
                "put the file back from a copy, or take the line out"
            ) from error
