from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.article.names import read_names


def names(text: str) -> list[str]:
    return [named.name for named in read_names(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("By Anna Lee, Bo Chen and Cara Diaz", ["Anna Lee", "Bo Chen", "Cara Diaz"]),
        ("BY ANNA LEE & BO CHEN", ["ANNA LEE", "BO CHEN"]),
        ("Von Anna Müller und Bernd Groß", ["Anna Müller", "Bernd Groß"]),
        ("Par Anne Petit et Bruno Leroy", ["Anne Petit", "Bruno Leroy"]),
        ("Por Ana Ruiz y Benito Sanz", ["Ana Ruiz", "Benito Sanz"]),
        ("di Anna Rossi e Bruno Bianchi", ["Anna Rossi", "Bruno Bianchi"]),
        ("Door Anna de Vries en Bram Bakker", ["Anna de Vries", "Bram Bakker"]),
        ("Автор: Анна Иванова", ["Анна Иванова"]),
        ("Ursula von der Heide", ["Ursula von der Heide"]),
        ("Kommentar von Anna Müller", ["Anna Müller"]),
        ("Written by Anna Lee, Staff Writer", ["Anna Lee"]),
        ("Anna Lee | Senior Correspondent | Gazette News", ["Anna Lee"]),
        ("Anna Lee (al), Bo Chen (bc)", ["Anna Lee", "Bo Chen"]),
        ("Anna Lee, MD", ["Anna Lee"]),
        ("By Anna Lee anna.lee@gazette.example @annalee", ["Anna Lee"]),
        ("Anna Lee For Gazette.com", ["Anna Lee"]),
        ("김민수 기자", ["김민수"]),
        ("山田太郎 記者", ["山田太郎"]),
        ("Felix Groß und Jörg Alt, dpa", ["Felix Groß", "Jörg Alt"]),
        ("dpa", ["dpa"]),
        ("News Staff", ["News Staff"]),
        ("https://gazette.example/author/anna", []),
        ("", []),
    ],
)
def test_names_of_a_byline(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@given(st.text(max_size=400))
def test_any_text_gives_names_without_error(text: str) -> None:
    for name in names(text):
        assert name.strip() == name
        assert name


GIVEN = st.sampled_from(["Anna", "Bo", "Céline", "Đorđe", "Łucja", "Øystein", "Ana María", "Jean-Luc"])
FAMILY = st.sampled_from(["Lee", "O'Neill", "Müller", "von Berg", "Núñez", "Smith-Jones", "Żak"])
PERSON = st.builds("{} {}".format, GIVEN, FAMILY)


@given(
    st.lists(PERSON, min_size=1, max_size=5, unique=True),
    st.sampled_from([" and ", " und ", " et ", " & ", ", "]),
)
def test_a_list_of_names_comes_apart_again(people: list[str], last: str) -> None:
    text = ", ".join(people[:-1]) + (last if people[:-1] else "") + people[-1]
    assert names("By " + text) == people


def test_an_agency_behind_a_name_is_left_out() -> None:
    assert names("By Ida Holm The Associated Press") == ["Ida Holm"]
    assert names("The Associated Press") == ["The Associated Press"]
