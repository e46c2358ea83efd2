"""Word-level differences."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from readingroom.difference import Mark, Passage, compare, compare_line

TEXT = st.lists(
    st.lists(st.sampled_from(["the", "lamp", "lit", "again", "Monday.", "駅前の", "so,"]), max_size=8).map(
        " ".join
    ),
    max_size=6,
).map("\n\n".join)


def shown(passages: list[Passage]) -> list[str]:
    """Paragraphs with [removed] and {added} words."""
    marks = {Mark.KEPT: "%s", Mark.ADDED: "{%s}", Mark.REMOVED: "[%s]"}
    return [
        "".join(marks[run.mark] % run.text for run in p) for passage in passages for p in passage.paragraphs
    ]


def words(passages: list[Passage], without: Mark) -> list[str]:
    runs = [run for passage in passages for p in passage.paragraphs for run in (*p, None)]
    return "".join(" " if run is None else run.text if run.mark != without else "" for run in runs).split()


def test_words_that_changed_are_marked() -> None:
    old = "The board paid £120,000 for it.\n\nNobody minded."
    new = "The board paid £140,000 for it.\n\nNobody minded."
    assert shown(compare(old, new)) == ["The board paid [£120,000 ]{£140,000 }for it.", "Nobody minded."]


def test_a_new_paragraph_is_added_whole() -> None:
    passages = compare("One.\n\nThree.", "One.\n\nTwo.\n\nThree.")
    assert shown(passages) == ["One.", "{Two.}", "Three."]
    assert [passage.changed for passage in passages] == [False, True, False]


def test_a_paragraph_that_was_split_keeps_its_words() -> None:
    assert "".join(shown(compare("One two three four.", "One two.\n\nThree four."))).count("[") == 1


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert shown(compare("毎朝四時に", "毎朝五時に")) == ["毎朝[四]{五}時に"]


def test_lines() -> None:
    assert [(run.mark, run.text) for run in compare_line("Old lamp", "New lamp")] == [
        (Mark.REMOVED, "Old "), (Mark.ADDED, "New "), (Mark.KEPT, "lamp"),
    ]  # fmt: skip
    assert compare_line(None, None) == ()
    assert [run.mark for run in compare_line(None, "New")] == [Mark.ADDED]


@settings(deadline=None)
@given(TEXT, TEXT)
def test_both_versions_can_be_read_back(old: str, new: str) -> None:
    def plain(text: str) -> list[str]:
        return text.split()

    passages = compare(old, new)
    assert "".join(words(passages, Mark.ADDED)) == "".join(plain(old))
    assert "".join(words(passages, Mark.REMOVED)) == "".join(plain(new))


@settings(deadline=None)
@given(TEXT)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert all(not passage.changed for passage in compare(text, text))


def test_long_rewrites_are_quick() -> None:
    old = "\n\n".join(" ".join(f"w{(i * 7 + j) % 997} the" for j in range(50)) for i in range(100))
    new = "\n\n".join(" ".join(f"w{(i * 11 + j) % 991} the" for j in range(50)) for i in range(100))
    begun = time.process_time()
    compare(old, new)
    assert time.process_time() - begun < 5
