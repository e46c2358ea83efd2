"""The fields of an article beside its body: what the page says of itself in markup and near its headline.

Promises: pure, never raises on a hostile page, linear in the size of the page.
Never fetches, never reads the clock, never looks for the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from selectolax.lexbor import LexborHTMLParser

from pipelines.article import access, authors, dates, images, jsonld, language, standfirsts, titles
from pipelines.article.markup import Markup, line, plain_text, text_of
from pipelines.model import Access, Image

MAX_TAGS = 40
MIN_BODY = 200
MAX_BODY = 300_000
"""Characters of an articleBody that is worth keeping."""

_SECTION_META = (
    "article:section",
    "parsely-section",
    "section",
    "cxenseparse:recs:category",
    "sailthru.section",
    "channel",
    "category",
)
_TAG_META = (
    "article:tag",
    "news_keywords",
    "parsely-tags",
    "keywords",
    "sailthru.tags",
    "cxenseparse:recs:tags",
)


@dataclass(frozen=True, slots=True)
class Hints:
    """What markup says of the page's type; `kind.classify` weighs it."""

    schema_types: frozenset[str] = frozenset()
    """JSON-LD and microdata types, without the vocabulary's address, in lower case."""
    og_type: str | None = None
    declares_author: bool = False
    """JSON-LD or a meta element names an author; otherwise the names, if any, were read off the page."""
    declares_published: bool = False


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
    title = titles.read(markup)
    standfirst = standfirsts.read(markup, title)
    body = _article_body(markup)
    said = language.declared(markup)
    spoken = language.read(said, f"{title or ''}. {standfirst or ''}. {(body or '')[:1000]}")
    when = dates.read(markup, said or spoken)
    by = authors.read(markup)
    allowed, closed_parts = access.read(markup)
    return Fields(
        title=title,
        standfirst=standfirst,
        authors=by.names,
        published=when.published,
        modified=when.modified,
        section=_section(markup),
        tags=_tags(markup),
        language=spoken,
        image=images.read(markup),
        canonical_url=_canonical(markup),
        access=allowed,
        paywall_selectors=closed_parts,
        article_body=body,
        hints=_hints(markup, declares_author=by.declared, declares_published=when.declared),
    )


def _article_body(markup: Markup) -> str | None:
    for node in markup.articles[:1]:
        text = jsonld.string(node.get("articleBody")) or jsonld.string(node.get("text"))
        if text and len(text) > MIN_BODY:
            return plain_text(text[:MAX_BODY])
    return None


def _section(markup: Markup) -> str | None:
    """The section as the page names it; the last step but one of its breadcrumbs when it names none."""
    said = [jsonld.string(node.get("articleSection")) for node in markup.articles[:1]]
    said.append(markup.first(_SECTION_META))
    for node, kinds in markup.typed[:50]:
        if "breadcrumblist" in kinds:
            said.extend(_steps(node)[1:2])
    return next((text for one in said if (text := line(one, 100)) and not text.startswith("http")), None)


def _steps(node: jsonld.Node) -> list[str]:
    """The names of a breadcrumb list, outermost first, without the page itself."""
    names = []
    for step in jsonld.objects(node.get("itemListElement"))[:10]:
        item = step.get("item")
        names.append(
            jsonld.string(step.get("name"))
            or (jsonld.string(item.get("name")) if isinstance(item, dict) else None)
        )
    return [name for name in names[:-1] if name]


def _tags(markup: Markup) -> tuple[str, ...]:
    """Key words, of the first source that has any, each once."""
    for source in _tag_sources(markup):
        parts = (
            source if len(source) > 1 else [part for text in source for part in re.split(r"[,;、،]", text)]
        )
        found = {
            tag.casefold(): tag
            for part in parts
            if 1 < len(tag := line(part, 100).strip("# ")) < 80 and ":" not in tag
        }
        if found:
            return tuple(found.values())[:MAX_TAGS]
    return ()


def _tag_sources(markup: Markup) -> Iterator[list[str]]:
    yield from (jsonld.strings(node.get("keywords"), MAX_TAGS) for node in markup.articles[:1])
    yield from (markup.every((name,)) for name in _TAG_META)
    yield [text_of(node, 80) for node in markup.tag_links[:MAX_TAGS]]


def _canonical(markup: Markup) -> str | None:
    link = markup.tree.css_first('link[rel~="canonical" i][href]')
    said = [link.attributes.get("href") if link else None, markup.first(("og:url",))]
    return next((url for one in said if (url := images.absolute(one, markup.url))), None)


def _hints(markup: Markup, *, declares_author: bool, declares_published: bool) -> Hints:
    kinds: set[str] = set()
    for _, of_node in markup.typed[:200]:
        kinds |= of_node
    kinds.update(kind.rstrip("/").rpartition("/")[2].lower()[:60] for kind in markup.item_types)
    return Hints(
        schema_types=frozenset(kinds - {""}),
        og_type=(markup.first(("og:type",)) or "").lower()[:60] or None,
        declares_author=declares_author,
        declares_published=declares_published,
    )
