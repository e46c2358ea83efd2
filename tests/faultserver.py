"""A web server that misbehaves on demand, one fault a path.

    with FaultServer() as server:
        fetch(server.base + "/empty")

`python -m tests.faultserver --port 8766` serves it for a look by hand; `/` lists every fault. It listens on
127.0.0.1 alone, and nothing lasts for ever: each wait is bounded, and ends at once when the server closes.
A fault is one function, registered by `@fault(path)`; a path that ends in a slash answers for everything
below it.

robots.txt is a matter of the whole host, so the server is told which to show: `FaultServer(robots="500")`
serves at /robots.txt what stands at /robots/500.
"""

from __future__ import annotations

import argparse
import gzip
import socket
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import brotli

LONGEST_WAIT = 60.0
"""Seconds; no fault holds a connection longer."""
MEBIBYTE = 1 << 20
HTML = "text/html; charset=utf-8"
PARAGRAPHS = "".join(
    f"<p>The {nth} boat came in on the evening tide with her nets full and her crew singing, and the whole "
    f"of the quay turned out to see what she had brought home from the banks beyond the lighthouse.</p>"
    for nth in ("first", "second", "third", "fourth", "fifth", "sixth")
)
"""Prose enough for an article."""


GERMAN = "".join(
    f"<p>Das {nth} Boot kam mit der Abendflut herein, die Netze voll und die Mannschaft singend, und der "
    f"ganze Kai lief zusammen, um zu sehen, was es von den Bänken hinter dem Leuchtturm gebracht hat.</p>"
    for nth in ("erste", "zweite", "dritte", "vierte", "fünfte", "sechste")
)
FACTS = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2020-03-01T08:00:00Z"}'
    "</script>"
)
"""What a page says that is a news article, to whoever asks no more."""


class Visit(NamedTuple):
    """One request as the server saw it."""

    moment: float
    """Seconds, monotonic."""
    method: str
    path: str
    """With its query."""
    headers: dict[str, str]


