"""`newsarchive explain`: the whole story of one address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsarchive import output

if TYPE_CHECKING:
    from pipelines.explain import Story


@click.command(epilog=output.epilog("newsarchive explain https://gazette.example/a-story", 4))
@click.argument("url")
@output.archive_option
@output.json_option
@output.debug_option
def explain(url: str, folder: Path, as_json: bool) -> None:
    """Tell all that happened to URL, and where the proof of it lies.

    The ledger's line, each capture with its verdict, the robots verdict, the redirects that led to it and its
    place in the WARC files, and each version of the article. --json has the headers too.
    """
    from pipelines.explain import explain as tell
    from pipelines.store import Archive

    with Archive.open(folder, write=False) as archive:
        story = tell(archive, url)
    if as_json:
        output.emit(story.as_dict())
    else:
        _tell(story)


def _tell(story: Story) -> None:
    ledger = story.ledger
    output.say(story.url)
    output.say(f"{ledger['outcome']}: {ledger['reason']}" if ledger["reason"] else ledger["outcome"])
    if ledger["leads_to"]:
        output.say(f"leads to {ledger['leads_to']}")
    if story.article:
        title = story.article["title"] or "no title"
        output.say(f"article {story.article['id']}: {title}")
    events = [(event.when, event.what, event.said, event.capture or "") for event in story.events]
    output.show(output.table("What happened", ("when", "what", "", "capture"), events))
    if story.captures:
        columns = ("capture", "crawl", "robots", "certificate", "cleaner", "chain", "digest", "record")
        output.show(output.table("Proof", columns, list(_proof(story))))


def _proof(story: Story) -> Iterator[tuple[Any, ...]]:
    for row in story.captures:
        place = f"{row['warc_file']} {row['warc_offset']}+{row['warc_length']}" if row["warc_file"] else ""
        place += " (rendered by a browser)" if row["rendered"] else ""
        yield (
            str(row["id"]), str(row["crawl"] or ""), row["robots"], row["certificate"], row["extractor"],
            " ".join(row["chain"]), row["digest"], place,
        )  # fmt: skip
