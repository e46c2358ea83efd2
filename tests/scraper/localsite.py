"""A made-up news site on loopback whose pages a test sets and changes, and which remembers every request."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OLD = "2020-03-02T09:00:00Z"
"""A time long before any crawl."""
PROSE = "The council met on Monday evening and agreed, after a long debate, to repair the old bridge. "


@dataclass(frozen=True)
class Answer:
    """What the site says at one path."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    wait: float = 0.0
    phrase: str | None = None


@dataclass(frozen=True)
class Asked:
    """One request as the site saw it."""

    at: float
    path: str
    headers: dict[str, str]


@dataclass
class LocalSite:
    """Serves `pages`: path -> Answer, or answers in turn, the last for ever; until the `with` block ends."""

    pages: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    wait: float = 0.0
    """Seconds before every answer."""

    def __enter__(self) -> LocalSite:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._clerk())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def answer(self, path: str) -> Answer:
        found = self.pages.get(path, Answer(b"<h1>Not found</h1>", 404))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found

    def article(
        self, path: str, title: str, text: str = PROSE, published: str = "2020-03-01T08:00:00Z"
    ) -> None:
        self.pages[path] = Answer(article(title, text, published))

    def moved(self, path: str, to: str) -> None:
        self.pages[path] = Answer(b"", 301, headers=(("Location", to),))

    def front(self, *paths: str) -> None:
        links = "".join(f'<a href="{path}">A story of some length at {path}</a> ' for path in paths)
        self.pages["/"] = Answer(f"<title>Front</title><main>{links}</main>".encode())

    def sitemap(self, entries: dict[str, str | None], path: str = "/sitemap.xml") -> None:
        """`entries`: path -> lastmod; robots.txt names the sitemap."""
        urls = "".join(
            f"<url><loc>{self.url}{page}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"
            for page, lastmod in entries.items()
        )
        xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        self.pages[path] = Answer(xml.encode(), headers=(("Content-Type", "application/xml"),))
        self.robots(f"Sitemap: {self.url}{path}\n")

    def robots(self, text: str) -> None:
        self.pages["/robots.txt"] = Answer(text.encode(), headers=(("Content-Type", "text/plain"),))

    def _clerk(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Clerk(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet an answer: no waiting for acknowledgements

            def do_GET(self) -> None:
                site.asked.append(Asked(time.monotonic(), self.path, dict(self.headers.items())))
                answer = site.answer(self.path)
                time.sleep(answer.wait + site.wait)
                self._say(answer)

            def _say(self, answer: Answer) -> None:
                etag = f'"{hashlib.sha1(answer.body, usedforsecurity=False).hexdigest()[:12]}"'
                unmodified = answer.status == 200 and self.headers.get("If-None-Match") == etag
                body = b"" if unmodified else answer.body
                self.send_response(304 if unmodified else answer.status, answer.phrase)
                for name, value in (*answer.headers, ("ETag", etag)):
                    self.send_header(name, value)
                if "Content-Length" not in dict(answer.headers):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Clerk


def article(title: str, text: str = PROSE, published: str = "2020-03-01T08:00:00Z") -> bytes:
    """A page that says it is a news article."""
    return (
        f'<html lang="en"><title>{title}</title><script type="application/ld+json">{{"@type": "NewsArticle", '
        f'"headline": "{title}", "datePublished": "{published}"}}</script>'
        f"<article><h1>{title}</h1><p>{text * 3}</p><p>{text * 2}</p></article></html>"
    ).encode()
