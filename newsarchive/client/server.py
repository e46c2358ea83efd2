"""An archive that a Datasette serves, asked by its SQL endpoint: https://docs.datasette.io/en/stable/json_api.html

Every value arrives there as text: write `cast(:n as integer)` where a number stands alone. An answer has as
many rows as the server allows, usually 1,000; a longer one is an error, never cut in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from newsarchive.client.source import NEEDED, TABLES
from pipelines.errors import NotAnArchive, QueryRefused, ServerUnreachable

SECONDS = 60.0
MOST = 1000
"""Rows of an answer that every reading room gives; what is asked for page by page is asked for so."""


class Server:
    """The database at an address such as http://127.0.0.1:8001/archive."""

    most: int | None = MOST

    def __init__(self, address: str, token: str | None = None) -> None:
        self.name = address.rstrip("/").removesuffix(".json")
        if not httpx.URL(self.name).path.strip("/"):
            self.name += "/archive"
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=SECONDS, follow_redirects=True, transport=httpx.HTTPTransport(retries=2),
        )  # fmt: skip
        try:
            tables = {row["name"] for row in self.rows(TABLES, {})}
            if missing := ", ".join(sorted(NEEDED - tables)):
                raise NotAnArchive(f"{self.name} is no news archive: it has no table {missing}")
        except BaseException:
            self.close()
            raise

    def rows(self, sql: str, values: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """The rows of a statement. Raises QueryRefused, ServerUnreachable."""
        for name, value in values.items():
            if not isinstance(value, str | int | float):
                raise QueryRefused(f"the value of :{name} must be a text or a number, not {value!r}")
        parameters = {"sql": sql, "_shape": "objects", **{name: str(value) for name, value in values.items()}}
        told = self._asked(parameters)
        if told.get("truncated"):
            raise QueryRefused(
                f"{self.name}: the answer has more rows than the server gives at once "
                f"({len(told['rows']):,}): narrow the question, add `limit`, or open the file"
            )
        yield from told["rows"]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _asked(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = self._client.get(f"{self.name}.json", params=dict(parameters))
        except httpx.HTTPError as error:
            said = str(error) or type(error).__name__
            raise ServerUnreachable(f"{self.name} does not answer: {said}") from error
        try:
            told = answer.json()
        except ValueError:
            told = {}
        if not isinstance(told, dict):
            told = {}
        if answer.status_code in (401, 403):
            raise ServerUnreachable(f"{self.name} asks who you are: open it with token=...")
        if answer.status_code == 404:
            raise NotAnArchive(f"{self.name}: the server has no such database; name it in the address")
        if answer.status_code >= 500:
            raise ServerUnreachable(f"{self.name} fails with status {answer.status_code}; try again later")
        if answer.status_code >= 400 or told.get("ok") is False:
            raise QueryRefused(f"{self.name}: {told.get('error') or f'status {answer.status_code}'}")
        if "rows" not in told:
            raise NotAnArchive(f"{self.name} does not answer as Datasette does")
        return told
