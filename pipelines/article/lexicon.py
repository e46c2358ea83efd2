"""Words of short texts and of class names -> what they tell of a block, looked up for a whole page at once.

Promises: pure, linear in the page. Two things are known of a word: the cues that people listed (`cues`), and
a learned score, the log-odds by which blocks with this word are body more or less often than others, counted
over sites and not over blocks (docs/model-card.md). A word of fewer sites than `LEAST_SITES` has no score.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from string import ascii_letters
from typing import Final

import numpy as np
import numpy.typing as npt

from pipelines.article.cues import (
    CLASS_PAIRS,
    CUE_PAIRS,
    CUE_WORDS,
    END,
    END_BIT,
    PAIR_BIT,
    TEXT_BIT,
    is_clock,
    word_mask,
)

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EDGE: Final = 120
"""Characters at a text's beginning and end that are looked at."""
SHORT: Final = 12
"""Words up to which a text is short: a word says something else in a line than in a paragraph."""
LEAST_SITES: Final = 5


def _translation(kept: str, blanks: str) -> bytes:
    """For `bytes.translate`: letters in lower case, and what separates words as a blank."""
    table = bytearray(range(256))
    for byte in range(128):
        sign = chr(byte)
        table[byte] = ord(" ") if sign in blanks or (kept and sign not in kept) else ord(sign.lower())
    return bytes(table)


_SIGNS_OF_ASCII: Final = _translation("", ' \t\n\r\v\f.,:;!?()[]{}|/\\"<>*+=#_')
_SIGNS_BEYOND: Final = [(sign.encode(), b" ") for sign in "\xa0•·–—“”„«»…"] + [("’".encode(), b"'")]
_BEYOND_PLANE: Final = re.compile(rb"\xf0...", re.S)
"""A character beyond the basic plane, an emoji most often, in UTF-8."""


def split(text: str) -> list[str]:
    """The words of a text in lower case, `END` among them where it stands apart."""
    raw = text.encode("utf-8", "replace").translate(_SIGNS_OF_ASCII)
    if not raw.isascii():
        for sign, instead in _SIGNS_BEYOND:
            raw = raw.replace(sign, instead)
        if b"\xf0" in raw:
            raw = _BEYOND_PLANE.sub(b"\xef\xbf\xbf", raw)
    plain = raw.decode()
    return (plain if plain.isascii() else plain.lower()).split()


def edges(text: str) -> str:
    """A text, or the beginning and end of a long one."""
    return text if len(text) <= 2 * EDGE else f"{text[:EDGE]} {text[-EDGE:]}"


def name_words(names: list[str]) -> list[str]:
    """The words of class names and ids in lower case, `END` after each element's; "navBar" are two."""
    parts = _HUMP.split(END.join((*names, "")))
    parts[1::2] = map(" ".__add__, parts[1::2])
    raw = "".join(parts).encode("ascii", "replace").translate(_NAME_SIGNS)
    return raw.decode().replace(END, f" {END} ").split()


_HUMP: Final = re.compile("([A-Z](?<=[a-z].))")
_NAME_SIGNS: Final = _translation(ascii_letters + END, "")
"""What is no letter of ASCII separates words: it need not be told apart."""


_BLANK, _COMMA, _STOP, _QUOTE, _DIGIT, _CAPITAL, _SMALL = (1 << i for i in range(7))


def _sign_kinds() -> npt.NDArray[np.uint8]:
    table = np.zeros(0x10000, np.uint8)
    for signs, kind in ((" ", _BLANK), (",、，،", _COMMA), (".!?…。！？।؟", _STOP), ("“”\"„«»'’)", _QUOTE)):
        table[[ord(sign) for sign in signs]] |= kind
    letters = [chr(point) for point in range(0x3000)]
    table[:0x3000] |= np.array(
        [_DIGIT * c.isdigit() | _CAPITAL * c.isupper() | _SMALL * c.islower() for c in letters], np.uint8
    )
    return table


_KINDS: Final = _sign_kinds()


def character_counts(texts: list[str]) -> tuple[Floats, Floats, dict[str, Floats]]:
    """(characters, blanks, other signs by name) of each text; none may be empty."""
    lengths = np.array(list(map(len, texts)), np.int64)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    points = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), np.uint32)
    kind = _KINDS.take(points, mode="clip")
    after = np.empty_like(kind)
    after[:-1], after[-1] = kind[1:], 0

    def count(of: npt.NDArray[np.generic]) -> Floats:
        return np.add.reduceat(of.astype(np.uint8), starts, dtype=np.int32).astype(np.float32)

    last, first = kind[ends - 1], kind[starts]
    cjk = (points == 0x3002) | (points == 0xFF1F) | (points == 0xFF01)
    blank = kind & _BLANK
    counts = {
        "sentences": count(((kind & _STOP) != 0) & (((after & _BLANK) != 0) | cjk)),
        "commas": count((kind & _COMMA) != 0),
        "capitals": count((kind & _CAPITAL) != 0),
        "digits": count((kind & _DIGIT) != 0),
        "quotes": count((kind & _QUOTE) != 0),
        "ends": ((last & (_STOP | _QUOTE)) != 0).astype(np.float32),
        "lower": ((first & _SMALL) != 0).astype(np.float32),
    }
    return lengths.astype(np.float32), count(blank), counts


