"""What every URL of The Harbour Gazette answers: an edition and a base address in, replies out.

A pure function of (edition, base address, request target): no sockets, no clock. It names no URL of its own
that it does not answer.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from demo import stories
from demo.jsonld import breadcrumbs, news_article
from demo.picture import picture
from demo.stories import HERE, SECTIONS, Block, Edition, Story

PAPER = "The Harbour Gazette"
PER_PAGE = 8
HTML = "text/html; charset=utf-8"

TOPIC = "/topics/north-mole"
SOFT_404 = "/archive/1998/the-night-the-mole-broke"
TIDE_BOARD = "/harbour/2025/03/the-tide-board"
"""A story that a script prints: the page as served holds nothing."""
PRIVATE = {
    "/admin/": "Newsroom desk",
    "/members/": "Members' area",
    "/members/crossword": "The members' crossword",
    "/search?q=ferry": "Search the Gazette",
}
"""What robots.txt disallows, though the pages link to it."""

_STATIC = {"gazette.css": "text/css", "board.js": "text/javascript", "board.json": "application/json"}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_DAY = {"en": "{day} {month} {year}", "de": "{day}. {month} {year}", "fr": "{day} {month} {year}"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: what goes over the wire, before any Content-Encoding."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    modified: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """A weak entity tag: the same for the plain and the gzip form."""
        return f'W/"{hashlib.sha1(self.body, usedforsecurity=False).hexdigest()[:16]}"'

    @property
    def zipped(self) -> bytes:
        """The body under gzip, the same bytes every time."""
        return gzip.compress(self.body, mtime=0)


Query = Mapping[str, Sequence[str]]
Route = Callable[[Query], Reply]


class Gazette:
    """One edition at one address: `reply(target)` answers every request target."""

    def __init__(self, edition: Edition, base: str) -> None:
        self.edition = edition
        self.base = base.rstrip("/")
        self._environment = _environment(self)
        self._routes = self._map()

    def reply(self, target: str) -> Reply:
        """The answer to `target`, a path with an optional query. Unknown parameters are ignored."""
        parts = urlsplit(target)
        route = self._routes.get(parts.path)
        return route(parse_qs(parts.query)) if route else self._missing(404)

    def paths(self) -> list[str]:
        """Every path that has a page of its own."""
        return list(self._routes)

    # -- the map of the site

    def _map(self) -> dict[str, Route]:
        routes: dict[str, Route] = {
            "/": lambda query: self._page("front.html", path="/"),
            "/latest": lambda query: self._listing("Latest stories", "/latest", self.edition.stories, query),
            TOPIC: lambda query: self._page("topic.html", path=TOPIC, listed=self._tagged("North Mole")),
            SOFT_404: lambda query: self._missing(200),
            "/robots.txt": lambda query: self._text("robots.txt", "text/plain; charset=utf-8"),
            "/feed.xml": lambda query: self._text("rss.xml", "application/rss+xml; charset=utf-8"),
            "/sitemap.xml": lambda query: self._text("sitemap-index.xml", "application/xml"),
            "/sitemap-pages.xml": lambda query: self._text("sitemap-pages.xml", "application/xml"),
            "/sitemap-news.xml": lambda query: self._text("sitemap-news.xml", "application/xml"),
            TIDE_BOARD: lambda query: self._page("board.html", path=TIDE_BOARD),
            **{f"/static/{name}": _static(name, kind) for name, kind in _STATIC.items()},
        }
        for section in SECTIONS:
            routes |= self._section_routes(section)
        for story in (*self.edition.stories, *stories.standing()):
            routes |= self._story_routes(story)
        routes |= {path.partition("?")[0]: self._private(path, title) for path, title in PRIVATE.items()}
        routes |= {path: lambda query: self._missing(410) for path in self.edition.gone}
        routes |= {old: self._moved(new) for old, new in self.edition.moved.items()}
        return routes

    def _section_routes(self, section: str) -> dict[str, Route]:
        path, listed = f"/{section}/", self.edition.of(section)
        return {
            path: lambda query: self._listing(SECTIONS[section], path, listed, query, section=section),
            f"{path}atom.xml": lambda query: self._text(
                "atom.xml", "application/atom+xml; charset=utf-8", section=section, listed=listed
            ),
        }

    def _story_routes(self, story: Story) -> dict[str, Route]:
        routes: dict[str, Route] = {
            story.path: lambda query: self._story(story, "1" in query.get("print", ())),
            f"/pictures/{story.slug}.svg": lambda query: Reply(picture(story.slug).encode(), "image/svg+xml"),
        }
        for number in range(1, sum(block.kind == "photo" for block in story.body) + 1):
            slug = f"{story.slug}-{number}"
            routes[f"/pictures/{slug}.svg"] = lambda query, slug=slug: Reply(  # type: ignore[misc]
                picture(slug).encode(), "image/svg+xml"
            )
        if story.amp:
            routes[f"/amp{story.path}"] = lambda query: self._page("amp.html", path=story.path, story=story)
        return routes

    # -- kinds of reply

    def _story(self, story: Story, printed: bool) -> Reply:
        if story.kind == "other":
            return self._page("standing.html", path=story.path, story=story)
        template = "print.html" if printed and story.print_copy else "article.html"
        listed = [other for other in self.edition.stories if other.slug != story.slug][:5]
        html = self._render(template, path=story.path, story=story, listed=listed)
        return Reply(html.encode(story.charset, "xmlcharrefreplace"), modified=story.modified)

    def _listing(
        self, title: str, path: str, listed: Sequence[Story], query: Query, *, section: str = ""
    ) -> Reply:
        pages = max(1, -(-len(listed) // PER_PAGE))
        number = query.get("page", ["1"])[0]
        if not number.isdecimal() or not 1 <= int(number) <= pages:
            return self._missing(404)
        page = int(number)
        shown = listed[(page - 1) * PER_PAGE : page * PER_PAGE]
        return self._page(
            "listing.html", path=path, title=title, listed=shown, page=page, pages=pages, section=section
        )

    def _private(self, path: str, title: str) -> Route:
        return lambda query: self._page("private.html", path=path, title=title)

    def _moved(self, new: str) -> Route:
        return lambda query: Reply(b"", status=301, headers={"Location": self.base + new})

    def _missing(self, status: int) -> Reply:
        return Reply(self._render("missing.html", path="", status=status).encode(), status=status)

    def _page(self, template: str, **facts: Any) -> Reply:
        return Reply(self._render(template, **facts).encode(), modified=self.edition.stories[0].modified)

    def _text(self, template: str, content_type: str, **facts: Any) -> Reply:
        return Reply(self._render(template, path="", **facts).encode(), content_type)

    def _render(self, template: str, **facts: Any) -> str:
        story = facts.get("story")
        language = story.language if story else "en"
        return self._environment.get_template(template).render(
            edition=self.edition, base=self.base, language=language, words=stories.words()[language], **facts
        )

    # -- what templates ask for

    def _tagged(self, tag: str) -> list[Story]:
        return [story for story in self.edition.stories if tag in story.tags]

    def linked(self, text: str) -> Markup:
        """Inline markup as HTML. Links lead where edition 1 printed a story: old stories are never mended."""
        parts = {"text": "{words}", "em": "<em>{words}</em>", "a": '<a href="{target}">{words}</a>'}
        runs = stories.inline(text)
        return Markup("").join(
            Markup(parts[kind]).format(words=words, target=_target(target)) for kind, words, target in runs
        )

    def json_ld(self, story: Story) -> list[dict[str, Any]]:
        """The JSON-LD of a story's page."""
        return [news_article(story, self.base, PAPER), breadcrumbs(story, self.base)]


