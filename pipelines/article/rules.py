"""What an archivist wrote in sites.yml for one site's pages, applied.

Promises: `remove` and `keep` are CSS selectors on the parsed page; `tidy` is a function of the cleaned
article, which it gets as BeautifulSoup and gives back. A rule that cannot be used raises SiteListError,
which names it: the page is not to blame.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from pipelines.article.render import sanitised
from pipelines.article.tree import KEEP_ATTRIBUTE, outermost
from pipelines.errors import SiteListError
from pipelines.model import RemovedBlock, Rules

Tidy = Callable[[BeautifulSoup], BeautifulSoup]

_BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "dt", "dd", "pre", "blockquote")


def apply_selectors(tree: LexborHTMLParser, rules: Rules) -> list[RemovedBlock]:
    """Drop what `remove` selects from the tree, mark what `keep` selects, and tell what was dropped."""
    for selector in rules.keep:
        for node in _select(tree, selector):
            node.attrs[KEEP_ATTRIBUTE] = ""
    removed = []
    for selector in rules.remove:
        for node in outermost(_select(tree, selector)):
            text = " ".join(node.text(separator=" ").split())
            if text:
                removed.append(RemovedBlock(text, "rule"))
            node.decompose()
    return removed


def _select(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise SiteListError(
            f"sites.yml: {selector!r} is not a CSS selector that can be used ({error})"
        ) from error


def tidied(html: str, path: str) -> tuple[str, str]:
    """(text, html) of the cleaned article after the tidy rule at `path`; the html is sanitised again."""
    tidy = load_tidy(path)
    try:
        article = tidy(BeautifulSoup(html, "lxml"))
    except Exception as error:
        raise SiteListError(f"tidy rule {path}: {type(error).__name__}: {error}") from error
    if not isinstance(article, BeautifulSoup):
        raise SiteListError(
            f"tidy rule {path}: tidy() gave {type(article).__name__}, not the article it was given"
        )
    body = article.body or article
    return _text(article), sanitised(body.decode_contents())


def _text(article: BeautifulSoup) -> str:
    """One paragraph for each innermost block of the article."""
    blocks = [block for block in article.find_all(_BLOCKS) if not block.find(_BLOCKS)]
    texts = [" ".join(block.get_text().split()) for block in blocks]
    return "\n\n".join(text for text in texts if text)


@cache
def load_tidy(path: str) -> Tidy:
    """The `tidy` function of a rule's file; raises SiteListError when there is none."""
    spec = importlib.util.spec_from_file_location(f"tidy_{Path(path).stem}", path)
    if spec is None or spec.loader is None:
        raise SiteListError(f"tidy rule {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        tidy: Tidy = module.tidy
    except (OSError, SyntaxError, ImportError, AttributeError) as error:
        raise SiteListError(f"tidy rule {path} cannot be used: {error}") from error
    return tidy