class FaultServer(ThreadingHTTPServer):
    """The server, and what it saw. `robots` is the last part of a path below /robots/."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0, *, robots: str = "fine") -> None:
        super().__init__(("127.0.0.1", port), _Desk)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.robots = robots
        self.visits: list[Visit] = []
        self.closing = threading.Event()

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def paths(self) -> Counter[str]:
        """How often each path (with its query) was asked for."""
        return Counter(visit.path for visit in self.visits)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up on a fault does right; anything else is an error of this server."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Wire:
    """One request, and the means to answer it well or badly."""

    server: FaultServer
    desk: BaseHTTPRequestHandler
    path: str
    query: dict[str, str]
    nth: int
    """How often this path has been asked for, this time included."""

    def send(self, raw: bytes) -> None:
        """Put bytes on the wire as they are."""
        self.desk.wfile.write(raw)
        self.desk.wfile.flush()

    def head(self, status: int = 200, *headers: tuple[str, str]) -> None:
        """Send a status line and headers; the connection closes after the answer."""
        lines = [
            f"HTTP/1.1 {status} Fault",
            *(f"{name}: {value}" for name, value in headers),
            "Connection: close",
        ]
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def reply(
        self, body: bytes | str, *headers: tuple[str, str], status: int = 200, kind: str = HTML
    ) -> None:
        """Send a whole, well-made answer."""
        raw = body.encode() if isinstance(body, str) else body
        self.head(status, ("Content-Type", kind), ("Content-Length", str(len(raw))), *headers)
        if self.desk.command != "HEAD":
            self.send(raw)

    def redirect(self, target: str, status: int = 302) -> None:
        """Send a redirect."""
        self.reply("", ("Location", target), status=status)

    def drip(self, raw: bytes) -> None:
        """Send bytes slowly, over `?seconds=` (default 5, at most LONGEST_WAIT), in pieces."""
        seconds = min(float(self.query.get("seconds", "5")), LONGEST_WAIT)
        step = max(1, len(raw) // 50)
        pieces = [raw[start : start + step] for start in range(0, len(raw), step)]
        for piece in pieces:
            self.send(piece)
            if self.server.closing.wait(seconds / len(pieces)):
                return

    def hold(self) -> None:
        """Say nothing until the client hangs up, the server closes or LONGEST_WAIT is over."""
        self.desk.connection.settimeout(0.1)
        until = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < until and not self.server.closing.is_set():
            try:
                if not self.desk.connection.recv(1024):
                    return
            except TimeoutError:
                continue

    def stream(self, pieces: Iterator[bytes]) -> None:
        """Send pieces until they end, the client hangs up or the server closes."""
        for piece in pieces:
            if self.server.closing.is_set():
                return
            self.send(piece)


Fault = Callable[[Wire], None]
FAULTS: dict[str, Fault] = {}
"""Path -> fault."""


def fault(path: str) -> Callable[[Fault], Fault]:
    """Register a function as what `path` does."""

    def register(function: Fault) -> Fault:
        FAULTS[path] = function
        return function

    return register


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultServer
    timeout = LONGEST_WAIT

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        seen = Visit(time.monotonic(), self.command, self.path, dict(self.headers.items()))
        self.server.visits.append(seen)
        path = f"/robots/{self.server.robots}" if parts.path == "/robots.txt" else parts.path
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        wire = Wire(self.server, self, path, query, self.server.paths()[self.path])
        self.close_connection = True
        _find(path)(wire)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: object) -> None:
        """Keep silent: `FaultServer.visits` is the log."""


def _find(path: str) -> Fault:
    below = (
        FAULTS[known] for known in FAULTS if known != "/" and known.endswith("/") and path.startswith(known)
    )
    return FAULTS.get(path) or next(below, missing)


def page(title: str, body: str = PARAGRAPHS, head: str = "") -> str:
    """A well-made article page."""
    return (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><main><article><h1>{title}</h1>{body}</article></main></body></html>"
    )


# -- pages that are well


@fault("/")
def index(wire: Wire) -> None:
    """This list of every fault."""
    rows = "".join(
        f'<li><a href="{path}">{path}</a> {function.__doc__}</li>' for path, function in FAULTS.items()
    )
    wire.reply(page("What can go wrong", f"<ul>{rows}</ul>"))


def missing(wire: Wire) -> None:
    """An honest 404."""
    wire.reply(page("Not found", "<p>There is nothing here.</p>"), status=404)


@fault("/fine")
def fine(wire: Wire) -> None:
    """No fault: an article."""
    wire.reply(page("A fine evening on the quay"))


# -- bodies


@fault("/binary")
def binary(wire: Wire) -> None:
    """64 KiB of noise labelled text/html."""
    wire.reply(bytes((n * n * 31 + n // 7) % 256 for n in range(65536)))


@fault("/empty")
def empty(wire: Wire) -> None:
    """Status 200 and no body."""
    wire.reply("")


@fault("/huge")
def huge(wire: Wire) -> None:
    """50 MB of page, made as it is sent."""
    piece = (PARAGRAPHS * 100).encode()
    count = 50 * MEBIBYTE // len(piece)
    wire.head(200, ("Content-Type", HTML), ("Content-Length", str(count * len(piece))))
    wire.stream(piece for _ in range(count))


@fault("/endless")
def endless(wire: Wire) -> None:
    """A page without a Content-Length that goes on for 1 GB."""
    piece = (PARAGRAPHS * 100).encode()
    wire.head(200, ("Content-Type", HTML))
    wire.stream(piece for _ in range(1024 * MEBIBYTE // len(piece)))


@fault("/nested")
def nested(wire: Wire) -> None:
    """A story below 100,000 open divs."""
    wire.reply(page("Deep down", "<div>" * 100_000 + PARAGRAPHS))


@fault("/gzip-bomb")
def gzip_bomb(wire: Wire) -> None:
    """1 GB of blanks in 1 MB of gzip, made as it is sent."""
    packer = zlib.compressobj(9, wbits=31)
    blanks = b" " * MEBIBYTE

    def pieces() -> Iterator[bytes]:
        for _ in range(1024):
            yield packer.compress(blanks)
        yield packer.flush()

    wire.head(200, ("Content-Type", HTML), ("Content-Encoding", "gzip"))
    wire.stream(pieces())


@fault("/brotli-bomb")
def brotli_bomb(wire: Wire) -> None:
    """256 MB of blanks in some hundred bytes of brotli."""
    packer = brotli.Compressor(quality=1)
    blanks = b" " * MEBIBYTE
    packed = b"".join(packer.process(blanks) for _ in range(256)) + packer.finish()
    wire.reply(packed, ("Content-Encoding", "br"))


@fault("/nested-bomb")
def nested_bomb(wire: Wire) -> None:
    """1 GB of blanks, packed by gzip and once more by gzip."""
    packer = zlib.compressobj(9, wbits=31)
    once = b"".join(packer.compress(b" " * MEBIBYTE) for _ in range(1024)) + packer.flush()
    wire.reply(gzip.compress(once), ("Content-Encoding", "gzip, gzip"))


@fault("/gzip-false")
def gzip_false(wire: Wire) -> None:
    """Says gzip, and is not."""
    wire.reply(page("Not packed at all"), ("Content-Encoding", "gzip"))


@fault("/gzip-torn")
def gzip_torn(wire: Wire) -> None:
    """Gzip that ends in the middle."""
    packed = gzip.compress(page("Packed and torn", PARAGRAPHS * 9).encode())
    wire.reply(packed[: len(packed) // 2], ("Content-Encoding", "gzip"))


@fault("/short")
def short(wire: Wire) -> None:
    """Promises 10,000 bytes, sends some and hangs up."""
    wire.head(200, ("Content-Type", HTML), ("Content-Length", "10000"))
    wire.send(page("Cut off").encode()[:900])


@fault("/wrong-charset")
def wrong_charset(wire: Wire) -> None:
    """windows-1252 that says utf-8 in header and meta."""
    wire.reply(page("The café’s “naïve” prices in €", PARAGRAPHS).encode("cp1252"))


@fault("/nul")
def nul(wire: Wire) -> None:
    """NUL bytes in title and text."""
    wire.reply(page("Nothing \x00 in \x00 it").replace("boat", "bo\x00at"))


@fault("/surrogates")
def surrogates(wire: Wire) -> None:
    """Lone surrogates in the JSON-LD."""
    facts = '{"@type":"NewsArticle","headline":"Half \\ud83d a fish","author":{"name":"\\udc1fMaren Oakes"}}'
    wire.reply(page("Half a fish", head=f'<script type="application/ld+json">{facts}</script>'))


@fault("/soft-404/")
def soft_404(wire: Wire) -> None:
    """Anything below: 'page not found' under status 200."""
    wire.reply(page("Page not found", "<p>Sorry, we could not find the page that you were looking for.</p>"))


@fault("/bot-wall")
def bot_wall(wire: Wire) -> None:
    """A question whether you are human, under status 200."""
    wire.reply(
        page("Just a moment...", "<p>Please confirm that you are human to go on. Enable JavaScript.</p>")
    )


@fault("/consent-wall")
def consent_wall(wire: Wire) -> None:
    """A question about cookies in the place of the page, under status 200."""
    wire.reply(page("We value your privacy", "<p>We and our partners use cookies. Accept all.</p>"))


@fault("/for-members")
def for_members(wire: Wire) -> None:
    """A form that asks for a password, under status 200."""
    wire.reply(page("Sign in to continue", "<form><input type=password name=word></form><p>Go on.</p>"))


@fault("/error-page")
def error_page(wire: Wire) -> None:
    """'Service unavailable' under status 200."""
    wire.reply(page("503 Service unavailable", "<p>Please come back in a few minutes.</p>"))


@fault("/shell")
def shell(wire: Wire) -> None:
    """An empty place that scripts are to fill."""
    wire.reply("<!DOCTYPE html><title>News</title><div id=root></div><script src=/a.js></script></html>")


@fault("/teaser")
def teaser(wire: Wire) -> None:
    """An article, and from the second time on no more than its first sentences, which says so."""
    paywalled = FACTS.replace("}", ', "isAccessibleForFree": false}')
    if wire.nth == 1:
        wire.reply(page("A tide for subscribers", head=FACTS))
    else:
        wire.reply(page("A tide for subscribers", PARAGRAPHS[:200] + "</p>", paywalled))


@fault("/cut")
def cut(wire: Wire) -> None:
    """A whole answer by its length, whose page breaks off within a tag."""
    wire.reply(page("Cut by its own server").partition("</article>")[0] + '<p class="sto')


@fault("/no-type")
def no_type(wire: Wire) -> None:
    """An article without a Content-Type."""
    body = page("Of no declared type").encode()
    wire.head(200, ("Content-Length", str(len(body))))
    wire.send(body)


# -- one article under several addresses, or several under one


@fault("/copies")
def copies(wire: Wire) -> None:
    """An article with an AMP copy at /amp/copies and a print copy at /copies?print=1."""
    head = '<link rel=amphtml href="/amp/copies"><link rel=canonical href="/copies">'
    link = '<p><a href="/copies?print=1">Print this story</a> <a href="/amp/copies">Its AMP page</a></p>'
    wire.reply(page("Three copies of a catch", PARAGRAPHS + link, head + FACTS))


@fault("/amp/copies")
def amp_copy(wire: Wire) -> None:
    """The AMP copy of /copies, which says whose copy it is."""
    wire.reply(page("Three copies of a catch", head='<link rel=canonical href="/copies">' + FACTS))


@fault("/edition")
def edition(wire: Wire) -> None:
    """An article in English, and from the second time on, or with ?lang=de, another edition's in German."""
    if wire.nth == 1 and "lang" not in wire.query:
        wire.reply(page("The tide brings a catch", head=FACTS))
    else:
        german = page("Die Flut bringt den Fang", GERMAN, FACTS)
        wire.reply(german.replace("lang=en", "lang=de"))


