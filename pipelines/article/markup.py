"""What a page says of itself to machines, read once: meta elements, JSON-LD, headings; all fields start here.

Promises: never raises on a hostile page; every text is bounded, on one line and free of tags and entities.
Never chooses between contradicting statements: that is for the modules that own a field.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain, islice
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.article import jsonld
from pipelines.article.decode import unescaped
from pipelines.article.jsonld import Node

MAX_META = 600
_META_NAMES = ("name", "property", "itemprop", "http-equiv")
MAX_WALK = 30_000
"""Nodes looked at when a page's texts are read one after the other."""
MAX_NEAR = 400
"""Nodes after the headline that are looked at for what is marked as a byline or a date."""
MAX_BEFORE = 12
NEAR = 4
"""Paragraphs after the headline within which a date or a byline is taken to be the article's."""
MAX_INNER = 2_000
"""Nodes of one element that are looked at for its text."""
MAX_LINE = 2000
"""Characters of one text (a headline, a standfirst, a caption) at most."""


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


def listed(text: str) -> tuple[str, ...]:
    """The words of a list that is written as one text, in order."""
    return tuple(text.split())


ARTICLE_TYPES = words(
    "article newsarticle reportagenewsarticle analysisnewsarticle opinionnewsarticle backgroundnewsarticle"
    " reviewnewsarticle askpublicnewsarticle advertisercontentarticle satiricalarticle blogposting "
    "liveblogposting"
    " scholarlyarticle medicalscholarlyarticle techarticle report review socialmediaposting "
    "discussionforumposting"
    " howto recipe creativework"
)
PAGE_TYPES = words("webpage itempage medicalwebpage aboutpage faqpage collectionpage qapage profilepage")

_TAG = re.compile(r"<[^<>]{0,500}>")
_BREAK = re.compile(r"<(?:/p|/h[1-6]|/li|br\s*/?)>", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)


def line(text: str | None, limit: int = MAX_LINE) -> str:
    """`text` as a reader sees it: entities and tags undone, white space single, invisible characters gone."""
    if not text:
        return ""
    if len(text) > 2 * limit:
        text = text[: 2 * limit]
    if "&" in text:
        text = unescaped(unescaped(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = _on_one_line(text)
    return text if len(text) <= limit else text[:limit].strip()


def _on_one_line(text: str) -> str:
    """`text` with single white space and without invisible characters, none of which is printable."""
    joined = " ".join(text.split())
    return joined if joined.isprintable() else " ".join(_INVISIBLE.sub("", text).split())


def plain_text(text: str) -> str:
    """Text that may hold tags and entities as paragraphs, one a line."""
    if "&" in text:
        text = unescaped(text)
    if "<" in text:
        text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return "\n".join(one for raw in _INVISIBLE.sub("", text).split("\n") if (one := " ".join(raw.split())))


def text_of(node: LexborNode, limit: int = MAX_LINE) -> str:
    """The element's text on one line, without scripts, styles and drawings; blocks in it stand apart."""
    return _on_one_line("".join(_pieces(node, 4 * limit)))[:limit]


def start_of(node: LexborNode, limit: int, separator: str = "") -> str:
    """The first `limit` characters, or a few more, of all text in an element, its scripts included."""
    found: list[str] = []
    for inner in first_nodes(node, texts=True):
        if inner.is_text_node:
            text = inner.text_content or ""
            found.append(text)
            limit -= len(text)
            if limit <= 0:
                break
    return separator.join(found)


def _pieces(node: LexborNode, limit: int) -> list[str]:
    """The texts in an element that are seen, with a space for each block that begins in it."""
    found: list[str] = []
    hides = node.is_text_node
    for inner in first_nodes(node, texts=True):
        if inner.is_text_node:
            if hides and _is_unseen(inner):
                continue
            text = inner.text_content or ""
            found.append(text)
            limit -= len(text)
            if limit < 0:
                break
        elif (tag := inner.tag) in _BLOCKS:
            found.append(" ")
        elif tag in _UNSEEN:
            hides = True  # from here on each text is asked for what is around it
    return found


def _is_unseen(text: LexborNode) -> bool:
    """Whether a text stands in a script or the like, which a reader does not see."""
    around = text.parent
    return around is not None and around.tag in _UNSEEN


def first_nodes(node: LexborNode, *, texts: bool = False) -> Iterator[LexborNode]:
    """An element and the elements in it, or the texts too, as far as a text of a line or two can go: elements
    nest, and each that is asked for its text would read all of a page again."""
    return islice(node.traverse(include_text=texts), MAX_INNER)


_TEXT = "-text"
_BLOCKS = frozenset(("br", "div", "p", "li", "ul", "h1", "h2", "h3", "h4", "section"))
_STRONG = frozenset(("strong", "b", "em", "i"))
_UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "title", "desc", "option"))


