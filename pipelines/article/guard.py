"""Markup that a parser would choke on -> markup that it will not, and everything else unchanged.

Promises: linear time; a page that a person wrote comes back byte for byte. HTML's own algorithm takes time
that grows with the square of the nesting depth (tags look up the stack of open elements), of the attributes
of one tag (each is compared with those before it) and of unclosed formatting (it is made again in each
paragraph after), so all are bounded here, and the size of the page too.

What stands in a tag, a comment or a script only the parser knows: a hostile page makes any other reader err.
So a bound is either counted from bytes that no reading can make fewer, or asked of the parser itself; where
mending what seems wrong does not help, little more than text is left of a page.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from secrets import token_hex

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

Ints = npt.NDArray[np.int64]
Signs = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

MAX_BYTES = 6_000_000
"""A page is cut here: three times the largest news page known."""
MAX_TAGS = 120_000
"""And at this many tags: a parsed node takes some 200 bytes."""
MAX_DEPTH = 300
"""Start tags nested deeper than this are dropped; their text stays."""
MAX_ATTRIBUTES = 120
"""A tag with more attributes than this loses all of them."""

_SUSPECT_DEPTH = 3_000
_SUSPECT_STARTS = 12_000
"""Start tags from which the parser is asked how deep they nest: one page in a thousand has as many."""
_PART = 16_000
"""Tags by which the part of a page grows that it is asked about."""
_SUSPECT_STEPS = 100_000_000
"""Start tags times other tags from which it is asked as well."""
_MOST_STEPS = 40_000_000
"""Open elements times tags: so many are looked at, at most. A third of a second's work."""
_SUSPECT_ATTRIBUTES = 240
_SUSPECT_PAIRS = 30_000_000
"""Comparisons of attributes, over all tags with more than so many, from which a page is looked at closer."""
_MOST_PAIRS = 300_000_000
"""The same, if what seems to be scripts were tags: half a second's work."""
_MOST_QUOTED = 70
"""Quoted values with a ">" from which a page is looked at closer: before each, tags may have hidden some."""
_MOST_COPIES = 800_000
"""Formatting elements that a parser may make again; an eighth of it in a page of very many tags."""
_MOST_MERGED = 20
"""Tags of html and body: a second one's attributes are added to those of the first."""

