"""What a right archive of The Harbour Gazette holds, derived from the same copy that the site prints.

`expected(edition, base)` is for tests: which URLs are articles and with what facts, which are not and why.
Nothing is typed twice: change a story and its truth changes with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from demo import stories
from demo.pages import PRIVATE, SOFT_404, TIDE_BOARD, TOPIC, remarks, tide_box
from demo.stories import SECTIONS, Story

BASE = "http://127.0.0.1:8765"


@dataclass(frozen=True, slots=True)
class Fact:
    """One article as an archive must have it."""

    slug: str
    url: str
    title: str
    standfirst: str
    authors: tuple[str, ...]
    published: datetime | date
    """A day alone where the page prints no more."""
    modified: datetime
    """As the sitemap says."""
    section: str
    tags: tuple[str, ...]
    language: str
    kind: str
    access: str
    text: str
    """The body: paragraphs and headings, one blank line between, after the site's rules of sites.yml."""
    absent: tuple[str, ...]
    """Words that stand on the page and must not be in the text."""
    also: tuple[str, ...]
    """Further addresses of the same article: AMP, print, old."""
    markup: str
    """"jsonld", "meta" or "visible": how the page tells its facts to machines."""
    rule: bool
    """Its first words come out right only with demo/rules/harbour.py."""

    @property
    def first_words(self) -> str:
        """The first five words of the text."""
        return " ".join(self.text.split()[:5])

    @property
    def last_words(self) -> str:
        """The last five words of the text."""
        return " ".join(self.text.split()[-5:])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A URL that must not become an article: its outcome in the ledger (as `Outcome` spells it), and why."""

    url: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The truth of one edition."""

    edition: int
    articles: tuple[Fact, ...]
    """Newest first: those that are served in full."""
    teasers: tuple[Fact, ...]
    """Behind the paywall: `access` is "paywalled" and `text` the two paragraphs that are served, no more."""
    left_out: tuple[LeftOut, ...]
    moved: Mapping[str, str]
    """Old URL -> new URL, status 301."""
    gone: tuple[str, ...]
    """URLs that answer 410; their articles keep their last text."""
    scripted: Mapping[str, str]
    """URL -> title of what is an article if a browser fills it, and else a script-only shell, withheld."""
    forbidden: tuple[str, ...]
    """Prefixes of URLs that robots.txt disallows: they are linked, and must never be requested."""

    def fact(self, slug: str) -> Fact:
        """The article called `slug`. Raises KeyError when this edition has none."""
        return {fact.slug: fact for fact in (*self.articles, *self.teasers)}[slug]


def expected(edition: int, base: str = BASE) -> Expected:
    """What an archive must say after crawling this edition at `base` (from an empty archive)."""
    printed = stories.edition(edition)
    old = {new: path for path, new in printed.moved.items()}
    facts = [_fact(story, base, old.get(story.path)) for story in printed.stories]
    return Expected(
        edition=edition,
        articles=tuple(fact for fact in facts if fact.access != "paywalled"),
        teasers=tuple(fact for fact in facts if fact.access == "paywalled"),
        left_out=tuple(_left_out(base)),
        moved={base + path: base + new for path, new in printed.moved.items()},
        gone=tuple(base + path for path in printed.gone),
        scripted={base + TIDE_BOARD: json.loads((stories.HERE / "static/board.json").read_text())["title"]},
        forbidden=tuple(base + path for path in ("/admin/", "/members/", "/search")),
    )


def _fact(story: Story, base: str, old: str | None) -> Fact:
    copies = (
        [f"/amp{story.path}"] * story.amp + [f"{story.path}?print=1"] * story.print_copy + [old] * bool(old)
    )
    seen = story.published.date() if story.markup == "visible" else story.published
    return Fact(
        slug=story.slug, url=base + story.path, title=story.title,
        standfirst=stories.plain(story.standfirst), authors=story.authors, published=seen,
        modified=story.modified, section=SECTIONS[story.section], tags=story.tags, language=story.language,
        kind=story.kind, access=story.access, text=story.text, absent=tuple(_furniture(story)),
        also=tuple(f"{base}{copy}" for copy in copies), markup=story.markup, rule=story.drop_cap,
    )  # fmt: skip


def _furniture(story: Story) -> list[str]:
    words, kinds = stories.words()[story.language], {block.kind for block in story.served}
    shown = [words["newsletter_text"], words["newsletter"], words["share"], story.caption, story.credit]
    shown += [words["paywall"]] if story.access == "paywalled" else []
    shown += [words["related"]] if "related" in kinds else []
    shown += [words["read_more"]] if "readmore" in kinds else []
    shown += [words["join"], *(said for _, said in remarks(story))] if story.comments else []
    shown += [part for block in story.served if block.kind == "photo" for part in block.items]
    shown += [tide_box(story) for block in story.served if block.kind == "tides"]
    shown += [stories.people()[name]["bio"] for name in story.authors[:1] if name in stories.people()]
    return [part for part in shown if part and part not in story.text]


def _left_out(base: str) -> list[LeftOut]:
    listings = ["/", "/latest", TOPIC, *(f"/{section}/" for section in SECTIONS)]
    return [
        *(LeftOut(base + path, "not an article", "a listing") for path in listings),
        *(LeftOut(base + page.path, "not an article", "a standing page") for page in stories.standing()),
        LeftOut(base + SOFT_404, "withheld", "says 'page not found' under status 200"),
        *(LeftOut(base + path, "refused", "robots.txt") for path in PRIVATE),
    ]
