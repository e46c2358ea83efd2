"""How a page came to be fetched, as the WARC keeps it beside the response: Circumstances <-> warc-fields.

Promises: what is written is read back the same, but for line breaks inside a value; fields of other programs
are passed over. Never raises on what a file holds.

`via` is the name that the WARC guidelines give to the page a URL was found on (ISO 28500, annex B.3.3); the
other names are ours.
"""

from __future__ import annotations

from pipelines.model import Circumstances


def to_fields(circumstances: Circumstances) -> bytes:
    """The block of a metadata record, application/warc-fields in UTF-8."""
    pairs = [
        ("site", circumstances.site),
        ("role", circumstances.role),
        ("crawl", circumstances.crawl),
        ("robots", circumstances.robots),
        ("certificate", circumstances.certificate),
        ("signals", circumstances.signals),
        *(("redirected-from", address) for address in circumstances.chain),
        ("via", circumstances.found_on),
    ]
    lines = (f"{name}: {' '.join(str(value).splitlines())}\r\n" for name, value in pairs if value is not None)
    return "".join(lines).encode("utf-8", "replace")


def from_fields(block: bytes) -> Circumstances | None:
    """What such a block says; None when it names no site, as the metadata of other programs."""
    chain: list[str] = []
    found: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon and name == "redirected-from":
            chain.append(value.strip())
        elif colon:
            found.setdefault(name, value.strip())
    if not found.get("site"):
        return None
    crawl = found.get("crawl", "")
    return Circumstances(
        found["site"], found.get("role", "page"), int(crawl) if crawl.isdecimal() else None,
        found.get("robots"), tuple(chain), found.get("via"), found.get("certificate"),
        found.get("signals"),
    )  # fmt: skip
