"""A byline's text -> the names in it, and which of them are persons'.

Promises: names as printed, without "By", roles, agencies, addresses and handles. Pure, linear, bounded. Never
invents a name, never turns a list of names into one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pipelines.article.markup import compact, line, words

MAX_AUTHORS = 30
MAX_BYLINE = 300
"""Characters of a byline at most; what is longer is a biography."""

_BY_WORDS = (
    r"by|von|vom|par|di|da|por|de|door|av|af|przez|od|ditulis oleh|oleh|от|автор|авторы|автори|автора"
    r"|yazan|haber|kirjoittanut"
    r"|teksti|tekst|texte|texto|testo|text|words|story|autor(?:es|en|a)?|auteure?s?|autrice|autore"
    r"|autori|författare|skribent"
    r"|forfatter|journalist|penulis|reporter|contributors?|bởi|tác giả|κείμενο|του|της|بقلم|كتب|نوشته"
    r"|מאת|作者|文|撰文|記者"
)
_LEAD_IN = (
    r"written|posted|published|text|words|story|report(?:ed)?|(?:this )?article|(?:this )?post(?: was "
    r"written)?|created|commentary|opinion"
    r"|analysis|review(?:ed)?|contributed|authored|compiled|ein(?:e)? \w+|kommentar|gastbeitrag"
    r"|interview|analyse|reportage|publié"
    r"|escrito|publicado|scritto|propos recueillis|a cura"
)
BY: Final = re.compile(
    rf"^(?:\W*(?:(?:{_LEAD_IN})\s+)?(?:and\s+(?:photos?|illustrations?)\s+)?(?:{_BY_WORDS})(?:\s*[:：]\s*"
    rf"|\s+|$)"
    r"|authors?(?:\(s\))?(?:\s+of this article)?\s*:?\s*(?=\W|[A-Z]|$)|about the authors?\s*:?\s*|view "
    r"all posts by|posts? by|more by|[-–—]\s+){1,3}",
    re.IGNORECASE,
)
"""What stands before the names of a byline."""
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{2,32}|(?<!\w)@\w+")
_HOST = re.compile(r"\((?:https?://)?(?:www\.)?([\w.-]{3,60})/?\)")
"""An address in brackets."""
_BRACKETS = re.compile(r"[(\[{（【][^()\[\]{}（）]{0,120}[)\]}）】]|[(\[（].{0,200}$")
CONJUNCTION: Final = r"and|und|et|y|e|i|og|och|ja|en|ve|dan|și|si|và|with|mit|avec|con|та|и|і|και|و"
_SPLIT = re.compile(
    rf"\s*[;|/•·\n\t、，،]\s*|\s+[-–—‒―]\s+|\s*,\s*(?:(?:{CONJUNCTION}|&)\s+)?|\s*&\s*"
    rf"|\s+(?:{CONJUNCTION})\s+"
)
_SUFFIX = re.compile(r"\s+(?:for|für|pour|para|updated|published|posted|aktualisiert)\s+.*$", re.IGNORECASE)
_DATE_TAIL = re.compile(
    r"[\s,]*(?:(?:mon|tues?|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov"
    r"|dec)\w{0,6}\.?,?\s*){0,2}\d.*$",
    re.IGNORECASE,
)
_AGENCY_TAIL = re.compile(
    r"^(\s*(?!the\s)\S+\s+\S.{0,40}?)\s+(?:the\s+)?"
    r"(?:associated press|canadian press|press association|agence france-presse)\s*$",
    re.IGNORECASE,
)
"""An agency behind a name."""
_FIGURE = re.compile(r"\d")
_CREDENTIAL = re.compile(
    r"^(?:(?:[A-Z][a-z]?\.?){1,3}[A-Z]\.?|Ph\.?\s?D\.?|M\.?D\.?|R\.?N\.?|[JS]r\.?|I{2,3}|IV|Esq\.?|MBA"
    r"|[A-Z]{2,6}(?:-[A-Z]{1,4})?)$"
)
_KOREAN_ROLE = re.compile(r"\s*(?:기자|특파원|논설위원|객원기자|인턴기자|선임기자|앵커|외\s*\d+명)\s*")
_EAST_ASIAN_ROLE = re.compile(r"記者|记者|特派員|編集委員")
_ROLES = words(
    "editor editors reporter writer writers correspondent contributor contributors journalist producer "
    "columnist critic author authors"
    " redakteur redakteurin redaktor redaktorin chefredakteur chefredakteurin korrespondent "
    "korrespondentin volontär volontärin autor autorin"
    " journaliste rédacteur rédactrice correspondant correspondante envoyé envoyée redactor redactora "
    "corresponsal periodista"
    " giornalista inviato redattore jornalista repórter editora journalistin reporterin verslaggever "
    "muhabir muhabiri editör"
    " redaktør redaktör toimittaja dziennikarz redaktorka корреспондент журналист журналістка журналіст "
    "редактор jurnalis"
    " director manager president founder co-founder ceo cto cfo coo officer professor fellow analyst "
    "expert specialist consultant chief"
    " photographer fotograf illustrator presenter strategist engineer coordinator attorney researcher "
    "intern scientist horticulturalist"
)
_INTERFACE = words(
    "updated published fact checked reviewed minutes minute min read reading share follow contact email "
    "subscribe login log sign comments comment"
    " foto photo photos image images bild getty bio biography profile full more view all about posts "
    "articles website home page member menu"
    " search skip next previous print save listen watch video download learn get start click here who "
    "what how why our your my us blog"
    " topics tags category categories news home related latest show less table contents last time days "
    "ago hours"
)
_NO_NAMES = words("in on at In On At")
_ORGANISATIONS = words(
    "staff team desk redaktion redaktionen redaction rédaction redazione redacción redação redactie "
    "redakcja redakce toimitus agency agentur"
    " agenturen agencies agencias agence agenzia ajansı news nieuws press presse prensa editors "
    "editorial board bureau newsroom media magazine"
    " zeitung times newspaper inc ltd llc gmbh university association institute foundation council "
    "office ministry department company group"
    " network tv radio online digital web service services wire reuters afp dpa apa sda ats ansa efe "
    "tass ap ritzau ntb tt stt pap čtk ctk belga"
    " anp lusa keystone-sda bloomberg xinhua upi pti ani ians aap kyodo yonhap adn adnkronos admin "
    "administrator webmaster publisher guest blog"
    " community store shop club studio academy experts partners clinic редакция редакція агентство тасс "
    "риа وكالة تحرير"
)
_ORGANISATION = re.compile(
    r"\.(?:com|de|at|ch|net|org|co|tr|fr|it|es|be|nl|ru|ua|io|uk)\b|新聞|通信|日報|新闻|编辑|編集|編輯|신문|일보|뉴스|"
    r"haber "
    r"merkezi|europa press"
)
_PARTICLE = re.compile(
    r"^(?:von|van|de|der|den|del|della|di|da|dos|du|la|le|al|el|bin|ibn|ter|ten|zu|af|av|y|e|d'|o')",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """One name, and whether it is an organisation's."""

    name: str
    organisation: bool


