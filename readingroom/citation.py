"""One archived article -> the ways in which people and programs cite it. Pure.

Styles follow their handbooks for an article in a newspaper online: APA 7, MLA 9, Chicago 17 (bibliography).
The file formats are those that Zotero, Mendeley and JabRef read: BibTeX, RIS, CSL-JSON; COinS and schema.org
are for the browser extensions that look into the page.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from readingroom.dates import MONTHS

PARTICLES = frozenset((
    "af", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "la", "le", "ten", "ter", "van",
    "von", "zu", "zum", "zur",
))  # fmt: skip
"""Small words that belong to the family name after them."""
SHORT_MONTHS = (
    "Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.",
)  # fmt: skip
BIBTEX = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&",
    "#": r"\#", "_": r"\_", "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
})  # fmt: skip
UNSPLIT = re.compile(r"[^\W\d_]", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in two parts; an organisation, or a name of a script that is not Latin, has no
    `given`."""

    family: str
    given: str = ""

    @classmethod
    def read(cls, printed: str) -> Name:
        """The parts of a name as it is printed."""
        words = printed.split()
        if len(words) < 2 or not all(_latin(word) for word in words):
            return cls(" ".join(words))
        cut = len(words) - 1
        while cut > 1 and words[cut - 1] in PARTICLES:
            cut -= 1
        return cls(" ".join(words[cut:]), " ".join(words[:cut]))

    @property
    def inverted(self) -> str:
        """ "Harrow, Ines" """
        return f"{self.family}, {self.given}" if self.given else self.family

    @property
    def initials(self) -> str:
        """ "Harrow, I." """
        letters = " ".join(
            "-".join(f"{part[0]}." for part in word.split("-") if part) for word in self.given.split()
        )
        return f"{self.family}, {letters}" if letters else self.family

    @property
    def direct(self) -> str:
        """ "Ines Harrow" """
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Reference:
    """What a citation needs to know of an article."""

    id: int
    title: str
    names: tuple[Name, ...]
    site: str
    url: str
    published: str
    """A date or a time as stored, or empty."""
    accessed: str
    """When the archive last saw the text, as stored, or empty."""
    language: str
    standfirst: str
    archive: str
    """Title of the archive."""
    modified: str = ""
    section: str = ""

    @classmethod
    def read(cls, row: Mapping[str, Any] | sqlite3.Row, authors: Sequence[str], archive: str) -> Reference:
        """The reference of a row of `articles` with its site's name."""
        said = {key: " ".join(str(row[key] or "").split()) for key in (
            "title", "site", "site_name", "url", "published", "last_seen", "language", "standfirst", "byline",
            "modified", "section")}  # fmt: skip
        names = tuple(Name.read(name) for name in authors) or (
            (Name(said["byline"]),) if said["byline"] else ()
        )
        return cls(
            row["id"],
            said["title"] or "Untitled",
            names,
            said["site_name"] or said["site"],
            said["url"],
            said["published"],
            said["last_seen"],
            said["language"],
            said["standfirst"],
            archive,
            said["modified"],
            said["section"],
        )

    @property
    def key(self) -> str:
        """A short key such as harrow2026lighthouse, made of ASCII alone; the id makes it unique."""
        parts = [self.names[0].family if self.names else self.site, self.published[:4],
                 next((word for word in self.title.split() if len(word) > 3), "")]  # fmt: skip
        plain = unicodedata.normalize("NFKD", "".join(parts)).encode("ascii", "ignore").decode().lower()
        return re.sub(r"[^a-z0-9]", "", plain) + f"-{self.id}"


def apa(ref: Reference) -> str:
    """APA, 7th edition."""
    people = [name.initials for name in ref.names[:20]]
    author = people[0] if len(people) == 1 else f"{', '.join(people[:-1])}, & {people[-1]}" if people else ""
    day = _ymd(ref.published)
    when = f"{day[0]}, {MONTHS[day[1] - 1]} {day[2]}" if day else "n.d."
    head = (
        f"{_stopped(author)} ({when}). {_stopped(ref.title)}"
        if author
        else f"{_stopped(ref.title)} ({when})."
    )
    return f"{head} {_stopped(ref.site)} {ref.url}"


def mla(ref: Reference) -> str:
    """MLA, 9th edition."""
    author = ""
    if ref.names:
        first, *others = ref.names
        author = first.inverted
        author += ", et al." if len(others) > 1 else f", and {others[0].direct}" if others else ""
    day, seen = _ymd(ref.published), _ymd(ref.accessed)
    when = f", {_mla_date(day)}" if day else ""
    read = f" Accessed {_mla_date(seen)}." if seen else ""
    return f"{_stopped(author)} “{_stopped(ref.title)}” {ref.site}{when}, {ref.url}.{read}".strip()


def chicago(ref: Reference) -> str:
    """The Chicago Manual of Style, 17th edition, bibliography."""
    people = [*(name.inverted for name in ref.names[:1]), *(name.direct for name in ref.names[1:10])]
    author = (
        people[0] if len(people) == 1 else f"{', '.join(people[:-1])}, and {people[-1]}" if people else ""
    )
    day = _ymd(ref.published)
    when = f", {MONTHS[day[1] - 1]} {day[2]}, {day[0]}" if day else ""
    return f"{_stopped(author)} “{_stopped(ref.title)}” {_stopped(ref.site + when)} {ref.url}.".strip()


