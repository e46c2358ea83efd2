"""Plain text that other scrapers saved: what is the article, what stood around it."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.accession import plaintext
from pipelines.accession.boilerplate import cue
from pipelines.model import Access, Extraction, Kind
from tests.growth import grows_linearly

SEED = Path(__file__).resolve().parents[3].parent / "shared" / "seed" / "locum-today.txt"

FIRST = "The harbour board has approved a plan to rebuild the eastern breakwater before the winter storms."
SECOND = '"We have waited eleven years for this," said Mara Quill, who runs the boatyard on the quay.'
THIRD = "Work on the first of four sections begins in May and should cost the town about nine million crowns."
LAST = "The board will meet again on the second Tuesday of the month, and its papers lie in the library."
BODY = [FIRST, SECOND, THIRD, LAST]
TITLE = "Board agrees to rebuild the breakwater"
STANDFIRST = "Nine million crowns for four sections of wall after eleven years of waiting"


def page(*lines: str) -> str:
    return "\n\n".join(lines) + "\n"


def reasons(found: Extraction) -> dict[str, str]:
    return {block.text: block.reason for block in found.blocks_removed}


@pytest.mark.golden
@pytest.mark.skipif(not SEED.exists(), reason="the seed lies beside the project")
def test_the_page_this_project_began_with() -> None:
    found = plaintext.read(SEED.read_text("utf-8"))
    assert found.title == "New series of joint inspections on children's mental health announced"
    assert found.standfirst == "Inspectorates to carry out inspections of children's mental health services"
    assert found.published == date(2019, 7, 19)
    assert found.kind is Kind.ARTICLE
    assert found.text.startswith("Ofsted is to carry out")
    assert found.text.endswith("he concluded.")
    assert len(found.text.split("\n\n")) == 12
    removed = [(block.reason, block.text) for block in found.blocks_removed]
    assert [reason for reason, _ in removed] == [
        "date", "share", "navigation", "newsletter", "comments", "newsletter", "newsletter", "comments",
        "related", *["teaser"] * 8,
    ]  # fmt: skip
    assert ("share", "Share this article:") in removed


def test_an_article_without_anything_around_it_is_kept_whole() -> None:
    found = plaintext.read(page(TITLE, *BODY))
    assert found.title == TITLE
    assert found.standfirst is None
    assert found.published is None
    assert found.text == "\n\n".join(BODY)
    assert found.blocks_removed == []
    assert found.kind is Kind.ARTICLE
    assert 0.5 < found.confidence < 1


def test_title_standfirst_date_and_byline_are_read_in_any_order() -> None:
    heads = [
        (TITLE, STANDFIRST, "By Ines Okoro", "3 March 2021"),
        (TITLE, "3 March 2021", "By Ines Okoro", STANDFIRST),
        ("3 March 2021", TITLE, "By Ines Okoro", STANDFIRST),
        (TITLE, STANDFIRST, "Ines Okoro | 3 March 2021"),
        (TITLE, STANDFIRST, "Ines Okoro", "Wednesday, March 3, 2021"),
        ("NEWS", TITLE, STANDFIRST, "By Ines Okoro, Harbour Correspondent", "Published: 2021-03-03"),
        (
            "Home > News > Harbour",
            f"{TITLE} | The Tidewater Post",
            "Menu",
            TITLE,
            STANDFIRST,
            "by Ines Okoro - 03.03.2021",
        ),
        (
            f"Title: {TITLE}",
            "URL: https://tidewater.example/breakwater",
            "Author: Ines Okoro",
            "Date: 03 Mar 2021",
            STANDFIRST,
        ),
    ]
    for head in heads:
        found = plaintext.read(page(*head, *BODY))
        assert (found.title, found.standfirst) == (TITLE, STANDFIRST), head
        assert (found.published, found.authors) == (date(2021, 3, 3), ["Ines Okoro"]), head
        assert found.text == "\n\n".join(BODY), head
    assert found.canonical_url == "https://tidewater.example/breakwater"


@pytest.mark.parametrize(
    ("line", "published", "modified"),
    [
        ("Published on 19th July 2019", date(2019, 7, 19), None),
        (
            "Friday 19 July 2019 10:30 BST",
            datetime(2019, 7, 19, 10, 30, tzinfo=timezone(timedelta(hours=1))),
            None,
        ),
        ("2019-07-19T08:15:00Z", datetime(2019, 7, 19, 8, 15, tzinfo=UTC), None),
        ("July 19, 2019 at 4:05 p.m.", date(2019, 7, 19), None),
        ("Published 19 July 2019, updated 21 July 2019", date(2019, 7, 19), date(2019, 7, 21)),
        ("Last updated: 21 July 2019", date(2019, 7, 21), date(2019, 7, 21)),
        ("07/19/2019 4:05 pm", date(2019, 7, 19), None),
        ("04/07/2019 4:05 pm", date(2019, 4, 7), None),
        ("19/07/2019", date(2019, 7, 19), None),
        ("Veröffentlicht am 19. Juli 2019 um 14:30 Uhr", date(2019, 7, 19), None),
        ("Freitag, 19.07.2019 | Stand: 20.07.2019", date(2019, 7, 19), date(2019, 7, 20)),
        ("Publié le 19 juillet 2019 à 14h30", date(2019, 7, 19), None),
        ("Publicado el 19 de julio de 2019", date(2019, 7, 19), None),
        ("Pubblicato il 19 luglio 2019", date(2019, 7, 19), None),
        ("Gepubliceerd op 19 juli 2019", date(2019, 7, 19), None),
        ("19 lipca 2019", date(2019, 7, 19), None),
        ("19 July 2019 • 3 min read", date(2019, 7, 19), None),
    ],
)
def test_lines_that_are_nothing_but_dates(
    line: str, published: date | datetime, modified: date | datetime | None
) -> None:
    found = plaintext.read(page(TITLE, line, *BODY))
    assert (found.published, found.modified) == (published, modified)
    assert reasons(found) == {line: "date"}


@pytest.mark.parametrize(
    "line",
    [
        "Since 19 July 2019 the wall has lost forty metres",
        "Storm of 19 July 2019",
        "By 2030 half of the wall will be gone",
        "By Monday all roads to the quay will be closed",
        "Two boats and nine people were lost in 1987",
    ],
)
def test_a_line_that_says_more_than_a_date_or_a_name_stays(line: str) -> None:
    found = plaintext.read(page(TITLE, *BODY[:2], line, *BODY[2:]))
    assert line in found.text
    assert found.published is None
    assert found.authors == []


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Ines Okoro", ["Ines Okoro"]),
        ("By Ines Okoro and Tom van der Meer", ["Ines Okoro", "Tom van der Meer"]),
        ("BY INES OKORO", ["INES OKORO"]),
        ("Von Jörg Łącki und Änne Vogel", ["Jörg Łącki", "Änne Vogel"]),
        ("Par Élodie d'Arc", None),
        ("Por Inés Ortega", ["Inés Ortega"]),
        ("Di Luca De Santis", ["Luca De Santis"]),
    ],
)
def test_bylines(line: str, authors: list[str] | None) -> None:
    found = plaintext.read(page(TITLE, line, *BODY))
    if authors is None:
        assert line in found.text or line in reasons(found)
    else:
        assert found.authors == authors
        assert reasons(found)[line] == "byline"


TAIL = ["Share this article:", "Facebook Twitter WhatsApp", "Subscribe to Tidewater Post", "Leave a comment",
        "Most read", "Ferry timetable changes for summer", "Ferry timetable changes for summer", "1 May 2016",
        "The morning boat will leave the island twenty minutes earlier than before.",
        "Copyright 2021 The Tidewater Post. All rights reserved."]  # fmt: skip


def test_what_follows_the_article_is_removed_with_its_reason() -> None:
    found = plaintext.read(page(TITLE, "3 March 2021", *BODY, *TAIL))
    assert found.text == "\n\n".join(BODY)
    assert found.published == date(2021, 3, 3)
    assert [reasons(found)[line] for line in TAIL] == [
        "share", "share", "newsletter", "comments", "related", *["teaser"] * 4, "copyright",
    ]  # fmt: skip


def test_a_teaser_without_a_heading_is_known_by_its_title_that_stands_twice() -> None:
    found = plaintext.read(page(TITLE, *BODY, *TAIL[5:9]))
    assert found.text == "\n\n".join(BODY)
    assert set(reasons(found).values()) == {"teaser"}


def test_a_date_in_a_teaser_is_never_the_articles() -> None:
    found = plaintext.read(page(TITLE, *BODY, *TAIL))
    assert found.published is None


def test_readers_comments_are_no_part_of_the_article_however_long() -> None:
    thread = [
        "12 comments",
        "Tidewatcher",
        FIRST.replace("harbour", "parish"),
        LAST.replace("board", "council"),
    ]
    found = plaintext.read(page(TITLE, *BODY, *thread))
    assert found.text == "\n\n".join(BODY)
    assert {reasons(found)[line] for line in thread} == {"comments"}


@pytest.mark.parametrize(
    "box",
    [
        ["Advertisement"],
        ["Read more: Ferry timetable changes for the summer"],
        ["Read more", "Ferry timetable changes for the summer"],
        [
            "Sign up to our weekly newsletter",
            "Get the news of the coast in your inbox every Friday.",
            "Email address",
        ],
        ["Share", "12 Comments"],
        ["Related articles", "Ferry timetable changes for the summer", "Two hurt as crane falls on the quay"],
        ["We use cookies and similar technologies to improve the site."],
        ["Photo: Ines Okoro / Tidewater Post"],
        [TITLE],
    ],
)
def test_a_box_amid_the_article_goes_and_the_article_goes_on(box: list[str]) -> None:
    for at in (0, 1, 2):
        found = plaintext.read(page(TITLE, "3 March 2021", *BODY[:at], *box, *BODY[at:]))
        assert found.text == "\n\n".join(BODY), at


def test_headings_stay_and_are_headings_in_the_html() -> None:
    found = plaintext.read(page(TITLE, "3 March 2021", *BODY[:2], "What <happens> next", *BODY[2:]))
    assert "\n\nWhat <happens> next\n\n" in found.text
    assert "<h2>What &lt;happens&gt; next</h2>" in found.html
    assert found.html.count("<p>") == 4


def test_lines_below_the_last_paragraph_go_with_the_boilerplate_they_stand_in() -> None:
    found = plaintext.read(page(TITLE, *BODY, "Share this article", "Tidewater Media Ltd, Quay 4"))
    assert reasons(found)["Tidewater Media Ltd, Quay 4"] == "boilerplate"
    assert plaintext.read(page(TITLE, *BODY, "Ends")).text.endswith("Ends")


def test_a_paywall_is_told() -> None:
    found = plaintext.read(page(TITLE, *BODY[:2], "Subscribe to continue reading"))
    assert found.access is Access.PAYWALLED


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\u2028", "\n"])
def test_newlines_of_any_system(newline: str) -> None:
    text = "\ufeff" + page(TITLE, STANDFIRST, "3 March 2021", *BODY).replace("\n", newline)
    found = plaintext.read(text)
    assert (found.title, found.standfirst, found.text) == (TITLE, STANDFIRST, "\n\n".join(BODY))


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_hard_wrapped_lines_are_joined(width: int) -> None:
    wrapped = ["\n".join(textwrap.wrap(line, width)) for line in (TITLE, STANDFIRST, "3 March 2021", *BODY)]
    found = plaintext.read(page(*wrapped))
    assert (found.title, found.standfirst, found.text) == (TITLE, STANDFIRST, "\n\n".join(BODY))


def test_lines_without_blank_lines_between_are_blocks_of_their_own() -> None:
    found = plaintext.read("\n".join([TITLE, STANDFIRST, "3 March 2021", *BODY, *TAIL]))
    assert (found.title, found.standfirst, found.text) == (TITLE, STANDFIRST, "\n\n".join(BODY))


GERMAN = """\
Politik

