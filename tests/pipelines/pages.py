"""Invented captures, and a cleaner so plain that these tests do not depend on the real one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from pipelines.model import Access, Capture, Extraction, Image, Kind, Position, RemovedBlock, Site, SiteMemory
from pipelines.warc import payload_digest

SITE = Site("example", "https://www.example.com/", name="The Example", language="en")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = "The council met on Tuesday and voted for the new bridge. " * 12


def page(title: str = "Bridge approved", text: str = BODY, *, head: str = "", kind: str = "article") -> bytes:
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    return f"<html kind='{kind}'><head>{head}</head><body><h1>{title}</h1>{paragraphs}</body></html>".encode()


def capture(
    body: bytes | None = None,
    path: str = "bridge",
    *,
    url: str | None = None,
    day: int = 0,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),),
    chain: tuple[str, ...] = (),
    truncated: str | None = None,
) -> Capture:
    body = page() if body is None else body
    return Capture(
        url or f"https://www.example.com/{path}", START + timedelta(days=day), status, headers, body,
        payload_digest(body), Position("warc/x.warc.gz", 7, 9), chain, truncated,
    )  # fmt: skip


def plain_extract(
    html: bytes, url: str | None = None, *, content_type: str | None = None, site: SiteMemory | None = None
) -> Extraction:
    """Title from h1, text from p, the rest from made-up attributes."""
    source = html.decode("utf-8", "surrogatepass")
    if "explode" in source:
        raise ValueError("a page that no cleaner survives")

    def attribute(name: str) -> str | None:
        found = re.search(rf"{name}='([^']*)'", source)
        return found[1] if found else None

    paragraphs = re.findall(r"<p>(.*?)</p>", source, re.DOTALL)
    title = re.search(r"<h1>(.*?)</h1>", source)
    published = attribute("published")
    modified = attribute("modified")
    return Extraction(
        title=title[1] if title else None,
        standfirst=attribute("standfirst"),
        authors=(attribute("authors") or "").split(";") if attribute("authors") else [],
        published=_moment(published),
        modified=_moment(modified),
        tags=["bridges", "council"],
        image=Image("https://www.example.com/bridge.jpg", "The bridge", "A. Painter"),
        canonical_url=attribute("canonical"),
        access=Access(attribute("access") or "open"),
        kind=Kind(attribute("kind") or "article"),
        text="\n\n".join(part.strip() for part in paragraphs if part.strip()),
        html="".join(f"<p>{part}</p>" for part in paragraphs),
        blocks_removed=[RemovedBlock("Share this", "share")],
        confidence=0.9,
    )


def _moment(text: str | None) -> datetime | date | None:
    if not text:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
