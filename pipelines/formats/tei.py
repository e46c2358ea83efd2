"""TEI P5: a corpus of articles, or of versions, each a TEI element with a header of its own.

    <teiCorpus>  header of the archive  <TEI> header: title, source, language, tags; text </TEI>  ...

Headings divide the text where its HTML is known; of a version there is text alone, in paragraphs. The element
names and their order are those of the Guidelines (https://tei-c.org/guidelines/p5/, chapters 2, 4 and 15);
valid against tei_all. Characters that XML 1.0 has no place for are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml import etree, html

from pipelines.formats.columns import Row

NAMESPACE = "http://www.tei-c.org/ns/1.0"
_REFUSED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHEN = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LISTS = {"ul": "bulleted", "ol": "numbered", "dl": "gloss"}


class Tei:
    """One file of TEI. `archive` and `licence` are what metadata.yml calls them."""

    def __init__(self, archive: str, licence: str = "") -> None:
        self._archive, self._licence = archive, licence

    def head(self) -> bytes:
        """The corpus begins, with its header."""
        header = _element("teiHeader")
        described = _element("fileDesc", header)
        _element("title", _element("titleStmt", described), self._archive)
        self._publication(described)
        _element("p", _element("sourceDesc", described), "News articles as their sites published them.")
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<teiCorpus xmlns="{NAMESPACE}">\n{_written(header)}\n'
        ).encode()

    def rows(self, rows: Sequence[Row]) -> bytes:
        """A TEI element each."""
        return "".join(f"{_written(self._article(row))}\n" for row in rows).encode()

    def end(self) -> bytes:
        """The corpus ends."""
        return b"</teiCorpus>\n"

    def _article(self, row: Row) -> etree._Element:
        version = "ordinal" in row
        number = f"article-{row['article']}.{row['ordinal']}" if version else f"article-{row['id']}"
        root = _element("TEI")
        root.set("{http://www.w3.org/XML/1998/namespace}id", number)
        described = _element("fileDesc", _element("teiHeader", root))
        title = row["title"] or "Untitled"
        titles = _element("titleStmt", described)
        _element("title", titles, title)
        for name in _names(row):
            _element("author", titles, name)
        self._publication(described)
        _source(_element("bibl", _element("sourceDesc", described)), row)
        _profile(described, row)
        body = _element("body", _element("text", root))
        _element("head", body, title)
        if row["standfirst"]:
            _element("p", body, row["standfirst"]).set("rend", "standfirst")
        _tell(_element("div", body), row)
        return root

    def _publication(self, described: etree._Element) -> None:
        statement = _element("publicationStmt", described)
        _element("publisher", statement, self._archive)
        if self._licence:
            _element("p", _element("availability", statement), self._licence)


def _source(bibl: etree._Element, row: Row) -> None:
    """Where the article stood: names of the elements as in chapter 3.12.2 of the Guidelines."""
    _element("title", bibl, row["title"] or "Untitled").set("level", "a")
    for name in _names(row):
        _element("author", bibl, name)
    _element("title", bibl, row.get("site_name") or row["site"]).set("level", "j")
    if "ordinal" in row:
        _element("edition", bibl, f"Version {row['ordinal']}, seen {row['seen']} ({row['change']})").set(
            "n", str(row["ordinal"])
        )
    for name in ("published", "modified"):
        if row[name]:
            when = _element("date", bibl, row[name])
            when.set("type", name)
            if _WHEN.fullmatch(row[name]):
                when.set("when", row[name])
    if row.get("section"):
        _element("biblScope", bibl, row["section"]).set("unit", "section")
    _element("idno", bibl, row["url"]).set("type", "URL")


def _profile(described: etree._Element, row: Row) -> None:
    """Language and tags, in the header that `described` stands in."""
    tags, language = row.get("tags") or (), str(row.get("language") or "")
    if not (tags or language):
        return
    header = described.getparent()
    assert header is not None  # _article made it
    profile = _element("profileDesc", header)
    if _LANGUAGE.fullmatch(language):
        _element("language", _element("langUsage", profile), language).set("ident", language)
    if tags:
        keywords = _element("keywords", _element("textClass", profile))
        for tag in tags:
            _element("term", keywords, tag)


def _tell(division: etree._Element, row: Row) -> None:
    """The body, from its HTML, or else from its text."""
    if row.get("html"):
        _blocks(division, html.fragment_fromstring(row["html"], create_parent="div"))
    else:
        for paragraph in filter(None, re.split(r"\n\s*\n", row["text"] or "")):
            _element("p", division, paragraph)
    for one in (division, *division.itersiblings()):
        if not len(one) or one[-1].tag == "head":  # a division is more than its heading
            _element("p", one)


def _blocks(division: etree._Element, blocks: Iterable[html.HtmlElement]) -> None:
    """Blocks of HTML one after the other; a heading ends a division and begins the next."""
    at = division
    for block in blocks:
        tag = block.tag
        if tag in _HEADINGS:
            body = at.getparent()
            if body is not None and len(at):
                at = _element("div", body)
            _element("head", at, _said(block))
        elif tag == "blockquote":
            quote = _element("quote", at)
            for part in block if len(block) else [block]:
                _element("p", quote, _said(part))
        elif tag in _LISTS:
            items = _element("list", at)
            items.set("rend", _LISTS[tag])
            for item in block:
                _element("item", items, _said(item))
        elif tag == "table":
            _table(at, block)
        elif _said(block):
            _element("p", at, _said(block))


def _table(division: etree._Element, block: html.HtmlElement) -> None:
    rows = [[_said(cell) for cell in row.iter("td", "th")] for row in block.iter("tr")]
    if filled := [cells for cells in rows if cells]:
        table = _element("table", division)
        for cells in filled:
            row = _element("row", table)
            for cell in cells:
                _element("cell", row, cell)


def _said(block: html.HtmlElement) -> str:
    return " ".join("".join(block.itertext()).split())


def _names(row: Row) -> Sequence[str]:
    return row.get("authors") or ([row["byline"]] if row["byline"] else [])


def _element(name: str, parent: etree._Element | None = None, text: str | None = None) -> etree._Element:
    made = etree.Element(name) if parent is None else etree.SubElement(parent, name)
    made.text = _REFUSED.sub("", text) if text is not None else None
    return made


def _written(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode")
