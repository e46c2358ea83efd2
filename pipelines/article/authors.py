"""Who wrote it: names of persons; an organisation only when no person is named.

Promises: names as printed, each once, without "By", roles, agencies, addresses and handles. Linear, bounded.
Never invents a name, never turns a list of names into one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

from selectolax.lexbor import LexborNode

from pipelines.article import jsonld
from pipelines.article.jsonld import Node
from pipelines.article.markup import (
    OTHERS,
    Markup,
    compact,
    first_nodes,
    folded,
    listed,
    marks,
    own_marks,
    text_of,
    texts_of,
    words,
)
from pipelines.article.names import (
    BY,
    CONJUNCTION,
    MAX_AUTHORS,
    MAX_BYLINE,
    Named,
    is_acronym,
    is_organisation,
    is_role,
    looks_like_given_name,
    looks_like_person,
    read_names,
)

_BY_LINE = re.compile(
    r"^(?:(?:written|posted|published|words|story|text|article|authored|reported|edited and "
    r"written)\s+)?(?:by|von|par|por|di|door|av|af|oleh)\b\s*:?(?!\s*(?:the|a|an|der|die|das|le|la|les"
    r"|il|el|los)\b)"
    r"|^(?:authors?|author\(s\)|contributors?|autore?|auteur|autora?|verfasser|författare|forfatter"
    r"|penulis|автор|yazan|作者|بقلم)\s*[:：]",
    re.IGNORECASE,
)
_BY_ALONE = re.compile(
    r"^(?:(?:written|posted|published|article)\s+)?(?:by|von|par|por|di|door|av|af)\s*:?$", re.IGNORECASE
)
_OTHER_LABEL = re.compile(
    r"^\W*(?:(?:medically|fact|technically|clinically|scientifically|expertly|contributions?|additional|with)[\s-]+)*"
    r"(?:re?viewed|edited|checked|verified|approved|translated|compiled|illustrat\w+|photo\w*|video\w*|graphics?|images?"
    r"|reporting|contributions?|editor(?:ial)?|foto\w*|bild(?:er)?|übersetz\w+|edi[cç][ií]?[oó]n|editado|revis\w+"
    r"|redig\w+|bewerkt|traduit|traducción)\b[\w\s]{0,20}?(?:\b(?:by|from|von|par|por|di|door|de|av|af|:)|:)?\s*:?$",
    re.IGNORECASE,
)
"""What stands alone before the name of someone who worked on an article and did not write it."""
_RUN = 12
"""Texts that one byline may be in."""
EXPLICIT = 20
"""Texts after the headline among which a byline contradicts what markup declares."""
_CONTINUES = re.compile(rf"^(?:,|&|/|{CONJUNCTION})(?:\s|$)", re.IGNORECASE)
_OPEN_END = re.compile(rf"(?:,|&|/|:|(?:^|\s)(?:{CONJUNCTION}|by|von|par|por|di))$", re.IGNORECASE)
_PLACE = re.compile(r"\s+(?:at|from|via|in|on|aus|à|en|da)\s+\S.*$")
_DAY = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./]\d{1,2}[./]\d\d|(?:last )?updated:?$", re.IGNORECASE
)
_NO_NAME = words("In On Of The This These Article Find Key Care")

_PARTICLES = words("von van de der den del della di da dos du la le al el bin ibn ter ten zu af av y e")

_META = listed(
    "author article:author article:author_name parsely-author sailthru.author cxenseparse:author "
    "mrf:authors og:article:author og:author articleauthor byl citation_author citation_authors "
    "dc.creator dcterms.creator dc.contributor author_name authors dable:author byline creator "
    "cxenseparse:recs:author"
)
_FAR = (
    '[class*="byline" i], [class*="author" i], [class*="autor" i], [class*="auteur" i],'
    ' [itemprop~="author" i], [rel~="author" i],'
    ' a[href*="/author" i], a[href*="/autor" i]'
)
_MARKED = re.compile(
    r"byline|author|autor|auteur|writer|verfasser|signature|firma|redact|journalist|contributor"
    r"|posted-by|reporter|creator|a(?<=\ba)ddress\b"
)
_AUTHOR_PATH = re.compile(
    r"/(?:authors?|autor(?:e[ns]?|in)?|auteurs?|people|staff|profiles?|by|reporters?|contributors?|team"
    r"|redaktion|journalist[a-z]*)/",
    re.I,
)
_NAME_MARK = re.compile(r"author[\w-]*[-_]name")
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|footer|recommend|teaser|widget|latest|popular|trending|avatar|more-from"
    r"|promo|quote|caption|credit|photo|most-|newsletter"
    r"|review|fact-?check|medical|navigation|menu|card|share|social|carousel|pullquote|image|figure"
)


@dataclass(frozen=True, slots=True)
class Authors:
    """Who wrote the article of a page, and whether markup, and not only print, names anyone."""

    names: tuple[str, ...] = ()
    declared: bool = False


def read(markup: Markup) -> Authors:
    """The authors of the page's article; none where nobody is named."""
    persons, organisations = _first_persons(_declared(markup, markup.site_names), markup.site_names)
    found = _chosen(_writers(persons, markup), organisations, markup)
    return Authors(_unique(found), bool(persons or organisations))