def looks_like_person(name: str) -> bool:
    """Whether `name` is written as a person's: two to five words with capitals, none an interface's."""
    parts = name.split()
    if not 1 < len(parts) < 6 or any(part.strip(".,:").casefold() in _INTERFACE for part in parts):
        return False
    return all(part[:1].isupper() or not part[:1].isascii() or _PARTICLE.match(part) for part in parts)


def is_acronym(name: str) -> bool:
    """Whether a name is three to five capitals: an agency's, or a desk's."""
    return 2 < len(name) < 6 and name.isupper() and name.isalpha() and name.isascii()


def looks_like_given_name(name: str) -> bool:
    """Whether a single word may be what a person is called."""
    return (
        name.isalpha() and name[0].isupper() and len(name) > 2 and name.casefold() not in _INTERFACE | _ROLES
    )


def read_names(text: str, sites: frozenset[str] = frozenset()) -> list[Named]:
    """The names in a byline such as "By Anna Lee and Bo Chen, Staff Writers", in order.

    sites: what the site is called (Markup.site_names): an organisation.
    """
    text = line(text, MAX_BYLINE)
    ours = any(compact(host) in sites for host in _HOST.findall(text)) if "." in text else False
    if "@" in text or "http" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    text = _BRACKETS.sub(" ", text)
    text = BY.sub("", _KOREAN_ROLE.sub(" , ", text).strip(" ,"), count=1)
    found: list[Named] = []
    for part in _SPLIT.split(text)[:MAX_AUTHORS]:
        name = _name(part)
        if name and not (found and _CREDENTIAL.match(name) and name.casefold() not in _ORGANISATIONS):
            found.append(Named(name, is_organisation(name, sites)))
    if ours and len(found) == 1:
        return [Named(found[0].name, organisation=True)]
    persons = [named for named in found if not named.organisation]
    unroled = [named for named in persons if not is_role(named.name)]
    return unroled or [named for named in found if named.organisation] or persons[:1]


def is_role(name: str) -> bool:
    """Whether one of the words is a trade or an office: "Anna Lee, Staff Writer" names one person."""
    return any(word.strip(".,:").casefold() in _ROLES for word in name.split())


def _name(part: str) -> str | None:
    part = _AGENCY_TAIL.sub(r"\1", part)
    part = _SUFFIX.sub("", part)
    if _FIGURE.search(part):
        part = _DATE_TAIL.sub("", part)
    name = _EAST_ASIAN_ROLE.sub("", BY.sub("", part)).strip(" \t.,:;|-–—*•·'\"“”«»")
    if not name or name in _NO_NAMES or len(name) > 80 or len(name.split()) > 7:
        return None
    if not any(c.isalpha() for c in name):
        return None
    return None if any(c.isdigit() for c in name) and " " in name else name


def is_organisation(name: str, sites: frozenset[str]) -> bool:
    """Whether a name is an agency's, a desk's or the site's own (`sites`, see `read_names`)."""
    parts = re.split(r"[\s.,:-]+", name.casefold())
    return (
        compact(name) in sites
        or (" " in name and parts[0] in sites)
        or any(part in _ORGANISATIONS for part in parts)
        or bool(_ORGANISATION.search(name.lower()))
    )
