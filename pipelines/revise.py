"""Is this a new version, and of what kind? Pure: (known, new) -> Revision or Unchanged.

Promises: no revision when only white space or typography differ; time bounded whatever the length of the
texts. Never judges whether the capture is fit to be archived: that is `verdict`, before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from pipelines.identify import content_hash, plain
from pipelines.model import Change, Extraction, Kind, Revision, Unchanged

CORRECTION_SHARE = 0.2
"""A change is a correction when at most this share of the words of both texts together changed."""
_PARAGRAPHS_COMPARED = 400
_CELLS_COMPARED = 40_000
"""Words of old times words of new that are aligned one by one; more are compared as bags of words."""


def revise(
    known: Revision | None,
    new: Extraction,
    *,
    withdrawn: bool,
    earlier: Callable[[str], int | None] = lambda words: None,
    digest: str | None = None,
    words: int | None = None,
) -> Revision | Unchanged:
    """The version that `new` adds to `known`, the last version that had a text.

    withdrawn: a tombstone follows `known`, so that the article returns, changed or not, with the number after
    it. earlier: ordinal of the last version of the article with the words of this hash. A page that goes to
    and fro between two versions gives a "reverted" one each time: the archive says what stood when, and
    `same_as` that it is nothing new. digest, words: the content hash of `new` and the words of its text,
    where they are known.
    """
    digest = digest or content_hash(new.title, new.standfirst, new.text)
    if known is None:
        return _version(1, Change.FIRST, new, digest, len(new.text.split()) if words is None else words, 0)
    if digest == known.hash and not withdrawn:
        return Unchanged(digest)
    added, removed = word_changes(known.text, new.text)
    same_as = earlier(digest)
    if withdrawn:
        return _version(known.ordinal + 2, Change.RETURNED, new, digest, added, removed, same_as)
    change = _change(known, new, added, removed) if same_as is None else Change.REVERTED
    return _version(known.ordinal + 1, change, new, digest, added, removed, same_as)


def tombstone(known: Revision) -> Revision:
    """The version that says the page is gone; title and text stay in `known`."""
    return Revision(
        known.ordinal + 1, Change.WITHDRAWN, None, None, "", content_hash(None, None, ""),
        words_removed=len(known.text.split()),
    )  # fmt: skip


def word_changes(old: str, new: str) -> tuple[int, int]:
    """Words added to and removed from `old` to make `new`; typography aside.

    Paragraphs are aligned first, words only inside those that differ.
    """
    before, after = _paragraphs(old), _paragraphs(new)
    if max(len(before), len(after)) > _PARAGRAPHS_COMPARED:
        return _bag_changes(_words(before), _words(after))
    added = removed = 0
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            more, fewer = _passage_changes(_words(before[i:j]), _words(after[k:m]))
            added, removed = added + more, removed + fewer
    return added, removed


def _change(known: Revision, new: Extraction, added: int, removed: int) -> Change:
    if plain(known.text) == plain(new.text):
        return Change.HEADLINE
    if new.kind is Kind.LIVE_BLOG and added > removed:
        return Change.UPDATE
    words = len(known.text.split()) + len(new.text.split())
    return Change.CORRECTION if added + removed <= CORRECTION_SHARE * words else Change.REWRITE


def _version(
    ordinal: int,
    change: Change,
    new: Extraction,
    digest: str,
    added: int,
    removed: int,
    same_as: int | None = None,
) -> Revision:
    return Revision(ordinal, change, new.title, new.standfirst, new.text, digest, added, removed, same_as)


def _paragraphs(text: str) -> list[str]:
    return [plain(line) for line in text.split("\n") if line.strip()]


def _words(paragraphs: Sequence[str]) -> list[str]:
    return [word for paragraph in paragraphs for word in paragraph.split()]


def _passage_changes(before: list[str], after: list[str]) -> tuple[int, int]:
    if len(before) * len(after) > _CELLS_COMPARED:
        return _bag_changes(before, after)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    return len(after) - same, len(before) - same


def _bag_changes(before: list[str], after: list[str]) -> tuple[int, int]:
    """As bags of words; order is not seen, so that the time is that of reading the words."""
    old, new = Counter(before), Counter(after)
    return (new - old).total(), (old - new).total()
