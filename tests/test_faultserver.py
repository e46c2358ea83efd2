"""The server that misbehaves does so as announced, and ends when told."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup

from pipelines import extract
from tests.faultserver import FAULTS, FaultServer


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def raw(
    server: FaultServer, path: str, *, limit: int = 1 << 20, seconds: float = 5, headers: str = ""
) -> bytes:
    """What the server sends, head and body, up to `limit` bytes or `seconds` of silence."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=seconds) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: faults\r\n{headers}\r\n".encode())
        got = bytearray()
        try:
            while len(got) < limit and (piece := wire.recv(1 << 16)):
                got += piece
        except TimeoutError:
            pass
        return bytes(got)


def split(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (lower case) and body of an answer that is well made."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}, body


def test_every_fault_says_what_it_does() -> None:
    assert len(FAULTS) > 45
    for path, function in FAULTS.items():
        assert path.startswith("/")
        assert function.__doc__
        assert "\n" not in function.__doc__, path


def test_the_index_lists_every_fault(server: FaultServer) -> None:
    page = BeautifulSoup(split(raw(server, "/"))[2], "lxml")
    assert {str(link["href"]) for link in page.select("li a")} == set(FAULTS)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/fine", 200, b"fine evening"),
        ("/nowhere", 404, b"Not found"),
        ("/empty", 200, b""),
        ("/forbidden", 403, b""),
        ("/soft-404/any/thing", 200, b"Page not found"),
        ("/bot-wall", 200, b"human"),
        ("/feed-is-html", 200, b"<html"),
        ("/robots/500", 500, b"Allow"),
        ("/robots/404", 404, b"Disallow"),
        ("/robots/bom", 200, b"\xef\xbb\xbfUser-agent"),
        ("/robots/html", 200, b"<html"),
        ("/feed-entities", 200, b"<!ENTITY l9"),
        ("/nul", 200, b"\x00"),
        ("/surrogates", 200, rb"\ud83d a"),
        ("/no-type", 200, b"<h1>"),
    ],
)
def test_statuses_and_bodies(server: FaultServer, path: str, status: int, words: bytes) -> None:
    got, _, body = split(raw(server, path))
    assert got == status
    assert words in body
    assert path != "/empty" or body == b""


def test_big_things_are_as_big_as_they_say(server: FaultServer) -> None:
    answer = raw(server, "/huge", limit=60 << 20)
    assert 49 << 20 < len(answer) < 51 << 20
    status, headers, body = split(answer)
    assert (status, int(headers["content-length"])) == (200, len(body))
    assert split(raw(server, "/nested", limit=2 << 20))[2].count(b"<div>") == 100_000
    assert len(raw(server, "/endless", limit=3 << 20)) >= 3 << 20
    assert len(raw(server, "/robots/huge", limit=1 << 20)) >= 1 << 20
    assert raw(server, "/sitemap-huge.xml", limit=5 << 20).count(b"<loc>") > 50_000


def test_the_bomb_is_small_and_goes_off(server: FaultServer) -> None:
    _, headers, body = split(raw(server, "/gzip-bomb", limit=100_000))
    assert headers["content-encoding"] == "gzip"
    assert len(zlib.decompressobj(wbits=31).decompress(body[:50_000])) > 40_000_000


def test_false_and_torn_gzip(server: FaultServer) -> None:
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(split(raw(server, "/gzip-false"))[2])
    with pytest.raises(EOFError):
        gzip.decompress(split(raw(server, "/gzip-torn"))[2])


def test_a_body_shorter_than_promised(server: FaultServer) -> None:
    _, headers, body = split(raw(server, "/short"))
    assert len(body) < int(headers["content-length"])


def test_the_charset_lies(server: FaultServer) -> None:
    _, headers, body = split(raw(server, "/wrong-charset"))
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "“naïve” prices in €" in body.decode("cp1252")


@pytest.mark.parametrize("path", ["/slow-head", "/slow-body"])
def test_slow_answers_take_their_time_and_end(server: FaultServer, path: str) -> None:
    began = time.monotonic()
    assert split(raw(server, f"{path}?seconds=0.6"))[0] == 200
    assert 0.4 < time.monotonic() - began < 10


@pytest.mark.parametrize("path", ["/silent", "/silent-body", "/robots/timeout"])
def test_silence(server: FaultServer, path: str) -> None:
    assert b"<html" not in raw(server, path, seconds=0.3)