def _chosen(declared: list[str], organisations: list[str], markup: Markup) -> list[str]:
    """The authors, of what markup declares and what the page prints."""
    sites = markup.site_names
    printed = _explicit(markup, sites)
    if declared:
        return _contrary(declared, printed, markup) or declared
    if named := printed or _before_the_body(markup, sites):
        return named
    if organisations and _is_bylined(markup, organisations):
        return organisations
    persons, others = _first_persons(_near(markup, sites), sites)
    persons = persons or _beside_the_day(markup, sites) or _behind_label(markup, sites)
    if found := persons or organisations or others:
        return found
    return next(([named.name for named in found] for found in _far(markup, sites) if found), [])


def _contrary(declared: list[str], printed: list[str], markup: Markup) -> list[str]:
    """The names that the page prints, where they are to be believed more than those that markup declares.

    A byline that names all of them and more is. Otherwise full names that a newsroom declares are believed; a
    system's, and single words, may be an account's.
    """
    if _is_part(declared, printed):
        return printed
    certain = any(map(looks_like_person, declared))
    if certain and markup.is_news:
        return []
    found = printed if certain else printed or _beside_the_day(markup, markup.site_names)
    if not found or not _contradicts(found, declared, markup):
        return []
    if printed:
        return printed
    marked, _ = _first_persons(_near(markup, markup.site_names), markup.site_names)
    return found if marked == declared else marked or found


def _first_persons(sources: Iterable[list[Named]], sites: frozenset[str]) -> tuple[list[str], list[str]]:
    """The persons of the first source that names any, and organisations: rather not the site itself."""
    organisations: list[str] = []
    for found in sources:
        if persons := [named.name for named in found if not named.organisation]:
            return persons, organisations
        if found and (not organisations or all(compact(name) in sites for name in organisations)):
            others = [named.name for named in found]
            organisations = (
                others
                if not organisations or any(compact(name) not in sites for name in others)
                else organisations
            )
    return [], organisations


def _is_bylined(markup: Markup, organisations: list[str]) -> bool:
    """Whether the page prints one of these organisations directly behind "By"."""
    lines = markup.lines_after(EXPLICIT)
    known = {folded(name) for name in organisations}
    return any(_BY_ALONE.match(text) and folded(after) in known for text, after in pairwise(lines))


def _beside_the_day(markup: Markup, sites: frozenset[str]) -> list[str]:
    """The person of a line under the headline that holds nothing but a name, close to one with a day."""
    lines = markup.lines_after(10)
    for index, text in enumerate(lines[:8]):
        name = text.strip(" |•·,")
        head, bar, rest = name.partition(" | ") if len(name) < 120 else (name, "", "")
        if bar and (is_role(rest) or _DAY.search(rest)):
            name = head.strip()
        goes_on = index + 1 < len(lines) and lines[index + 1][0].islower()
        if goes_on or not _is_bare_name(name) or is_organisation(name, sites):
            continue
        around = lines[max(0, index - 2) : index + 3]
        if any(len(one) < 60 and _DAY.search(one) for one in around) and not markup.is_elsewhere(index):
            return [name]
    return []


def _behind_label(markup: Markup, sites: frozenset[str]) -> list[str]:
    """The persons behind a text that is nothing but the word for author, in a box of facts."""
    lines = markup.lines_after(_BOX)
    for index, text in enumerate(lines):
        if len(text) < 30 and _LABEL.match(text):
            persons = []
            for name in lines[index + 1 : index + 9]:
                if not _is_bare_name(name) or is_organisation(name, sites):
                    break
                persons.append(name)
            if persons:
                return persons
    return []


def _before_the_body(markup: Markup, sites: frozenset[str]) -> list[str]:
    """The persons of a line in strong type that holds nothing but their names, before the first paragraph."""
    for index, text in enumerate(markup.lines_after(EXPLICIT)):
        if len(text) > 120:
            break
        parts = [part.strip() for part in _BESIDE.split(text)]
        if not all(map(_is_bare_name, parts)) or any(is_organisation(part, sites) for part in parts):
            continue
        if markup.is_strong(index) and not markup.is_elsewhere(index):
            return parts
    return []


