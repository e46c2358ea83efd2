"""Who wrote it: names of persons; an organisation only when no person is named.

Promises: names as printed, each once, without "By", roles, agencies, addresses and handles. Linear, bounded.
Never invents a name, never turns a list of names into one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.jsonld import Node
from pipelines.article.markup import Markup, line, marks, text_of
from pipelines.article.titles import site_names

MAX_AUTHORS = 30
MAX_BYLINE = 300
"""Characters of a byline at most; what is longer is a biography."""

_BY_WORDS = (
    r"by|von|vom|par|di|da|por|de|door|av|af|przez|od|ditulis oleh|oleh|от|автор|авторы|автори|автора|yazan|haber|kirjoittanut"
    r"|teksti|tekst|texte|texto|testo|text|words|story|autor(?:es|en|a)?|auteure?s?|autrice|autore|autori|författare|skribent"
    r"|forfatter|journalist|penulis|reporter|bởi|tác giả|κείμενο|του|της|بقلم|كتب|نوشته|מאת|作者|文|撰文|記者|作者"
)
_BY = re.compile(
    rf"^(?:[^\w]*(?:(?:written|posted|published|text|words|story|report(?:ed)?|article|created|commentary|opinion|analysis|review(?:ed)?"
    rf"|photos?|contributed|authored|compiled|ein (?:\w+ )?|eine (?:\w+ )?|kommentar|gastbeitrag|interview|analyse|reportage|publié|"
    rf"escrito|publicado|scritto|propos recueillis|a cura)\s+)?(?:and\s+(?:photos?|illustrations?)\s+)?(?:{_BY_WORDS})(?:\s*[:：]\s*|\s+|$)"
    rf"|authors?(?:\s+of this article)?\s*:?\s+|about the authors?\s*:?\s*|written by|view all posts by|posts? by|more by|-\s+)+",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{2,32}|(?<!\w)@\w+")
_BRACKETS = re.compile(r"[(\[{（【][^()\[\]{}（）]{0,120}[)\]}）】]|[(\[（].{0,200}$")
_SPLIT = re.compile(
    r"\s*[;|/•·\n\t、，،]\s*|\s+[-–—‒―]\s+|\s*,\s*(?:and|und|et|y|e|og|och|en|&)\s+|\s*,\s*|\s*&\s*"
    r"|\s+(?:and|und|et|y|e|i|a|og|och|ja|en|ve|dan|și|si|và|with|mit|avec|con|та|и|і|και|و)\s+"
)
_SUFFIX = re.compile(r"\s+(?:for|für|pour|para|at|from|via|in|on|updated|published|posted|aktualisiert)\s+.*$", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r"^(?:(?:[A-Z][a-z]?\.?){1,3}[A-Z]\.?|Ph\.?\s?D\.?|M\.?D\.?|R\.?N\.?|[JS]r\.?|I{2,3}|IV|Esq\.?|MBA|[A-Z]{2,6}(?:-[A-Z]{1,4})?)$"
)
_ROLE_WORDS = (
    "editor|editors|reporter|writer|writers|correspondent|contributor|contributors|journalist|producer|columnist|critic|author|staff"
    "|redakteur|redakteurin|redaktor|redaktorin|chefredakteur|korrespondent|korrespondentin|volontär|volontärin|autorin"
    "|journaliste|rédacteur|rédactrice|correspondant|correspondante|envoyé|envoyée|redactor|redactora|corresponsal|periodista"
    "|giornalista|inviato|redattore|jornalista|repórter|editora|journalistin|reporterin|verslaggever|muhabir|muhabiri|editör"
    "|redaktør|redaktör|toimittaja|dziennikarz|redaktorka|корреспондент|журналист|журналістка|журналіст|редактор|jurnalis"
    "|director|manager|president|founder|ceo|cto|officer|professor|fellow|analyst|expert|specialist|consultant|head|chief"
    "|photographer|fotograf|illustrator|updated|published|fact|reviewed|minutes|min|read|share|follow|contact|email|subscribe"
    "|comments?|foto|photo|photos|image|bild|getty|images|developer|presenter|producerin|lead|senior|strategist|engineer|coach"
)
_ROLE = re.compile(rf"(?<!\w)(?:{_ROLE_WORDS})(?!\w)|기자|記者|특파원|앵커|위원", re.IGNORECASE)
_KOREAN_ROLE = re.compile(r"\s*(?:기자|특파원|논설위원|객원기자|인턴기자|선임기자|앵커|외\s*\d+명)\s*")
_ORGANISATION = re.compile(
    r"(?<!\w)(?:staff|team|desk|redaktion|redaktionen|redaction|rédaction|redazione|redacción|redação|redactie|redakcja|redakce"
    r"|toimitus|redazionale|agency|agentur|agenturen|agencies|agencias|agence|agenzia|ajansı|haber merkezi|news|nieuws|press|presse|prensa|editors|editorial"
    r"|board|bureau|newsroom|media|magazine|zeitung|times|newspaper|inc|ltd|llc|gmbh|university|association|institute|foundation|council"
    r"|office|ministry|department|company|group|network|tv|radio|online|digital|web|service|services|services?|wire|reuters|afp|dpa|apa|sda|ats|ansa|efe|tass|ap"
    r"|ritzau|ntb|tt|stt|pap|čtk|ctk|belga|anp|lusa|keystone-sda|associated press|bloomberg|xinhua|upi|pti|ani|ians|aap|pa media|kyodo|yonhap|adn|adnkronos|europa press"
    r"|admin|administrator|editor|webmaster|publisher|contributor|contributors|guest|blog|community|store|shop|club|studio|academy|experts|partner|partners|clinic)(?!\w)"
    r"|\.(?:com|de|at|ch|net|org|co|tr|fr|it|es|be|nl|ru|ua|io|uk)\b|新聞|通信|日報|新闻|编辑|編集|編輯|신문|일보|뉴스|редакция|редакція|агентство|تحرير|وكالة",
    re.IGNORECASE,
)
_PARTICLE = re.compile(r"^(?:von|van|de|der|den|del|della|di|da|dos|du|la|le|al|el|bin|ibn|ter|ten|zu|af|av|y|e|d'|o')", re.IGNORECASE)

_META = ("author", "article:author", "article:author_name", "parsely-author", "sailthru.author", "cxenseparse:author", "mrf:authors",
         "og:article:author", "og:author", "articleauthor", "byl", "dc.creator", "dcterms.creator", "dc.contributor", "citation_author",
         "citation_authors", "author_name", "authors", "dable:author", "byline", "creator", "cxenseparse:recs:author")  # fmt: skip
_MARKED = (
    'h1, [class*="byline" i], [class*="author" i], [class*="autor" i], [class*="auteur" i], [class*="writer" i], [class*="verfasser" i],'
    ' [class*="signature" i], [class*="firma" i], [class*="redact" i], [class*="journalist" i], [class*="contributor" i], [class*="posted-by" i],'
    ' [id*="author" i], [id*="byline" i], [itemprop~="author" i], [rel~="author" i], a[href*="/author" i], a[href*="/autor" i],'
    ' a[href*="/auteur" i], a[href*="/people/" i], a[href*="/staff/" i], a[href*="/profile" i], a[href*="/by/" i], a[href*="/reporter" i]'
)
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|footer|recommend|teaser|widget|latest|popular|trending|avatar|more-from|promo|quote|caption|credit|photo|most-|newsletter"
    r"|navigation|menu|card|share|social|carousel|pullquote|image|figure",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Named:
    """One name, and whether it is an organisation's."""

    name: str
    organisation: bool


