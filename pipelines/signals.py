"""What a host declares of its pages to those who mine text: robots.txt, tdmrep.json, ai.txt -> words.

Reads Content-Signal and Content-Usage in robots.txt (contentsignals.org; IETF aipref drafts), the rules of
/.well-known/tdmrep.json (TDM Reservation Protocol, W3C community group, 2024: the first that matches) and
/ai.txt, which looks like a robots.txt. The words go with each capture, in the WARC too, so that what was said
that day can be read later: "ai-train=no ai.txt tdm-reservation=1 tdm-policy=https://...". What is done
about them is the site's policy (`pipelines.reservation`). Pure, bounded, never raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import unquote, urljoin, urlsplit

AI_TXT = "ai.txt"
"""The word for an address that ai.txt closes."""
RESERVED = "tdm-reservation="
POLICY = "tdm-policy="
MOST_RULES = 1000
"""Rules of one file that are read."""
_LARGEST = 64 << 10
_LONGEST_PATTERN = 500
_NO = re.compile(r"([a-z][a-z-]{1,30})\s*=\s*(n|no)\b", re.IGNORECASE)
_USAGE = re.compile(r"\s*content-(?:usage|signal)\s*:\s*(/\S*)?(.*)", re.IGNORECASE)
_LINE = re.compile(r"\s*(user-agent|allow|disallow)\s*:\s*([^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a line of robots.txt does not want done with the pages below a path."""

    path: str
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a file says of the addresses that match a pattern."""

    pattern: str
    words: tuple[str, ...]


def usage(line: str) -> Usage | None:
    """A Content-Usage or Content-Signal line; None for another one."""
    found = _USAGE.fullmatch(line)
    return Usage(found[1] or "/", refused(found[2])) if found else None


def refused(text: str) -> tuple[str, ...]:
    """The uses that a list such as "search=y, train-ai=n" refuses, as written, in lower case."""
    return tuple(f"{name.lower()}={said.lower()}" for name, said in _NO.findall(text[:_LARGEST]))


def tdmrep(body: bytes, base: str) -> tuple[Rule, ...]:
    """The rules of a tdmrep.json at `base`; none when it is none."""
    try:
        listed = json.loads(body[:_LARGEST])
    except (ValueError, RecursionError):
        return ()
    listed = listed if isinstance(listed, list) else [listed]
    return tuple(_tdm_rules(listed[:MOST_RULES], base))


def _tdm_rules(listed: Iterable[object], base: str) -> Iterator[Rule]:
    for entry in listed:
        if not isinstance(entry, dict) or str(entry.get("tdm-reservation")) not in ("0", "1"):
            continue
        pattern = entry.get("location")
        policy = entry.get("tdm-policy")
        words = [f"{RESERVED}{entry['tdm-reservation']}"]
        if isinstance(policy, str) and policy.strip():
            words.append(f"{POLICY}{_address(policy, base)}")
        if _is_pattern(pattern):
            yield Rule(pattern, tuple(words))


def ai_txt(body: bytes, name: str) -> tuple[Rule, ...]:
    """The rules of an ai.txt for us or for all, the most specific first; none where it is another file.

    Spawning's form: a robots.txt whose patterns often are endings of file names.
    """
    ours: dict[str, list[tuple[str, bool]]] = {name: [], "*": []}
    agents: list[str] = []
    is_new = True
    for line in body[:_LARGEST].decode("utf-8", "replace").splitlines()[:MOST_RULES]:
        found = _LINE.match(line)
        if found is None:
            continue
        field, value = found[1].lower(), found[2].strip()
        if field == "user-agent":
            agents = [value.lower()] if is_new else [*agents, value.lower()]
            is_new = False
        elif value:
            is_new = True
            for agent in ours.keys() & set(agents):
                ours[agent].append((value, field == "allow"))
        else:
            is_new = True
    rules = ours[name] or ours["*"]
    rules.sort(key=lambda rule: (len(rule[0]), rule[1]), reverse=True)
    made = ((path if path.startswith(("/", "*")) else f"*{path}", allows) for path, allows in rules)
    return tuple(Rule(path, () if allows else (AI_TXT,)) for path, allows in made if _is_pattern(path))


def said_of(url: str, usages: Iterable[Usage] = (), *files: Iterable[Rule]) -> str | None:
    """All that is said of `url`, in words; None when nothing is."""
    path = _path(url)
    below = [usage for usage in usages if path.startswith(usage.path)]
    longest = max((len(usage.path) for usage in below), default=0)
    words = [word for usage in below if len(usage.path) == longest for word in usage.refused]
    for rules in files:
        words += next((rule.words for rule in rules if _matches(rule.pattern, path)), ())
    return " ".join(dict.fromkeys(words)) or None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return unquote(parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_pattern(path: object) -> TypeGuard[str]:
    return isinstance(path, str) and path.startswith(("/", "*")) and len(path) <= _LONGEST_PATTERN


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern with * and $ as robots.txt has them (RFC 9309, 2.2.3) matches; in linear time."""
    is_whole = pattern.endswith("$")
    first, *others = unquote(pattern.removesuffix("$")).split("*")
    at = len(first)
    if not path.startswith(first):
        return False
    if not others:
        return not is_whole or at == len(path)
    for piece in others[:-1]:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    if is_whole:
        return len(path) - at >= len(others[-1]) and path.endswith(others[-1])
    return path.find(others[-1], at) >= 0


def _address(policy: str, base: str) -> str:
    try:
        address = urljoin(base, policy.strip())
    except ValueError:
        address = policy.strip()
    return re.sub(r"\s", "%20", address)[:2000]
