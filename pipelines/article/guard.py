"""Markup that a parser would choke on -> markup that it will not, and everything else unchanged.

Promises: linear time; a page that a person wrote comes back byte for byte. HTML's own algorithm takes time
that grows with the square of the nesting depth (tags look up the stack of open elements), of the attributes
of one tag (each is compared with those before it) and of unclosed formatting (it is made again in each
paragraph after); a parser's, with the square of the different names on a page. So all are bounded here, and
the size of the page too.

What stands in a tag, a comment or a script only the parser knows: a hostile page makes any other reader err.
So a bound is either counted from bytes that no reading can make fewer, or asked of the parser itself; where
mending what seems wrong does not help, little more than text is left of a page.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
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

_MANY_NAMES = 45_000
"""Different names, each once, or as many lookups: a parser's table of them does not grow with them."""
_SMALL = 300_000
"""Bytes of tags too few for so many names that a parser would take a second for them."""
_SUSPECT_DEPTH = 3_000
_SUSPECT_STARTS = 12_000
"""Start tags from which the parser is asked how deep they nest: one page in a thousand has as many."""
_PART = 16_000
"""Tags by which the part of a page grows that it is asked about."""
_SUSPECT_STEPS = 100_000_000
"""Start tags times end tags from which it is asked as well."""
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
_MOST_OPTIONS = 4_000
"""Options of a page from which on each select is made one of many choices: for one of one choice, lexbor
looks at all its options when another is added."""
_MOST_MERGED = 20
"""Tags of html and body: a second one's attributes are added to those of the first."""


def tame(markup: bytes) -> tuple[bytes, bool]:
    """Bound a page's size, depth, attributes and names; the second value: whether its end was cut off."""
    tags = _Tags(markup[:MAX_BYTES])
    if len(tags.opens) > MAX_TAGS:
        tags = _Tags(tags.markup[: int(tags.opens[MAX_TAGS])])
    cut = len(tags.markup) < len(markup)
    if _has_many_names(tags):
        tags = _Tags(_rewrite(tags.markup))
        if _has_many_names(tags):
            return _flattened(tags.markup), cut
    tags = _light(tags)
    if _deep(tags) or _wide(tags, _SUSPECT_PAIRS):
        tags = _light(_Tags(_rewrite(tags.markup)))
        if _wide(tags, _MOST_PAIRS):
            tags = _Tags(_FOREIGN.sub(rb"\1object", tags.markup))
            if _wide(tags, _MOST_PAIRS):
                return _flattened(tags.markup), cut
    return (_flattened(tags.markup) if _nests(tags) else tags.markup), cut


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
        self.pair = (self.first.astype(np.uint16) << np.uint16(8)) | _after(self.signs, self.opens, 2)

    def begin(self, pairs: Mask) -> int:
        """How many begin with one of these pairs of letters."""
        return int(np.count_nonzero(pairs[self.pair]))

    def hiding(self, most: int = 0) -> Mask:
        """Of all "<": whether a quoted value may begin between it and the next ">" that holds that one; none
        if no more than `most` values may. No other tag reads on behind the next ">".
        """
        values = self._values if len(self._values) > most else self._values[:0]
        return _between(self.opens, np.append(0, self.ends)[np.searchsorted(self.ends, values)], values)

    @cached_property
    def _values(self) -> Ints:
        """The quotes, last of their kind before a ">", that may begin a value."""
        found = []
        for quote in b"\"'":
            is_quote = self._kinds == quote
            values = self._places[np.flatnonzero(is_quote[:-1] & ~is_quote[1:])]
            before = self.signs[values - 1]
            values = values[(before == ord("=")) | (before <= ord(" "))]
            found.append(values[_next(self.ends, values) < _next(self._places[is_quote], values)])
        return np.concatenate(found)


def _next(these: Ints, after: Ints) -> Ints:
    """Of numbers in order: the next after each of some numbers, a very large one where there is none."""
    found: Ints = np.append(these, np.iinfo(np.int64).max)[np.searchsorted(these, after, "right")]
    return found


def _after(signs: Signs, places: Ints, distance: int) -> Signs:
    """The signs at a distance behind places, letters in lower case; the last one where the page is over."""
    return signs.take(places + distance, mode="clip") | np.uint8(0x20)