Hafenrat beschließt den Neubau der Mole

Elf Jahre nach dem Sturm soll im Mai endlich gebaut werden

Von Änne Vogel

Veröffentlicht am 3. März 2021

Der Hafenrat hat am Dienstag beschlossen, die östliche Mole noch vor dem nächsten Winter neu zu bauen.

Anzeige

„Darauf haben wir elf Jahre gewartet“, sagte die Bootsbauerin Mara Quill, die ihre Werft am Kai führt.

Lesen Sie auch: Fähre fährt im Sommer früher

Die Arbeiten am ersten von vier Abschnitten beginnen im Mai und kosten die Stadt rund neun Millionen Kronen.

Artikel teilen
Nach oben
Jetzt unseren Newsletter bestellen
3 Kommentare
Endlich passiert etwas, ich hatte schon nicht mehr daran geglaubt, dass sie bauen.
Meistgelesen
Fähre fährt im Sommer früher
© 2021 Küstenbote
"""

FRENCH = """\
Le conseil du port reconstruira la digue
Neuf millions de couronnes pour quatre tronçons après onze ans d'attente
Publié le 3 mars 2021 à 14h30
Par Inès Okoro
Le conseil du port a décidé mardi de reconstruire la digue de l'est avant les tempêtes du prochain hiver.
Lire aussi : Le bac partira plus tôt cet été
« Nous attendons cela depuis onze ans », a déclaré Mara Quill, qui dirige le chantier naval.
Les travaux du premier tronçon commencent en mai et coûteront environ neuf millions de couronnes.
Partager cet article
Laisser un commentaire
Inscrivez-vous à notre newsletter pour recevoir chaque vendredi les nouvelles de la côte.
Sur le même sujet
Le bac partira plus tôt cet été
Tous droits réservés
"""

SPANISH = """\
Inicio
La junta del puerto reconstruirá el rompeolas
Por Inés Ortega
3 de marzo de 2021
La junta del puerto aprobó el martes un plan para reconstruir el rompeolas antes del invierno.
Publicidad
«Llevamos once años esperando esto», dijo Mara Quill, que dirige el astillero del muelle con su hermano.
Las obras del primero de los cuatro tramos empiezan en mayo y costarán a la ciudad unos nueve millones.
Compartir en Facebook
Suscríbete a nuestro boletín y recibe cada viernes las noticias de la costa en tu correo.
Deja un comentario
Noticias relacionadas
El transbordador saldrá antes en verano
"""


@pytest.mark.parametrize(
    ("text", "title", "standfirst", "authors", "begins", "ends"),
    [
        (GERMAN, "Hafenrat beschließt den Neubau der Mole",
         "Elf Jahre nach dem Sturm soll im Mai endlich gebaut werden",
         ["Änne Vogel"], "Der Hafenrat", "Millionen Kronen."),
        (FRENCH, "Le conseil du port reconstruira la digue",
         "Neuf millions de couronnes pour quatre tronçons après onze ans d'attente", ["Inès Okoro"],
         "Le conseil du port a", "millions de couronnes."),
        (SPANISH, "La junta del puerto reconstruirá el rompeolas", None, ["Inés Ortega"],
         "La junta del puerto aprobó", "nueve millones."),
    ],
    ids=["German", "French", "Spanish"],
)  # fmt: skip
def test_other_languages(
    text: str, title: str, standfirst: str | None, authors: list[str], begins: str, ends: str
) -> None:
    found = plaintext.read(text)
    assert (found.title, found.standfirst, found.authors) == (title, standfirst, authors)
    assert found.published == date(2021, 3, 3)
    paragraphs = found.text.split("\n\n")
    assert len(paragraphs) == 3
    assert paragraphs[0].startswith(begins)
    assert paragraphs[2].endswith(ends)


@pytest.mark.parametrize(
    "text", ["", "\n \n", TITLE, f"{TITLE}\n\n3 March 2021\n", "Menu\nSearch\nHome\n", "\x00\x01\x02"]
)
def test_what_is_no_article_says_so(text: str) -> None:
    found = plaintext.read(text)
    assert found.kind is Kind.OTHER
    assert found.confidence == 0


def test_prose_without_a_title_is_an_article_without_one() -> None:
    long = " ".join(BODY)
    found = plaintext.read(page(long, long))
    assert found.title is None
    assert found.text == f"{long}\n\n{long}"
    assert found.kind is Kind.ARTICLE


NOISE = [
    "a8f0 d3c1 99ee\n",
    "x" * 5000 + "\n",
    "word ",
    "Menu\n",
    "a\n\n",
    f"{FIRST}\n\n",
    "A b\n1 May 2016\n",
]


@pytest.mark.parametrize("line", NOISE, ids=range(len(NOISE)))
def test_time_grows_as_the_text_does(line: str) -> None:
    assert grows_linearly(plaintext.read, lambda size: line * (size // len(line)), 60_000)


def test_five_megabytes_are_read() -> None:
    found = plaintext.read(page(TITLE, *BODY) + "8f0 d3c1 99ee 00b7 " * 260_000)
    assert found.title == TITLE


@given(
    st.text(alphabet=st.sampled_from("aB. \n:|,-19\u00e9\u4e2d\x00\u2028>©"), max_size=300)
    | st.text(max_size=300)
)
def test_nothing_is_lost_and_nothing_raises(text: str) -> None:
    found = plaintext.read(text)
    kept = [
        found.title or "",
        found.standfirst or "",
        found.text,
        *(block.text for block in found.blocks_removed),
    ]
    left = sorted(re.sub(r"\s", "", plaintext._CONTROL.sub("", text)))
    assert (
        len("".join(left)) <= len("".join("".join(kept).split())) + 20
    )  # "Title:" before a title is dropped


@pytest.mark.parametrize(
    "line",
    [
        "The council said it would email residents about the newsletter it plans.",
        "Share prices fall after storm", "Comment is free but facts are sacred",
        "Top scientists leave for the coast",
        "He asked readers to share the photo with friends from the quay.", "More than a hundred boats sank",
        "Cookies were on sale in the harbour café until noon.", "Photo of lost ship found in attic",
        "Reply from the minister came late", "Home is where the harbour is",
    ],
)  # fmt: skip
def test_a_line_of_the_article_is_no_cue(line: str) -> None:
    assert cue(line) is None
