"""Survey, against a small server on loopback: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipelines.errors import AddressRefused, SiteUnreachable
from scraper import netguard, visitor
from scraper.run import user_agent
from scraper.survey import Survey, survey

FRONT = """<!doctype html><html lang="en-GB"><head><title>Fish, chips, news | The Evening Gazette</title>
<link rel="alternate" type="application/rss+xml" href="/feed/">
<link rel="alternate" type="application/atom+xml" href="/atom"></head><body>
<nav><a href="/">Home</a><a href="/local/">Local</a><a href="/sport/">Sport</a>
<a href="/login">Log in</a></nav>
<main><a href="/2026/07/06/fish-shop-burns">Fish shop burns</a><a href="/about">About</a></main>
</body></html>"""

RSS = """<rss version="2.0"><channel><title>The Evening Gazette</title>
<item><title>Fish</title><link>/2026/07/06/fish-shop-burns</link>
<pubDate>Mon, 06 Jul 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""

SITEMAP = """<urlset><url><loc>{0}/2026/07/06/fish-shop-burns</loc><lastmod>2026-07-06</lastmod></url>
<url><loc>{0}/2026/07/05/chip-shop-opens</loc></url><url><loc>{0}/about</loc></url></urlset>"""

INDEX = "<sitemapindex><sitemap><loc>{0}/sitemap-1.xml.gz</loc></sitemap></sitemapindex>"

Route = tuple[int, dict[str, str], bytes]


