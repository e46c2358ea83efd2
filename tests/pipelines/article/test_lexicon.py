"""What words and class names tell: the listed cues, and learned scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.article.cues import CLASS_BIT, TEXT_BIT
from pipelines.article.lexicon import Lexicon, character_counts

PLAIN = Lexicon({}, {}, {})
LEARNED = Lexicon(
    short={"subscribe": -2.0, "said": 1.5}, long={"subscribe": -1.0}, names={"promo": -3.0, "copy": 2.0}
)


def test_words_score_by_the_length_of_their_text() -> None:
    texts = ["Subscribe, he said!", "Subscribe", "nothing here"]
    told = LEARNED.texts(texts, np.array([True, False, True]), np.zeros(3, np.bool_))
    assert told.total.tolist() == [-0.5, -1.0, 0.0]
    assert told.low.tolist() == [-2.0, -1.0, 0.0]
    assert told.high.tolist() == [1.5, 0.0, 0.0]


def test_names_are_taken_apart() -> None:
    told = LEARNED.named(["article-copy promoBox", "", "COPY"])
    assert told.total.tolist() == [-1.0, 0.0, 2.0]


@given(st.lists(st.text(st.characters(exclude_characters="\0"), min_size=1), min_size=1, max_size=6))
def test_any_text_has_a_line_of_its_own(texts: list[str]) -> None:
    told = LEARNED.texts(texts, *np.zeros((2, len(texts)), np.bool_))
    named = LEARNED.named(texts)
    chars, blanks, signs = character_counts(texts)
    assert len(told.total) == len(named.total) == len(texts)
    assert chars.tolist() == [len(text) for text in texts]
    assert blanks.tolist() == [text.count(" ") for text in texts]
    assert signs["digits"].tolist() == [sum(c.isdigit() and c < "\u3000" for c in text) for text in texts]


@pytest.mark.parametrize(
    ("names", "cue"),
    [
        ("article-share", "share"),
        ("newsletterSignup", "newsletter"),
        ("RelatedStories_list__x7", "related"),
        ("js-comments", "comments"),
        ("ad-slot", "ad"),
        ("kommentarbereich", "comments"),
        ("author__bio", "bio"),
    ],
)
def test_class_names_carry_cues(names: str, cue: str) -> None:
    assert int(PLAIN.named([names]).cues[0]) & CLASS_BIT[cue]


@pytest.mark.parametrize("names", ["shadow", "padding-large", "header2headline"[:7], "scommentsx", "loadmap"])
def test_cues_are_whole_words(names: str) -> None:
    assert not int(PLAIN.named([names]).cues[0]) & (
        CLASS_BIT["ad"] | CLASS_BIT["share"] | CLASS_BIT["comments"]
    )


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Share this article:", "share"),
        ("Lesen Sie auch: Die Fähre fährt wieder", "related"),
        ("Lire aussi", "related"),
        ("Abonnieren Sie unseren Brief", "newsletter"),
        ("© 2026 The Harbour Post", "symbol"),
        ("19.07.2019, 14:30", "clock"),
        ("Read more", "related"),
    ],
)
def test_short_texts_carry_cues(text: str, cue: str) -> None:
    assert int(PLAIN.texts([text], *np.ones((2, 1), np.bool_)).cues[0]) & TEXT_BIT[cue]