_BESIDE = re.compile(rf"\s*[/&]\s*|\s+(?:{CONJUNCTION})\s+|\s*,\s*")
_BOX = 200
_LABEL = re.compile(
    r"(?:authors?(?:\(s\))?|written by|autorin/autor|autor(?:/-?in|in|es|en|a|e)?|autor:in(?:nen)?|auteure?s?"
    r"|autrice|autori|författare|forfattere?|kirjoittaja|autorzy?|penulis|yazar|συντάκτης|автор|автори|авторы"
    r"|著者|筆者|作者)\s*[:：]?$",
    re.IGNORECASE,
)


def _is_bare_name(name: str) -> bool:
    """Whether a line is nothing but a person's name, every part with a capital."""
    parts = name.split()
    if not looks_like_person(name) or is_role(name) or BY.match(name) or _NO_NAME & set(parts):
        return False
    return all(
        (part[0].isupper() or (0 < index < len(parts) - 1 and part in _PARTICLES))
        and part.strip(".").replace("-", "").replace("’", "").replace("'", "").isalpha()
        for index, part in enumerate(parts)
    )


def _writers(declared: list[str], markup: Markup) -> list[str]:
    """The names declared that the page does not print behind another label than "By"; all, if none is left.

    Systems declare whoever worked on a page: who reviewed, edited, illustrated it.
    """
    if len(declared) < 2:
        return declared
    lines = markup.lines_after(EXPLICIT)
    others = {folded(text) for label, text in pairwise(lines) if _OTHER_LABEL.search(label)}
    return [name for name in declared if folded(name) not in others] or declared


def _is_part(declared: list[str], printed: list[str]) -> bool:
    """Whether the printed byline names all that are declared, and more."""
    more = {folded(name) for name in declared} < {folded(name) for name in printed}
    return more and all(map(looks_like_person, printed))


def _contradicts(printed: list[str], declared: list[str], markup: Markup) -> bool:
    """Whether the page prints another byline and the declared names nowhere near: an account's name."""
    known = {folded(name) for name in declared}
    near = " ".join(folded(text) for text in markup.lines_after(EXPLICIT))
    return not known & {folded(name) for name in printed} and not any(name in near for name in known)


def _declared(markup: Markup, sites: frozenset[str]) -> Iterator[list[Named]]:
    """The names that markup gives, the most trusted ones first."""
    for node in markup.articles[:2]:
        yield _of_objects(node.get("author"), sites)
    for name in _META:
        if name in markup.meta:
            yield _of_texts(markup.every((name,)), sites, inverted=name.startswith(("dc", "citation")))
    yield _of_texts(_twitter_labels(markup), sites)


def _explicit(markup: Markup, sites: frozenset[str]) -> list[str]:
    """The persons of a line that begins with "By" or its like, directly after the headline."""
    lines = markup.lines_after(EXPLICIT)
    for index, text in enumerate(lines):
        if len(text) < 160 and _BY_LINE.match(text) and not markup.is_elsewhere(index):
            alone = _BY_ALONE.match(text) is not None
            found = [
                named.name for named in _of_run(lines[index : index + _RUN], sites) if not named.organisation
            ]
            found = [
                name for name in found if looks_like_person(name) or (alone and looks_like_given_name(name))
            ]
            if found:
                return found
    return []


def _near(markup: Markup, sites: frozenset[str]) -> Iterator[list[Named]]:
    """The names in the surroundings of the headline that are marked as a byline."""
    for element, tag, own in markup.near_marked:
        linked = tag == "a" and _AUTHOR_PATH.search(element.attributes.get("href") or "")
        if (linked or _is_marked(own)) and not _is_elsewhere(element, own):
            yield _of_element(element, sites)
    yield from _unmarked(markup, 30, sites)
    for node in (*markup.articles[:1], markup.page):
        yield _of_objects(node.get("creator") or node.get("author"), sites)


@lru_cache(maxsize=4096)
def _is_marked(own: str) -> bool:
    """Whether an element's tag, class, id and roles call it a byline; most repeat."""
    return _MARKED.search(own.lower()) is not None


def _far(markup: Markup, sites: frozenset[str]) -> Iterator[list[Named]]:
    """The names in the rest of the page, for pages that name nobody where it is usual."""
    for node in markup.tree.css(_FAR)[:100]:
        if not _is_elsewhere(node, own_marks(node)):
            yield _of_element(node, sites)
    yield from _unmarked(markup, 400, sites)