_WHOLE = frozenset(("body", "html", "main", "article"))
"""Elements whose marks say nothing of one part of a page."""


def marks(element: LexborNode | None, whole: frozenset[int] = frozenset()) -> str:
    """Class and id of the element and of those around it, as one text.

    whole: the elements (`mem_id`) that hold the headline too: what they are called says nothing of a part.
    """
    found = []
    node: LexborNode | None = element
    for _ in range(6):
        if node is None or node.tag in _WHOLE or node.mem_id in whole:
            break
        held = node.attributes
        found.append(f"{held.get('class') or ''} {held.get('id') or ''}"[:300])
        node = node.parent
    return " ".join(found)


@dataclass
class Markup:
    """The statements of one page, each read once and when first asked for."""

    tree: LexborHTMLParser
    url: str | None = None
    meta: dict[str, list[str]] = field(init=False)
    """Lower-case name, property, itemprop or http-equiv -> contents as they stand, in order, none blank."""

    def __post_init__(self) -> None:
        self.meta = {}
        for node in self.tree.tags("meta")[:MAX_META]:
            held = node.attributes
            content = held.get("content")
            if not content or content.isspace():
                continue
            for key in _META_NAMES:
                if name := held.get(key):
                    self.meta.setdefault(name.strip().lower()[:100], []).append(content)

    def first(self, names: Iterable[str]) -> str | None:
        """The first content of the first of these meta names that the page has, as one line."""
        return next((line(self.meta[name][0]) for name in names if name in self.meta), None)

    def every(self, names: Iterable[str]) -> list[str]:
        """The contents of all these meta names, in this order, each as one line."""
        return [line(content) for name in names for content in self.meta.get(name, ())]

    @cached_property
    def nodes(self) -> list[Node]:
        """The objects of the page's JSON-LD."""
        scripts = self.tree.css('script[type*="ld+json" i]')[: jsonld.MAX_SCRIPTS]
        return jsonld.read(script.text() for script in scripts)

    @cached_property
    def typed(self) -> list[tuple[Node, frozenset[str]]]:
        """The objects of the page's JSON-LD, each with its types."""
        return [(node, jsonld.types(node)) for node in self.nodes]

    @cached_property
    def articles(self) -> list[Node]:
        """The JSON-LD objects of an article's type that are about this page, best first."""
        found = [node for node, kinds in self.typed if kinds & ARTICLE_TYPES or _is_bare_article(node)]
        if len(found) < 2:
            return found
        return sorted(found, key=self._strangeness)

    @cached_property
    def is_news(self) -> bool:
        """Whether the page calls itself news: then an editor filled its fields, not only the system."""
        return any(kind.endswith("newsarticle") for node in self.articles[:1] for kind in jsonld.types(node))

    @cached_property
    def page(self) -> Node:
        """The JSON-LD object that describes the page as such; empty when there is none."""
        return next((node for node, kinds in self.typed if kinds & PAGE_TYPES), {})

    @cached_property
    def itemprops(self) -> dict[str, list[LexborNode]]:
        """Microdata: property -> the elements of the page's body that carry it, the first few of each."""
        found: dict[str, list[LexborNode]] = {}
        nodes = (node for node in self._labelled if "itemprop" in node.attributes and node.tag != "meta")
        for node in islice(nodes, MAX_META):
            for name in (node.attributes.get("itemprop") or "").split()[:4]:
                found.setdefault(name, []).append(node)
        return found

    @cached_property
    def item_types(self) -> list[str]:
        """The first microdata types, as they stand."""
        return [kind for node in self._labelled if (kind := node.attributes.get("itemtype")) is not None][:20]

    @cached_property
    def tag_links(self) -> list[LexborNode]:
        """The elements that call themselves a tag of the page."""
        return self.tree.css('[rel~="tag"]')

    @cached_property
    def _labelled(self) -> list[LexborNode]:
        """The elements with microdata, each once, found in one search."""
        found = self.tree.css("[itemprop], [itemtype]")
        return list({node.mem_id: node for node in found}.values())

    @cached_property
    def headings(self) -> list[LexborNode]:
        """The first h1 elements."""
        return self.tree.tags("h1")[:8]

    @cached_property
    def heading_texts(self) -> list[str]:
        """Their texts, blank ones left out."""
        return [text for node in self.headings if (text := text_of(node))]

    @cached_property
    def title(self) -> str:
        """The text of the document's `title` element (not that of an svg)."""
        node = self.tree.css_first("head > title") or self.tree.css_first("title")
        return line(node.text()) if node else ""

    def lines_after(self, limit: int) -> list[str]:
        """The first `limit` texts after the headline as they stand between tags; without one, of the page."""
        if len(self._lines) < limit:
            for text, node in islice(self._texts_after, limit - len(self._lines)):
                self._lines.append(text)
                self._line_nodes.append(node)
        return self._lines[:limit]

    def is_elsewhere(self, index: int) -> bool:
        """Whether one of the texts that `lines_after` gave stands among other articles or comments."""
        return bool(OTHERS.search(marks(self._line_nodes[index].parent).lower()))

    def is_strong(self, index: int) -> bool:
        """Whether one of the texts that `lines_after` gave is a whole paragraph in strong type."""
        element: LexborNode | None = self._line_nodes[index].parent
        while element is not None and element.tag in _STRONG:
            around = element.parent
            if around is None or around.tag in _STRONG:
                element = around
                continue
            return around.tag in ("p", "div") and _words_of(around) == _words_of(element)
        return False

    @cached_property
    def lines_before(self) -> list[str]:
        """The last visible texts before the headline, the nearest one last."""
        found: deque[str] = deque()
        for number, node in enumerate(_preceding(self.heading) if self.heading else ()):
            if number >= MAX_BEFORE or len(found) >= MAX_BEFORE:
                break
            texts = [
                text for inner in islice(_walk(node), 200) if inner.is_text_node and (text := _visible(inner))
            ]
            found.extendleft(reversed(texts))
        return list(found)[-MAX_BEFORE:]

    @cached_property
    def near(self) -> list[Step]:
        """Elements and texts close to the headline, those after it first.

        Close is what stands within NEAR paragraphs, or shortly before it.
        """
        found: list[Step] = []
        paragraphs = 0
        for one in self._first_steps():
            found.append(one)
            if one[1] == "p" and len(start_of(one[0], 121)) > 120:
                paragraphs += 1
                if paragraphs == NEAR:
                    break
        for node in islice(_preceding(self.heading) if self.heading else (), MAX_BEFORE):
            found.extend(map(step, islice(_walk(node), 30)))
        return found

    @cached_property
    def near_texts(self) -> list[tuple[LexborNode, str]]:
        """The visible texts of `near`."""
        return [(node, text) for node, _, text in self.near if text]

    @cached_property
    def near_marked(self) -> list[tuple[LexborNode, str, str]]:
        """The elements of `near`, each with its tag, and its tag, class, id and roles as one text."""
        return [(node, tag, own_marks(node)) for node, tag, text in self.near if text is None]

    @cached_property
    def site_names(self) -> frozenset[str]:
        """What the site is called, its host's name among it; each as `compact` gives it."""
        said = self.every(("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site"))
        for node, kinds in self.typed[:50]:
            said.extend(jsonld.strings(node.get("publisher"), 2))
            if kinds & _OWNERS:
                said.extend(jsonld.strings(node.get("name"), 2))
        names = {compact(text) for text in set(said)}
        labels = (host_of(self.url) or "").removeprefix("www.").split(".")
        if len(labels) > 1:
            names |= {"".join(labels), max(labels[:-1], key=len), "".join(labels[-2:])}
        return frozenset(name for name in names if 2 < len(name) < 60 or (name and not name.isascii()))

    def _walk_after(self) -> Iterator[LexborNode]:
        if self.heading is not None:
            return _following(self.heading)
        return _walk(self.tree.body) if self.tree.body else iter(())

    @cached_property
    def _steps(self) -> list[Step]:
        """The nodes after the headline, as far as they have been walked."""
        return []

    @cached_property
    def _unwalked(self) -> Iterator[LexborNode]:
        return islice(self._walk_after(), MAX_WALK)

    def _first_steps(self) -> Iterator[Step]:
        """The first MAX_NEAR nodes after the headline; walked once, in runs, by whoever asks first."""
        done = 0
        while done < MAX_NEAR:
            if done == len(self._steps):
                self._steps.extend(map(step, islice(self._unwalked, _RUN)))
            run = self._steps[done : min(done + _RUN, MAX_NEAR)]
            if not run:
                return
            yield from run
            done += len(run)

    @cached_property
    def _lines(self) -> list[str]:
        return []

    @cached_property
    def _line_nodes(self) -> list[LexborNode]:
        return []

    @cached_property
    def _texts_after(self) -> Iterator[tuple[str, LexborNode]]:
        _ = self.near  # walks first, so that what it has walked is known here
        steps = chain(self._steps, map(step, self._unwalked))
        return ((seen, node) for node, _, text in steps if text and (seen := line(text, 400)))

    @cached_property
    def heading(self) -> LexborNode | None:
        """The h1 that says most of what the page calls its title; the first one when none does.

        Where there is no h1, the lower heading that says what the page calls its title.
        """
        wanted = folded(f"{self.first(('og:title',)) or ''} {self.title}")
        texts = [(node, folded(text_of(node))) for node in self.headings]
        fitting = [(node, text) for node, text in texts if text and text in wanted]
        if fitting:
            return max(fitting, key=lambda one: len(one[1]))[0]
        if self.headings:
            return self.headings[0]
        lower = ((node, folded(text_of(node, 400))) for node in self.tree.css("h2, h3")[:40])
        return next((node for node, text in lower if text.count(" ") > 1 and text in wanted), None)

    @cached_property
    def around_heading(self) -> frozenset[int]:
        """The elements around the headline, as `mem_id`."""
        found = []
        node = self.heading.parent if self.heading is not None else None
        while node is not None and node.tag not in _WHOLE:
            found.append(node.mem_id)
            node = node.parent
        return frozenset(found)

    def _strangeness(self, node: Node) -> tuple[int, int]:
        """Sorts an object of this page before one of a teaser: (headline unknown to the page, vague type)."""
        headline = folded(jsonld.string(node.get("headline")) or jsonld.string(node.get("name")) or "")
        vague = int(bool(jsonld.types(node) <= {"creativework", "review", "howto", "recipe"}))
        return int(
            not headline or not any(headline in seen or seen in headline for seen in self._said)
        ), vague

    @cached_property
    def _said(self) -> Sequence[str]:
        texts = [*self.every(("og:title", "twitter:title")), self.title, *self.heading_texts]
        return [text for text in map(folded, texts) if text]


