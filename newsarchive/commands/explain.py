"""`newsarchive explain`: the whole story of one address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsarchive import output

if TYPE_CHECKING:
    from pipelines.explain import Stand, Story


@click.command(
    epilog=output.epilog("newsarchive explain https://gazette.example/a-story --phrase 'second span'", 1, 4)
)
@click.argument("url")
@click.option("--phrase", metavar="WORDS", help="Tell when these words of the article came, stood and went.")
@output.archive_option
@output.json_option
@output.debug_option
def explain(url: str, phrase: str | None, folder: Path, as_json: bool) -> None:
    """Tell all that happened to URL, and where the proof of it lies.

    The ledger's line, each capture with its verdict, the robots verdict, the redirects that led to it and its
    place in the WARC files, and each version of the article. --json has the headers too.

    With --phrase: which capture brought these words, which had them last, and which had them no more.
    """
    from pipelines.explain import explain as tell
    from pipelines.store import Archive

    with Archive.open(folder, write=False) as archive:
        story = tell(archive, url, phrase)
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
    if story.stands is not None:
        _tell_stands(story.stands)
        return
    events = [(event.when, event.what, event.said, event.capture or "") for event in story.events]
    output.show(output.table("What happened", ("when", "what", "", "capture"), events))
    if story.captures:
        columns = ("capture", "crawl", "robots", "certificate", "cleaner", "chain", "digest", "record")
        output.show(output.table("Proof", columns, list(_proof(story))))


def _tell_stands(stands: list[Stand]) -> None:
    """When a phrase came, stood last and went, each time with the record that proves it."""
    for stand in stands:
        versions = f"version {stand.first_version}"
        if stand.last_version != stand.first_version:
            versions += f" to {stand.last_version}"
        output.say(f"\nIn the {stand.where} of {versions}: ... {stand.said} ...")
        roles = (
            ("came with", stand.first_capture),
            ("last seen in", stand.last_capture),
            ("gone with", stand.taken_out_by),
        )
        proof = {row["id"]: row for row in stand.proof}
        rows = [
            (role, row["fetched"], str(number), str(row["status"]), row["digest"], _place(row))
            for role, number in roles
            if (row := proof.get(number))
        ]
        columns = ("", "fetched", "capture", "status", "digest", "WARC record")
        output.show(output.table("Proof", columns, rows))


def _place(row: dict[str, Any]) -> str:
    return f"{row['warc_file']} {row['warc_offset']}+{row['warc_length']}" if row["warc_file"] else ""


def _proof(story: Story) -> Iterator[tuple[Any, ...]]:
    for row in story.captures:
        place = _place(row)
        place += " (rendered by a browser)" if row["rendered"] else ""
        yield (
            str(row["id"]), str(row["crawl"] or ""), row["robots"], row["certificate"], row["extractor"],
            " ".join(row["chain"]), row["digest"], place,
        )  # fmt: skip
