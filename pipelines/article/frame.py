"""A page's frame: the menus and the foot that a site puts around every page, taken out before it is walked.

Promises: pure; linear in the page; nothing is lost in silence, for what is taken out comes back as text. Only
what says of itself that it is navigation or a footer (HTML standard, 4.3.4 and 4.3.9; WAI-ARIA landmarks) is
taken, and only if it holds no headline and no prose to speak of: a page whose article lies in an unclosed
menu is left as it is, for the classifier to judge. What is taken is two fifths of a page's blocks and a
thousandth of its article's words.
"""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.article.tree import KEEP_ATTRIBUTE, outermost, strip
from pipelines.model import RemovedBlock

REASON = "navigation"
MAX_FRAMES = 3_000
MAX_TEXT = 3_000_000
"""Elements that are looked at, and characters in all of them: each is asked for all that is in it."""
_FRAME = "nav, footer, [role=navigation], [role=contentinfo]"
_CONTENT = f"h1, article, main, [{KEEP_ATTRIBUTE}]"
"""What a frame does not hold."""
_PROSE = 120
"""Characters from which on a text is prose."""
_LITTLE_PROSE = 300
_MOST_PROSE = 1_000
"""Characters of prose that a frame may hold whatever there is beside it, and that it may hold at most: legal
notices are this long."""
_MOST_SHARE = 0.9
"""Of the page's prose, that a frame holds at most if it has more than little."""


def take_out(parsed: LexborHTMLParser) -> list[RemovedBlock]:
    """Remove the frame from a parsed page, and scripts and the like; gives its texts, in the page's order."""
    strip(parsed)
    texts: dict[LexborNode, list[str]] = {}
    room = MAX_TEXT
    found = {element.mem_id: element for element in parsed.css(_FRAME)}  # by two names an element comes twice
    for element in list(found.values())[:MAX_FRAMES]:
        texts[element] = _lines(element)
        room -= sum(map(len, texts[element]))
        if room < 0:
            break
    prose = {element: _prose(lines) for element, lines in texts.items()}
    most: float = _LITTLE_PROSE
    if parsed.body and max(prose.values(), default=0) > most:
        most = max(most, min(_MOST_PROSE, _MOST_SHARE * _prose(_lines(parsed.body))))
    frame = outermost([e for e in texts if prose[e] <= most and e.css_first(_CONTENT) is None])
    for element in frame:
        element.decompose()
    return [RemovedBlock("\n".join(texts[element]), REASON) for element in frame if texts[element]]


def _prose(lines: list[str]) -> int:
    return sum(len(line) for line in lines if len(line) >= _PROSE)


def _lines(element: LexborNode) -> list[str]:
    """The texts of an element, white space collapsed."""
    texts = element.text(separator="\0").split("\0")
    return [" ".join(text.split()) for text in texts if text and not text.isspace()]