def bibtex(ref: Reference) -> str:
    """One BibTeX entry, with biblatex's `urldate`."""
    day = _ymd(ref.published)
    fields = {
        "author": " and ".join(_braced(name) for name in ref.names),
        "title": "{" + ref.title.translate(BIBTEX) + "}",
        "journal": ref.site.translate(BIBTEX),
        "year": str(day[0]) if day else "",
        "month": str(day[1]) if day else "",
        "day": str(day[2]) if day else "",
        "url": re.sub(r"[{}\\\s]", "", ref.url),
        "urldate": ref.accessed[:10],
        "language": ref.language.translate(BIBTEX),
        "note": f"Archived in {ref.archive}".translate(BIBTEX),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@article{{{ref.key},\n" + ",\n".join(lines) + "\n}\n"


def ris(ref: Reference) -> str:
    """One RIS record."""
    day, seen = _ymd(ref.published), _ymd(ref.accessed)
    lines = [
        ("TY", "NEWS"),
        *(("AU", name.inverted) for name in ref.names),
        ("TI", ref.title),
        ("T2", ref.site),
        ("PY", str(day[0]) if day else ""),
        ("DA", "/".join(f"{part:02}" for part in day) if day else ""),
        ("UR", ref.url),
        ("Y2", "/".join(f"{part:02}" for part in seen) if seen else ""),
        ("LA", ref.language),
        ("AB", ref.standfirst),
        ("SE", ref.section),
        ("DB", ref.archive),
        ("ID", ref.key),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def csl(ref: Reference) -> dict[str, Any]:
    """One CSL-JSON item."""
    day, seen = _ymd(ref.published), _ymd(ref.accessed)
    item = {
        "id": ref.key, "type": "article-newspaper", "title": ref.title, "container-title": ref.site,
        "author": [{"family": name.family, "given": name.given} if name.given else {"literal": name.family}
                   for name in ref.names],
        "issued": {"date-parts": [list(day)]} if day else None,
        "accessed": {"date-parts": [list(seen)]} if seen else None,
        "URL": ref.url, "language": ref.language, "abstract": ref.standfirst, "section": ref.section,
        "archive": ref.archive,
    }  # fmt: skip
    return {name: value for name, value in item.items() if value}


def coins(ref: Reference) -> str:
    """The title attribute of a COinS span, unescaped. http://ocoins.info/"""
    pairs = [
        ("ctx_ver", "Z39.88-2004"), ("rft_val_fmt", "info:ofi/fmt:kev:mtx:journal"), ("rft.genre", "article"),
        ("rft.atitle", ref.title), ("rft.jtitle", ref.site), ("rft.date", ref.published[:10]),
        *(("rft.au", name.direct) for name in ref.names), ("rft.language", ref.language), ("rft_id", ref.url),
    ]  # fmt: skip
    return urlencode([(key, value) for key, value in pairs if value])


def schema_org(ref: Reference, **more: object) -> dict[str, Any]:
    """The article as schema.org describes one, for JSON-LD."""
    item = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": ref.title,
        "description": ref.standfirst,
        "author": [{"@type": "Person" if name.given else "Thing", "name": name.direct} for name in ref.names],
        "datePublished": ref.published,
        "dateModified": ref.modified,
        "inLanguage": ref.language,
        "articleSection": ref.section,
        "url": ref.url,
        "publisher": {"@type": "Organization", "name": ref.site},
        "isPartOf": {"@type": "ArchiveComponent", "name": ref.archive},
        **more,
    }
    return {name: value for name, value in item.items() if value}


def inert_json(value: object) -> str:
    """JSON that may stand inside a script element: no character of it can end the element or begin
    another."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


STYLES = {"APA": apa, "MLA": mla, "Chicago": chicago}
FILES = {"bib": "BibTeX", "ris": "RIS", "csl.json": "CSL-JSON"}


def written(form: str, references: Iterable[Reference]) -> str:
    """References in one of FILES, those of CSL-JSON as one array."""
    if form == "csl.json":
        return json.dumps([csl(ref) for ref in references], ensure_ascii=False, indent=1)
    return "\n".join(map(bibtex if form == "bib" else ris, references))


def _latin(word: str) -> bool:
    return all("LATIN" in unicodedata.name(char, "") for char in UNSPLIT.findall(word))


def _ymd(stored: str) -> tuple[int, int, int] | None:
    """Year, month, day of a stored date or time; None where it is none."""
    found = re.match(r"(\d{4})-(0[1-9]|1[0-2])-([0-2]\d|3[01])", stored, re.ASCII)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _mla_date(day: tuple[int, int, int]) -> str:
    return f"{day[2]} {SHORT_MONTHS[day[1] - 1]} {day[0]}"


def _stopped(said: str) -> str:
    """With a full stop at its end, unless it ends in a mark already."""
    return said + "." if said and said[-1] not in ".?!…。؟" else said


def _braced(name: Name) -> str:
    return name.inverted.translate(BIBTEX) if name.given else "{" + name.family.translate(BIBTEX) + "}"
