"""sites.yml: the sites of an archive, read and checked, and added to.

`load` promises that whatever it gives back can be crawled as it stands: every key known, every value of its
type, every expression and selector compiled, every rule file there. What is wrong is told all at once, a line
for each mistake, with the file, the line, the key and the nearest right word. `append` leaves what stands in
the file byte for byte.

The file is read as a tree of nodes with their lines, never as Python objects: nothing in it is executed or
expanded, and a key given twice is seen. It never fetches anything, and never looks at a rule's code.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import tempfile
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from pipelines.errors import SiteListError
from pipelines.model import Rules, Site
from pipelines.reservation import RESPECTED

TEMPLATE = """\
# The sites of this archive. `newsarchive add URL` writes an entry below; you may edit it, and write your own.
#
# Who crawls? An e-mail or web address, sent with every request so that a site can reach you.
{contact}

# Who is told when a site falls silent, shows walls or comes back? And where does Prometheus find its figures?
#
#   alerts:
#     webhook: https://hooks.example/archive   # gets a JSON document; may be an address of your own network
#     email: [archivist@example.org]
#     smtp: smtp://archive@mail.example:587    # password: NEWSARCHIVE_SMTP_PASSWORD
#   metrics: newsarchive.prom                  # for the textfile collector of node_exporter