def read(markup: Markup) -> tuple[str, ...]:
    """The authors of the page's article; empty where nobody is named."""
    sites = site_names(markup)
    fallback: list[_Named] = []
    for found in _sources(markup, sites):
        persons = [named.name for named in found if not named.organisation]
        if persons:
            return _unique(persons)
        fallback = fallback or found
    return _unique(named.name for named in fallback)


def _sources(markup: Markup, sites: frozenset[str]) -> Iterator[list[_Named]]:
    """The names that each source gives, the most trusted one first."""
    for node in markup.articles[:2]:
        yield _of_objects(node.get("author"), sites)
    for name in _META:
        yield _of_texts(markup.meta.get(name, ()), sites, inverted=name.startswith(("dc", "citation")))
    yield from _printed(markup, sites)
    for node in (*markup.articles[:1], markup.page):
        yield _of_objects(node.get("creator") or node.get("author"), sites)


def _of_objects(value: object, sites: frozenset[str]) -> list[_Named]:
    found: list[_Named] = []
    members = value if isinstance(value, list) else [value]
    for member in members[:MAX_AUTHORS]:
        text = jsonld.string(member.get("name") or member.get("@name")) if isinstance(member, dict) else member
        if isinstance(text, str) and not _is_address(text):
            declared = _is_declared_organisation(member) if isinstance(member, dict) else False
            found.extend(_Named(n.name, n.organisation or declared) for n in names(text, sites))
    return found


