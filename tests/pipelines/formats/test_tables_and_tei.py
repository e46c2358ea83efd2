"""CSV, JSON, JSON Lines and TEI, read back by other programs."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any

import pytest
from lxml import etree

from pipelines.formats import ARTICLE, TEXT, VERSION, Csv, Json, JsonLines, Tei, Writer, harmless
from pipelines.formats.tei import NAMESPACE

TEI = f"{{{NAMESPACE}}}"
HTML = (
    "<p>The lamp <em>turned</em>.</p><h2>The tower</h2><blockquote><p>Eleven years.</p></blockquote>"
    "<ul><li>one</li><li>two</li></ul><table><tr><th>a</th><td>b</td></tr></table><h3>Last</h3>"
)


def article(**more: object) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: None for column in (*ARTICLE, TEXT)}
    row |= {"id": 1, "site": "courier", "title": "The lamp, <turned>", "url": "https://courier.example/a b",
            "authors": ["Ines Harrow", "Tom Adeyemi"], "tags": ["harbour"], "language": "en",
            "published": "2026-11-19", "text": "The lamp turned.\n\nEleven years.", "html": HTML}  # fmt: skip
    return {**row, **more}


def version(**more: object) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: None for column in (*VERSION, TEXT)}
    row |= {"article": 1, "ordinal": 2, "seen": "2026-11-20T00:00:00Z", "change": "correction",
            "site": "courier", "url": "https://courier.example/a", "text": ""}  # fmt: skip
    return {**row, **more}


def written(writer: Writer, *rows: dict[str, Any]) -> bytes:
    head = writer.head()
    return head + b"".join(writer.rows([row]) for row in rows) + writer.end()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "\n=1", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    told = list(csv.reader(io.StringIO(written(Csv(ARTICLE), article(title=cell)).decode(), newline="")))
    assert told[1][4] == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "7 - 3", -3, None])
def test_other_cells_are_left_alone(cell: object) -> None:
    assert harmless(cell) == cell


def test_a_table_has_its_names_with_semicolons() -> None:
    [told] = csv.DictReader(io.StringIO(written(Csv((*ARTICLE, TEXT)), article()).decode(), newline=""))
    assert told["authors"] == "Ines Harrow; Tom Adeyemi"
    assert told["text"] == "The lamp turned.\n\nEleven years."
    assert told["gone"] == ""


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_and_json_lines_say_the_same(count: int) -> None:
    rows = [article(id=number) for number in range(count)]
    lines = [json.loads(line) for line in written(JsonLines(ARTICLE), *rows).splitlines()]
    assert json.loads(written(Json(ARTICLE), *rows)) == lines
    assert [row["id"] for row in lines] == list(range(count))


def corpus(*rows: dict[str, Any]) -> etree._Element:
    return etree.fromstring(written(Tei("The archive & more", "Ask first"), *rows))


def test_a_tei_article_has_its_structure() -> None:
    root = corpus(article())
    assert root.tag == f"{TEI}teiCorpus"
    body = root.find(f"{TEI}TEI/{TEI}text/{TEI}body")
    assert body is not None
    divisions = [[child.tag.removeprefix(TEI) for child in one] for one in body.findall(f"{TEI}div")]
    assert divisions == [["p"], ["head", "quote", "list", "table"], ["head", "p"]]
    bibl = root.find(f"{TEI}TEI/{TEI}teiHeader/{TEI}fileDesc/{TEI}sourceDesc/{TEI}bibl")
    assert bibl is not None
    assert [one.text for one in bibl.findall(f"{TEI}author")] == ["Ines Harrow", "Tom Adeyemi"]
    date = bibl.find(f"{TEI}date")
    assert date is not None
    assert (date.get("when"), date.get("type")) == ("2026-11-19", "published")


def test_a_tei_version_is_its_paragraphs() -> None:
    root = corpus(version(text="One.\n\nTwo."), version(ordinal=3, change="withdrawn"))
    first, second = root.findall(f"{TEI}TEI")
    assert [p.text for p in first.iterfind(f".//{TEI}div/{TEI}p")] == ["One.", "Two."]
    assert second.find(f".//{TEI}edition").get("n") == "3"  # type: ignore[union-attr]


def test_what_xml_cannot_hold_is_left_out() -> None:
    root = corpus(article(title="a\0b\x1fc\ufffe", html="", text="x\x0by", published="soon", language="?!"))
    assert root.findtext(f".//{TEI}body/{TEI}head") == "abc"
    assert root.find(f".//{TEI}date").get("when") is None  # type: ignore[union-attr]
    assert root.find(f".//{TEI}language") is None


def hard() -> etree._Element:
    odd = article(id=2, title=None, authors=[], tags=[], html=None, text="", published=None, language=None)
    return corpus(
        article(), odd, article(id=3, html="<h2>Only a heading</h2>"), version(), version(ordinal=3)
    )


def test_it_is_valid_against_tei_all() -> None:
    """TEI_RNG names a copy of tei_all.rng, which the TEI Consortium gives out."""
    schema = os.environ.get("TEI_RNG")
    if schema is None:
        pytest.skip("TEI_RNG names no tei_all.rng")
    rules = etree.RelaxNG(etree.parse(schema))
    assert rules.validate(hard()), rules.error_log
