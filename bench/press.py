"""Made-up news sites of any size on loopback, for timing: seeded, so that the same numbers make the same
pages.

A page is as heavy as many pages of news, 60 to 180 KB: scripts with state, styles, hundreds of elements, a
hundred links, an article of a few hundred words among teasers and comments. Each site has a loopback address
of its own, since a crawl asks each host for one page at a time. nginx serves them, compressed beforehand, so
that the server costs next to nothing.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

SECTIONS = ("harbour", "council", "sport", "culture", "letters", "business", "weather", "science")
STANDING = ("about", "contact", "privacy", "terms")
_NEWEST = datetime(2026, 3, 1, 9, tzinfo=UTC)
_WORDS = [
    "".join(pair)
    for pair in product(
        ("ba", "ken", "lo", "mi", "nor", "pel", "ru", "sta", "tor", "vel", "wa", "ze"), repeat=2
    )
]
_WORDS += ["".join(three) for three in product(("al", "be", "cor", "den", "fi", "gan", "hu", "ir"), repeat=3)]
_CONF = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; gzip_static on; etag on;
  client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
  uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;
  types {{ text/html html; application/xml xml; text/plain txt; }} default_type text/html;
  server {{ {listen} root {folder}/$server_addr; index index.html; charset utf-8; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Press:
    """Sites that are there to be crawled."""

    folder: Path
    hosts: tuple[str, ...]
    pages: int
    """Articles of one site."""
    port: int = 8473

    @property
    def fronts(self) -> tuple[str, ...]:
        """The front page of each site."""
        return tuple(f"http://{host}:{self.port}/" for host in self.hosts)

    @property
    def articles(self) -> list[str]:
        """The addresses of all articles, the sites taking turns."""
        return [f"{front}{_path(n)}" for n in range(self.pages) for front in self.fronts]

    @property
    def others(self) -> list[str]:
        """The addresses of all other pages: front pages, sections, and what stands at their foot."""
        paths = ("", *(f"{section}/" for section in SECTIONS), *(f"{name}.html" for name in STANDING))
        return [f"{front}{path}" for path in paths for front in self.fronts]


def build(folder: Path, sites: int, pages: int, *, seed: int = 4, port: int = 8473) -> Press:
    """Write `sites` sites of `pages` articles each to `folder`."""
    press = Press(folder, tuple(f"127.0.1.{n + 1}" for n in range(sites)), pages, port)
    for host in press.hosts:
        chance = random.Random(f"{seed} {host}")
        _site(folder / host, chance, pages, f"http://{host}:{port}")
    return press


@contextmanager
def served(press: Press) -> Iterator[Press]:
    """The sites, on loopback until the block ends. Raises FileNotFoundError where there is no nginx."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        raise FileNotFoundError("nginx is not on PATH: install it, on Debian nginx-light")
    listen = " ".join(f"listen {host}:{press.port};" for host in press.hosts)
    conf = press.folder / "nginx.conf"
    conf.write_text(_CONF.format(folder=press.folder.absolute(), listen=listen), encoding="utf-8")
    server = subprocess.Popen([nginx, "-e", press.folder / "error.log", "-c", conf.absolute()])
    try:
        _wait_for(press.hosts[0], press.port)
        yield press
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(host: str, port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nginx does not answer on {host}:{port}; see error.log")


def _path(number: int) -> str:
    chance = random.Random(number)
    slug = "-".join(chance.choice(_WORDS) for _ in range(5))
    return f"{SECTIONS[number % len(SECTIONS)]}/{slug}-{100_000 + number}.html"


def _site(root: Path, chance: random.Random, pages: int, origin: str) -> None:
    titles = [_sentence(chance, 8).rstrip(".") for _ in range(pages)]
    furniture = _furniture(chance)
    for number in range(pages):
        _write(root / _path(number), _article(chance, number, titles, furniture, origin))
    for n, section in enumerate(SECTIONS):
        listed = range(n, pages, len(SECTIONS))
        _write(root / section / "index.html", _listing(section, listed, titles, furniture))
    _write(root / "index.html", _listing("Front page", range(min(pages, 60)), titles, furniture))
    for name in STANDING:
        words = "".join(f"<p>{_sentence(chance, 20)}</p>" for _ in range(4))
        _write(root / f"{name}.html", _page(name, "", f"<main><h1>{name}</h1>{words}</main>", furniture))
    locations = "".join(
        f"<url><loc>{origin}/{_path(n)}</loc><lastmod>{_when(n):%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
        for n in range(pages)
    )
    _write(
        root / "sitemap.xml",
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>',
    )
    _write(root / "robots.txt", f"User-agent: *\nDisallow: /search\nSitemap: {origin}/sitemap.xml\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(text.encode(), 6, mtime=0))


def _when(number: int) -> datetime:
    return _NEWEST - timedelta(hours=7 * number)


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(words)).capitalize() + "."


@dataclass(frozen=True, slots=True)
class _Furniture:
    head: str
    top: str
    foot: str


def _furniture(chance: random.Random) -> _Furniture:
    """What all pages of a site have around their content."""
    rules = "".join(
        f".c-{chance.choice(_WORDS)}-{n}{{margin:{n}px auto;color:#{chance.randrange(1 << 24):06x}}}"
        for n in range(300)
    )
    links = "".join(
        f'<li class="c-nav__item"><a href="/{section}/">{section.title()}</a></li>' for section in SECTIONS
    )
    deep = "".join(
        f'<li><a href="/{chance.choice(SECTIONS)}/" data-track="menu-{n}">{_sentence(chance, 2)}</a></li>'
        for n in range(24)
    )
    social = "".join(
        f'<a href="https://social{n}.example/share" rel="nofollow">Share {n}</a>' for n in range(8)
    )
    foot = "".join(f'<li><a href="/{name}.html">{name.title()}</a></li>' for name in STANDING)
    return _Furniture(
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{rules}</style>',
        f'<header class="c-top"><a class="logo" href="/">Paper</a><nav><ul>{links}</ul>'
        f'<ul class="deep">{deep}</ul></nav>'
        f'<div class="share">{social}</div></header>',
        f"<footer><ul>{foot}</ul><p>All rights reserved.</p></footer>",
    )


def _page(title: str, head: str, content: str, furniture: _Furniture) -> str:
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title>{furniture.head}{head}</head>'
        f"<body>{furniture.top}"
        f"{content}{furniture.foot}</body></html>"
    )


