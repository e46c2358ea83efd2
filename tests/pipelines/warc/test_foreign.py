"""HTTP messages in the WARC files of others, as strange as servers and crawlers make them."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime

import brotli
import pytest

from pipelines import coding
from pipelines.errors import WarcError
from pipelines.warc import foreign
from pipelines.warc.records import Record, opened
from tests.pipelines.foreignwarc import chunked, digest, http, page, record

BODY = page(1)
URL = "https://gazette.example/a"


def parsed(content: bytes) -> Record:
    [found] = opened(io.BytesIO(content))(0)
    assert isinstance(found, Record)
    return found


def response(block: bytes, **other: object) -> Record:
    return parsed(record(URL, block, **other))  # type: ignore[arg-type]


def test_a_response_without_request() -> None:
    found = foreign.exchange(response(http(BODY, "Set-Cookie: a=1", "set-cookie: b=2")))
    assert (found.method, found.request_headers) == ("", ())
    assert (found.protocol, found.status, found.reason) == ("HTTP/1.1", 200, "OK")
    assert found.headers[1:] == (("Set-Cookie", "a=1"), ("set-cookie", "b=2"))
    assert found.body == BODY
    assert found.fetched == datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("HTTP/1.0 200 OK", ("HTTP/1.0", 200, "OK")),
        ("HTTP/1.1 200", ("HTTP/1.1", 200, "")),
        ("HTTP/2 404 ", ("HTTP/2", 404, "")),
        ("HTTP/1.1  301  Moved Permanently", ("HTTP/1.1", 301, "Moved Permanently")),
        ("HTTP/1.1 200 \xc5r\xe9", ("HTTP/1.1", 200, "\xc5r\xe9")),
    ],
)
def test_status_lines(line: str, read: tuple[str, int, str]) -> None:
    block = http(BODY).replace(b"HTTP/1.1 200 OK", line.encode("latin-1"))
    found = foreign.exchange(response(block))
    assert (found.protocol, found.status, found.reason) == read


def test_line_feeds_alone_and_folded_headers() -> None:
    found = foreign.exchange(response(http(BODY, "X-Long: a", "\tb", line="\n")))
    assert found.headers[1] == ("X-Long", "a b")
    assert found.body == BODY


@pytest.mark.parametrize("body", [chunked(BODY), BODY], ids=["as received", "already joined"])
def test_chunks_are_joined(body: bytes) -> None:
    found = foreign.exchange(response(http(body, "Transfer-Encoding: chunked")))
    assert (found.body, found.truncated) == (BODY, None)
    assert ("Transfer-Encoding", "chunked") in found.headers


def test_chunks_that_break_off() -> None:
    found = foreign.exchange(response(http(chunked(BODY)[:-40], "Transfer-Encoding: chunked")))
    assert BODY.startswith(found.body[:1000])
    assert found.truncated == "unspecified"


def test_chunks_with_extensions() -> None:
    assert coding.unchunk(b"3;a=b\r\nabc\r\n2 \r\nde\r\n0\r\nTrailer: x\r\n\r\n") == (b"abcde", None)
    assert coding.unchunk(b"0\r\n\r\n") == (b"", None)
    assert coding.unchunk(b"") == (b"", None)
    assert coding.unchunk(b"deadbeef") == (b"deadbeef", None)
    assert coding.unchunk(b"<html>") == (b"<html>", None)


@pytest.mark.parametrize(
    ("name", "pack"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("GZIP", gzip.compress)],
    ids=["gzip", "br", "capitals"],
)
def test_content_encoding_stays_when_the_body_has_it(name: str, pack: object) -> None:
    body = pack(BODY)  # type: ignore[operator]
    found = foreign.exchange(response(http(body, f"Content-Encoding: {name}")))
    assert found.body == body
    assert ("Content-Encoding", name) in found.headers


@pytest.mark.parametrize("name", ["gzip", "br", "deflate", "zstd"])
def test_content_encoding_is_renamed_when_the_body_has_it_no_more(name: str) -> None:
    found = foreign.exchange(response(http(BODY, f"Content-Encoding: {name}")))
    assert found.body == BODY
    assert ("X-Orig-Content-Encoding", name) in found.headers


def test_dates() -> None:
    assert foreign.date(response(b"x", date="2024-05-01T12:00:00.123456Z")).second == 0
    assert foreign.date(response(b"x", date="2024-05-01T12:00:00")).tzinfo is UTC
    for wrong in ("2024", "yesterday"):
        with pytest.raises(WarcError, match="no usable WARC-Date"):
            foreign.date(response(b"x", date=wrong))


def test_digests_are_checked() -> None:
    block = http(BODY)
    right = response(block, fields=[f"WARC-Block-Digest: {digest(block)}"])
    assert foreign.exchange(right).body == BODY
    with pytest.raises(WarcError, match="does not match its digest"):
        foreign.exchange(response(block, fields=[f"WARC-Block-Digest: {digest(b'else')}"]))
    foreign.check(response(block, fields=["WARC-Block-Digest: md5:0123"]))


def test_what_is_no_http_message() -> None:
    with pytest.raises(WarcError, match="status line"):
        foreign.exchange(response(b"<html>no head"))


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (response(http(BODY)), "text/html"),
        (response(http(BODY, content_type="Text/HTML;charset=x")), "text/html"),
        (response(http(BODY, content_type=None)), "text/html"),
        (response(http(b"\x89PNG", content_type=None)), "unknown"),
        (response(http(b"{}", content_type="application/json")), "application/json"),
        (response(BODY, kind="resource", content_type="text/html"), "text/html"),
        (response(b"dns", content_type="text/dns"), "text/dns"),
    ],
)
def test_content_types(found: Record, kind: str) -> None:
    assert foreign.content_type(found) == kind
