"""WARC files of others: every layout read, damage told with its place, and nothing lost beside it."""

from __future__ import annotations

import gzip
import io
import random

import pytest

from pipelines.errors import InputUnreadable
from pipelines.warc import records
from pipelines.warc.records import Damage, Record, opened
from tests.pipelines.foreignwarc import http, members, record, story

ONE = [story(number) for number in range(5)]


def read(content: bytes, start: int = 0) -> list[Record | Damage]:
    return list(opened(io.BytesIO(content))(start))


def numbers(found: list[Record | Damage]) -> list[str]:
    return [each.url.rpartition("-")[2] if isinstance(each, Record) else "damage" for each in found]


@pytest.mark.parametrize("content", [b"".join(ONE), members(ONE), gzip.compress(b"".join(ONE))],
                         ids=["plain", "a member each", "gzip as a whole"])  # fmt: skip
def test_every_layout(content: bytes) -> None:
    found = read(content)
    assert numbers(found) == ["0", "1", "2", "3", "4"]
    assert all(isinstance(each, Record) and each.whole and each.kind == "response" for each in found)


def test_zstd() -> None:
    zstd = pytest.importorskip("backports.zstd")
    frames = b"".join(zstd.compress(each) for each in ONE)
    assert numbers(read(frames)) == numbers(read(zstd.compress(b"".join(ONE)))) == ["0", "1", "2", "3", "4"]
    long = record("https://gazette.example/film-9", http(random.Random(1).randbytes(200_000)))
    torn = zstd.compress(ONE[0]) + zstd.compress(long)[:-9]
    assert numbers(read(torn)) == ["0", "damage"]


@pytest.mark.parametrize("pack", [b"".join, members], ids=["plain", "gzip"])
def test_reading_begins_at_any_record(pack: object) -> None:
    content = pack(ONE)  # type: ignore[operator]
    for number, each in enumerate(read(content)):
        assert numbers(read(content, each.position)) == [str(n) for n in range(number, 5)]


def test_a_cut_at_every_byte_of_the_last_record() -> None:
    for content, step in ((b"".join(ONE), 7), (members(ONE), 1)):
        last = read(content)[4].position
        for cut in range(last + 3, len(content) - 4, step):
            assert numbers(read(content[:cut])) == ["0", "1", "2", "3", "damage"], cut


def test_a_flipped_byte_anywhere_in_a_member() -> None:
    """gzip checks the sum of each: but one field of its header, and the text there, do not count."""
    content = members(ONE)
    begun, ended = (read(content)[number].position for number in (2, 3))
    for at in range(begun, ended):
        flipped = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        seen = numbers(read(flipped))
        assert [number for number in seen if number != "damage"] in (
            ["0", "1", "3", "4"],
            ["0", "1", "2", "3", "4"] if at - begun in (3, *range(4, 10)) else None,
        ), at - begun
        assert ("damage" in seen) == ("2" not in seen)


@pytest.mark.parametrize("pack", [b"".join, members], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "junk",
    [b"\0" * 100_000, b"\x1f\x8b\x08 no WARC/1.0 here", b"WARC/1.0\r\nhalf"],
    ids=["zeros", "the mark of gzip", "half a record"],
)
def test_what_stands_between_records_is_told_and_passed_over(pack: object, junk: bytes) -> None:
    content = pack(ONE[:2]) + junk + pack(ONE[2:])  # type: ignore[operator]
    found = read(content)
    assert [number for number in numbers(found) if number != "damage"] == ["0", "1", "2", "3", "4"]
    assert found[2].position == len(pack(ONE[:2]))  # type: ignore[operator]


@pytest.mark.parametrize("pack", [b"".join, members], ids=["plain", "gzip"])
def test_a_hole_takes_only_the_records_it_touches(pack: object) -> None:
    content = pack(ONE)  # type: ignore[operator]
    one, other = ((read(content)[at].position + read(content)[at + 1].position) // 2 for at in (1, 3))
    found = read(content[:one] + content[other - 9 :])
    assert numbers(found) == ["0", "damage", "4"]


def test_a_wrong_length_is_damage() -> None:
    wrong = ONE[1].replace(b"Content-Length: 1", b"Content-Length: 2", 1)
    assert wrong != ONE[1]
    assert numbers(read(b"".join([ONE[0], wrong, ONE[2], ONE[3]])))[:2] == ["0", "damage"]
    short = ONE[1].replace(b"Content-Length: ", b"Content-Length: -", 1)
    assert numbers(read(members([ONE[0], short, ONE[2]]))) == ["0", "damage", "2"]


def test_line_feeds_alone_folds_and_many_empty_lines() -> None:
    loose = ONE[0].replace(b"WARC-Type: response", b"WARC-Type:\r\n\tresponse")
    found = read(b"\r\n" + loose + b"\r\n\r\n" + ONE[1])
    assert numbers(found) == ["0", "1"]
    assert isinstance(found[0], Record)
    assert found[0].kind == "response"


def test_a_long_block_is_kept_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", 1000)
    long = record("https://gazette.example/film-9", http(b"x" * 200_000, content_type="video/mp4"))
    for content in (long + ONE[0], members([long, ONE[0]])):
        film, after = read(content)
        assert isinstance(film, Record)
        assert (film.whole, len(film.block)) == (False, 1000)
        assert isinstance(after, Record)


def test_addresses_in_angle_brackets() -> None:
    [found] = read(record("<https://gazette.example/a>", http(b"x")))
    assert isinstance(found, Record)
    assert found.url == "https://gazette.example/a"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty, or damaged from its beginning on"),
        (gzip.compress(b""), "empty, or damaged from its beginning on"),
        (b"%PDF-1.7", "no WARC file: it begins with no record"),
        (gzip.compress(b"hello"), "no WARC file: it begins with no record"),
        (b"filedesc://old.arc 0.0.0.0 2001", "ARC is not supported; make a WARC of it first: `warcio"),
        (gzip.compress(b"filedesc://old.arc 0.0.0.0"), "ARC is not supported"),
    ],
    ids=["empty", "empty in gzip", "a PDF", "a text in gzip", "ARC", "ARC in gzip"],
)
def test_what_is_no_warc(content: bytes, reason: str) -> None:
    with pytest.raises(InputUnreadable) as caught:
        opened(io.BytesIO(content))
    assert str(caught.value).startswith(reason)