# -- the wire


@fault("/slow-head")
def slow_head(wire: Wire) -> None:
    """Headers that arrive byte by byte over ?seconds=5."""
    wire.drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Long: slow\r\nContent-Length: 5\r\n\r\n")
    wire.send(b"there")


@fault("/slow-body")
def slow_body(wire: Wire) -> None:
    """A body that arrives in drops over ?seconds=5."""
    body = page("Drop by drop").encode()
    wire.head(200, ("Content-Type", HTML), ("Content-Length", str(len(body))))
    wire.drip(body)


@fault("/silent")
def silent(wire: Wire) -> None:
    """Never answers."""
    wire.hold()


@fault("/silent-body")
def silent_body(wire: Wire) -> None:
    """Answers with headers, and then never with a body."""
    wire.head(200, ("Content-Type", HTML), ("Content-Length", "1000"))
    wire.hold()


@fault("/hang-up")
def hang_up(wire: Wire) -> None:
    """Closes the connection without a word."""
    wire.desk.connection.shutdown(socket.SHUT_RDWR)


@fault("/not-http")
def not_http(wire: Wire) -> None:
    """Answers in another protocol."""
    wire.send(b"220 mail.gazette.example ESMTP ready\r\n")


@fault("/bad-headers")
def bad_headers(wire: Wire) -> None:
    """Header bytes that no standard allows: raw latin-1, a NUL, a line without a colon."""
    wire.send(
        b"HTTP/1.1 200 \xd3\xe7\nContent-Type: text/html\r\nX-Odd: caf\xe9\xff\x00\r\nno colon here\r\n"
    )
    wire.send(b"X-Odd: twice\r\nConnection: close\r\n\r\n" + page("Odd headers").encode())


