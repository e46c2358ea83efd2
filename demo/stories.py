"""The copy of The Harbour Gazette: demo/stories/*.md read into stories, and what each edition prints.

A story is one file: TOML between two lines of `+++`, then the body: blocks with a blank line between.

    ## words          a heading                 > words       a quotation
    - words           a list, one item a line   @ 14:32 words an entry of a live blog
    !photo a | b      a figure: caption | credit
    !related x y      links to stories x and y  !readmore x   a promo for story x
    !newsletter       a sign-up box             !tides        the tide box (prose that is not the story's)
    anything else     a paragraph, in which *words* are emphasised and [words](slug) is a link

Nothing here knows of HTTP or of templates.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DAYS = {1: date(2025, 3, 13), 2: date(2025, 3, 14)}
"""The day on which each edition came out."""

SECTIONS = {
    "harbour": "Harbour",
    "town": "Town",
    "business": "Business",
    "culture": "Culture",
    "sport": "Sport",
    "opinion": "Opinion",
    "neighbours": "Neighbours",
}
PROSE = frozenset({"p", "h2", "quote", "list", "entry"})
"""The kinds of block that are the story itself; all others are furniture."""

_INLINE = re.compile(r"\[([^\]]+)\]\(([^)]+)\)|\*([^*]+)\*")
_MARKED = {"## ": "h2", "> ": "quote"}


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a body: its kind ("p", "h2", "quote", "list", "entry", "photo"...) and its words."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    """Items of a list, slugs of related links, or caption and credit of a photo."""
    time: str = ""
    """Of a live blog's entry, as "14:32"."""

    @property
    def prose(self) -> str:
        """The words without markup, a blank line between the items of a list; "" for furniture."""
        if self.kind not in PROSE:
            return ""
        return "\n\n".join(plain(item) for item in self.items) if self.kind == "list" else plain(self.text)


@dataclass(frozen=True, slots=True)
class Correction:
    """What edition 2 prints otherwise."""

    at: datetime
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story as one edition prints it."""

    slug: str
    path: str
    title: str
    standfirst: str
    authors: tuple[str, ...]
    section: str
    published: datetime
    modified: datetime
    body: tuple[Block, ...]
    language: str = "en"
    kind: str = "article"
    access: str = "open"
    markup: str = "jsonld"
    """How the page tells its facts to machines: "jsonld", "meta" or "visible" (not at all)."""
    tags: tuple[str, ...] = ()
    caption: str = ""
    credit: str = ""
    amp: bool = False
    print_copy: bool = False
    comments: bool = True
    drop_cap: bool = False
    """The first word is printed twice: in capitals, then in its sentence."""
    charset: str = "utf-8"
    """What the bytes are in; the header says utf-8 whatever this is."""
    since: int = 1
    """The first edition that prints it."""
    until: int = 2
    """The last one."""
    moved_to: str = ""
    """Its path from edition 2 on."""
    correction: Correction | None = None

    @property
    def served(self) -> tuple[Block, ...]:
        """The blocks that go over the wire: the whole body, or the first two paragraphs behind a paywall."""
        return self.body[:2] if self.access == "paywalled" else self.body

    @property
    def text(self) -> str:
        """The words of the body that are served, a blank line between blocks."""
        return "\n\n".join(block.prose for block in self.served if block.kind in PROSE)


@dataclass(frozen=True, slots=True)
class Edition:
    """What the paper prints on one day."""

    number: int
    day: date
    stories: tuple[Story, ...]
    """Newest first."""
    gone: tuple[str, ...] = ()
    """Paths that answer 410."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Old path -> new path, a permanent redirect."""

    def story(self, slug: str) -> Story | None:
        """The story called `slug`, or None when this edition does not print it."""
        return next((story for story in self.stories if story.slug == slug), None)

    def of(self, section: str) -> list[Story]:
        """The stories of one section, newest first."""
        return [story for story in self.stories if story.section == section]


def plain(text: str) -> str:
    """`text` without its inline markup."""
    return _INLINE.sub(lambda found: found[1] or found[3], text)


