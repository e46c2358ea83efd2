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
_FRAME = "nav, footer, [role=navigation], [role=contentinfo]"
_CONTENT = f"h1, article, main, [{KEEP_ATTRIBUTE}]"
"""What a frame does not hold."""
_PROSE = 120
"""Characters from which on a text is prose."""
_MOST_PROSE = 500
"""Characters of prose that a frame may hold: legal notices are this long (all but 1.3 % of frames), articles
longer."""


def take_out(parsed: LexborHTMLParser) -> list[RemovedBlock]:
    """Remove the frame from a parsed page; gives its texts, in the page's order."""
    strip(parsed)
    texts = {element: _lines(element) for element in parsed.css(_FRAME)}
    frame = outermost([element for element, lines in texts.items() if _is_frame(element, lines)])
    for element in frame:
        element.decompose()
    return [RemovedBlock("\n".join(texts[element]), REASON) for element in frame if texts[element]]


def _is_frame(element: LexborNode, lines: list[str]) -> bool:
    prose = sum(len(line) for line in lines if len(line) >= _PROSE)
    return prose <= _MOST_PROSE and element.css_first(_CONTENT) is None


def _lines(element: LexborNode) -> list[str]:
    """The texts of an element, white space collapsed."""
    texts = (" ".join(text.split()) for text in element.text(separator="\0").split("\0"))
    return [text for text in texts if text]
