"""The copy: what a story file may say, and in what the two editions differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import stories
from demo.stories import edition, inline, plain, read_story

FRONT = """+++
title = "A boat"
authors = ["Maren Oakes"]
section = "harbour"
published = 2025-03-01T10:00:00Z
+++
"""


def _read(folder: Path, body: str, front: str = FRONT) -> stories.Story:
    source = folder / "a-boat.md"
    source.write_text(front + body, "utf-8")
    return read_story(source)


def test_a_body_is_prose_and_furniture(tmp_path: Path) -> None:
    body = "One *fine*\nday.\n\n!tides\n\n## Why\n\n- a\n- b\n\n!photo A cat | Me\n\n> Said [she](a-boat)."
    story = _read(tmp_path, body)
    assert [block.kind for block in story.body] == ["p", "tides", "h2", "list", "photo", "quote"]
    assert story.text == "One fine day.\n\nWhy\n\na\n\nb\n\nSaid she."
    assert story.body[4].items == ("A cat", "Me")
    assert story.path == "/harbour/2025/03/01/a-boat"


def test_a_teaser_is_the_first_two_blocks(tmp_path: Path) -> None:
    front = FRONT.replace("section", 'access = "paywalled"\nsection')
    assert _read(tmp_path, "One.\n\nTwo.\n\nThree.", front).text == "One.\n\nTwo."


@pytest.mark.parametrize("front", ["", FRONT.replace("title", "titel"), FRONT.replace("2025", "soon")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, front: str) -> None:
    with pytest.raises(ValueError, match=r"a-boat\.md"):
        _read(tmp_path, "Words.", front)


def test_inline_markup() -> None:
    runs = [run for run in inline("The *Brannoc* and [the mole](/x) there") if run[1]]
    kinds = [("text", ""), ("em", ""), ("text", ""), ("a", "/x"), ("text", "")]
    assert [(kind, target) for kind, _, target in runs] == kinds
    assert plain("The *Brannoc* and [the mole](/x) there") == "The Brannoc and the mole there"


def test_editions_differ_in_four_ways_and_no_other() -> None:
    first = {story.slug: story for story in edition(1).stories}
    second = {story.slug: story for story in edition(2).stories}
    changed = {slug for slug in first.keys() & second.keys() if first[slug] != second[slug]}
    corrected = {slug for slug in changed if first[slug].text != second[slug].text}
    moved = {slug for slug in changed if first[slug].path != second[slug].path}
    assert (len(second.keys() - first.keys()), len(first.keys() - second.keys())) == (1, 1)
    assert (len(corrected), len(moved)) == (1, 1)
    assert changed == corrected | moved
    assert not corrected & moved


def test_the_correction_changes_a_few_words_and_the_date() -> None:
    slug = next(story.slug for story in edition(1).stories if story.correction)
    before, after = edition(1).story(slug), edition(2).story(slug)
    assert before
    assert after
    old, new = before.text.split(), after.text.split()
    assert len(old) == len(new)
    assert 0 < sum(a != b for a, b in zip(old, new, strict=True)) < 6
    assert after.modified > before.modified
    assert after.published == before.published


def test_every_story_is_a_story() -> None:
    printed = {story.slug: story for number in (1, 2) for story in edition(number).stories}
    assert 35 <= len(printed) <= 45
    for story in printed.values():
        words = len(story.text.split())
        assert 250 <= words <= 600 or story.access == "paywalled", (story.slug, words)
        assert story.authors, story.slug
        assert story.section in stories.SECTIONS
    assert len({story.path for story in edition(2).stories}) == len(edition(2).stories)


def test_links_between_stories_lead_somewhere() -> None:
    known = {story.slug for number in (1, 2) for story in edition(number).stories}
    for story in edition(1).stories:
        named = [
            slug for block in story.body if block.kind in ("related", "readmore") for slug in block.items
        ]
        linked = [target for block in story.body for kind, _, target in inline(block.text) if kind == "a"]
        assert not {slug for slug in (*named, *linked) if not slug.startswith("/")} - known, story.slug