def inline(text: str) -> Iterator[tuple[str, str, str]]:
    """`text` as runs of (kind, words, target), kind "text", "em" or "a"; target is a slug or a path."""
    start = 0
    for found in _INLINE.finditer(text):
        yield "text", text[start : found.start()], ""
        yield ("a", found[1], found[2]) if found[1] else ("em", found[3], "")
        start = found.end()
    yield "text", text[start:], ""


def read_story(source: Path) -> Story:
    """The story in file `source`, as edition 1 prints it. Raises ValueError, naming the file."""
    try:
        _, front, body = source.read_text("utf-8").split("+++\n", 2)
        return _story(source.stem, tomllib.loads(front), body)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{source}: {error}") from error


def _story(slug: str, front: dict[str, Any], body: str) -> Story:
    published: datetime = front["published"]
    facts: dict[str, Any] = {"modified": published, "section": "", "standfirst": "", **front, "slug": slug}
    facts["path"] = front.get("path") or f"/{front['section']}/{published:%Y/%m/%d}/{slug}"
    facts["authors"] = tuple(front.get("authors", ()))
    facts["tags"] = tuple(front.get("tags", ()))
    facts["correction"] = Correction(**front["correction"]) if "correction" in front else None
    return Story(body=tuple(_block(part.strip()) for part in body.split("\n\n") if part.strip()), **facts)


def _block(part: str) -> Block:
    if part.startswith("!"):
        name, _, rest = part[1:].partition(" ")
        items = rest.split(" | ") if name == "photo" else rest.split()
        return Block(name, items=tuple(items))
    if part.startswith("- "):
        return Block("list", items=tuple(line.removeprefix("- ") for line in part.splitlines()))
    if part.startswith("@ "):
        _, time, words = part.split(" ", 2)
        return Block("entry", words, time=time)
    for mark, kind in _MARKED.items():
        if part.startswith(mark):
            return Block(kind, " ".join(part.removeprefix(mark).split()))
    return Block("p", " ".join(part.split()))


def _corrected(story: Story) -> Story:
    if story.correction is None:
        return story
    was, now = story.correction.was, story.correction.now
    body = tuple(replace(block, text=block.text.replace(was, now)) for block in story.body)
    if body == story.body:
        raise ValueError(f"{story.slug}: the words to correct do not stand in its body: {was!r}")
    return replace(story, body=body, modified=story.correction.at)


@lru_cache(maxsize=1)
def _copy() -> tuple[Story, ...]:
    return tuple(read_story(source) for source in sorted((HERE / "stories").glob("*.md")))


@lru_cache(maxsize=1)
def standing() -> tuple[Story, ...]:
    """The standing pages (about, contact, privacy): read like stories, but no articles."""
    return tuple(read_story(source) for source in sorted((HERE / "standing").glob("*.md")))


@lru_cache(maxsize=2)
def edition(number: int) -> Edition:
    """The edition with this number, 1 or 2. Raises KeyError for another."""
    day = DAYS[number]
    printed = [story for story in _copy() if story.since <= number <= story.until]
    moved = {s.path: s.moved_to for s in printed if s.moved_to} if number > 1 else {}
    if number > 1:
        printed = [replace(_corrected(s), path=moved.get(s.path, s.path)) for s in printed]
    newest_first = sorted(printed, key=lambda story: (story.published, story.slug), reverse=True)
    gone = tuple(story.path for story in _copy() if story.until < number)
    return Edition(number, day, tuple(newest_first), gone, moved)


def first_path(slug: str) -> str:
    """Where edition 1 printed the story called `slug`. Raises KeyError for an unknown one."""
    return {story.slug: story.path for story in _copy()}[slug]


@lru_cache(maxsize=1)
def people() -> Mapping[str, Mapping[str, str]]:
    """Name -> role and bio of those who write for the paper."""
    return tomllib.loads((HERE / "people.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def words() -> Mapping[str, Mapping[str, Any]]:
    """Language -> the words of the furniture: labels, boxes, readers' comments."""
    return tomllib.loads((HERE / "words.toml").read_text("utf-8"))
