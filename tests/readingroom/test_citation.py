"""Citations: names in their parts, styles by their handbooks, files that programs read, data that cannot
break out."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs

import pytest

from readingroom.citation import (
    FILES,
    STYLES,
    Name,
    Reference,
    apa,
    bibtex,
    chicago,
    coins,
    csl,
    inert_json,
    mla,
    ris,
    written,
)
from tests.readingroom.archive import XSS
from tests.readingroom.conftest import Get


def reference(*authors: str, **changed: str | None) -> Reference:
    row = {
        "id": 7,
        "title": "The lamp turns",
        "site": "courier",
        "site_name": "The Courier",
        "url": "https://c.example/a",
        "published": "2026-11-09T23:40:00Z",
        "last_seen": "2026-11-20T07:00:00Z",
        "language": "en",
        "standfirst": "Half the town",
        "byline": ", ".join(authors),
        "modified": None,
        "section": "Harbour",
        **changed,
    }
    return Reference.read(row, authors, "An archive")


@pytest.mark.parametrize(
    ("printed", "family", "given"),
    [("Ines Harrow", "Harrow", "Ines"), ("Ludwig van der Beek", "van der Beek", "Ludwig"),
     ("Reuters", "Reuters", ""),
     ("森 千夏", "森 千夏", ""), ("ليلى حداد", "ليلى حداد", ""), ("Jean-Luc  Öller", "Öller", "Jean-Luc"),
     ("De La Soul", "Soul", "De La"), ("", "", ""), ("de Vries", "Vries", "de")],
)  # fmt: skip
def test_names_have_two_parts(printed: str, family: str, given: str) -> None:
    assert Name.read(printed) == Name(family, given)


def test_apa() -> None:
    assert apa(reference("Ines Harrow", "Jean-Luc Öller", "Reuters")) == (
        "Harrow, I., Öller, J.-L., & Reuters. (2026, November 9). The lamp turns. The Courier. https://c.example/a"
    )
    assert apa(reference(published=None)) == "The lamp turns. (n.d.). The Courier. https://c.example/a"
    assert apa(reference("Ann Ro", title="Why?")).startswith("Ro, A. (2026, November 9). Why? The Courier.")


def test_mla() -> None:
    assert mla(reference("Ines Harrow", "Tom Adeyemi")) == (
        "Harrow, Ines, and Tom Adeyemi. “The lamp turns.” The Courier, 9 Nov. 2026, https://c.example/a. "
        "Accessed 20 Nov. 2026."
    )
    assert mla(reference("A B", "C D", "E F")).startswith("B, A, et al. “")
    assert mla(reference()).startswith("“The lamp turns.” The Courier")


def test_chicago() -> None:
    assert chicago(reference("Ines Harrow", "Tom Adeyemi")) == (
        "Harrow, Ines, and Tom Adeyemi. “The lamp turns.” The Courier, November 9, 2026. https://c.example/a."
    )
    assert chicago(reference(published="no date")) == "“The lamp turns.” The Courier. https://c.example/a."


def test_bibtex_keeps_its_braces_in_pairs() -> None:
    entry = bibtex(reference("森 千夏", "Ann Ro", title="50% {of & it} \\ ~ _#"))
    assert entry.startswith("@article{2026")
    assert "author = {{森 千夏} and Ro, Ann}" in entry
    assert r"50\% \textbraceleft{}of \& it\textbraceright{}" in entry
    for hostile in ("}", "{{{", "} evil = {", '"', "\\}"):
        text = bibtex(reference(hostile, title=hostile, site_name=hostile, url=f"https://x/{hostile}"))
        assert text.count("{") == text.count("}")
        assert not re.search(r"^\s*evil", text, re.MULTILINE)


def test_ris_has_a_field_on_each_line() -> None:
    record = ris(reference("Ann Ro", title="Two\nlines\r\nER  - "))
    lines = record.split("\r\n")
    assert lines[0] == "TY  - NEWS"
    assert "TI  - Two lines ER -" in lines
    assert "DA  - 2026/11/09" in lines
    assert lines[-2:] == ["ER  - ", ""]
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines[:-1])


def test_csl_and_coins_tell_the_same() -> None:
    item = csl(reference("Ann Ro", "Reuters"))
    assert item["author"] == [{"family": "Ro", "given": "Ann"}, {"literal": "Reuters"}]
    assert item["issued"] == {"date-parts": [[2026, 11, 9]]}
    told = parse_qs(coins(reference("Ann Ro", "Reuters")))
    assert told["rft.au"] == ["Ann Ro", "Reuters"]
    assert told["rft.date"] == ["2026-11-09"]
    assert told["rft_id"] == ["https://c.example/a"]


def test_many_references_are_one_file() -> None:
    refs = [reference(), reference()]
    assert len(json.loads(written("csl.json", refs))) == 2
    assert written("ris", refs).count("ER  - ") == 2
    assert written("bib", refs).count("@article{") == 2


def test_json_in_a_page_cannot_end_its_element() -> None:
    text = inert_json({"a": f"</script>{XSS}<!--\u2028&"})
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text) == {"a": f"</script>{XSS}<!--\u2028&"}


# On the page.


def test_an_article_says_how_to_cite_it(get: Get) -> None:
    page = get("/article/1")
    cited = [item.get_text() for item in page.soup.select("[aria-labelledby=cite] .citation")]
    assert len(cited) == len(STYLES)
    assert all("Lighthouse turns again after eleven dark winters" in one for one in cited)
    assert parse_qs(str(page.one("span.Z3988")["title"]))["rft.jtitle"] == ["The Saltmere Courier"]
    about = json.loads(page.one("script").get_text())
    assert about["@type"] == "NewsArticle"
    assert about["archivedAt"] == "http://localhost/article/1"
    for ending in FILES:
        answer = get(f"/article/1/cite.{ending}")
        assert answer.status == 200
        assert "harrow2026lighthouse-1" in answer.text
    assert get("/article/999/cite.bib").status == 404


def test_a_hostile_article_is_cited_as_text(get: Get) -> None:
    page = get("/article/13")
    assert json.loads(page.one("script").get_text())["headline"].endswith("payload again")
    assert len(page.soup.select("script")) == 1
    assert html.escape("<script>window.hurt") in page.text
