"""The fields of an article beside its body: what the page says of itself in markup and near its headline.

Promises: pure, never raises on a hostile page, linear in the size of the page.
Never fetches, never reads the clock, never looks for the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from selectolax.lexbor import LexborHTMLParser

from pipelines.article import authors, dates, titles
from pipelines.article.markup import Markup
from pipelines.model import Access, Image


@dataclass(frozen=True, slots=True)
class Hints:
    """What markup says of the page's type; `kind.classify` weighs it."""

    schema_types: frozenset[str] = frozenset()
    """JSON-LD and microdata types, without the vocabulary's address, in lower case."""
    og_type: str | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """What one page says of its article; None or empty where it says nothing that can be trusted."""

    title: str | None = None
    """The headline as printed, without the site's name."""
    standfirst: str | None = None
    authors: tuple[str, ...] = ()
    """Persons; an organisation only when no person is named."""
    published: datetime | date | None = None
    """First publication: aware datetime, or date where the page gives no time or no offset."""
    modified: datetime | date | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    """BCP 47."""
    image: Image | None = None
    canonical_url: str | None = None
    """Absolute http(s) address; whether it is of the same site is for the caller to judge."""
    access: Access = Access.OPEN
    """As far as markup says; a teaser is for the body to notice."""
    paywall_selectors: tuple[str, ...] = ()
    """CSS selectors of the parts that JSON-LD calls not free."""
    article_body: str | None = None
    """JSON-LD articleBody: an anchor to check the body against, plain text."""
    hints: Hints = Hints()


def read(tree: LexborHTMLParser, url: str | None) -> Fields:
    """Read all fields of a parsed page that was served at `url`."""
    markup = Markup(tree, url)
    when = dates.read(markup)
    return Fields(title=titles.read(markup), authors=authors.read(markup), published=when.published, modified=when.modified)
