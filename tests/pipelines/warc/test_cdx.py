"""CDXJ: keys as the players of the field make them, and lines that lead to the record."""

from __future__ import annotations

import io
import json

import pytest

from pipelines.warc import cdx
from pipelines.warc.records import Record, opened
from tests.pipelines.foreignwarc import digest, http, members, page, record, story

SESSION = "0123456789ABCDEF0123456789abcdef"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.example.com/a/?b=1", "com,example)/a?b=1"),
        ("http://example.com", "com,example)/"),
        ("http://EXAMPLE.com:80/A/B.html#frag", "com,example)/a/b.html"),
        ("https://example.com:8443/x", "com,example:8443)/x"),
        ("http://127.0.0.1:8000/a/", "1,0,0,127:8000)/a"),
        ("http://[::1]:8080/x", "::1:8080)/x"),
        ("http://www12.example.com/", "com,example)/"),
        ("http://ww2.example.com/", "com,example,ww2)/"),
        ("https://example.com/?b=2&a=1&&c", "com,example)/?&a=1&b=2&c"),
        ("https://example.com/a//b/../c/./d", "com,example)/a/c/d"),
        ("https://example.com/%7Efoo/%41%2fb", "com,example)/~foo/a/b"),
        ("https://example.com/caf%C3%A9/ü", "com,example)/caf%c3%a9/%c3%bc"),
        ("https://example.com/100%25/a b", "com,example)/100%25/a%20b"),
        ("https://example.com/a?b=c%2526", "com,example)/a?&b=c"),
        ("https://bücher.example/x", "example,xn--bcher-kva)/x"),
        (f"https://example.com/i.html?PHPSESSID={SESSION}&x=1", "com,example)/i.html?x=1"),
        (f"https://example.com/i.html?x=1&sid={SESSION}", "com,example)/i.html?&x=1"),
        ("https://example.com/?cfid=1&cftoken=2&a=3", "com,example)/?a=3"),
        ("https://user:pw@example.com/", "com,example)/"),
        ("urn:foo:bar", "urn:foo:bar"),
        ("import:break%20water.txt", "import:break%20water.txt"),
        ("http://[broken", "http://[broken"),
    ],
)
def test_keys(url: str, key: str) -> None:
    """Compared with what pywb 2.10 makes of the same addresses; the last two are ours."""
    assert cdx.key(url) == key
    assert cdx.key(url).isascii()


def lines(*records: bytes) -> list[tuple[str, str, dict[str, str]]]:
    content = members(records)
    found = [each for each in opened(io.BytesIO(content))(0) if isinstance(each, Record)]
    made = [cdx.line(each, "a.warc.gz", 7) for each in found]
    return [(key, moment, json.loads(rest)) for key, moment, rest in (line.split(" ", 2) for line in made)]


def test_lines() -> None:
    fields = [f"WARC-Payload-Digest: {digest(page(1))}"]
    [(key, moment, told)] = lines(record("https://www.example.com/a?q=ü", http(page(1)), fields=fields))
    assert (key, moment) == ("com,example)/a?q=%c3%bc", "20240501120000")
    assert told == {
        "url": "https://www.example.com/a?q=ü", "mime": "text/html", "status": "200",
        "digest": digest(page(1)), "length": "7", "offset": "0", "filename": "a.warc.gz",
    }  # fmt: skip


def test_kinds() -> None:
    found = lines(
        record("https://example.com/1", http(b"", status="HTTP/1.1 404 No"), kind="revisit"),
        record("https://example.com/2", b"<p>", kind="resource", content_type="text/html"),
        record("https://example.com/3", http(b"\xff", content_type=None)),
        record("https://example.com/4", b"nothing"),
        story(5),
    )
    assert [(told["mime"], told["status"]) for _, _, told in found] == [
        ("warc/revisit", "404"), ("text/html", "200"), ("unk", "200"), ("unk", "-"), ("text/html", "200"),
    ]  # fmt: skip
    assert found[1][2]["offset"] == str(len(members([record(
        "https://example.com/1", http(b"", status="HTTP/1.1 404 No"), kind="revisit")])))  # fmt: skip
