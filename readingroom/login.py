"""Who may enter an archive that is served with a login: names and tokens from one file, kept by Datasette's plugins.

Promises: with a login nothing is shown to who has none; a file that names nobody, or says what it should not,
is an error and never an open door. Holds no password: the file has hashes, made by `datasette hash-password`.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from datasette.utils import BadMetadataError, parse_metadata

from pipelines.errors import ArchiveError

PLUGINS = ("datasette_auth_passwords", "datasette_auth_tokens")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@-]{0,79}")
HASH = re.compile(r"pbkdf2_sha256\$[0-9]{4,}\$[^$]+\$.+")
SHORTEST_TOKEN = 20


def read(path: Path) -> dict[str, Any]:
    """What Datasette's metadata has to say so that only those whom the file names may enter.

    The file holds `passwords` (a name and the hash of its password) and `tokens` (a name and its token), or
    one of them. Raises ArchiveError for a file that cannot be used, or plugins that are not installed.
    """
    if any(find_spec(name) is None for name in PLUGINS):
        raise ArchiveError("A login needs two plugins of Datasette: pip install 'newsarchive[login]'")
    try:
        found = parse_metadata(path.read_text(encoding="utf-8"))
    except (OSError, BadMetadataError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(found, dict) or set(found) - {"passwords", "tokens"}:
        raise ArchiveError(f"{path} must hold `passwords` and `tokens`, and nothing else")
    passwords, tokens = (_named(path, found, kind) for kind in ("passwords", "tokens"))
    if not passwords and not tokens:
        raise ArchiveError(f"{path} names nobody: nobody could enter")
    for name, value in passwords.items():
        if not HASH.fullmatch(value):
            raise ArchiveError(f"{path}: what {name} has is no hash; make one with `datasette hash-password`")
    for name, value in tokens.items():
        if len(value) < SHORTEST_TOKEN or not value.isascii():
            raise ArchiveError(f"{path}: the token of {name} needs {SHORTEST_TOKEN} characters of ASCII or more")
    return {
        "allow": {"id": "*"},
        "plugins": {
            "datasette-auth-passwords": {f"{name}_password_hash": value for name, value in passwords.items()},
            "datasette-auth-tokens": {
                "tokens": [{"token": value, "actor": {"id": name}} for name, value in tokens.items()]
            },
        },
    }


def _named(path: Path, found: dict[str, Any], kind: str) -> dict[str, str]:
    named = found.get(kind) or {}
    if not isinstance(named, dict):
        raise ArchiveError(f"{path}: {kind} must be names, each with its value")
    for name, value in named.items():
        if not isinstance(name, str) or not NAME.fullmatch(name) or not isinstance(value, str):
            raise ArchiveError(f"{path}: {name!r} in {kind} is no name of letters, digits, dots, @ and - with a text")
    return named