Step = tuple[LexborNode, str, str | None]
"""A node, its tag, and its text if it is one."""
_RUN = 64


def step(node: LexborNode) -> Step:
    """A node with its tag and text, each asked for once; the text of a script is nothing that is seen."""
    if not node.is_text_node:
        return node, node.tag or "", None
    return node, _TEXT, "" if _is_unseen(node) else node.text_content or ""


OTHERS = re.compile(r"related|commentlist|comment-(?!s)|recommend|teaser|most-?read|trending")
_OWNERS = frozenset(("website", "organization", "newsmediaorganization", "corporation"))


def _words_of(element: LexborNode) -> int:
    return len(start_of(element, MAX_LINE).split())


def host_of(url: str | None) -> str | None:
    """The host of `url`, or None when there is none or it cannot be read."""
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def compact(text: str) -> str:
    """The letters and digits of `text` in lower case, for comparing names."""
    return "".join(_ALNUM.findall(line(text, 200).casefold()))


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """`text` for comparing: case folded, words alone."""
    return " ".join(_WORD.findall(line(text).casefold()))


_WORD = re.compile(r"\w+")
_ALNUM = re.compile(r"[^\W_]+")


def _is_bare_article(node: Node) -> bool:
    """An object whose type was lost or is wrong, with what only an article has."""
    return "headline" in node and ("datePublished" in node or "author" in node)


