"""JSON-LD read tolerantly: broken scripts are salvaged, graphs and lists flattened, references followed.

Promises: never raises, and never works longer than the bounds below allow, whatever a script holds.
Never judges whether what a page says of itself is true.

Sources: JSON-LD 1.1 (W3C), schema.org.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.article.decode import unescaped

Node = dict[str, Any]
"""One JSON object as parsed: any key may be absent, any value of any type."""

MAX_SCRIPTS = 40
MAX_CHARS = 3_000_000
"""Characters of all scripts of a page together; what lies beyond is not read."""
MAX_VISITED = 4000
"""Objects and lists looked at on one page."""
MAX_SALVAGE = 200_000
"""Characters of one broken script in which single properties are looked for."""

_FOLLOWED = ("@graph", "mainEntity", "mainEntityOfPage", "@included")
_WRAPPINGS = ("<!--", "-->", "<![CDATA[", "]]>", "//", "/*", "*/", ";")
_TRAILING_COMMA = re.compile(r",(\s{0,100}[}\]])")
_MISSING_COMMA = re.compile(r"([}\]\"])\s{0,20}\n\s{0,100}(?=\")")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_PROPERTY = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|description|articleSection|inLanguage|articleBody|name|@type)"'
    r'\s{0,20}:\s{0,20}"((?:[^"\\]|\\.){1,4000})"'
)
_AUTHOR = re.compile(
    r'"(?:author|creator)"\s{0,20}:[^\[\]]{0,200}?"name"\s{0,20}:\s{0,20}"((?:[^"\\]|\\.){1,200})"'
)


def read(scripts: Iterable[str]) -> list[Node]:
    """The objects of a page's `application/ld+json` scripts, outer before inner ones, references resolved.

    An object that is only referred to stands where it is defined. Of a script that no repair makes valid,
    one object with the properties that can be recognised in it.
    """
    room = MAX_CHARS
    roots: list[Any] = []
    for number, script in enumerate(scripts):
        if number >= MAX_SCRIPTS or len(script) > room:
            break
        room -= len(script)
        roots.extend(_parse(script))
    nodes = list(_flatten(roots))
    if any(map(_refers, nodes)):
        _resolve(nodes, _index(roots))
    return nodes


def types(node: Node) -> frozenset[str]:
    """The object's types in lower case, without the vocabulary's address: {"newsarticle"}."""
    return frozenset(
        name.rpartition("/")[2].rpartition(":")[2].strip().lower() for name in strings(node.get("@type"))
    )


def strings(value: Any, limit: int = 200) -> list[str]:
    """The strings that `value` stands for: itself, its members, or the name of an object; at most `limit`."""
    found: list[str] = []
    waiting = deque([value])
    while waiting and len(found) < limit:
        item = waiting.popleft()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, list):
            waiting.extend(item[:limit])
        elif isinstance(item, dict):
            waiting.append(
                next((item[key] for key in ("@value", "name", "url", "@id") if item.get(key)), None)
            )
    return found


def string(value: Any) -> str | None:
    """The first string of `value` that is not blank, or None."""
    return next((text for text in strings(value, 5) if text.strip()), None)


def objects(value: Any, limit: int = 100) -> list[Node]:
    """The objects that `value` is or directly holds."""
    members = value if isinstance(value, list) else [value]
    return [item for item in members[:limit] if isinstance(item, dict)]


def _parse(script: str) -> list[Any]:
    text = _unwrapped(script)
    if not text:
        return []
    for repaired in _repairs(text):
        try:
            return [json.loads(repaired, strict=False)]
        except (ValueError, RecursionError):
            continue
    return _several(text) or _salvage(text[:MAX_SALVAGE])


def _unwrapped(script: str) -> str:
    """The script without the comment and CDATA marks around it."""
    text = script.strip()
    for _ in range(8):
        before = text
        for mark in _WRAPPINGS:
            text = text.removeprefix(mark).removesuffix(mark).strip()
        if text == before:
            break
    return text


def _repairs(text: str) -> Iterator[str]:
    """The text as it is, then with the faults mended that are seen most."""
    yield text
    mended = _TRAILING_COMMA.sub(r"\1", _BAD_ESCAPE.sub("", text))
    yield mended
    yield _MISSING_COMMA.sub(r"\1,\n", mended)
    if "&quot;" in text or "&#34;" in text:
        yield unescaped(text)


def _several(text: str) -> list[Any]:
    """Objects that stand one after the other in one script."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    start = 0
    while len(found) < MAX_SCRIPTS and (start := text.find("{", start)) >= 0:
        try:
            value, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return found
        found.append(value)
    return found


def _salvage(text: str) -> list[Any]:
    node: Node = {}
    for key, value in _PROPERTY.findall(text):
        node.setdefault(key, _unescape(value))
    authors = [{"@type": "Person", "name": _unescape(name)} for name in _AUTHOR.findall(text)[:20]]
    if authors:
        node["author"] = authors
    return [node] if node else []


def _unescape(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _flatten(roots: list[Any]) -> Iterator[Node]:
    """The objects that describe the page itself, breadth first: inner ones only under the followed keys."""
    waiting = deque(roots)
    for _ in range(MAX_VISITED):
        if not waiting:
            return
        item = waiting.popleft()
        if isinstance(item, list):
            waiting.extend(item[:MAX_VISITED])
        elif isinstance(item, dict):
            if len(item) > 1 or "@graph" not in item:
                yield item
            waiting.extend(item[key] for key in _FOLLOWED if isinstance(item.get(key), list | dict))


def _index(roots: list[Any]) -> dict[str, Node]:
    """@id -> the object that says more than its @id."""
    known: dict[str, Node] = {}
    waiting = deque(roots)
    for _ in range(MAX_VISITED):
        if not waiting:
            break
        item = waiting.popleft()
        if isinstance(item, list):
            waiting.extend(item[:MAX_VISITED])
        elif isinstance(item, dict):
            name = item.get("@id")
            if isinstance(name, str) and len(item) > 1:
                known.setdefault(name, item)
            waiting.extend(value for value in item.values() if isinstance(value, list | dict))
    return known


_NAMED = ("author", "creator", "publisher", "image", "contributor")


def _refers(node: Node) -> bool:
    """Whether an object gives people or images by the @id of what stands elsewhere."""
    members = (member for key in _NAMED for member in objects(node.get(key)))
    return any("@id" in member and "name" not in member for member in members)


def _resolve(nodes: list[Node], known: dict[str, Node]) -> None:
    """Put the referred object in the place of `{"@id": ...}` where people and images are named."""
    for node in nodes:
        for key in _NAMED:
            value = node.get(key)
            if isinstance(value, dict):
                node[key] = _referred(value, known)
            elif isinstance(value, list):
                node[key] = [
                    _referred(item, known) if isinstance(item, dict) else item for item in value[:100]
                ]


def _referred(value: Node, known: dict[str, Node]) -> Node:
    name = value.get("@id")
    return known.get(name, value) if isinstance(name, str) and "name" not in value else value
