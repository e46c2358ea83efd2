"""What a page is: article, live blog, gallery, video, listing or other.

Promises: pure, and an answer for every page. Never reads the body itself, only its measures.

Whether a page is an article at all is a logistic regression over the signals below, each of which a person
can read; its weights are made by bench/kind.py and held in kind_weights.json. What kind of article it is,
or of other page, follows from declarations.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import unquote, urlsplit

import numpy as np

from pipelines.article.fields import Fields
from pipelines.article.markup import host_of, words
from pipelines.article.tree import Page
from pipelines.model import Kind

MAX_PARAGRAPHS = 400
LONG = 120
"""Characters from which on a paragraph is prose."""

_ARTICLE_TYPES = words(
    "newsarticle article blogposting reportagenewsarticle opinionnewsarticle analysisnewsarticle "
    "scholarlyarticle"
    " report review recipe howto"
)
_TYPES = {
    "type: article": _ARTICLE_TYPES,
    "type: news": words(
        "newsarticle reportagenewsarticle opinionnewsarticle analysisnewsarticle liveblogposting"
    ),
    "type: product": words("product productgroup offer aggregateoffer softwareapplication"),
    "type: list": words("collectionpage itemlist offercatalog searchresultspage productcollection"),
    "type: forum": words("discussionforumposting qapage question comment"),
    "type: service": words(
        "service localbusiness course event professionalservice jobposting courseinstance "
        "medicalbusiness hotel"
        " restaurant realestateagent educationalorganization"
    ),
    "type: manual": words("techarticle apireference definedterm medicalwebpage softwaresourcecode"),
    "type: faq": words("faqpage"),
    "type: video": words("videoobject"),
    "type: page": words("webpage"),
}
_PATHS = {
    "path: blog": r"/(?:\w+-)?blogs?(?:/|-)|/posts?/|/p/|/journal/|/stories/|/story/|/insights?/|/ideas/"
    r"|/magazine/|/magazin/|/notes?/|/essays?/",
    "path: news": r"/news/|/article|/artikel|/nachrichten/|/politi|/sport|/opinion|/world/|/local/|/life"
    r"|/entertainment|/health/",
    "path: dated": r"/(?:19|20)\d\d/[01]?\d(?:/|$)|(?:19|20)\d\d-[01]\d",
    "path: product": r"/products?/|/shop/|/item/|/dp/|/buy/|/store/|/p-\d|/pd/",
    "path: list": r"/collections?/|/categor|/tags?/|/topics?/|/archive|/search|/browse|/catalog"
    r"|/directory|/list|/all-|/c/|/brands?/|/page/\d",
    "path: forum": r"/forums?/|/threads?/|/t/|/questions?/|/discussions?/|/topic/|/comments/|viewtopic"
    r"|showthread|/r/|/community/",
    "path: manual": r"/docs?/|/documentation|/manual|/reference|/api/|/wiki|/help/|/support/|/kb/"
    r"|/userguide|/user-guide|/tutorials?/|/quickstart|/man\d?/"
    r"|/learn/|/stable/|/latest/|/glossary|\.rst|/guides?/",
    "path: service": r"/services?|/pricing|/about|/contact|/programs?|/courses?|/training|/classes"
    r"|/careers|/solutions?|/features|/tours?|/booking|/plans"
    r"|/certificat|/rental|/locations?/|/degrees?",
    "path: file": r"\.(?:html?|php|aspx?|jsp|cfm)$",
}
_HOSTS = {
    "host: forum": r"forum|community|discuss|answers|stackexchange|stackoverflow|reddit|users\.",
    "host: manual": r"^docs?\.|\bdocs\b|readthedocs|^developer|^wiki|^help\.|^support\.|^api\.|^man\."
    r"|^learn\.|^manual",
    "host: shop": r"shop|store|market",
    "host: blog": r"blog|news|medium\.com|substack|times|post|journal|magazine|daily",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in (_PATHS | _HOSTS).items()}
_BUY = re.compile(
    r"add[ -_]?to[ -_]?(?:cart|bag|basket)|in den warenkorb|ajouter au panier|añadir al carrito"
    r"|addtocart|buy[ -]now"
)
_BUY_SIGNS = ("cart", "bag", "basket", "warenkorb", "panier", "carrito", "buy")
"""Of what `_BUY` finds, some word of each."""
_CART = re.compile(r"add-?_?to-?_?cart")
_CALL = re.compile(
    r"quote|book (?:now|a|your)|sign up|get started|request|free trial|pricing|schedule|enroll|apply now"
    r"|contact us"
    r"|demo|call (?:us|now)|buy|order|jetzt|termin|angebot|devis|réserver|inscri|solicit|reserv|richiedi"
    r"|prenota",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"\b(?:how|why|what|best|tips|guide|vs|top|trends?|ways|review|reasons|wie|warum|was|beste[nrs]?"
    r"|tipps|ratgeber|gründe"
    r"|comment|pourquoi|meilleure?s?|conseils|cómo|por qué|mejores|consejos|guía|come|perché|migliori"
    r"|consigli|guida"
    r"|como|melhores|dicas|hoe|waarom|beste)\b"
)
_LIVE = re.compile(
    r"live-?(?:blog|ticker|updates?|reporting|coverage)|(?:^|[/-])(?:ticker|en-direct|minuto-a-minuto"
    r"|liveblog|direto|diretta)(?:[/-]|$)"
)
_GALLERY = re.compile(
    r"(?:^|[/-])(?:gallery|galleries|galerie|galeria|galleria|fotos?|photos|bilder|bildergalerie"
    r"|fotostrecke|fotogalerie|"
    r"fotogaleria|in-pictures|diaporama|slideshow|photo-essay|pictures)(?:[/-]|$)"
)
_VIDEO = re.compile(r"(?:^|/)(?:videos?|watch|tv|mediathek|clips?)(?:/|$)")


@dataclass(frozen=True, slots=True)
class BodyStats:
    """The measures of a cleaned body that tell an article from a listing."""

    words: int = 0
    """Words of the body that was kept."""
    paragraph_words: Sequence[int] = ()
    """Words of each kept paragraph (`p` or what stands for one), in order; no headings, no list items."""
    headings: int = 0
    """Kept headings (h2 to h6)."""
    list_items: int = 0
    """Kept list items."""
    linked_words: int = 0
    """Words of the kept body that stand inside links."""
    page_words: int = 0
    """Words of the whole visible page, kept or not."""
    page_linked_words: int = 0
    """Words of the whole visible page that stand inside links; all of its menus and footer count."""


def classify(page: Page, url: str | None, fields: Fields, body: BodyStats) -> Kind:
    """The kind of the page served at `url`, from its elements, its fields and the measures of its body."""
    path = _path(url)
    declared = fields.hints.schema_types
    if _is_section(fields, body, path):
        return Kind.LISTING
    if article_share(signals(page, url, fields, body)) >= 0.5:
        if "liveblogposting" in declared or _LIVE.search(path):
            return Kind.LIVE_BLOG
        if _is_gallery(fields, body, path):
            return Kind.GALLERY
        return Kind.VIDEO if _is_video(fields, body, path) else Kind.ARTICLE
    if _is_video(fields, body, path):
        return Kind.VIDEO
    return Kind.LISTING if _is_listing(fields, body, path) else Kind.OTHER


def _is_section(fields: Fields, body: BodyStats, path: str) -> bool:
    """The front of a site or section that greets its readers: one plain word, no day, little prose."""
    return (
        fields.published is None
        and _SECTION.fullmatch(path) is not None
        and sum(count for count in body.paragraph_words if count >= 20) < _WELCOME
    )


_SECTION = re.compile(r"/|/[a-z]+/?")
_WELCOME = 150
"""Words of prose with which a section may greet its readers."""


def article_share(found: Mapping[str, float]) -> float:
    """How likely a page with these signals is an article, a live blog or a gallery: 0 to 1."""
    weights = _weights()
    total = weights["(always)"] + sum(value * weights.get(name, 0.0) for name, value in found.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def signals(page: Page, url: str | None, fields: Fields, body: BodyStats) -> dict[str, float]:
    """What speaks for or against an article: name -> 0 or 1, or the logarithm of a count."""
    found = {**_declared_signals(fields), **_address_signals(url), **_page_signals(page)}
    long = [count for count in body.paragraph_words if count >= 20]
    found["body: words"] = math.log1p(body.words)
    found["body: prose"] = math.log1p(sum(long))
    found["body: paragraphs"] = math.log1p(len(long))
    found["body: links"] = body.linked_words / (body.words + 20)
    found["body: share"] = body.words / (body.page_words + 20)
    found["body: page links"] = body.page_linked_words / (body.page_words + 20)
    found["body: headings"] = math.log1p(body.headings)
    found["body: list items"] = math.log1p(body.list_items)
    return found


def _declared_signals(fields: Fields) -> dict[str, float]:
    declared = fields.hints.schema_types
    kind = fields.hints.og_type or ""
    found = {name: float(bool(declared & types)) for name, types in _TYPES.items()}
    found["og: article"] = float(kind == "article")
    found["og: website"] = float(kind in ("website", "webpage"))
    found["og: product"] = float("product" in kind)
    found["og: none"] = float(not kind)
    found["authors"] = float(bool(fields.authors))
    found["published"] = float(fields.published is not None)
    found["authors declared"] = float(fields.hints.declares_author)
    found["published declared"] = float(fields.hints.declares_published)
    found["title: number"] = float(any(map(str.isdigit, fields.title or "")))
    found["title: question"] = float((fields.title or "").endswith(("?", "？", "؟")))
    found["title: advice"] = float(bool(_ADVICE.search((fields.title or "").lower())))
    found["modified"] = float(fields.modified is not None)
    found["article body"] = float(fields.article_body is not None)
    found["section"] = float(fields.section is not None)
    found["title words"] = math.log1p(len((fields.title or "").split()))
    return found


def _address_signals(url: str | None) -> dict[str, float]:
    path = _path(url)
    host = host_of(url) or ""
    found = {name: float(bool(_PATTERNS[name].search(path))) for name in _PATHS}
    found |= {name: float(bool(_PATTERNS[name].search(host))) for name in _HOSTS}
    last = path.rstrip("/").rpartition("/")[2]
    found["path: front"] = float(not last)
    found["path: depth"] = math.log1p(path.strip("/").count("/"))
    found["path: slug"] = math.log1p(len(re.findall(r"[-_]", last)))
    found["path: number"] = float(bool(re.search(r"\d{5,}", last)))
    return found


def _page_signals(page: Page) -> dict[str, float]:
    """What stands on the page: paragraphs, headings, lists, forms, and what calls to buy or book."""
    count = np.bincount(page.make, minlength=len(page.makes)).tolist()
    tags = dict.fromkeys((*_COUNTED, "select", "button"), 0)
    for (tag, _), times in zip(page.makes, count, strict=True):
        if tag in tags:
            tags[tag] += times
    is_paragraph = np.array([tag == "p" for tag, _ in page.makes], np.bool_)[page.make][page.holder]
    lengths = [len(page.text[number]) for number in np.flatnonzero(is_paragraph)[:MAX_PARAGRAPHS].tolist()]
    prose = [length for length in lengths if length >= LONG]
    found = {f"count: {tag}": math.log1p(tags[tag]) for tag in _COUNTED}
    found["count: input"] = math.log1p(tags["select"] + tags["button"])
    found["page: paragraphs"] = math.log1p(len(lengths))
    found["page: prose"] = math.log1p(sum(prose))
    found["page: long paragraphs"] = math.log1p(len(prose))
    lines = "\n".join([text for text in page.text if len(text) <= _LINE]).lower()
    named = "\0".join([names for _, names in page.makes]).lower()
    offers = any(sign in lines for sign in _BUY_SIGNS) and _BUY.search(lines) is not None
    carts = "cart" in named and _CART.search(named) is not None
    found["page: buys"] = float(offers or carts)
    pressing = [
        tag == "button" or "button" in names or "btn" in names or "cta" in names
        for (tag, _), names in zip(page.makes, named.split("\0"), strict=True)
    ]
    pressed = np.array(pressing, np.bool_)[page.make]
    buttons = np.flatnonzero(pressed[page.holder] | pressed[page.inner])[:150].tolist()
    found["page: calls"] = math.log1p(sum(1 for number in buttons if _CALL.search(page.text[number][:_LINE])))
    return found


_COUNTED = ("a", "li", "h1", "h2", "h3", "time", "article", "form", "pre", "table")
_LINE = 60
"""Characters up to which a text may be a button's."""


def _is_gallery(fields: Fields, body: BodyStats, path: str) -> bool:
    declared = bool(fields.hints.schema_types & {"imagegallery", "mediagallery"})
    return declared or (bool(_GALLERY.search(path)) and body.words < 1200)


def _is_video(fields: Fields, body: BodyStats, path: str) -> bool:
    declared = "videoobject" in fields.hints.schema_types or (fields.hints.og_type or "").startswith("video")
    return (
        declared
        and body.words < 250
        and (bool(_VIDEO.search(path)) or not fields.hints.schema_types & _ARTICLE_TYPES)
    )


def _is_listing(fields: Fields, body: BodyStats, path: str) -> bool:
    declared = bool(fields.hints.schema_types & _TYPES["type: list"])
    return (
        declared
        or bool(_PATTERNS["path: list"].search(path))
        or body.page_linked_words > 0.5 * (body.page_words + 20)
    )


def _path(url: str | None) -> str:
    try:
        parts = urlsplit((url or "")[:2000])
    except ValueError:
        return ""
    return unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path).lower()


@cache
def _weights() -> dict[str, float]:
    return {
        name: float(value)
        for name, value in json.loads(files(__package__).joinpath("kind_weights.json").read_text()).items()
    }