# One entry a site: a short key, its front page, and whatever should differ from the defaults.
#
#   example-gazette:
#     url: https://gazette.example/       # the front page
#     name: The Example Gazette
#     language: en
#     delay: 1.0                          # seconds between two requests
#     max_pages: 2000                     # pages fetched in one crawl at most; under `run`, in one day
#     hosts: [news.gazette.example]       # further hosts that belong to the site
#     feeds: [/rss.xml]                   # besides those the front page names
#     sitemaps: [/news-sitemap.xml]       # besides those robots.txt names
#     sections: [/politics/, /sport/]     # pages that list articles
#     allow: ['/\\d{{4}}/']                  # an article's address must match one of these
#     deny: ['/shop/']                    # never fetched
#     remove: ['.promo-box']              # CSS selectors dropped before cleaning
#     keep: ['.fact-box']                 # CSS selectors kept whatever the cleaner thinks
#     rule: rules/gazette.py              # Python, for what selectors cannot say
#     keep_params: [cmp]                  # parameters that choose a page, though elsewhere they only track
#     licence: CC BY 4.0                  # the licence of its texts
#     browser: true                       # fill its pages by a browser; false: never; else those that need it
#     allow_private: true                 # fetch from addresses that are not public
#     verify_certificates: true           # keep nothing from a server that nobody vouches for
#     paused: true                        # keep what is archived, fetch nothing
#     respect: [noarchive, tdm, noai]     # leave out what pages ask to be left out; else it is only recorded
sites:
"""
"""What `init` writes; filled by `template`."""

_NO_CONTACT = "contact:    # nobody yet: please write yours here before you crawl sites of others"
_MAX_DELAY = 3600.0
_TAG = "tag:yaml.org,2002:"
_KEY_RULE = "made of a-z, 0-9 and single hyphens, 64 at most"
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_HOST = re.compile(r"(?:[\w-]+(?:\.[\w-]+)*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Alerts:
    """Whom to tell when the health of a site changes, and how."""

    webhook: str | None = None
    """Gets a JSON document by POST; may lie on a private address, for the archivist named it."""
    email: tuple[str, ...] = ()
    smtp: str = "smtp://localhost:25"
    """The mail server: smtp:// (STARTTLS where it is offered) or smtps://, perhaps with a user name. The
    password is in the environment."""
    sender: str | None = None
    """The From address; the first of `email` when there is none."""


@dataclass(frozen=True, slots=True)
class SiteList:
    """What sites.yml says, checked."""

    contact: str | None
    """An e-mail or web address for the User-Agent; None when the archivist gave none."""
    sites: dict[str, Site] = field(default_factory=dict)
    """By key, in the order of the file. `Rules.tidy` of a site is the rule file's full path."""
    alerts: Alerts | None = None
    """Who is told when the health of a site changes; None when nobody."""
    metrics: Path | None = None
    """The file for Prometheus that each crawl writes; None when none is asked for."""


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    """One mistake at one node; collected by `_Reading`."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node


def load(path: Path) -> SiteList:
    """The checked content of the sites.yml at `path`.

    Raises SiteListError with a line for each mistake in the file, or one when it cannot be read at all.
    """
    root = _compose(_decode(_read(path), path), path)
    reading = _Reading(path)
    contents = reading.file(root)
    if reading.mistakes:
        raise SiteListError("\n".join(reading.told()))
    return contents


def template(contact: str | None) -> str:
    """The text of a new sites.yml without sites, with comments that explain it.

    Raises SiteListError when `contact` is neither an e-mail nor a web address.
    """
    if contact is not None and not _is_contact(contact):
        raise SiteListError(f"the contact {contact!r} is neither an e-mail nor a web address")
    return TEMPLATE.format(contact=_NO_CONTACT if contact is None else f"contact: {_scalar(contact)}")


def append(path: Path, site: Site, notes: Sequence[str]) -> None:
    """Write an entry for `site` at the end of `sites` in the file at `path`, `notes` as comments above it.

    What stands in the file stays byte for byte; the new file replaces the old in one step. Raises
    SiteListError when the file has mistakes, has the key or the address already, or is laid out so that
    nothing can safely be added.
    """
    known = load(path)
    _refuse_known(path, known, site)
    raw = _read(path)
    text = _decode(raw, path)
    entry_text = entry(site, notes, path.parent)
    try:
        grown = _insert(text, _compose(text, path), entry_text)
    except _Wrong as wrong:
        raise SiteListError(
            f"{path.name}, line {_line(wrong.node)}: {wrong}; add by hand:\n{entry_text}"
        ) from None
    bom = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    _replace(path, bom + grown.encode(), check=lambda new: _holds(new, path, known, site))


def entry(site: Site, notes: Sequence[str], folder: Path) -> str:
    """The YAML of one site, indented by two, `notes` as comments, and what differs from the defaults.

    Control characters in names and notes become spaces: nothing a site says of itself can leave its line.
    """
    lines = [f"  # {line}" for note in notes for line in textwrap.wrap(_printable(note), 100)]
    lines.append(f"  {site.key}:")
    for name, value in _settings(site, folder):
        if isinstance(value, tuple):
            lines += [f"    {name}:", *(f"      - {_scalar(item)}" for item in value)]
        else:
            lines.append(f"    {name}: {_scalar(value)}")
    return "\n".join(lines) + "\n"


# --- reading the bytes


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SiteListError(f"no {path.name} in {path.parent}: `newsarchive init` makes one") from None
    except OSError as error:
        raise SiteListError(f"{path} cannot be read: {error.strerror}") from None


def _decode(raw: bytes, path: Path) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SiteListError(f"{path.name} is UTF-16, not UTF-8: save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start]
        raise SiteListError(
            f"{path.name}, line {line}: byte 0x{byte:02X} is not UTF-8: save it as UTF-8"
        ) from None


def _compose(text: str, path: Path) -> Node | None:
    try:
        return YAML(typ="safe", pure=True).compose(text)  # type: ignore[no-any-return]
    except MarkedYAMLError as error:
        raise SiteListError(f"{path.name}{_mark(error)}: {_problem(error)}") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SiteListError(
            f"{path.name}, line {line}: a control character, which YAML does not allow"
        ) from None
    except (YAMLError, RecursionError) as error:
        raise SiteListError(f"{path.name} is not YAML that can be read: {error}") from None


def _mark(error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _problem(error: MarkedYAMLError) -> str:
    problem = str(error.problem or error.context)
    if "'\\t'" in problem:
        return "a tab; YAML is indented with spaces"
    if "mapping values are not allowed" in problem:
        return "a colon where none can be: put the value in quotes, or mend the indentation above"
    where = f" {error.context}" if error.context and error.problem else ""
    return f"not YAML:{where} {problem}"


# --- reading the nodes


class _Reading:
    """One pass over the nodes of a file: what is right becomes sites, what is wrong a list of mistakes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: list[tuple[int, str]] = []

    def told(self) -> list[str]:
        """A line for each mistake, in the order of the file."""
        return [f"{self.path.name}, line {line}: {message}" for line, message in sorted(set(self.mistakes))]

    def wrong(self, node: Node, message: str) -> None:
        self.mistakes.append((_line(node), message))

    def file(self, root: Node | None) -> SiteList:
        if root is None or _is_null(root):
            needs = "`sites:` and below it a key and a url for each site"
            self.mistakes.append((1, f"the file is empty; it needs {needs}"))
            return SiteList(None)
        known = {"contact": _contact, "sites": _as_is, "alerts": _as_is, "metrics": _text}
        values = self.mapping(root, known, "the file")
        sites = self.sites(values["sites"]) if "sites" in values else {}
        alerts = self.alerts(values["alerts"]) if "alerts" in values else None
        metrics = self.path.parent / values["metrics"] if "metrics" in values else None
        return SiteList(values.get("contact"), sites, alerts, metrics)

    def alerts(self, node: Node) -> Alerts | None:
        """Whom to tell; None where nobody is named, which is a mistake."""
        values = self.mapping(node, _ALERT_FIELDS, "'alerts'")
        if not values.get("webhook") and not values.get("email"):
            self.wrong(node, "'alerts' names nobody; it needs a webhook or a list of email")
            return None
        return Alerts(**values)

    def mapping(self, node: Node, known: Mapping[str, Callable[[Node], Any]], where: str) -> dict[str, Any]:
        """The values of `node` by key, converted; keys with mistakes (noted) and empty ones are left out."""
        values = {}
        for key, key_node, value in self.pairs(node, where):
            if key not in known:
                self.wrong(key_node, f"unknown key '{key}' in {where}{_nearest(key, known)}")
            elif not _is_null(value):
                try:
                    values[key] = known[key](value)
                except _Wrong as wrong:
                    self.wrong(wrong.node, f"'{key}' in {where} {wrong}")
        return values

    def pairs(self, node: Node, where: str) -> Iterator[tuple[str, Node, Node]]:
        """Key, its node and its value's node; a key that comes twice is a mistake, its first value counts."""
        if not isinstance(node, MappingNode):
            self.wrong(node, f"{where} must hold keys with values (`key: value`), not {_kind(node)}")
            return
        seen: dict[str, int] = {}
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else str(_kind(key_node))
            if key in seen:
                self.wrong(key_node, f"'{key}' in {where} is there twice; the first is in line {seen[key]}")
                continue
            seen[key] = _line(key_node)
            yield key, key_node, value

    def sites(self, node: Node) -> dict[str, Site]:
        sites: dict[str, Site] = {}
        addresses: dict[str, str] = {}
        for key, key_node, value in self.pairs(node, "'sites'"):
            site = self.site(key, key_node, value)
            if site is None:
                continue
            other = addresses.setdefault(_address(site.url), key)
            if other != key:
                self.wrong(key_node, f"site '{key}' has the same url as site '{other}'")
            sites[key] = site
        return sites

    def site(self, key: str, key_node: Node, node: Node) -> Site | None:
        if not _is_key(key):
            self.wrong(key_node, f"a site's key is {_KEY_RULE}, not '{key}'")
        if _is_null(node):
            self.wrong(key_node, f"site '{key}' is empty; it needs a url")
            return None
        folder = self.path.parent
        values = self.mapping(node, {**_FIELDS, "rule": partial(_rule, folder=folder)}, f"site '{key}'")
        if "url" not in values:
            if isinstance(node, MappingNode) and not any(k.value == "url" for k, _ in node.value):
                self.wrong(key_node, f"site '{key}' has no url; write its front page as `url: https://...`")
            return None
        return _site(key, values)