def _twitter_labels(markup: Markup) -> list[str]:
    """What stands beside a label "Written by" in the labels made for link previews."""
    pairs = ((markup.first((f"twitter:label{n}",)), markup.first((f"twitter:data{n}",))) for n in (1, 2, 3))
    return [value for label, value in pairs if label and value and BY.match(label.casefold())]


def _of_objects(value: object, sites: frozenset[str]) -> list[Named]:
    found: list[Named] = []
    members = value if isinstance(value, list) else [value]
    for member in members[:MAX_AUTHORS]:
        said = member.get("name") or member.get("@name") if isinstance(member, dict) else member
        declared = _is_declared_organisation(member) if isinstance(member, dict) else False
        for text in jsonld.strings(said, MAX_AUTHORS) if isinstance(said, str | list) else ():
            if not _is_address(text):
                found.extend(Named(n.name, n.organisation or declared) for n in read_names(text, sites))
    return found[:MAX_AUTHORS]


def _is_declared_organisation(member: Node) -> bool:
    return any("organization" in kind or kind == "corporation" for kind in jsonld.types(member))


def _is_address(text: str) -> bool:
    return text.lstrip().lower().startswith(("http://", "https://", "www.", "@", "#", "/"))


def _of_texts(texts: Iterable[str], sites: frozenset[str], *, inverted: bool = False) -> list[Named]:
    found: list[Named] = []
    for text in list(texts)[:MAX_AUTHORS]:
        if _is_address(text):
            continue
        if inverted and text.count(",") == 1:
            last, first = text.split(",")
            text = f"{first.strip()} {last.strip()}"
        found.extend(read_names(text, sites))
    return found


def _of_element(node: LexborNode, sites: frozenset[str]) -> list[Named]:
    """The names in one element: what is marked as a name in it, its links, or its own text when short."""
    attributes = node.attributes
    if attributes.get("itemprop") and (inner := next(filter(_is_name, first_nodes(node)), None)) is not None:
        return read_names(inner.attributes.get("content") or text_of(inner), sites)
    texts = texts_of(node, 24)
    if not texts or sum(map(len, texts)) > MAX_BYLINE:
        return []
    if node.tag != "a":
        links = islice((inner for inner in first_nodes(node) if inner.tag == "a"), 12)
        linked = [named for link in links for named in read_names(text_of(link, 100), sites)]
        if linked := [named for named in linked if looks_like_person(named.name)]:
            return linked
    certain = bool(_BY_LINE.match(texts[0])) or "author" in str(attributes.get("rel"))
    found = _of_run(texts, sites)
    return [named for named in found if certain or named.organisation or looks_like_person(named.name)]


def _is_name(node: LexborNode) -> bool:
    """Whether microdata calls an element a name."""
    return "name" in (node.attributes.get("itemprop") or "").lower().split()


def _of_run(texts: list[str], sites: frozenset[str]) -> list[Named]:
    """The names that texts which follow each other begin with; after them come roles and dates."""
    found: list[Named] = []
    goes_on = True
    for text in texts:
        if not goes_on and not _CONTINUES.match(text):
            break
        here = read_names(_PLACE.sub("", _CONTINUES.sub("", text) if found else text), sites)
        titled = bool(found) and is_role(text)
        found.extend(
            named
            for named in here
            if not found or not (is_role(named.name) or (titled and not looks_like_person(named.name)))
        )
        goes_on = not found or bool(_OPEN_END.search(text))
    return found or read_names(" ".join(texts), sites)


def _is_elsewhere(node: LexborNode, own: str) -> bool:
    """Whether an element belongs to a teaser, a comment or a picture; an author's name may be in a card."""
    around = marks(node).lower()
    return bool((OTHERS if _NAME_MARK.search(own.lower()) else _ELSEWHERE).search(around))


def _unmarked(markup: Markup, limit: int, sites: frozenset[str]) -> Iterator[list[Named]]:
    """The names in texts that begin as a byline does, the first `limit` after the headline before others."""
    after = markup.lines_after(limit)
    lines = after + markup.lines_before
    for index, text in enumerate(lines):
        if len(text) >= 160 or not _BY_LINE.match(text):
            continue
        if index < len(after) and markup.is_elsewhere(index):
            continue
        run = _of_run(lines[index : index + 4], sites)
        yield [
            named
            for named in run
            if looks_like_person(named.name) or named.organisation or is_acronym(named.name)
        ]


def _unique(found: Iterable[str]) -> tuple[str, ...]:
    known: dict[str, str] = {}
    for name in found:
        known.setdefault(name.casefold(), name)
    return tuple(known.values())[:MAX_AUTHORS]