def _is_declared_organisation(member: Node) -> bool:
    return any("organization" in kind or kind == "corporation" for kind in jsonld.types(member))


def _is_address(text: str) -> bool:
    return text.lstrip().lower().startswith(("http://", "https://", "www.", "@", "#", "/"))


def _of_texts(texts: Iterable[str], sites: frozenset[str], *, inverted: bool = False) -> list[_Named]:
    found: list[_Named] = []
    for text in list(texts)[:MAX_AUTHORS]:
        if _is_address(text):
            continue
        if inverted and text.count(",") == 1:
            last, first = text.split(",")
            text = f"{first.strip()} {last.strip()}"
        found.extend(names(text, sites))
    return found


def _printed(markup: Markup, sites: frozenset[str]) -> Iterator[list[_Named]]:
    """The names in elements that are marked as a byline: those after the headline first."""
    before: list[LexborNode] = []
    after: list[LexborNode] = []
    seen: set[int] = set()
    current = before
    for node in markup.tree.css(_MARKED)[:400]:
        if node.mem_id in seen:
            continue
        seen.add(node.mem_id)
        if node.tag == "h1":
            current = after
        elif not _ELSEWHERE.search(marks(node)):
            current.append(node)
    for node in (after + before[::-1])[:60]:
        yield _of_element(node, sites)


def _of_element(node: LexborNode, sites: frozenset[str]) -> list[_Named]:
    """The names in one element: of the links to authors in it, or of its own text when that is short."""
    inner = node.css_first('[itemprop~="name" i]')
    if inner is not None and node.attributes.get("itemprop"):
        return names(inner.attributes.get("content") or text_of(inner), sites)
    links = [text for link in node.css("a")[:12] if 2 < len(text := text_of(link, 100)) < 60]
    text = text_of(node, MAX_BYLINE + 1)
    if len(text) > MAX_BYLINE or not text:
        return []
    if links and node.tag != "a":
        linked = [named for text_ in links for named in names(text_, sites) if _looks_like_person(named.name)]
        if linked:
            return linked
    return [named for named in names(text, sites) if _looks_like_person(named.name) or named.organisation]


def _looks_like_person(name: str) -> bool:
    words = name.split()
    if not 1 < len(words) < 6:
        return False
    return all(word[:1].isupper() or not word[:1].isascii() or _PARTICLE.match(word) for word in words)


def names(text: str, sites: frozenset[str] = frozenset()) -> list[_Named]:
    """The names in a byline such as "By Anna Lee and Bo Chen, Staff Writers", in order.

    sites: what the site is called (titles.site_names): an organisation.
    """
    text = _BRACKETS.sub(" ", _ADDRESS.sub(" ", line(text, MAX_BYLINE)))
    text = _BY.sub("", _KOREAN_ROLE.sub(" , ", text).strip(" ,"), count=1)
    found: list[_Named] = []
    for part in _SPLIT.split(text)[:MAX_AUTHORS]:
        name = _name(part)
        if name and _CREDENTIAL.match(name) and found and not _ORGANISATION.fullmatch(name):
            continue
        if name:
            found.append(_Named(name, _is_organisation(name, sites)))
    persons = [named for named in found if not named.organisation]
    unroled = [named for named in persons if not _ROLE.search(named.name)]
    return unroled or [named for named in found if named.organisation] or persons[:1]


def _name(part: str) -> str | None:
    name = _BY.sub("", _SUFFIX.sub("", part)).strip(" \t.,:;|-–—*•·'\"“”«»")
    if not name or len(name) > 80 or len(name.split()) > 7 or not any(c.isalpha() for c in name):
        return None
    return None if any(c.isdigit() for c in name) and " " in name else name


def _is_organisation(name: str, sites: frozenset[str]) -> bool:
    compact = "".join(c for c in name.casefold() if c.isalnum())
    return compact in sites or bool(_ORGANISATION.search(name))


def _unique(found: Iterable[str]) -> tuple[str, ...]:
    known: dict[str, str] = {}
    for name in found:
        known.setdefault(name.casefold(), name)
    return tuple(known.values())[:MAX_AUTHORS]