_TAG = re.compile(
    rb"<(?:(?:script|style)\b.*?(?:</(?:script|style)|\Z)|!--.*?(?:-->|\Z))"
    rb"|<(/?)([a-zA-Z][^\s/>]*)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?)*+)>?",
    re.S | re.I,
)
"""A script, style or comment whole; or a tag: its slash, name and attributes."""
_ATTRIBUTE = re.compile(rb"[^\s\"'/=>]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?")
_EXACT_ATTRIBUTE = re.compile(
    rb"(?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+"
    rb"(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>\"'][^ \t\n\f\r>]*+)?)?"
)
_EXACT = re.compile(rb"<[a-zA-Z/][^ \t\n\f\r/>]*+((?:[ \t\n\f\r/]++|" + _EXACT_ATTRIBUTE.pattern + rb")*+)")
"""A tag as the standard's tokeniser reads it (13.2.5), but for its end."""
_SHALLOW = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li dt dd tr td th option".split()
)
"""Tags that have no end tag, or need none: they do not nest."""
_FORMAT = re.compile(rb"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^>]*", re.I)
_FORMAT_NAME = re.compile(rb"(</?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.I)
"""Formatting elements of the standard (13.2.4.3), but for links, of which only one can be open."""
_MOST_OPTIONS = 4_000
"""Options of a page from which on each select is made one of many choices: for one of one choice, lexbor
looks at all its options when another is added."""
_SELECT = re.compile(rb"<select(?=[\s/>])", re.I)
_PLAIN = re.compile(rb"<\w+(?:\s+[\w:@.-]+(?:=(?:\"[^\"<>]*\"|'[^'<>]*'|[\w/#%.-]+))?)*\s*/?")
"""A tag without its ">", of which all is seen: none of its values holds one."""
_MERGED = re.compile(rb"<(?:html|body)(?=[\s/>])", re.I)
_FOREIGN = re.compile(rb"(</?)(?:svg|math)(?=[\s/>])", re.I)
"""Drawings and formulas: in these alone what stands in a script is markup."""
_TEMPLATE = re.compile(rb"(</?)template", re.I)
_FLAT = re.compile(
    rb"/?(?:p|br|meta|link|title|script)(?:\s++[a-z:-]++=\"[^\"<>]{0,2000}\"){0,9}\s*+/?>", re.I
)
"""Of a tag without its "<": what does not nest, with attributes that no reading can mistake."""


def tame(markup: bytes) -> tuple[bytes, bool]:
    """Bound a page's size, depth and attributes; the second value tells whether its end was cut off."""
    bounded = markup[:MAX_BYTES]
    tags = _Tags(bounded)
    if len(tags.opens) > MAX_TAGS:
        bounded = bounded[: int(tags.opens[MAX_TAGS])]
        tags = _Tags(bounded)
    cut = len(bounded) < len(markup)
    if _deep(tags) or _wide(tags):
        bounded = _rewrite(bounded)
        tags = _Tags(bounded)
        if _wide(tags):
            raw = _in_raw_text(tags, tags.opens)
            if _hold_many(bounded, tags.opens[~raw].tolist(), _MOST_PAIRS):
                return _flattened(bounded), cut
            bounded = _FOREIGN.sub(rb"\1object", bounded)
    if tags.begin(_MERGING) > _MOST_MERGED:
        bounded = _unmerged(bounded)
    if tags.begin(_OPTIONS) > _MOST_OPTIONS:
        bounded = _SELECT.sub(b"<select multiple", bounded)
    if bounded is not tags.markup:
        tags = _Tags(bounded)
    if _multiplies(tags):
        bounded = _FORMAT_NAME.sub(rb"\1span", bounded)
        tags = _Tags(bounded)
    return (_flattened(bounded) if _nests(tags) else bounded), cut


def _pairs(names: str) -> Mask:
    """Of any two signs behind a "<": whether a name may begin so; "b_" stands for the name "b"."""
    ends = [number for number in range(128) if not chr(number).isalpha()]
    table = np.zeros((256, 256), np.bool_)
    for name in names.split():
        table[ord(name[0]), ends if name[1] == "_" else ord(name[1])] = True
    return table.ravel()


_MERGING = _pairs("ht bo")
_OPTIONS = _pairs("op")
_FORMATTING = _pairs("b_ bi co em fo i_ no s_ sm st tt u_")


class _Tags:
    """Where a page's tags, or what looks like them, begin and end, and how."""

    def __init__(self, markup: bytes) -> None:
        self.markup = markup
        self.signs: Signs = np.frombuffer(markup, np.uint8)
        matters: Mask = self.signs == ord("<")
        for sign in b">\"'":
            matters |= self.signs == sign
        self._places = np.flatnonzero(matters)
        self._kinds = self.signs[self._places]
        self.opens: Ints = self._places[self._kinds == ord("<")]
        self.ends: Ints = self._places[self._kinds == ord(">")]
        self.first = _after(self.signs, self.opens, 1)
        self.is_start: Mask = (self.first >= ord("a")) & (self.first <= ord("z"))
        self.starts = int(np.count_nonzero(self.is_start))
        self._pair = (self.first.astype(np.uint16) << np.uint16(8)) | _after(self.signs, self.opens, 2)

    def begin(self, pairs: Mask) -> int:
        """How many begin with one of these pairs of letters."""
        return int(np.count_nonzero(pairs[self._pair]))

    def ends_in_values(self) -> Ints:
        """The ">" before which a quoted value may have begun that holds it; none if these are few."""
        begins = {quote: self._opening(quote) for quote in b"\"'"}
        if sum(map(len, begins.values())) <= _MOST_QUOTED:
            return self.ends[:0]
        ends, found = np.flatnonzero(self._kinds == ord(">")), []
        for quote, these in begins.items():
            end, close = (_next(signs, these) for signs in (ends, np.flatnonzero(self._kinds == quote)))
            found.append(end[end < close])
        within = self._places[np.concatenate(found)]
        return within if len(within) > _MOST_QUOTED else within[:0]

    def _opening(self, quote: int) -> Ints:
        """Which of the signs that matter are such a quote, may begin a value, and do not end it at once."""
        is_quote = self._kinds == quote
        begins = np.flatnonzero(is_quote[:-1] & ~is_quote[1:])
        before = self.signs[self._places[begins] - 1]
        opening: Ints = begins[(before == ord("=")) | (before <= ord(" "))]
        return opening


def _next(these: Ints, after: Ints) -> Ints:
    """Of numbers in order: the next after each of some numbers, a very large one where there is none."""
    found: Ints = np.append(these, np.iinfo(np.int64).max)[np.searchsorted(these, after, "right")]
    return found


def _after(signs: Signs, places: Ints, distance: int) -> Signs:
    """The signs at a distance behind places, letters in lower case; the last one where the page is over."""
    return signs.take(places + distance, mode="clip") | np.uint8(0x20)


def _deep(tags: _Tags) -> bool:
    """Whether tags seem to nest too deep: counts void tags too, and believes every end tag."""
    if len(tags.opens) < _SUSPECT_DEPTH:
        return False
    step = np.where(tags.first == ord("/"), -1, tags.is_start).astype(np.int32)
    depth = np.cumsum(step)
    return bool((depth - np.minimum.accumulate(np.minimum(depth, 0))).max() > _SUSPECT_DEPTH)


def _nests(tags: _Tags) -> bool:
    """Whether elements nest too deep for so many tags, as the parser has it.

    It is asked about a part of the page that grows, so that no answer takes long.
    """
    count = len(tags.opens)
    if tags.starts <= _SUSPECT_STARTS and tags.starts * (count - tags.starts) <= _SUSPECT_STEPS:
        return False
    ends = [*tags.opens[_PART::_PART].tolist(), len(tags.markup)]
    return any(_is_deeper(tags.markup[:end], _MOST_STEPS // count) for end in ends)


def _is_deeper(markup: bytes, most: int) -> bool:
    """Whether more elements than `most` are open at once; those in templates count."""
    root = LexborHTMLParser(_TEMPLATE.sub(rb"\1object", markup)).root
    depth: dict[int, int] = {}
    for node in root.traverse() if root else ():
        around = node.parent
        depth[node.mem_id] = here = depth.get(around.mem_id, 0) + 1 if around else 1
        if here > most:
            return True
    return False


def _multiplies(tags: _Tags) -> bool:
    """Whether formatting may be left open that a parser makes again in too many elements.

    Of formatting elements that are written alike it remembers three (13.2.4.3, "the Noah's Ark clause").
    """
    most = _MOST_COPIES if tags.starts <= _SUSPECT_STARTS else _MOST_COPIES // 8
    if tags.begin(_FORMATTING) * tags.starts <= most:
        return False
    written = Counter(_FORMAT.findall(tags.markup))
    left = sum(min(times, 3) if _PLAIN.fullmatch(one) else times for one, times in written.items())
    return left * tags.starts > most


def _unmerged(markup: bytes) -> bytes:
    """The page without html and body tags after the first few: their attributes would go to those."""
    ends = [tag.end() for tag in islice(_MERGED.finditer(markup), _MOST_MERGED)]
    return markup[: ends[-1]] + _MERGED.sub(b"<wbr", markup[ends[-1] :]) if ends else markup


def _wide(tags: _Tags) -> bool:
    """Whether tags may hold too many attributes: in a long run without ">", or in many runs of which all but
    the last end within a quoted value."""
    within = tags.ends_in_values()
    if len(within) and _across(tags, within):
        return True
    starts = np.concatenate(([0], tags.ends + 1))
    lengths = np.concatenate((tags.ends, [len(tags.markup)])) - starts
    long = lengths > 2 * _SUSPECT_ATTRIBUTES
    starts, lengths = starts[long], lengths[long]
    if _comparisons(lengths // 2) <= _SUSPECT_PAIRS:
        return False
    separates = tags.signs <= ord(" ")
    for sign in b"\"'/":
        separates |= tags.signs == sign
    spans = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
    counts = np.array([np.count_nonzero(separates[at:end]) for at, end in spans], np.int64)
    counts[counts <= _SUSPECT_ATTRIBUTES] = 0
    if _comparisons(counts) <= _SUSPECT_PAIRS:
        return False
    raw = _in_raw_text(tags, starts)
    for seen, most in ((~raw, _SUSPECT_PAIRS), (raw, _MOST_PAIRS)):
        if _comparisons(counts[seen]) > most:
            which = seen & (counts > 0)
            if not _is_text(tags, starts[which], lengths[which], raw=most == _MOST_PAIRS):
                return True
    return False


def _across(tags: _Tags, within: Ints) -> bool:
    """Whether tags that may go on behind these ">" hold too many attributes, wherever they begin."""
    begins = np.append(0, tags.ends)[np.searchsorted(tags.ends, within)]
    return _hold_many(tags.markup, tags.opens[_between(tags.opens, begins, within)].tolist())


def _between(places: Ints, begins: Ints, ends: Ints) -> Mask:
    """Of places in order: whether they lie from one of these begins to before its end."""
    inside = np.zeros(len(places) + 1, np.int64)
    np.add.at(inside, np.searchsorted(places, begins), 1)
    np.add.at(inside, np.searchsorted(places, ends), -1)
    return np.asarray(np.cumsum(inside[:-1]) > 0)


def _hold_many(markup: bytes, places: list[int], most: int = _SUSPECT_PAIRS) -> bool:
    """Whether tags hold too many attributes that begin at these places, or there is no telling.

    most: comparisons of attributes, twice over.
    """
    room, pairs = 3 * len(markup), 0
    for place in places:
        tag = _EXACT.match(markup, place)
        if tag is None:
            continue
        room -= len(tag[0])
        if room < 0:
            return True
        if _separators(tag[1]) > _SUSPECT_ATTRIBUTES:
            pairs += sum(1 for _ in _EXACT_ATTRIBUTE.finditer(tag[1])) ** 2
    return pairs > most


def _is_text(tags: _Tags, starts: Ints, lengths: Ints, *, raw: bool) -> bool:
    """Whether these runs are text and short tags, or, if `raw`, the text of scripts, as they seem to be: what
    opens a script may stand in a quoted value, and what stands in a script may be a tag.

    Asks the parser, of the page with a mark in the place of each text; in scripts it looks like a tag.
    """
    markup = tags.markup
    mark, begins = (b"<" + _MARK + b">", _RAW_END) if raw else (_MARK, _ANY_TAG)
    parts: list[bytes] = []
    within: list[Ints] = []
    at = 0
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        end = start + length
        tag = begins.search(markup, start, end)
        after = tag.start() if tag else end
        within.append(tags.opens[slice(*np.searchsorted(tags.opens, (after, end)))])
        parts += [markup[at:start], mark, b"--" if markup.endswith(b"--", start, after) else b""]
        at = after
    if _hold_many(markup, np.concatenate(within).tolist()):
        return False
    parsed = LexborHTMLParser(b"".join(parts))
    unseen = len(starts)
    for element in parsed.css("script, style" if raw else "html"):
        unseen -= element.text().count(mark.decode())
    if unseen:
        parsed.strip_tags(["script", "style"])
        unseen -= sum(text.count(mark.decode()) for text in _COMMENT.findall(parsed.html or ""))
    return unseen == 0


_MARK = b"run" + token_hex(8).encode()
"""What no page can foresee."""
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_RAW_END = re.compile(rb"</s[ct]", re.I)
_ANY_TAG = re.compile(rb"<[a-zA-Z/!?]")


def _comparisons(counts: Ints) -> int:
    """What a parser compares in tags of so many attributes, twice over."""
    return int((counts * counts).sum())


def _in_raw_text(tags: _Tags, places: Ints) -> Mask:
    """Of places in a page: whether they seem to lie in a script or style, where no tag is."""
    signs, closing = tags.signs, tags.first == ord("/")
    likely = closing | (tags.first == ord("s"))
    names, closing = (tags.opens + closing)[likely], closing[likely]
    second = _after(signs, names, 2)
    likely = (second == ord("c")) | (second == ord("t"))
    names, closing = names[likely], closing[likely]
    inside = np.zeros(len(places), np.bool_)
    for name in (b"script", b"style"):
        named = np.ones(len(names), np.bool_)
        for distance, letter in enumerate(name, 1):
            named &= _after(signs, names, distance) == letter
        begins, closes = names[named & ~closing], np.append(names[named & closing], len(signs))
        inside |= _between(places, begins, closes[np.searchsorted(closes, begins)])
    return inside


def _separators(run: bytes) -> int:
    """At most how many attributes a run of bytes may hold."""
    return len(run) - len(run.translate(None, b" \n\t\r\f/\"'"))


def _rewrite(markup: bytes) -> bytes:
    """The page with too deep start tags dropped and too wide ones bared."""
    depth = 0

    def bounded(tag: re.Match[bytes]) -> bytes:
        nonlocal depth
        end, name, attributes = tag.groups()
        if name is None:
            return tag[0]
        if name.lower() not in _SHALLOW:
            if end:
                depth = max(0, depth - 1)
                if depth >= MAX_DEPTH:
                    return b""
            else:
                depth += 1
                if depth > MAX_DEPTH:
                    return b""
        if len(attributes) > MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(attributes)) > MAX_ATTRIBUTES:
            return b"<" + end + name + b">"
        return tag[0]

    return _TAG.sub(bounded, markup)


def _flattened(markup: bytes) -> bytes:
    """The text of a page as paragraphs, with its metadata and scripts: no tag is left that could nest."""
    first, *others = markup.split(b"<")
    kept = [b"<" + one if _FLAT.match(one) else b" " + one.partition(b">")[2] for one in others]
    return first + b"".join(kept)
