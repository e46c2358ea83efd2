"""What a page is: article, live blog, gallery, video, listing or other.

Promises: pure, and an answer for every page. Never reads the body itself, only its measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from pipelines.article.fields import Fields
from pipelines.model import Kind


@dataclass(frozen=True, slots=True)
class BodyStats:
    """The measures of a cleaned body that tell an article from a listing."""

    words: int = 0
    """Words of the body that was kept."""
    paragraph_words: Sequence[int] = ()
    """Words of each kept paragraph (`p` or what stands for one), in order; headings and list items left out."""
    headings: int = 0
    """Kept headings (h2 to h6)."""
    list_items: int = 0
    """Kept list items."""
    linked_words: int = 0
    """Words of the kept body that stand inside links."""
    page_words: int = 0
    """Words of the whole visible page, kept or not."""
    page_linked_words: int = 0
    """Words of the whole visible page that stand inside links."""


def classify(tree: LexborHTMLParser, url: str | None, fields: Fields, body: BodyStats) -> Kind:
    """The kind of the page served at `url`, from its markup, its fields and the measures of its body."""
    long_paragraphs = sum(1 for words in body.paragraph_words if words >= 20)
    return Kind.ARTICLE if long_paragraphs >= 3 else Kind.OTHER
