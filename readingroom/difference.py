"""Two versions of a text -> paragraphs in which every word is kept, added or removed. Pure, bounded in time.

Paragraphs are aligned first, words only where paragraphs differ: Ratcliff and Obershelp's way, in difflib.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = re.compile(rf"(?:[{UNSPACED}]|[^\s{UNSPACED}]+)\s*")
"""A word with the space after it; scripts that write no spaces are compared by character."""
BREAK = "\n\n"
MOST_PAIRS = 100_000_000
"""Above this many pairs of words a replaced passage is shown whole: exactness there would cost seconds."""


class Mark(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Run:
    """Words that share a mark."""

    mark: Mark
    text: str


Paragraph = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Paragraphs that belong together: changed ones, or a stretch that stayed as it was."""

    changed: bool
    paragraphs: tuple[Paragraph, ...]


def compare(old: str, new: str) -> list[Passage]:
    """The passages that lead from `old` to `new`; both are paragraphs with a blank line between."""
    before, after = _paragraphs(old), _paragraphs(new)
    passages = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            passages.append(Passage(False, tuple((Run(Mark.KEPT, text),) for text in before[i1:i2])))
        else:
            passages.append(Passage(True, tuple(_changed(before[i1:i2], after[j1:j2]))))
    return passages


def compare_line(old: str | None, new: str | None) -> Paragraph:
    """The runs that lead from one line, such as a headline, to another."""
    return tuple(_runs(WORD.findall(old or ""), WORD.findall(new or "")))


def _paragraphs(text: str) -> list[str]:
    return [part for part in (piece.strip() for piece in re.split(r"\n\s*\n", text)) if part]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Paragraph]:
    """The paragraphs of a replaced stretch, cut where either version begins a new one."""
    paragraph: list[Run] = []
    for run in _runs(_words(old), _words(new)):
        first, *rest = run.text.split(BREAK)
        paragraph.append(Run(run.mark, first))
        for part in rest:
            yield _filled(paragraph)
            paragraph = [Run(run.mark, part)]
    yield _filled(paragraph)


def _filled(paragraph: list[Run]) -> Paragraph:
    return tuple(run for run in paragraph if run.text)


def _words(paragraphs: Sequence[str]) -> list[str]:
    words: list[str] = []
    for index, paragraph in enumerate(paragraphs):
        words += ([BREAK] if index else []) + WORD.findall(paragraph)
    return words


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    for tag, i1, i2, j1, j2 in _opcodes(old, new):
        if tag == "equal":
            yield Run(Mark.KEPT, "".join(new[j1:j2]))
            continue
        if i1 < i2:
            yield Run(Mark.REMOVED, "".join(old[i1:i2]))
        if j1 < j2:
            yield Run(Mark.ADDED, "".join(new[j1:j2]))


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_PAIRS:
        return [("replace", 0, len(old), 0, len(new))]
    # A word is the same whatever space follows it; breaks between paragraphs are words too.
    keys = [[word if word == BREAK else word.rstrip() for word in words] for words in (old, new)]
    return SequenceMatcher(None, keys[0], keys[1]).get_opcodes()