def _site(key: str, values: dict[str, Any]) -> Site:
    rules = Rules(values.pop("remove", ()), values.pop("keep", ()), values.pop("rule", None))
    for name in ("feeds", "sitemaps", "sections"):
        values[name] = tuple(urljoin(values["url"], address) for address in values.get(name, ()))
    return Site(key=key, rules=rules, **values)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _TAG + "null"


def _kind(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "keys with values"
    return "a list" if isinstance(node, SequenceNode) else f"'{_printable(node.value)[:60]}'"


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else f"; it may have: {', '.join(sorted(known))}"


# --- one converter a kind of value: the value, or _Wrong


def _as_is(node: Node) -> Node:
    return node


def _text(node: Node) -> str:
    if not isinstance(node, ScalarNode):
        raise _Wrong(node, f"must be text, not {_kind(node)}")
    if node.tag != _TAG + "str":
        raise _Wrong(node, f'must be text; put it in quotes: "{_printable(node.value)}"')
    value = str(node.value)
    if not value.strip() or not value.isprintable():
        raise _Wrong(node, "must be one line of text")
    return value.strip()


def _flag(node: Node) -> bool:
    if isinstance(node, ScalarNode) and node.tag == _TAG + "bool":
        return str(node.value).lower() == "true"
    raise _Wrong(node, f"must be true or false, not {_kind(node)}")


def _number(node: Node) -> float:
    if not isinstance(node, ScalarNode) or node.tag not in (_TAG + "int", _TAG + "float"):
        return math.nan
    try:
        return float(str(node.value).replace("_", ""))
    except ValueError:  # YAML's other spellings: 0x1F, .inf
        return math.nan


def _delay(node: Node) -> float:
    value = _number(node)
    if 0 <= value <= _MAX_DELAY:
        return value
    raise _Wrong(node, f"must be a number of seconds from 0 to {_MAX_DELAY:.0f}, not {_kind(node)}")


def _count(node: Node) -> int:
    value = _number(node)
    if value >= 1 and value.is_integer():
        return int(value)
    raise _Wrong(node, f"must be a whole number, 1 or more, not {_kind(node)}")


def _contact(node: Node) -> str:
    value = _text(node)
    if not _is_contact(value):
        raise _Wrong(node, f"must be an e-mail or web address, not '{value}'")
    return value


def _url(node: Node) -> str:
    value = _text(node)
    problem = _url_problem(value)
    if problem:
        raise _Wrong(node, f"must be a web address (https://...), not '{value}': {problem}")
    return value


def _address_or_path(node: Node) -> str:
    return _text(node) if _text(node).startswith("/") else _url(node)


def _language(node: Node) -> str:
    value = _text(node)
    if not _LANGUAGE.fullmatch(value):
        raise _Wrong(node, f"must be a language tag such as en or pt-BR, not '{value}'")
    return value


def _host(node: Node) -> str:
    value = _text(node)
    if not _HOST.fullmatch(value):
        raise _Wrong(node, f"must be bare host names such as news.example.org, not '{value}'")
    return value.lower()


def _respected(node: Node) -> str:
    value = _text(node)
    if value not in RESPECTED:
        raise _Wrong(node, f"must name {', '.join(RESPECTED)}, not '{value}'{_nearest(value, RESPECTED)}")
    return value


def _pattern(node: Node) -> str:
    value = _text(node)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # re warns of what will mean something else one day
            re.compile(value)
    except (re.error, FutureWarning, RecursionError, OverflowError) as error:
        raise _Wrong(node, f"must be regular expressions; '{value}' is none: {error}") from None
    return value


def _selector(node: Node) -> str:
    # Imported here: most files need no selector, and every command reads sites.yml.
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    value = _text(node)
    try:
        LexborHTMLParser("<p>").css(value)
    except SelectolaxError:
        raise _Wrong(node, f"must be CSS selectors; '{value}' is none") from None
    return value


def _rule(node: Node, *, folder: Path) -> str:
    value = _text(node)
    path = folder / value
    if path.suffix != ".py":
        raise _Wrong(node, f"must be a Python file (.py), not '{value}'")
    if not path.is_file():
        raise _Wrong(node, f"names the file '{value}', which is not there (looked for {path})")
    return str(path.resolve())


def _list(node: Node, *, of: Callable[[Node], str]) -> tuple[str, ...]:
    if not isinstance(node, SequenceNode):
        raise _Wrong(node, "must be a list" + (f": [{_kind(node)}]" if isinstance(node, ScalarNode) else ""))
    return tuple(of(item) for item in node.value)


def _email(node: Node) -> str:
    value = _text(node)
    if not _EMAIL.fullmatch(value):
        raise _Wrong(node, f"must be an e-mail address, not '{value}'")
    return value


def _mail_server(node: Node) -> str:
    value = _text(node)
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise _Wrong(node, f"must be a mail server such as smtp://mail.example.org:587, not '{value}'")
    if parts.password is not None:
        raise _Wrong(node, "must hold no password; that belongs into the environment")
    return value


_ALERT_FIELDS: dict[str, Callable[[Node], Any]] = {
    "webhook": _url,
    "email": partial(_list, of=_email),
    "smtp": _mail_server,
    "sender": _email,
}
"""The keys of `alerts` and what reads each."""

_FIELDS: dict[str, Callable[[Node], Any]] = {
    "url": _url,
    "name": _text,
    "language": _language,
    "hosts": partial(_list, of=_host),
    "feeds": partial(_list, of=_address_or_path),
    "sitemaps": partial(_list, of=_address_or_path),
    "sections": partial(_list, of=_address_or_path),
    "allow": partial(_list, of=_pattern),
    "deny": partial(_list, of=_pattern),
    "delay": _delay,
    "max_pages": _count,
    "keep_params": partial(_list, of=_text),
    "allow_private": _flag,
    "browser": _flag,
    "verify_certificates": _flag,
    "paused": _flag,
    "respect": partial(_list, of=_respected),
    "licence": _text,
    "remove": partial(_list, of=_selector),
    "keep": partial(_list, of=_selector),
}
"""The keys of a site and what reads each; `rule` is added where the folder is known."""


def _is_key(key: str) -> bool:
    return bool(_KEY.fullmatch(key)) and len(key) <= 64


def _is_contact(value: str) -> bool:
    return bool(_EMAIL.fullmatch(value)) or not _url_problem(value)


def _url_problem(value: str) -> str | None:
    """What keeps `value` from being an absolute http(s) address, or None."""
    if re.search(r"\s", value):
        return "it has a space in it"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https"):
        return "it does not begin with http:// or https://"
    if not parts.hostname or port == 0 or not _HOST.fullmatch(parts.netloc.rpartition("@")[2]):
        return "its host is not one"
    return "it holds a name or password" if parts.username is not None else None


def _address(url: str) -> str:
    """`url` as two entries for the same site would share it."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"


# --- adding an entry


def find(sites: Mapping[str, Site], url: str) -> Site | None:
    """The site of `sites` whose front page is at `url`, scheme and last slash aside, or None."""
    return next((site for site in sites.values() if _address(site.url) == _address(url)), None)


def _refuse_known(path: Path, known: SiteList, site: Site) -> None:
    if not _is_key(site.key):
        raise SiteListError(f"a site's key is {_KEY_RULE}, not '{site.key}'")
    if site.key in known.sites:
        raise SiteListError(f"{path.name} has a site '{site.key}' already ({known.sites[site.key].url})")
    same = find(known.sites, site.url)
    if same is not None:
        raise SiteListError(f"{path.name} has {site.url} already, as site '{same.key}'")


def _settings(site: Site, folder: Path) -> Iterator[tuple[str, str | float | bool | tuple[str, ...]]]:
    """Key and value as sites.yml spells them, of what differs from a Site that has only its url."""
    for each in fields(Site):
        value = getattr(site, each.name)
        if each.name not in ("key", "rules") and value != each.default:
            yield each.name, value
    if site.rules.remove:
        yield "remove", site.rules.remove
    if site.rules.keep:
        yield "keep", site.rules.keep
    if site.rules.tidy:
        yield "rule", os.path.relpath(site.rules.tidy, folder)


def _scalar(value: str | float | bool) -> str:
    """`value` as YAML on one line; text is quoted only where it would be read as something else."""
    if not isinstance(value, str):
        return str(value).lower()
    value = _printable(value)
    try:
        node = YAML(typ="safe", pure=True).compose(f"- {value}")
    except YAMLError:
        node = None
    item = node.value[0] if isinstance(node, SequenceNode) and len(node.value) == 1 else None
    if not isinstance(item, ScalarNode) or item.style or (item.tag, item.value) != (_TAG + "str", value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _insert(text: str, root: Node | None, entry_text: str) -> str:
    """`text` with `entry_text` at the end of its `sites`, in the file's own indentation and newlines."""
    newline = "\r\n" if "\r\n" in text else "\n"
    pairs = root.value if isinstance(root, MappingNode) else []
    place = next((n for n, (key, _) in enumerate(pairs) if key.value == "sites"), None)
    if place is None:
        return _join(text, "sites:\n" + entry_text, "", newline)
    sites = pairs[place][1]
    if not _is_null(sites) and sites.flow_style:
        raise _Wrong(sites, "`sites` is written between braces, where no entry can be added")
    indent = "  " if _is_null(sites) else " " * sites.value[0][0].start_mark.column
    entry_text = textwrap.indent(textwrap.dedent(entry_text), indent)
    cut = len(text) if place == len(pairs) - 1 else _end_of_block(text, pairs[place + 1][0])
    return _join(text[:cut], entry_text, text[cut:], newline)


def _end_of_block(text: str, following: Node) -> int:
    """Where the block before `following` ends: behind its last line that is neither blank nor a comment."""
    end = text.rfind("\n", 0, int(following.start_mark.index)) + 1
    while end:
        start = text.rfind("\n", 0, end - 1) + 1
        if text[start:end].split("#")[0].strip():
            break
        end = start
    return end


def _join(before: str, entry_text: str, after: str, newline: str) -> str:
    gap = "" if before.endswith(("\n\n", "\r\n\r\n")) else "\n"
    gap = gap if before.endswith("\n") else "\n" + gap
    return before + (gap + entry_text).replace("\n", newline) + after


def _holds(path: Path, named: Path, known: SiteList, site: Site) -> None:
    """Raise SiteListError unless the file at `path` says what `known` says, and `site`."""
    try:
        new = load(path)
    except SiteListError:
        new = SiteList(None)
    if new.contact == known.contact and new.sites == {**known.sites, site.key: new.sites.get(site.key)}:
        return
    by_hand = entry(site, (), named.parent)
    raise SiteListError(
        f"{named.name} is laid out so that nothing can be added safely; add by hand:\n{by_hand}"
    )


def _replace(path: Path, content: bytes, check: Callable[[Path], None]) -> None:
    """Put `content` in the place of the file at `path` in one step, once `check` has passed the new file."""
    path = path.resolve()  # a link keeps pointing where it did
    try:
        descriptor, name = tempfile.mkstemp(prefix=".sites-", suffix=".yml", dir=path.parent)
    except OSError as error:
        raise SiteListError(f"{path} cannot be written: {error.strerror}") from None
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        new.chmod(path.stat().st_mode & 0o7777)
        check(new)
        new.replace(path)
    except OSError as error:
        raise SiteListError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        new.unlink(missing_ok=True)