def own_marks(node: LexborNode) -> str:
    """Tag, class, id and roles of one element as one text."""
    held = node.attributes
    if not held:
        return node.tag or ""
    roles = f"{held.get('itemprop') or ''} {held.get('rel') or ''} {held.get('data-testid') or ''}"
    return f"{node.tag} {held.get('class') or ''} {held.get('id') or ''} {roles}"[:300]


def _walk(node: LexborNode) -> Iterator[LexborNode]:
    return node.traverse(include_text=True, skip_empty=True)


def _following(node: LexborNode) -> Iterator[LexborNode]:
    """What comes after an element in the document, itself and its contents left out."""
    current: LexborNode | None = node
    while current is not None:
        if current.next is None:
            current = current.parent
            continue
        current = current.next
        yield from _walk(current)


def _preceding(node: LexborNode) -> Iterator[LexborNode]:
    """The siblings before an element, and before those around it up to the body, the nearest first."""
    current: LexborNode | None = node
    while current is not None and current.tag != "body":
        if current.prev is None:
            current = current.parent
            continue
        current = current.prev
        yield current


def _visible(node: LexborNode) -> str:
    """A text as a reader sees it; empty where its element is not shown."""
    return "" if _is_unseen(node) else line(node.text_content, 400)


def texts_of(node: LexborNode, limit: int = 40) -> list[str]:
    """The visible texts inside an element as they stand between tags, at most `limit`."""
    found: list[str] = []
    for number, inner in enumerate(node.traverse(include_text=True, skip_empty=True)):
        if number > 10 * limit or len(found) >= limit:
            break
        if inner.is_text_node and (text := _visible(inner)):
            found.append(text)
    return found
