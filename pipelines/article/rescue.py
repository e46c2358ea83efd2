"""The article of a page whose markup holds none: from the state that its scripts would have drawn it from.

Promises: pure, linear in the scripts' length, and only asked when the page itself gave next to nothing. What
is found is markup again and goes the same way as any page's; nothing of a script is run.
"""

from __future__ import annotations

import json
import re
from html import escape

from selectolax.lexbor import LexborHTMLParser

from pipelines.article.fields import Fields

_LEAST = 500
"""Characters of a text that may be an article."""
_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)(?:"|\Z)', re.S)
"""A string of JSON; one that is never closed goes on to the end, so that no place is looked at twice."""
_PARAGRAPHS = re.compile(r"</(?:p|div)>|<br\s*/?>", re.I)


def markup(tree: LexborHTMLParser, fields: Fields) -> str | None:
    """The article's markup from JSON-LD's articleBody or a script's state; None when neither holds one."""
    body = fields.article_body or ""
    if len(body) >= _LEAST:
        return "".join(f"<p>{escape(line)}</p>" for line in body.splitlines() if line.strip())
    texts = (text for script in tree.css("script") for text in _texts(script.text()))
    found = max(texts, key=len, default=None)
    return f"<article>{found}</article>" if found else None


def _texts(script: str) -> list[str]:
    """The strings of a script's state that are markup with paragraphs."""
    if "003c" not in script and "</p>" not in script and "<br" not in script:
        return []
    strings = (_unescaped(match[1]) for match in _STRING.finditer(script) if len(match[1]) >= _LEAST)
    return [text for text in strings if text and len(_PARAGRAPHS.findall(text)) >= 3]


def _unescaped(string: str) -> str | None:
    """A JSON string's value; None when it is no JSON, or is state within state."""
    try:
        value = json.loads(f'"{string}"', strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) and not value.lstrip().startswith(("{", "[")) else None
