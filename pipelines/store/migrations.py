"""The schema of archive.db, as migrations that run once each, in order, with the record of it in one
transaction.

A migration that has been released is never edited: a change is a new function at the end, and an entry in
CHANGELOG.md. Descriptions of tables and columns live in metadata.yml; docs/schema.md is made from both.

Times are text in ISO 8601. `fetched`, `seen`, `first_seen` and their like are UTC with a Z, to the second, so
that they sort. `published` and `modified` are UTC with a Z too, or a bare date where the page gives no time;
the offset that the page printed is in `utc_offset` (minutes), and the calendar day at the site in `day`.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("newsarchive")


@migrations()
def m001_tables(db: Database) -> None:
    """The tables of the first release."""
    _sites_and_crawls(db)
    _articles(db)
    _ledger_and_captures(db)
    _revisions(db)


def _sites_and_crawls(db: Database) -> None:
    """Whose articles these are, and when they were looked for."""
    db.create_table(
        "sites",
        {
            "key": str, "name": str, "url": str, "language": str, "licence": str,
            "articles": int, "first_crawl": str, "last_crawl": str,
        },
        pk="key", not_null={"name", "url", "articles"}, defaults={"articles": 0},
    )  # fmt: skip
    db.create_table(
        "crawls",
        {
            "id": int, "started": str, "finished": str, "state": str, "sites": str,
            "found": int, "fetched": int, "archived": int, "new_revisions": int, "unchanged": int,
            "left_out": int, "failed": int, "bytes": int, "software": str, "summary": str,
        },
        pk="id", not_null={"started", "state", "software"},
        defaults=dict.fromkeys(
            ("found", "fetched", "archived", "new_revisions", "unchanged", "left_out", "failed", "bytes"), 0),
    )  # fmt: skip


def _articles(db: Database) -> None:
    """The narrow table that people browse; the text lies beside it."""
    db.create_table("stories", {"id": int, "title": str, "articles": int}, pk="id", not_null={"articles"})
    db.create_table(
        "articles",
        {
            "id": int, "key": str, "site": str, "url": str, "title": str, "standfirst": str, "byline": str,
            "published": str, "modified": str, "utc_offset": int, "day": str, "section": str, "language": str,
            "kind": str, "access": str, "word_count": int, "revisions": int, "first_seen": str,
            "last_seen": str, "gone": str, "confidence": float, "story_id": int,
        },
        pk="id",
        not_null={
            "key", "site", "url", "kind", "access", "word_count", "revisions", "first_seen", "last_seen",
        },
        foreign_keys=[("site", "sites", "key"), ("story_id", "stories", "id")],
    )  # fmt: skip
    db.table("articles").create_index(["key"], unique=True)
    for columns in (
        ["published"], ["site", "published"], ["section", "published"], ["day"], ["language"], ["kind"],
        ["access"], ["last_seen"], ["url"], ["story_id"],
    ):  # fmt: skip
        db.table("articles").create_index(columns)
    db.create_table("article_text", {"id": int, "text": str, "html": str}, pk="id",
                    foreign_keys=[("id", "articles", "id")])  # fmt: skip


def _ledger_and_captures(db: Database) -> None:
    """What became of every address, and the proof of every fetch."""
    db.create_table(
        "urls",
        {
            "url": str, "site": str, "outcome": str, "reason": str, "article": int, "first_seen": str,
            "last_seen": str, "last_fetched": str, "status": int, "found_on": str, "leads_to": str,
        },
        pk="url", not_null={"outcome", "reason", "first_seen", "last_seen"},
        foreign_keys=[("site", "sites", "key"), ("article", "articles", "id")],
    )  # fmt: skip
    for columns in (["site", "outcome"], ["article"], ["outcome", "reason"], ["leads_to"]):
        db.table("urls").create_index(columns)
    db.create_table(
        "captures",
        {
            "id": int, "url": str, "site": str, "crawl": int, "article": int, "fetched": str, "status": int,
            "content_type": str, "headers": str, "digest": str, "length": int, "chain": str, "verdict": str,
            "reason": str, "extractor": str, "encoding": str, "warc_file": str, "warc_offset": int,
            "warc_length": int,
        },
        pk="id", not_null={"url", "fetched", "verdict"},
        foreign_keys=[("url", "urls", "url"), ("site", "sites", "key"), ("crawl", "crawls", "id"),
                      ("article", "articles", "id")],
    )  # fmt: skip
    for columns in (["url", "fetched"], ["article"], ["crawl"], ["digest"], ["site", "fetched"]):
        db.table("captures").create_index(columns)


def _revisions(db: Database) -> None:
    """Every version of an article."""
    db.create_table(
        "revisions",
        {
            "id": int, "article": int, "ordinal": int, "capture": int, "seen": str, "change": str,
            "title": str, "standfirst": str, "byline": str, "modified": str, "text": str, "hash": str,
            "words_added": int, "words_removed": int,
        },
        pk="id", not_null={"article", "ordinal", "seen", "change", "text", "hash"},
        foreign_keys=[("article", "articles", "id"), ("capture", "captures", "id")],
    )  # fmt: skip
    db.table("revisions").create_index(["article", "ordinal"], unique=True)
    for columns in (["seen"], ["change", "seen"], ["hash"], ["capture"]):
        db.table("revisions").create_index(columns)


@migrations()
def m002_people_tags_images(db: Database) -> None:
    """What hangs on an article: its authors, tags and lead image, and what the cleaner took away."""
    db.create_table("authors", {"id": int, "name": str}, pk="id", not_null={"name"})
    db.table("authors").create_index(["name"], unique=True)
    db.create_table(
        "article_authors", {"article": int, "author": int, "position": int}, pk=("article", "author"),
        foreign_keys=[("article", "articles", "id"), ("author", "authors", "id")],
    )  # fmt: skip
    db.table("article_authors").create_index(["author"])
    db.create_table("tags", {"id": int, "name": str}, pk="id", not_null={"name"})
    db.table("tags").create_index(["name"], unique=True)
    db.create_table("article_tags", {"article": int, "tag": int}, pk=("article", "tag"),
                    foreign_keys=[("article", "articles", "id"), ("tag", "tags", "id")])  # fmt: skip
    db.table("article_tags").create_index(["tag"])
    db.create_table("images", {"id": int, "article": int, "url": str, "caption": str, "credit": str}, pk="id",
                    not_null={"article", "url"}, foreign_keys=[("article", "articles", "id")])  # fmt: skip
    db.table("images").create_index(["article"])
    db.create_table(
        "removed_blocks", {"id": int, "article": int, "position": int, "reason": str, "text": str},
        pk="id", not_null={"article", "reason", "text"}, foreign_keys=[("article", "articles", "id")],
    )  # fmt: skip
    db.table("removed_blocks").create_index(["article"])
    db.table("removed_blocks").create_index(["reason"])


@migrations()
def m003_full_view_and_search(db: Database) -> None:
    """The view that joins an article with its text, and full-text search over it.

    The FTS5 table takes its content from the view (external content: the text is stored once). Its
    declaration uses double quotes because Datasette finds search tables by that spelling alone.
    """
    db.create_view(
        "articles_full",
        """
        select a.id, a.site, s.name as site_name, a.url, a.title, a.standfirst, a.byline, a.published,
               a.modified, a.day, a.section, a.language, a.kind, a.access, a.word_count, a.revisions,
               a.first_seen, a.last_seen, a.gone, t.text, t.html
        from articles a join article_text t on t.id = a.id left join sites s on s.key = a.site
        """,
    )
    db.execute(
        "create virtual table articles_fts using fts5(title, standfirst, byline, text, "
        'content="articles_full", '
        "content_rowid=\"id\", tokenize='unicode61 remove_diacritics 2')"
    )


@migrations()
def m004_trust(db: Database) -> None:
    """What a ledger line rests on, what robots.txt said, versions that came back, articles withheld."""
    db.execute("alter table captures add column robots text")
    db.execute("alter table revisions add column same_as integer")
    db.execute("alter table urls add column capture integer references captures(id)")
    db.execute(
        """
        update urls set capture = (
            select max(c.id) from captures c
            where c.fetched = urls.last_fetched and (
                (c.url = urls.url and c.verdict = urls.outcome and c.reason = urls.reason)
                or (c.url = urls.leads_to and urls.reason = 'redirect')))"""
    )
    db.table("captures").create_index(["warc_file", "warc_offset"])
    db.create_table(
        "withheld",
        {
            "article": int, "key": str, "url": str, "site": str, "reason": str, "since": str,
            "addresses": str, "hashes": str,
        },
        pk="article", not_null={"key", "url", "reason", "since", "addresses", "hashes"},
        foreign_keys=[("site", "sites", "key")],
    )  # fmt: skip
    db.table("withheld").create_index(["key"], unique=True)


@migrations()
def m005_reservations(db: Database) -> None:
    """What each page asks of those who copy it, as its headers and its head say."""
    for column, kind in (("asks", str), ("tdm_reservation", int), ("tdm_policy", str)):
        db.table("captures").add_column(column, kind)


@migrations()
def m006_health(db: Database) -> None:
    """What the crawls of each day did at each site, against which its next days are measured."""
    counts = ("seen", "fetched", "new", "changed", "refused", "failed", "walls")
    db.create_table(
        "health",
        {
            "site": str, "day": str, **dict.fromkeys(counts, int), "words": float, "dated": int,
            "signed": int, "reasons": str,
        },
        pk=("site", "day"), not_null={*counts, "dated", "signed", "reasons"},
        foreign_keys=[("site", "sites", "key")],
    )  # fmt: skip
    db.table("health").create_index(["day"])


@migrations()
def m007_imports(db: Database) -> None:
    """How far each WARC file of others has been taken in."""
    db.create_table(
        "imports",
        {
            "fingerprint": str, "file": str, "size": int, "position": int, "started": str, "finished": str,
            "pages": int, "articles": int, "damaged": int,
        },
        pk="fingerprint", not_null={"file", "size", "position", "started"},
        defaults=dict.fromkeys(("pages", "articles", "damaged"), 0),
    )  # fmt: skip


@migrations()
def m008_reading_room_order(db: Database) -> None:
    """Articles of one language, kind or access in order of publication, without sorting all of them first;
    and what the articles and the addresses of one site are, counted without reading their rows.

    The new indexes also serve what the old ones did: looking up and counting one value.
    """
    for column in ("language", "kind", "access"):
        db.execute(f"drop index if exists idx_articles_{column}")
        db.table("articles").create_index([column, "published"])
    db.table("articles").create_index(["site", "section", "language", "kind", "access"])
    db.execute("drop index if exists idx_urls_site_outcome")
    db.table("urls").create_index(["site", "outcome", "reason"])


@migrations()
def m009_observations(db: Database) -> None:
    """What crawls observe of a site beyond its pages: its doors, its answer to a made-up address, attempts
    that failed, what it announces of its articles, how it stands; and on what a verdict rests."""
    db.table("captures").add_column("evidence", str)
    db.create_table(
        "doors",
        {
            "url": str, "site": str, "role": str, "first_asked": str, "last_asked": str, "last_good": str,
            "last_new": str, "entries": int, "fresh": int, "misses": int, "problem": str,
        },
        pk="url", not_null={"site", "role", "first_asked", "last_asked", "entries", "fresh", "misses"},
        foreign_keys=[("site", "sites", "key")],
    )  # fmt: skip
    db.table("doors").create_index(["site"])
    db.create_table(
        "probes",
        {"host": str, "url": str, "probed": str, "status": int, "leads_to": str, "text": str},
        pk="host", not_null={"url", "probed", "status", "text"},
    )  # fmt: skip
    db.create_table(
        "attempts",
        {"id": int, "url": str, "at": str, "crawl": int, "outcome": str, "reason": str},
        pk="id", not_null={"url", "at", "outcome", "reason"}, foreign_keys=[("crawl", "crawls", "id")],
    )  # fmt: skip
    db.table("attempts").create_index(["url"])
    db.create_table(
        "announcements",
        {"url": str, "found_on": str, "title": str, "published": str, "language": str},
        pk="url", not_null={"found_on"},
    )  # fmt: skip
    for column in ("health", "why", "health_since", "told"):
        db.table("sites").add_column(column, str)
    for column in ("pages", "listed", "covered"):
        db.table("health").add_column(column, int, not_null_default=0)


@migrations()
def m010_rendered_and_certificates(db: Database) -> None:
    """Which captures are what a browser made of a page, and who vouched for the server."""
    db.table("captures").add_column("rendered", int)
    db.table("captures").add_column("certificate", str)


@migrations()
def m011_texts_counted(db: Database) -> None:
    """The texts counted without reading them: Datasette counts a table's rows on each of its pages."""
    db.table("article_text").create_index(["id"])


@migrations()
def m012_full_view_counted(db: Database) -> None:
    """The same view, whose rows are counted without a look at texts and sites: those are asked for by row."""
    db["articles_full"].drop()
    db.create_view(
        "articles_full",
        """
        select a.id, a.site, (select name from sites where key = a.site) as site_name, a.url, a.title,
               a.standfirst, a.byline, a.published, a.modified, a.day, a.section, a.language, a.kind,
               a.access, a.word_count, a.revisions, a.first_seen, a.last_seen, a.gone,
               (select text from article_text where id = a.id) as text,
               (select html from article_text where id = a.id) as html
        from articles a
        """,
    )