def _static(name: str, kind: str) -> Route:
    return lambda query: Reply((HERE / "static" / name).read_bytes(), kind)


def tide_box(story: Story) -> str:
    """The tide box's prose, other on every story: it reads like the story, and is not."""
    seed = zlib.crc32(story.slug.encode())
    first, height = seed % 330, 31 + seed % 27
    second = first + 745
    return (
        f"High water at the North Mole comes at {first // 60:02}:{first % 60:02} and again at "
        f"{second // 60:02}:{second % 60:02}, with a height of {height / 10} metres at the second; mariners "
        f"crossing the bar are reminded that the channel buoys lie {2 + seed % 5} cables west of their place."
    )


def remarks(story: Story) -> list[list[str]]:
    """The readers' comments below a story, as [name, words]; none on a standing page."""
    pool: list[list[str]] = stories.words()[story.language]["remarks"]
    start = zlib.crc32(story.slug.encode()) % len(pool)
    return [pool[(start + step) % len(pool)] for step in range(3)] if story.comments else []


def numbered_photos(blocks: Sequence[Block]) -> list[tuple[Block, int]]:
    """Each block with the number of photos up to it: a photo's own number, from 1."""
    count = 0
    numbered = []
    for block in blocks:
        count += block.kind == "photo"
        numbered.append((block, count))
    return numbered


def day_words(moment: date, language: str = "en") -> str:
    """The day as a page prints it: "13 March 2025", "13. März 2025", "13 mars 2025"."""
    month = _MONTHS[language].split()[moment.month - 1]
    return _DAY[language].format(day=moment.day, month=month, year=moment.year)


def clock_words(moment: datetime, language: str = "en") -> str:
    """The time of day as a page prints it."""
    return {"en": f"{moment:%H:%M}", "de": f"{moment:%H.%M} Uhr", "fr": f"{moment:%Hh%M}"}[language]


def _target(target: str) -> str:
    if target.startswith("/") or not target:
        return target
    slug, mark, query = target.partition("?")
    return stories.first_path(slug) + mark + query


def _environment(gazette: Gazette) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(["html", "xml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": day_words,
        "clock": clock_words,
        "inline": gazette.linked,
        "plain": stories.plain,
        "rfc822": lambda moment: format_datetime(moment),
        "utc": lambda moment: moment.astimezone(UTC),
        "names": _names,
        "photos": numbered_photos,
    }
    environment.globals |= {
        "paper": PAPER, "sections": SECTIONS, "people": stories.people(), "story_of": gazette.edition.story,
        "tide_board": TIDE_BOARD, "tide_box": tide_box, "remarks": remarks,
        "json_ld": gazette.json_ld, "all_words": stories.words(),
        "news_since": gazette.edition.stories[0].published - timedelta(days=2),
    }  # fmt: skip
    return environment


def _names(authors: Sequence[str], language: str = "en") -> Markup:
    words = stories.words()[language]
    link = Markup('<a rel="author" href="/about#{}">{}</a>')
    linked = [link.format(name.lower().replace(" ", "-"), name) for name in authors]
    if len(linked) < 2:
        return escape("").join(linked)
    return Markup("{} {} {}").format(Markup(", ").join(linked[:-1]), words["and"], linked[-1])