def _has_many_names(tags: _Tags) -> bool:
    """Whether a parser would look up too many different names of tags and attributes, too often.

    A tag reads from its "<" on as it does to whoever takes it for one. Asks what costs least first.
    """
    if len(tags.markup) <= _SMALL:
        return False
    of_tag = tags.is_start | (tags.first == ord("/"))
    begins, hides = tags.opens[of_tag], tags.hiding(_MOST_QUOTED)[of_tag]
    ends = np.minimum(_next(tags.ends, begins), len(tags.markup))
    whole: list[bytes] = []
    hidden = 0
    for place in begins[hides].tolist():
        if tag := _EXACT.match(tags.markup, place):
            whole.append(tag[0])
            hidden += len(tag[0])
        if hidden > 8 * len(tags.markup):
            return True
    # Of several "<" before one ">" the first has the names of all.
    first = ~hides & np.append(True, ends[1:] != ends[:-1])[: len(ends)]
    if hidden + int((ends - begins)[first].sum()) <= _SMALL:
        return False
    runs = zip(begins[first].tolist(), ends[first].tolist(), strict=True)
    whole += [tags.markup[begin:end] for begin, end in runs]
    lookups = 1 + int(np.count_nonzero(_may_begin(np.frombuffer(b" ".join(whole), np.uint8))))
    if lookups <= _MANY_NAMES:
        return False
    different = set(b" ".join(set(whole)).translate(_AS_BLANKS).split())
    quoted = b" ".join(different)  # A name may begin behind the quote that ends a value.
    if lookups * (len(different) + quoted.count(b"'") + quoted.count(b'"')) <= _MANY_NAMES**2:
        return False
    if int((ends - begins).sum()) > 8 * len(tags.markup):  # Many "<" before one ">": no page has so many.
        return True
    seen = {tags.markup[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)}
    names = {name for tag in seen.union(whole) for name in _NAME.findall(tag.lower())}
    return lookups * len(names) > _MANY_NAMES**2


_AS_BLANKS = bytes(ord(" ") if sign in b"/>=" else sign for sign in range(256))
_VALUE = (
    rb"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+"
    rb"(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>\"'][^ \t\n\f\r>]*+)?)?"
)
_EXACT_ATTRIBUTE = re.compile(rb"(?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)" + _VALUE)
_EXACT_ATTRIBUTES = rb"((?:[ \t\n\f\r/]++|" + _EXACT_ATTRIBUTE.pattern + rb")*+)"
_EXACT = re.compile(rb"<[a-zA-Z/][^ \t\n\f\r/>]*+" + _EXACT_ATTRIBUTES)
"""A tag as the standard's tokeniser reads it (13.2.5), but for its end."""
_NAME = re.compile(rb"(</?[^ \t\n\f\r/>]*+|=?[^ \t\n\f\r/>=]++)" + _VALUE)
"""Of a tag: its name, and those of its attributes."""


def _light(tags: _Tags) -> _Tags:
    """The page without the tags that a parser makes much of: second bodies, long selects, open formats."""
    if tags.begin(_MERGING) > _MOST_MERGED:
        tags = _Tags(_unmerged(tags.markup))
    if tags.begin(_OPTIONS) > _MOST_OPTIONS:
        tags = _Tags(_SELECT.sub(b"<select multiple", tags.markup))
    if _multiplies(tags):
        tags = _Tags(_FORMAT_NAME.sub(rb"\1span", tags.markup))
    return tags


def _unmerged(markup: bytes) -> bytes:
    """The page without html and body tags after the first few: their attributes would go to those."""
    ends = [tag.end() for tag in islice(_MERGED.finditer(markup), _MOST_MERGED)]
    return markup[: ends[-1]] + _MERGED.sub(b"<wbr", markup[ends[-1] :]) if ends else markup


_MERGED = re.compile(rb"<(?:html|body)(?=[\s/>])" + _EXACT_ATTRIBUTES, re.I)


