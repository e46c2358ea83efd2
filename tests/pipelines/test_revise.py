"""When a capture is a new version, and of what kind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.model import Change, Extraction, Kind, Revision, Unchanged
from pipelines.revise import revise, tombstone, word_changes

WORDS = " ".join(f"word{n}" for n in range(100))


def extraction(
    text: str = WORDS, title: str = "Bridge approved", kind: str = "article", standfirst: str | None = None
) -> Extraction:
    return Extraction(title=title, text=text, kind=Kind(kind), standfirst=standfirst)


def version(new: Extraction, known: Revision | None = None, *, withdrawn: bool = False) -> Revision:
    result = revise(known, new, withdrawn=withdrawn)
    assert isinstance(result, Revision)
    return result


FIRST = version(extraction())


def test_the_first_version() -> None:
    assert (FIRST.ordinal, FIRST.change, FIRST.words_added, FIRST.words_removed) == (1, Change.FIRST, 100, 0)


def test_typography_and_space_make_no_version() -> None:
    same = extraction(WORDS.replace(" ", "\n\n", 3), "Bridge\u00a0approved")
    assert isinstance(revise(FIRST, same, withdrawn=False), Unchanged)


@pytest.mark.parametrize(
    ("new", "change", "added", "removed"),
    [
        (extraction(WORDS.replace("word50", "fixed")), Change.CORRECTION, 1, 1),
        (extraction(WORDS + " more words"), Change.CORRECTION, 2, 0),
        (extraction(" ".join(f"other{n}" for n in range(100))), Change.REWRITE, 100, 100),
        (extraction(title="Bridge rejected"), Change.HEADLINE, 0, 0),
        (extraction(standfirst="A close vote"), Change.HEADLINE, 0, 0),
        (extraction(WORDS.replace("word50", "fixed"), title="Bridge rejected"), Change.CORRECTION, 1, 1),
        (extraction("15:02 Voted.\n\n" + WORDS, kind="live blog"), Change.UPDATE, 2, 0),
        (extraction(WORDS.replace("word50 word51", "fixed"), kind="live blog"), Change.CORRECTION, 1, 2),
    ],
)
def test_kinds_of_change(new: Extraction, change: Change, added: int, removed: int) -> None:
    found = version(new, FIRST)
    assert (found.ordinal, found.change, found.words_added, found.words_removed) == (
        2,
        change,
        added,
        removed,
    )


def test_the_share_that_parts_correction_from_rewrite() -> None:
    def changed(words: int) -> Extraction:
        return extraction(" ".join(f"new{n}" if n < words else f"word{n}" for n in range(100)))

    assert version(changed(20), FIRST).change is Change.CORRECTION
    assert version(changed(21), FIRST).change is Change.REWRITE


def test_gone_and_back() -> None:
    stone = tombstone(FIRST)
    assert (stone.ordinal, stone.change, stone.text, stone.words_removed) == (2, Change.WITHDRAWN, "", 100)
    back = version(extraction(), FIRST, withdrawn=True)
    assert (back.ordinal, back.change, back.words_added) == (3, Change.RETURNED, 0)
    changed = version(extraction(WORDS + " more"), FIRST, withdrawn=True)
    assert (changed.change, changed.words_added) == (Change.RETURNED, 1)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_word_changes_add_up_and_mirror(old: list[str], new: list[str]) -> None:
    added, removed = word_changes(" ".join(old), " ".join(new))
    assert len(old) + added - removed == len(new)
    assert (added == 0 and removed == 0) or old != new
    assert max(added, removed) <= max(len(old), len(new))


@given(st.lists(st.text(st.sampled_from("ab \n\u2019'"), max_size=30), max_size=6))
def test_a_text_against_itself(paragraphs: list[str]) -> None:
    assert word_changes("\n\n".join(paragraphs), "\n".join(paragraphs)) == (0, 0)


def test_long_texts_are_compared_in_bounded_time() -> None:
    one = " ".join(f"w{n % 977}" for n in range(200_000))
    other = " ".join(f"w{n % 971}" for n in range(200_000))
    many = "\n\n".join(f"paragraph {n} of a long live blog" for n in range(2_000))
    start = time.process_time()
    word_changes(one, other)
    word_changes(many, many.replace("1", "2"))
    assert time.process_time() - start < 4


def test_words_that_come_back_point_to_the_version_that_had_them() -> None:
    second = version(extraction(title="Bridge closed"), FIRST)
    back = revise(second, extraction(), withdrawn=False, earlier={FIRST.hash: 1}.get)
    assert isinstance(back, Revision)
    assert (back.ordinal, back.change, back.same_as) == (3, Change.REVERTED, 1)
    other = revise(second, extraction(title="Bridge open"), withdrawn=False, earlier={FIRST.hash: 1}.get)
    assert isinstance(other, Revision)
    assert (other.change, other.same_as) == (Change.HEADLINE, None)


def test_an_article_that_returns_as_it_was_says_so() -> None:
    back = revise(FIRST, extraction(), withdrawn=True, earlier={FIRST.hash: 1}.get)
    assert isinstance(back, Revision)
    assert (back.change, back.same_as) == (Change.RETURNED, 1)