@dataclass(frozen=True, slots=True)
class Told:
    """Of each text or name: the sum, lowest and highest score of its words (0 is neutral), and its cues."""

    total: Floats
    low: Floats
    high: Floats
    cues: Ints
    words: list[str]
    """Of all of them, `END` after each."""
    starts: Ints
    """Of each: the place of its first word."""

    def lines(self, numbers: Ints) -> Iterator[list[str]]:
        """The words of each of some texts, `END` left out."""
        ends = np.append(self.starts[1:], len(self.words)) - 1
        for start, end in zip(self.starts[numbers].tolist(), ends[numbers].tolist(), strict=True):
            yield self.words[start:end]


@dataclass(frozen=True)
class Lexicon:
    """Learned scores: of words of short texts, of words at the edges of long ones, and of class names."""

    short: dict[str, float]
    long: dict[str, float]
    names: dict[str, float]

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        paired = chain.from_iterable(pair.split("_") for pair in CUE_PAIRS)
        words = dict.fromkeys(chain((END,), self.short, self.long, CUE_WORDS, paired))
        return dict(zip(words, range(len(words)), strict=True)) | {"": len(words)}

    @cached_property
    def _scores(self) -> Floats:
        """(2, words): in long and in short texts."""
        table = np.zeros((2, len(self._vocabulary)), np.float32)
        for row, scores in enumerate((self.long, self.short)):
            for word, score in scores.items():
                table[row, self._vocabulary[word]] = score
        return table

    @cached_property
    def _masks(self) -> Ints:
        masks = np.zeros(len(self._vocabulary), np.int64)
        for word, bits in CUE_WORDS.items():
            masks[self._vocabulary[word]] = bits
        return masks

    @cached_property
    def _pairs(self) -> dict[int, int]:
        """Two numbers of words as one -> cues."""
        numbers = self._vocabulary
        paired = ((pair.split("_"), bits) for pair, bits in CUE_PAIRS.items())
        return {numbers[first] * len(numbers) + numbers[second]: bits for (first, second), bits in paired}

    def texts(self, texts: list[str], short: Mask, digits: Mask) -> Told:
        """What the words of each text tell; of the long ones, those at their edges.

        `short` and `digits` tell of each whether it is a short one, and whether it holds any digit.
        """
        ends = list(map(edges, texts))
        joined = f" {END} ".join((*ends, ""))
        words = split(joined)
        unknown = repeat(self._vocabulary[""])
        number = np.fromiter(map(self._vocabulary.get, words, unknown), np.int64, len(words))
        stops = np.flatnonzero(number == 0)
        starts = np.concatenate(([0], stops[:-1] + 1))
        lengths = stops - starts + 1
        scores = self._scores[np.repeat(short.astype(np.int64), lengths), number]
        masks = self._masks[number]
        at = np.flatnonzero(masks & PAIR_BIT)
        pairs = (number[at] * len(self._masks) + number[at + 1]).tolist()
        masks[at] |= np.fromiter(map(self._pairs.get, pairs, repeat(0)), np.int64, len(at))
        cues = np.bitwise_or.reduceat(masks, starts) & ~PAIR_BIT
        _add_signs(cues, ends, joined, digits)
        return Told(
            np.add.reduceat(scores, starts),
            np.minimum.reduceat(scores, starts),
            np.maximum.reduceat(scores, starts),
            cues,
            words,
            starts,
        )

    def named(self, names: list[str]) -> Told:
        """What the words of each element's names tell."""
        words = name_words(names)
        scores = np.fromiter(map(self.names.get, words, repeat(0.0)), np.float32, len(words))
        masks = np.fromiter(map(word_mask, words), np.int64, len(words))
        for at in np.flatnonzero(masks & PAIR_BIT).tolist():
            masks[at] |= CLASS_PAIRS.get(f"{words[at]}-{words[at + 1]}", 0)
        stops = np.flatnonzero(masks & END_BIT)
        starts = np.concatenate(([0], stops[:-1] + 1))
        return Told(
            np.add.reduceat(scores, starts),
            np.minimum.reduceat(scores, starts),
            np.maximum.reduceat(scores, starts),
            np.bitwise_or.reduceat(masks, starts) & ~(PAIR_BIT | END_BIT),
            words,
            starts,
        )


def _add_signs(cues: Ints, texts: list[str], joined: str, digits: Mask) -> None:
    """Add the cues that are no words: an address, a sign, a date or time in figures."""
    for cue, marks in _SIGNS.items():
        for mark in marks:
            if mark in joined:
                cues[[mark in text for text in texts]] |= TEXT_BIT[cue]
    for number in np.flatnonzero(digits).tolist():
        if len(texts[number]) < 100 and is_clock(texts[number]):
            cues[number] |= TEXT_BIT["clock"]


_SIGNS: Final = {"url": ("http", "www.", "@", "pic.twitter"), "symbol": ("©", "®", "▶", "→", "»")}