def test_no_http_at_all(server: FaultServer) -> None:
    assert raw(server, "/hang-up") == b""
    assert raw(server, "/not-http").startswith(b"220")
    odd = raw(server, "/bad-headers").partition(b"\r\n\r\n")[0]
    assert b"\x00" in odd
    assert b"\xff" in odd
    assert raw(server, "/many-headers").count(b"\r\nX-") == 2000


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/to-file", "file:"),
        ("/to-data", "data:"),
        ("/to-private/10", "http://10."),
        ("/to-private/link-local", "http://169.254."),
        ("/to-private/loopback6", "http://[::1]"),
        ("/hops/3", "/hops/2"),
        ("/loop", "http://127.0.0.1"),
    ],
)
def test_redirects(server: FaultServer, path: str, target: str) -> None:
    status, headers, _ = split(raw(server, path))
    assert status == 302
    assert headers["location"].startswith(target)


def test_redirects_end_where_they_should(server: FaultServer) -> None:
    assert split(raw(server, "/hops/0"))[0] == 200
    assert "location" not in split(raw(server, "/to-nowhere"))[1]


def test_a_burst_of_errors_then_fine(server: FaultServer) -> None:
    assert [split(raw(server, "/burst/2"))[0] for _ in range(4)] == [500, 500, 200, 200]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("seconds", "1"), ("absurd", "99999999999"), ("zero", "0"), ("date", "GMT"), ("words", "soon")],
)
def test_busy_once(server: FaultServer, kind: str, said: str) -> None:
    status, headers, _ = split(raw(server, f"/busy/{kind}?status=503"))
    assert status == 503
    assert said in headers["retry-after"]
    assert split(raw(server, f"/busy/{kind}?status=503"))[0] == 200


def test_busy_without_a_word(server: FaultServer) -> None:
    status, headers, _ = split(raw(server, "/busy/none"))
    assert status == 429
    assert "retry-after" not in headers


def test_a_burst_of_refusals_is_counted_over_all_addresses_below(server: FaultServer) -> None:
    answers = [split(raw(server, f"/busy-burst/2/{n}")) for n in range(4)]
    assert [status for status, *_ in answers] == [429, 429, 200, 200]
    assert answers[0][1]["retry-after"] == "1"


def test_copies_name_their_original_and_another_edition_takes_its_place(server: FaultServer) -> None:
    for path in ("/copies", "/amp/copies", "/copies?print=1"):
        assert b'rel=canonical href="/copies"' in split(raw(server, path))[2]
    paths = ("/edition", "/edition", "/edition?lang=de")
    first, later, chosen = (split(raw(server, path))[2] for path in paths)
    assert [extract(page).language for page in (first, later, chosen)] == ["en", "de", "de"]


def test_a_feed_that_is_frozen_and_facets_without_end(server: FaultServer) -> None:
    assert split(raw(server, "/feed-frozen"))[2] == split(raw(server, "/feed-frozen"))[2]
    deep = BeautifulSoup(split(raw(server, "/facets?colour=1&size=2"))[2], "lxml")
    assert "/facets?colour=1&size=2&price=0" in [link["href"] for link in deep.select("a")]


def test_304_for_ever(server: FaultServer) -> None:
    assert split(raw(server, "/unchanged"))[0] == 200
    assert {split(raw(server, "/unchanged", headers='If-None-Match: "always"\r\n'))[0] for _ in range(3)} == {
        304
    }


def test_traps_go_on(server: FaultServer) -> None:
    day = BeautifulSoup(split(raw(server, "/calendar/2025/12/31"))[2], "lxml")
    assert next(str(link["href"]) for link in day.select("a")) == "/calendar/2026/01/01"
    cycle = [split(raw(server, f"/sitemap-cycle/{name}.xml"))[2] for name in "ab"]
    assert b"b.xml" in cycle[0]
    assert b"a.xml" in cycle[1]


def test_the_server_sees_who_comes_and_shows_the_robots_it_is_told() -> None:
    with FaultServer(robots="bom") as server:
        assert split(raw(server, "/robots.txt"))[2].startswith(b"\xef\xbb\xbf")
        raw(server, "/fine?x=1", headers="User-Agent: tester\r\n")
        assert server.paths() == {"/robots.txt": 1, "/fine?x=1": 1}
        assert server.visits[1].headers["User-Agent"] == "tester"


def test_closing_ends_every_wait() -> None:
    with FaultServer() as server:
        wire = socket.create_connection(("127.0.0.1", server.server_port), timeout=5)
        wire.sendall(b"GET /silent HTTP/1.1\r\n\r\n")
        while not server.visits:
            time.sleep(0.01)
        began = time.monotonic()
    assert wire.recv(10) == b""
    assert time.monotonic() - began < 8
    wire.close()