@fault("/many-headers")
def many_headers(wire: Wire) -> None:
    """Two thousand headers."""
    wire.reply(page("Too many headers"), *((f"X-{n}", "x" * 100) for n in range(2000)))


@fault("/endless-head")
def endless_head(wire: Wire) -> None:
    """Headers without end, as far as 64 MB."""
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
    wire.stream(b"X-More: of the same\r\n" * 1000 for _ in range(64 * MEBIBYTE // 21_000))


@fault("/folded-head")
def folded_head(wire: Wire) -> None:
    """One header that is continued on the next line without end, as far as 64 MB."""
    wire.send(b"HTTP/1.1 200 OK\r\nX-Long: begins\r\n")
    wire.stream(b" and goes on here\r\n" * 1000 for _ in range(64 * MEBIBYTE // 19_000))


# -- redirects


@fault("/loop")
def loop(wire: Wire) -> None:
    """Redirects to itself."""
    wire.redirect(f"{wire.server.base}/loop")


@fault("/hops/")
def hops(wire: Wire) -> None:
    """/hops/N: N redirects, each to the next, and then an article."""
    left = int(wire.path.rpartition("/")[2] or 30)
    if left:
        wire.redirect(f"/hops/{left - 1}")
    else:
        wire.reply(page("At last"))


@fault("/to-file")
def to_file(wire: Wire) -> None:
    """Redirects to file:///etc/hostname."""
    wire.redirect("file:///etc/hostname")


@fault("/to-data")
def to_data(wire: Wire) -> None:
    """Redirects to a data: address."""
    wire.redirect("data:text/html,<h1>hello</h1>")


@fault("/to-private/")
def to_private(wire: Wire) -> None:
    """Redirects to an address that is not public: below 10, link-local, loopback6, decimal, localhost."""
    spellings = {
        "10": "http://10.0.0.1/", "link-local": "http://169.254.169.254/latest/meta-data/",
        "loopback6": "http://[::1]:9/", "decimal": "http://2130706433:9/", "localhost": "http://localhost:9/",
    }  # fmt: skip
    wire.redirect(spellings.get(wire.path.rpartition("/")[2], spellings["10"]))


@fault("/to-nowhere")
def to_nowhere(wire: Wire) -> None:
    """A redirect without a Location."""
    wire.reply("", status=302)


# -- statuses


@fault("/burst/")
def burst(wire: Wire) -> None:
    """/burst/N: 500 for the first N requests of this path, then fine."""
    limit = int(wire.path.rpartition("/")[2] or 3)
    wire.reply(page("Trouble, or not"), status=500 if wire.nth <= limit else 200)


@fault("/forbidden")
def forbidden(wire: Wire) -> None:
    """403."""
    wire.reply(page("Forbidden", "<p>You may not.</p>"), status=403)


@fault("/busy/")
def busy(wire: Wire) -> None:
    """429 (or ?status=503) once, then fine; Retry-After: seconds, date, absurd, zero, words, none."""
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    said = {"seconds": "1", "date": moment, "absurd": "99999999999", "zero": "0", "words": "soon"}
    asked = wire.path.rpartition("/")[2]
    headers = [("Retry-After", said[asked])] if asked in said else []
    if wire.nth > 1:
        wire.reply(page("Room again"))
    else:
        wire.reply("", *headers, status=int(wire.query.get("status", "429")))


@fault("/busy-burst/")
def busy_burst(wire: Wire) -> None:
    """/busy-burst/N/ links to stories below it; 429 with Retry-After: 1 to the first N requests for those."""
    if wire.path.endswith("/"):
        links = "".join(f'<a href="a-story-of-the-quay-{n}">Story {n} of the quay</a> ' for n in range(4))
        wire.reply(page("Stories of the quay", f"<p>{links}</p>"))
        return
    limit = int(wire.path.split("/")[2])
    below = [visit for visit in wire.server.visits if visit.path.startswith("/busy-burst/")]
    if sum(not visit.path.endswith("/") for visit in below) <= limit:
        wire.reply("", ("Retry-After", "1"), status=429)
    else:
        wire.reply(page(f"Room again {wire.path}", f"<p>{wire.path}</p>{PARAGRAPHS}", FACTS))


@fault("/unchanged")
def unchanged(wire: Wire) -> None:
    """304 to every conditional request, for ever, although the text changes each time."""
    if any(name.lower() in ("if-none-match", "if-modified-since") for name, _ in wire.desk.headers.items()):
        wire.head(304, ("ETag", '"always"'))
    else:
        wire.reply(page(f"Version {wire.nth}"), ("ETag", '"always"'))


# -- feeds and sitemaps


@fault("/feed-is-html")
def feed_is_html(wire: Wire) -> None:
    """A feed that is a web page."""
    wire.reply(page("Our feed has moved"), kind="application/rss+xml")


@fault("/feed-broken")
def feed_broken(wire: Wire) -> None:
    """RSS with an open tag and a bare ampersand; one item can be saved."""
    item = f"<item><title>Fish & chips</title><link>{wire.server.base}/fine</link></item>"
    wire.reply(f"<rss version='2.0'><channel><title>Torn{item}", kind="application/rss+xml")


@fault("/feed-frozen")
def feed_frozen(wire: Wire) -> None:
    """RSS whose one item is of 2 March 2020, whenever it is asked for."""
    item = (
        f"<item><title>A fine evening</title><link>{wire.server.base}/fine</link>"
        "<pubDate>Mon, 02 Mar 2020 09:00:00 GMT</pubDate></item>"
    )
    wire.reply(f"<rss version='2.0'><channel><title>Frozen</title>{item}</channel></rss>", kind="text/xml")


@fault("/feed-entities")
def feed_entities(wire: Wire) -> None:
    """RSS with entities that multiply to gigabytes, and one that names a file."""
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    doctype = f"<!DOCTYPE rss [<!ENTITY l0 'ha'>{laughs}<!ENTITY f SYSTEM 'file:///etc/hostname'>]>"
    wire.reply(
        f"{doctype}<rss version='2.0'><channel><title>&l9;&f;</title></channel></rss>", kind="text/xml"
    )


def _sitemap(entries: str, root: str = "urlset") -> str:
    return (
        f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{root}>'
    )


@fault("/sitemap-broken.xml")
def sitemap_broken(wire: Wire) -> None:
    """A sitemap cut in the middle of its second entry."""
    entries = f"<url><loc>{wire.server.base}/fine</loc></url><url><loc>{wire.server.base}/cut"
    wire.reply(_sitemap(entries).partition("/cut")[0], kind="application/xml")


@fault("/sitemap-huge.xml")
def sitemap_huge(wire: Wire) -> None:
    """A sitemap of 1,000,000 addresses, made as it is sent."""
    wire.head(200, ("Content-Type", "application/xml"))
    before, _, after = _sitemap("|").partition("|")

    def pieces() -> Iterator[bytes]:
        yield before.encode()
        for start in range(0, 1_000_000, 1000):
            numbers = range(start, start + 1000)
            yield "".join(f"<url><loc>{wire.server.base}/soft-404/{n}</loc></url>" for n in numbers).encode()
        yield after.encode()

    wire.stream(pieces())


@fault("/sitemap-cycle/")
def sitemap_cycle(wire: Wire) -> None:
    """A sitemap index that names another, which names the first."""
    other = "b.xml" if wire.path.endswith("a.xml") else "a.xml"
    entry = f"<sitemap><loc>{wire.server.base}/sitemap-cycle/{other}</loc></sitemap>"
    wire.reply(_sitemap(entry, "sitemapindex"), kind="application/xml")


# -- traps


@fault("/calendar/")
def calendar(wire: Wire) -> None:
    """A calendar with a link to the next day, for ever."""
    try:
        day = datetime.strptime(wire.path, "/calendar/%Y/%m/%d").replace(tzinfo=UTC)
    except ValueError:
        day = datetime(2025, 1, 1, tzinfo=UTC)
    links = "".join(
        f'<a href="/calendar/{day + timedelta(days=n):%Y/%m/%d}">{n} days on</a> ' for n in (1, 7, 365)
    )
    wire.reply(page(f"Events of {day:%d %B %Y}", f"<p>No events. {links}</p>"))


@fault("/page/")
def pagination(wire: Wire) -> None:
    """/page/N: the page of a listing that names no story, and the next page, for ever."""
    number = wire.path.rpartition("/")[2]
    after = int(number) + 1 if number.isdigit() else 2
    wire.reply(page("Older stories", f'<p>None. <a rel=next href="/page/{after}">Still older ones</a></p>'))


@fault("/deeper/")
def deeper(wire: Wire) -> None:
    """A relative link that makes the path longer at every step."""
    wire.reply(
        page("Deeper", '<p><a href="deeper/">On</a> <a href="./?sort=price&amp;session=8f">Sort</a></p>')
    )


@fault("/facets")
def facets(wire: Wire) -> None:
    """A search by facets: every page links to itself with one choice more, and names no story."""
    chosen = urlsplit(wire.desk.path).query
    more = "".join(
        f'<a href="/facets?{chosen}{"&amp;" if chosen else ""}{facet}={n}">Only {facet} {n}</a> '
        for facet in ("colour", "size", "price") for n in range(3)
    )  # fmt: skip
    wire.reply(page("Find what you like", f"<p>No stories. {more}</p>"))


# -- robots.txt


@fault("/robots/fine")
def robots_fine(wire: Wire) -> None:
    """robots.txt that disallows /private/."""
    wire.reply("User-agent: *\nDisallow: /private/\n", kind="text/plain")


@fault("/robots/500")
def robots_500(wire: Wire) -> None:
    """robots.txt with status 500: refuse for the time being, whatever the body says."""
    wire.reply("User-agent: *\nAllow: /\n", status=500, kind="text/plain")


@fault("/robots/404")
def robots_404(wire: Wire) -> None:
    """robots.txt with status 404: all is allowed."""
    wire.reply("User-agent: *\nDisallow: /\n", status=404, kind="text/plain")


@fault("/robots/timeout")
def robots_timeout(wire: Wire) -> None:
    """robots.txt that never comes."""
    wire.hold()


@fault("/robots/huge")
def robots_huge(wire: Wire) -> None:
    """robots.txt of 20 MB: /private/ is disallowed in the first 500 KiB, /fine after them (RFC 9309, 2.5)."""
    wire.head(200, ("Content-Type", "text/plain"))
    wire.send(b"User-agent: *\nDisallow: /private/\n")
    wire.stream(b"# " + b"x" * 1021 + b"\n" for _ in range(20 * 1024))
    wire.send(b"Disallow: /fine\n")


@fault("/robots/bom")
def robots_bom(wire: Wire) -> None:
    """robots.txt that begins with a byte order mark."""
    wire.reply(b"\xef\xbb\xbfUser-agent: *\nDisallow: /private/\n", kind="text/plain")


@fault("/robots/html")
def robots_html(wire: Wire) -> None:
    """robots.txt that is a web page."""
    wire.reply(page("Welcome"))


@fault("/robots/redirect")
def robots_redirect(wire: Wire) -> None:
    """robots.txt that redirects to /robots/fine."""
    wire.redirect("/robots/fine", 301)


@fault("/private/")
def private(wire: Wire) -> None:
    """What robots.txt disallows."""
    wire.reply(page("Keep out"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faultserver", description="Serve every fault on loopback."
    )
    parser.add_argument("--port", type=int, default=8766)
    parser.add_argument(
        "--robots", default="fine", help="what /robots.txt shows: the last part of a path of /robots/"
    )
    asked = parser.parse_args(arguments)
    server = FaultServer(asked.port, robots=asked.robots)
    print(f"{server.base}/ lists the faults")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.closing.set()
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