def _article(
    chance: random.Random, number: int, titles: list[str], furniture: _Furniture, origin: str
) -> str:
    title, when, address = titles[number], f"{_when(number):%Y-%m-%dT%H:%M:%SZ}", f"{origin}/{_path(number)}"
    author = f"{chance.choice(_WORDS).title()} {chance.choice(_WORDS).title()}"
    facts = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": title, "datePublished": when,
        "author": {"@type": "Person", "name": author}, "mainEntityOfPage": address,
    }  # fmt: skip
    head = (
        f'<link rel="canonical" href="{address}"><meta property="og:title" content="{title}">'
        f'<meta name="author" content="{author}">'
        f'<meta property="article:published_time" content="{when}">'
        f'<script type="application/ld+json">{json.dumps(facts)}</script>'
        f"<script>window.__STATE__={_state(chance, chance.randrange(20_000, 120_000))}</script>"
    )
    paragraphs = "".join(
        f'<p class="c-body__p">{" ".join(_sentence(chance, chance.randrange(7, 24)) for _ in range(3))}</p>'
        for _ in range(chance.randrange(8, 24))
    )
    main = (
        f'<main><article><h1>{title}</h1><p class="standfirst">{_sentence(chance, 18)}</p>'
        f'<div class="byline">By <a href="/about.html">{author}</a> '
        f'<time datetime="{when}">{when[:10]}</time></div>'
        f'<div class="c-body">{paragraphs}</div></article>'
        f"{_teasers(chance, titles, 24)}{_comments(chance)}</main>"
        f"<aside>{_teasers(chance, titles, 24)}</aside>"
    )
    return _page(title, head, main, furniture)


def _state(chance: random.Random, size: int) -> str:
    """What a page's scripts keep: half words, half tokens, which do not compress."""
    entries: list[dict[str, str]] = []
    while size > 0:
        entry = {"id": f"{chance.getrandbits(128):032x}", "headline": _sentence(chance, 10), "kind": "teaser"}
        entries.append(entry)
        size -= 70 + len(entry["headline"]) + 32
    return json.dumps(entries)


def _teasers(chance: random.Random, titles: list[str], count: int) -> str:
    chosen = [chance.randrange(len(titles)) for _ in range(count)]
    items = "".join(
        f'<div class="c-card c-card--{n}"><a href="/{_path(n)}"><img src="/i/{n}.jpg" alt="">'
        f"<h3>{titles[n]}</h3></a>"
        f'<p class="c-card__text">{_sentence(chance, 9)}</p></div>'
        for n in chosen
    )
    return f'<section class="related"><h2>More</h2>{items}</section>'


def _comments(chance: random.Random) -> str:
    items = "".join(
        f'<li class="comment"><b>{chance.choice(_WORDS)}</b><p>{_sentence(chance, 14)}</p>'
        f'<a href="#reply" rel="nofollow">Reply</a></li>'
        for _ in range(chance.randrange(0, 20))
    )
    return f'<section id="comments"><h2>Comments</h2><ol>{items}</ol></section>'


def _listing(name: str, numbers: range, titles: list[str], furniture: _Furniture) -> str:
    items = "".join(f'<li><a href="/{_path(n)}">{titles[n]}</a></li>' for n in numbers)
    return _page(name, "", f"<main><h1>{name}</h1><ul>{items}</ul></main>", furniture)
