from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipelines.article import language
from pipelines.article.markup import Markup

SAMPLES = {
    "en": (
        "The council has decided that the bridge will be opened in the spring, and it is not the first time."
    ),
    "de": (
        "Der Rat hat beschlossen, dass die Brücke im Frühling geöffnet wird, und es ist nicht das erste Mal."
    ),
    "fr": (
        "Le conseil a décidé que le pont sera ouvert au printemps, "
        "et ce n'est pas la première fois pour la ville."
    ),
    "es": (
        "El consejo ha decidido que el puente se abrirá en la "
        "primavera, y no es la primera vez para los vecinos."
    ),
    "it": (
        "Il consiglio ha deciso che il ponte sarà aperto in primavera, e non è la prima volta per la città."
    ),
    "pt": (
        "O conselho decidiu que a ponte será aberta na primavera, "
        "e não é a primeira vez para os moradores da cidade."
    ),
    "nl": (
        "De raad heeft besloten dat de brug in het voorjaar wordt "
        "geopend, en het is niet de eerste keer voor de stad."
    ),
    "sv": (
        "Rådet har beslutat att bron ska öppnas till våren, och "
        "det är inte första gången för dem som bor i staden."
    ),
    "tr": (
        "Meclis köprünün baharda açılacağına karar verdi ve bu ilk "
        "kez değil, ancak şehir için çok önemli bir gün daha."
    ),
    "ru": ("Совет решил, что мост откроют весной, и это не первый раз для жителей города."),
    "uk": ("Рада вирішила, що міст відкриють навесні, і це не перший раз для мешканців їхнього міста."),
    "ar": ("قرر المجلس أن يفتح الجسر في الربيع، وهذه ليست المرة الأولى لسكان المدينة القديمة"),
    "ja": (
        "市議会は春に橋を開通させることを決めた。これは初めて"
        "のことではないという。住民は長い間待っていたと語った。"
    ),
    "zh": (
        "市议会决定春天开放大桥，这不是第一次。居民们表示他们"
        "已经等待了很长时间，希望工程顺利完成，交通能够改善。"
    ),
    "ko": (
        "시의회는 봄에 다리를 개통하기로 결정했으며 이것은 처음 "
        "있는 일이 아니다. 주민들은 오래 기다렸다고 말했다."
    ),
    "el": ("Το συμβούλιο αποφάσισε ότι η γέφυρα θα ανοίξει την άνοιξη και δεν είναι η πρώτη φορά."),
}


@pytest.mark.parametrize(("expected", "text"), SAMPLES.items())
def test_languages_are_told_by_script_and_stop_words(expected: str, text: str) -> None:
    assert language.detect(text) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("en", "en"),
        ("en_US.utf8", "en-US"),
        ("DE-at", "de-AT"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("German", "de"),
        ("iw", "he"),
        ("jp", "ja"),
        ("es-419", "es-419"),
        ("en-us, fr", "en-US"),
        ("", None),
        ("x", None),
        ("und", None),
        ("{{lang}}", None),
        (None, None),
    ],
)
def test_tags_are_well_formed(written: str | None, expected: str | None) -> None:
    assert language.tag(written) == expected


def read(html: str, text: str = "") -> str | None:
    return language.read(language.declared(Markup(LexborHTMLParser(html))), text)


def test_the_most_specific_of_agreeing_statements() -> None:
    assert read('<html lang="pt"><meta property="og:locale" content="pt_BR">', SAMPLES["pt"]) == "pt-BR"


def test_a_declaration_that_the_text_contradicts_is_not_believed() -> None:
    assert read('<html lang="en">', SAMPLES["de"]) == "de"


def test_a_declaration_stands_where_the_text_does_not_decide() -> None:
    assert read('<html lang="fi">', "Ok") == "fi"


def test_without_a_declaration_the_text_tells() -> None:
    assert read("<p>", SAMPLES["it"]) == "it"


def test_nothing_is_known_of_an_empty_page() -> None:
    assert read("") is None


@given(st.text(max_size=300))
def test_any_text_gives_no_error(text: str) -> None:
    assert language.detect(text) is None or str(language.detect(text)).isascii()
    assert isinstance(language.tag(text), str | None)
