"""Examination -> one HTML page on which a person sees what the cleaner kept, what it removed, and why.

Promises: pure. Whatever a page holds stands here as escaped text: no script, no markup, link or picture of
it, and a policy under which the browser would run and load nothing but this page's own style.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape

from pipelines.article.examine import Block, Examination

_STYLE = """
body { font: 16px/1.5 Georgia, serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { line-height: 1.2 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; font-size: 14px }
dt { color: #666 }
dd { margin: 0; overflow-wrap: anywhere }
section { border-left: 5px solid; padding: .2rem .8rem; margin: .3rem 0 }
section p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
.why { font: 12px/1.5 monospace; color: #555 }
.kept { border-color: #2a7d3f; background: #eef8f0 }
.removed { border-color: #b3402e; background: #fbefed }
.removed p + p { color: #777; font-size: 14px }
"""
_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


def page(examination: Examination, source: str, facts: Iterable[tuple[str, str]]) -> str:
    """The page. `source` says what was read, `facts` are names and values to show above the blocks."""
    policy = _POLICY.format(b64encode(sha256(_STYLE.encode()).digest()).decode())
    blocks = examination.blocks
    kept = sum(block.kept for block in blocks)
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>\n" for name, value in facts)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What was kept of {escape(source)}</title>\n<style>{_STYLE}</style>\n"
        f"<h1>{escape(examination.extraction.title or 'No title')}</h1>\n<dl>\n{listed}</dl>\n"
        f"<p>{kept} blocks kept, {len(blocks) - kept} removed.</p>\n" + "".join(map(_section, blocks))
    )


def _section(block: Block) -> str:
    fate = "kept" if block.kept else "removed"
    return (
        f'<section class="{fate}"><p class="why">{fate} {escape(why(block))}</p>'
        f'<p dir="auto">{escape(block.text)}</p></section>\n'
    )


def why(block: Block) -> str:
    """Score, reason, who decided and where the block stands, on one line."""
    score = "    " if block.belief is None else f"{block.belief:.2f}"
    return f"{score}  {block.reason} (by {block.decided_by})  {block.path}".rstrip()
