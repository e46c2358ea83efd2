"""Bytes to text: what the page says, checked against its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.article.decode import _PART, decode, unescaped, whatwg_name

FRENCH = "<p>Le préfet a rouvert la traversée à l’été, « enfin » selon les habitants.</p>"
RUSSIAN = "<p>Городской совет решил снова открыть паромную переправу после долгой зимы.</p>"
JAPANESE = "<p>港の議会は火曜日の夜、古いフェリー航路を再開することを決めた。住民は長い冬を待っていた。</p>"


@pytest.mark.parametrize(
    ("html", "content_type", "encoding"),
    [
        (b"\xef\xbb\xbf" + FRENCH.encode(), "text/html; charset=iso-8859-1", "utf-8"),
        (b"\xff\xfe" + FRENCH.encode("utf-16-le"), None, "utf-16le"),
        (b"\xfe\xff" + FRENCH.encode("utf-16-be"), None, "utf-16be"),
        (FRENCH.encode(), None, "utf-8"),
        (FRENCH.encode("cp1252"), "text/html; charset=ISO-8859-1", "windows-1252"),
        (b'<meta charset="windows-1252">' + FRENCH.encode("cp1252"), None, "windows-1252"),
        (
            b'<meta http-equiv="Content-Type" content="text/html; charset=latin1">' + FRENCH.encode("cp1252"),
            None,
            "windows-1252",
        ),
        (FRENCH.encode("cp1252"), None, "windows-1252"),
        (RUSSIAN.encode("cp1251"), None, "windows-1251"),
        (b'<meta charset="koi8-r">' + RUSSIAN.encode("koi8-r"), None, "koi8-r"),
        (JAPANESE.encode("shift_jis"), "text/html; charset=Shift_JIS", "shift_jis"),
        (JAPANESE.encode("euc-jp"), None, "euc-jp"),
        (
            b'<?xml version="1.0" encoding="iso-8859-15"?>' + "<p>10 €</p>".encode("iso-8859-15"),
            None,
            "iso-8859-15",
        ),
    ],
)
def test_the_text_comes_out_whole_and_the_encoding_is_told(
    html: bytes, content_type: str | None, encoding: str
) -> None:
    decoded = decode(html, content_type)
    assert decoded.encoding == encoding
    wanted = next(
        text for text in (FRENCH, RUSSIAN, JAPANESE, "<p>10 €</p>") if text in decoded.markup.decode()
    )
    assert wanted


@pytest.mark.parametrize("size", range(_PART - 4, _PART + 1))
def test_utf_8_is_told_wherever_a_character_lies(size: int) -> None:
    whole = b"a" * size + "𝄞é".encode()
    assert decode(whole).markup == whole
    assert decode(whole[:-1]).markup == whole[:-2] + "\ufffd".encode()
    assert decode(whole, "text/html; charset=windows-1252").encoding == "utf-8"
    assert decode(whole[:-1], "text/html; charset=windows-1252").encoding == "windows-1252"


@pytest.mark.parametrize("label", [b'<meta charset="utf-8">', b""])
def test_a_page_in_windows_1252_that_says_utf_8(label: bytes) -> None:
    decoded = decode(label + FRENCH.encode("cp1252"), "text/html; charset=utf-8")
    assert decoded.encoding == "windows-1252"
    assert "préfet" in decoded.markup.decode()
    assert "l’été" in decoded.markup.decode()


def test_a_page_in_utf_8_that_says_latin_1() -> None:
    decoded = decode(b'<meta charset="iso-8859-1">' + FRENCH.encode())
    assert (decoded.encoding, "préfet" in decoded.markup.decode()) == ("utf-8", True)


def test_utf_8_with_one_broken_character_stays_utf_8() -> None:
    decoded = decode(RUSSIAN.encode() + b"\xd0<p>x</p>")
    assert decoded.encoding == "utf-8"
    assert "Городской" in decoded.markup.decode()


@pytest.mark.parametrize("label", ["utf-7", "base64", "no such thing", "", "unicode_escape", "\0"])
def test_labels_of_no_text_encoding_are_not_believed(label: str) -> None:
    assert whatwg_name(label) is None


def test_nuls_are_dropped() -> None:
    assert decode(b"<p>a\0b</p>").markup == b"<p>ab</p>"


@given(st.binary(max_size=300), st.none() | st.text(max_size=40))
def test_any_bytes_give_valid_utf_8(html: bytes, content_type: str | None) -> None:
    assert "\0" not in decode(html, content_type).markup.decode("utf-8")


def test_references_are_undone_and_endless_numbers_name_nothing() -> None:
    assert unescaped("&lt;p&gt; &#8217;&#x27;") == "<p> ’'"
    assert unescaped(f"a &#{'1' * 5_000}; b") == "a \ufffd b"