def _multiplies(tags: _Tags) -> bool:
    """Whether formatting may be left open that a parser makes again in too many elements.

    Of formatting elements that are written alike it remembers three (13.2.4.3, "the Noah's Ark clause").
    """
    most = _MOST_COPIES if tags.starts <= _SUSPECT_STARTS else _MOST_COPIES // 8
    if tags.begin(_FORMATTING) * tags.starts <= most:
        return False
    places = tags.opens[_FORMATTING[tags.pair]].tolist()
    written = Counter(tag[0] for place in places if (tag := _FORMAT.match(tags.markup, place)))
    left = sum(min(times, 3) if _PLAIN.fullmatch(one) else times for one, times in written.items())
    return left * tags.starts > most


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
_FORMAT = re.compile(rb"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^>]*", re.I)
"""Formatting elements of the standard (13.2.4.3), but for links, of which only one can be open."""
_FORMAT_NAME = re.compile(rb"(</?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.I)
_SELECT = re.compile(rb"<select(?=[\s/>])", re.I)
_PLAIN = re.compile(rb"<\w+(?:\s+[\w:@.-]+(?:=(?:\"[^\"<>]*\"|'[^'<>]*'|[\w/#%.-]+))?)*\s*/?")
"""A tag without its ">", of which all is seen: none of its values holds one."""


def _deep(tags: _Tags) -> bool:
    """Whether tags seem to nest too deep: counts void tags too, and believes every end tag."""
    if len(tags.opens) < _SUSPECT_DEPTH:
        return False
    step = np.where(tags.first == ord("/"), -1, tags.is_start).astype(np.int32)
    depth = np.cumsum(step)
    return bool((depth - np.minimum.accumulate(np.minimum(depth, 0))).max() > _SUSPECT_DEPTH)


def _wide(tags: _Tags, most: int) -> bool:
    """Whether tags may hold too many attributes: in a long run without ">", or in many runs of which all but
    the last end within a quoted value.

    most: comparisons of attributes, twice over.
    """
    if _hold_many(tags, tags.hiding(_MOST_QUOTED), most):
        return True
    starts = np.concatenate(([0], tags.ends + 1))
    ends = np.concatenate((tags.ends, [len(tags.markup)]))
    long = ends - starts > 2 * _SUSPECT_ATTRIBUTES
    starts, ends = starts[long], ends[long]
    counts = (ends - starts) // 2
    if _comparisons(counts) > _SUSPECT_PAIRS:
        begin = _may_begin(tags.signs)
        runs = zip(starts.tolist(), ends.tolist(), strict=True)
        counts = np.array([1 + np.count_nonzero(begin[start:end]) for start, end in runs], np.int64)
    many = counts > _SUSPECT_ATTRIBUTES
    starts, ends, counts = starts[many], ends[many], counts[many]
    if _comparisons(counts) <= _SUSPECT_PAIRS:
        return False
    raw = _in_raw_text(tags, starts)
    if _comparisons(counts[~raw]) > _SUSPECT_PAIRS:
        seen = tags.hiding() | _between(tags.opens, starts[~raw], ends[~raw])
        if _hold_many(tags, seen, most):
            return True
    return _comparisons(counts[raw]) > _MOST_PAIRS and not _is_raw_text(tags, starts[raw], ends[raw])


def _may_begin(signs: Signs) -> Mask:
    """Before what attributes may begin: blanks and slashes, or a value, which has a "=" of its own.

    Of a run without ">" no reading can make more attributes, but for one if the run begins in a value.
    """
    begin: Mask = (signs <= ord(" ")) | (signs == ord("/"))
    begin[1:] &= signs[:-1] != ord(" ")  # A control sign is no blank, and may be a name.
    begin |= signs == ord("=")
    return begin


def _hold_many(tags: _Tags, which: Mask, most: int) -> bool:
    """Whether some of the tags hold too many attributes, or there is no telling."""
    room, wide = 3 * len(tags.markup), []
    for place in tags.opens[which].tolist():
        tag = _EXACT.match(tags.markup, place)
        if tag is None:
            continue
        room -= len(tag[0])
        if room < 0:
            return True
        if _separators(tag[1]) > _SUSPECT_ATTRIBUTES:
            wide.append(tag[1])
    if sum(_separators(tag) ** 2 for tag in wide) <= most:
        return False
    return sum(sum(1 for _ in _EXACT_ATTRIBUTE.finditer(tag)) ** 2 for tag in wide) > most


def _is_raw_text(tags: _Tags, starts: Ints, ends: Ints) -> bool:
    """Whether what seems to be text of scripts is: what opens a script may stand in a quoted value.

    Asks the parser, of the page with a mark in the place of each text: where it is a tag and a reference, it
    is not written again as it was.
    """
    markup, parts, at, after = tags.markup, [], 0, ends.copy()
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        tag = _RAW_END.search(markup, start, end)
        after[number] = behind = tag.start() if tag else end
        parts += [markup[at:start], _MARK, b"--" if markup.endswith(b"--", start, behind) else b""]
        at = behind
    if _hold_many(tags, _between(tags.opens, after, ends), _SUSPECT_PAIRS):
        return False
    marked = b"".join(parts)
    if _nests(_Tags(marked)):
        return False
    return (LexborHTMLParser(marked).html or "").count(_MARK.decode()) == len(starts)


_MARK = b"<run" + token_hex(8).encode() + b">&#38;"
"""What no page can foresee."""
_RAW_END = re.compile(rb"</[a-zA-Z]")


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
        inside |= _between(places, begins + 1, closes[np.searchsorted(closes, begins)])
    return inside


def _between(places: Ints, begins: Ints, ends: Ints) -> Mask:
    """Of places in order: whether they lie from one of these begins to before its end."""
    inside = np.zeros(len(places) + 1, np.int64)
    np.add.at(inside, np.searchsorted(places, begins), 1)
    np.add.at(inside, np.searchsorted(places, ends), -1)
    return np.asarray(np.cumsum(inside[:-1]) > 0)


def _comparisons(counts: Ints) -> int:
    """What a parser compares in tags of so many attributes, twice over."""
    return int((counts * counts).sum())


def _separators(run: bytes) -> int:
    """At most how many attributes a tag may hold: see `_may_begin`."""
    return len(run) - len(run.translate(None, b" \n\t\r\f/="))


def _rewrite(markup: bytes) -> bytes:
    """The page with too deep start tags dropped and too wide ones bared.

    What ends itself counts as not nesting: in drawings it does not, and elsewhere `_nests` sees it.
    """
    depth = 0

    def bounded(tag: re.Match[bytes]) -> bytes:
        nonlocal depth
        end, name, attributes = tag.groups()
        if name is None:
            return tag[0]
        if name.lower() not in _SHALLOW and not attributes.endswith(b"/"):
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


_TAG = re.compile(
    rb"<(?:(?:script|style)\b.*?(?:</(?:script|style)|\Z)|!--.*?(?:-->|\Z))"
    rb"|<(/?)([a-zA-Z][^\s/>]*)((?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?)*+)>?",
    re.S | re.I,
)
"""A script, style or comment whole; or a tag: its slash, name and attributes."""
_ATTRIBUTE = re.compile(rb"[^\s\"'/=>]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'>]++))?")
_SHALLOW = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li dt dd tr td th option".split()
)
"""Tags that have no end tag, or need none: they do not nest."""
_FOREIGN = re.compile(rb"(</?)(?:svg|math)(?=[\s/>])", re.I)
"""Drawings and formulas: in these alone what stands in a script is markup."""


def _nests(tags: _Tags) -> bool:
    """Whether elements nest too deep for so many tags, as the parser has it.

    It is asked about a part of the page that grows, so that no answer takes long.
    """
    count = len(tags.opens)
    closes = int(np.count_nonzero(tags.first == ord("/")))
    if tags.starts <= _SUSPECT_STARTS and tags.starts * closes <= _SUSPECT_STEPS:
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


_TEMPLATE = re.compile(rb"(</?)template", re.I)


def _flattened(markup: bytes) -> bytes:
    """The text of a page as paragraphs, with its metadata and scripts: no tag is left that could nest."""
    first, *others = markup.split(b"<")
    kept = [b"<" + one if _FLAT.match(one) else b" " + one.partition(b">")[2] for one in others]
    return first + b"".join(kept)


_FLAT = re.compile(
    rb"/?(?:p|br|meta|link|title|script)(?:\s++(?:name|property|content|itemprop|http-equiv|charset|rel|href|type|lang|media)"
    rb"=\"[^\"<>]{0,2000}\"){0,9}\s*+/?>",
    re.I,
)
"""Of a tag without its "<": what does not nest, with attributes that no reading can mistake."""