class Site:
    """A server whose routes a test sets, and what was asked of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.routes: dict[str, Route] = {}
        self.asked: list[tuple[str, str, str]] = []

    def serve(
        self, path: str, body: str | bytes, kind: str = "text/html", status: int = 200, **headers: str
    ) -> None:
        raw = body if isinstance(body, bytes) else body.replace("{0}", self.url).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.routes[path] = status, {"Content-Type": kind, **named}, raw

    def survey(self, path: str = "/") -> Survey:
        return survey(self.url + path, contact="desk@example.org", allow_private=True, timeout=2, pause=0)


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        self.site.asked.append((self.path, self.headers["Host"], self.headers["User-Agent"]))
        status, headers, body = self.site.routes.get(
            self.path, (404, {"Content-Type": "text/html"}, b"<p>none")
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def site() -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    found = Site(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"site": found})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gazette(site: Site) -> Site:
    site.serve("/", FRONT)
    site.serve("/feed/", RSS, "application/rss+xml")
    site.serve("/atom", RSS, "application/rss+xml")
    site.serve("/robots.txt", "User-agent: *\nUser-agent: newsarchive\nDisallow: /private\nCrawl-delay: 3\n\n"
               "User-agent: bad\nDisallow: /\nSitemap: {0}/sitemap.xml\n", "text/plain")  # fmt: skip
    site.serve("/sitemap.xml", INDEX, "application/xml")
    site.serve(
        "/sitemap-1.xml.gz", gzip.compress(SITEMAP.replace("{0}", site.url).encode()), "application/gzip"
    )
    return site


def test_a_whole_site(gazette: Site) -> None:
    seen = gazette.survey()
    assert seen.site.key == "evening-gazette"
    assert (seen.site.name, seen.site.language, seen.site.url) == (
        "The Evening Gazette",
        "en-GB",
        gazette.url + "/",
    )
    assert seen.site.feeds == (gazette.url + "/feed/",), "the second feed adds nothing"
    assert seen.site.sitemaps == (), "robots.txt names it already"
    assert seen.site.sections == (gazette.url + "/local/", gazette.url + "/sport/")
    assert (seen.site.delay, seen.site.allow_private) == (3.0, True)
    assert seen.notes == (
        "robots.txt: 2 groups, names 1 sitemap, Crawl-delay 3",
        f"feed {gazette.url}/feed/: 1 entry, newest 2026-07-06",
        "2 sitemaps read, 0 for news: 3 addresses, 2 of them like articles, newest 2026-07-06",
        "front page: 1 link to articles, 2 to sections",
    )
    assert seen.warnings == ()
    assert {agent for _, _, agent in gazette.asked} == {user_agent("desk@example.org")}
    assert len(gazette.asked) == len({path for path, _, _ in gazette.asked}), "nothing is asked for twice"


def test_what_is_guessed_is_written_down(gazette: Site) -> None:
    gazette.serve("/robots.txt", "nothing here", "text/plain", status=404)
    gazette.serve("/", FRONT.replace("alternate", "ignored").replace("/feed/", "/x").replace("/atom", "/y"))
    seen = gazette.survey()
    assert seen.site.feeds == (gazette.url + "/feed/",)
    assert seen.site.sitemaps == (gazette.url + "/sitemap.xml",)
    assert seen.notes[0] == "robots.txt: none, so everything may be fetched"


def test_a_front_page_without_links_rests_on_sitemaps(gazette: Site) -> None:
    gazette.serve("/", "<html><head><title>Gazette</title></head><body><script>fill()</script></body></html>")
    gazette.serve("/feed/", "<html>no</html>")
    seen = gazette.survey()
    assert "perhaps because JavaScript fills it" in seen.warnings[0]
    assert seen.site.feeds == ()


def test_what_the_site_names_but_cannot_be_read_is_told(gazette: Site) -> None:
    gazette.serve("/atom", "<html>no</html>")
    gazette.serve("/sitemap.xml", "oops", status=500)
    warnings = gazette.survey().warnings
    assert any("/atom: no feed: its first element is <html>" in line for line in warnings)
    assert any("/sitemap.xml answers with status 500: try again later" in line for line in warnings)


def test_robots_txt_is_obeyed(gazette: Site) -> None:
    gazette.serve(
        "/robots.txt", "User-agent: newsarchive\nDisallow: /feed/\nDisallow: /sitemap", "text/plain"
    )
    assert any("/feed/: robots.txt does not allow newsarchive" in line for line in gazette.survey().warnings)
    assert not [path for path, _, _ in gazette.asked if path.startswith(("/feed", "/sitemap"))]
    gazette.serve("/robots.txt", "User-agent: *\nDisallow: /", "text/plain")
    with pytest.raises(SiteUnreachable, match=r"robots.txt does not allow newsarchive"):
        gazette.survey()
    gazette.serve("/robots.txt", "busy", "text/plain", status=503)
    with pytest.raises(SiteUnreachable, match=r"robots\.txt answers with status 503"):
        gazette.survey()


@pytest.mark.parametrize(
    ("path", "arrange", "message"),
    [
        ("/gone", lambda s: None, "/gone answers with status 404: check the address"),
        ("/", lambda s: s.serve("/", "no", status=403), "403: it does not let newsarchive in"),
        ("/", lambda s: s.serve("/", b"\x89PNG", "image/png"), "is image/png, not an HTML page"),
        ("/", lambda s: s.serve("/", RSS, "text/xml"), "is a feed: give the front page"),
        ("/", lambda s: s.serve("/", "", "text/html"), "is empty, not an HTML page"),
        ("/", lambda s: s.serve("/", "<p>Hello</p>"), "nothing looks like news"),
        ("/", lambda s: s.serve("/", b"x", Content_Encoding="br"), "encoded as br"),
        ("/", lambda s: s.serve("/", b"\x1f\x8b" + b"x" * 20, Content_Encoding="gzip"), "damaged gzip"),
        ("/", lambda s: s.serve("/", "", status=302, Location="/"), "redirects more than 5 times"),
        ("/", lambda s: s.serve("/", "", status=302, Location="file:///etc/passwd"), "cannot be fetched"),
    ],
)
def test_what_is_no_news_site(site: Site, path: str, arrange: Callable[[Site], None], message: str) -> None:
    arrange(site)
    with pytest.raises(SiteUnreachable, match=message):
        site.survey(path)


@pytest.mark.parametrize(
    "url", ["", "http://", "ftp://e.example/", "http://[", "mailto:a@b.example", "file:///etc/passwd"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(SiteUnreachable, match="is not the address of a web site"):
        survey(url, contact="c", pause=0)


def test_no_answer() -> None:
    with pytest.raises(SiteUnreachable, match="cannot be fetched"):
        survey("http://127.0.0.1:1/", contact="c", allow_private=True, pause=0)


def test_a_slow_answer_is_given_up(site: Site) -> None:
    def drip(handler: _Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"<p>")
            time.sleep(0.05)

    site.serve("/robots.txt", "", "text/plain")
    started = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Handler, "do_GET", drip)
        with pytest.raises(SiteUnreachable, match=r"did not answer within 0\.3 seconds"):
            survey(site.url, contact="c", allow_private=True, timeout=0.3, pause=0)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_private_address_is_refused_in_any_spelling(site: Site, host: str) -> None:
    with pytest.raises(AddressRefused, match="add --allow-private"):
        survey(f"http://{host}:{site.url.rpartition(':')[2]}/", contact="c", pause=0)
    assert site.asked == []


def test_each_redirect_is_checked_and_the_checked_address_is_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = site.url.rpartition(":")[2]
    monkeypatch.setattr(
        visitor, "_look_up", lambda host: ["127.0.0.1"] if host == "news.example" else ["10.0.0.1"]
    )
    monkeypatch.setattr(netguard, "refusal", lambda host, _: None if host == "127.0.0.1" else "private")
    site.serve("/", "", status=302, Location="http://inside.example/")
    with pytest.raises(AddressRefused, match=r"inside.example \(10.0.0.1\) is not a public address"):
        survey(f"http://news.example:{port}/", contact="c", pause=0)
    assert site.asked[-1][:2] == ("/", f"news.example:{port}"), "the host keeps its name"
