"""Made-up pages for the tests of the cleaner."""

from __future__ import annotations

PARAGRAPHS = (
    "The harbour council voted late on Tuesday to reopen the old ferry line between the two banks, "
    "after a winter in which nobody could cross without a detour of forty minutes.",
    "Engineers had warned for years that the landing stage was rotten, and in November a beam gave "
    "way while the last boat of the evening was tying up; no one was hurt, but the line was closed "
    "the same night.",
    "“We have waited long enough,” said Marta Oling, who runs the bakery on the north bank and lost a "
    "third of her customers when the boats stopped. “A town that is cut in two is not a town.”",
    "The repair will cost about 400,000 crowns, most of which comes from a regional fund for small "
    "ports. The council expects the first boat to sail in the week before midsummer, if the weather "
    "allows the divers to work.",
    "Until then a bus will run every half hour from the market square. Tickets bought for the ferry "
    "remain valid, and the council has promised to answer all questions at an open meeting in the "
    "town hall next Thursday.",
)

CHROME_TOP = """
<header class="site-header"><nav class="main-nav"><ul>
<li><a href="/">Home</a></li><li><a href="/town">Town</a></li>
<li><a href="/sport">Sport</a></li><li><a href="/culture">Culture</a></li></ul></nav></header>
"""
CHROME_BOTTOM = """
<footer class="site-footer"><p>© 2026 The Harbour Post. All rights reserved.</p>
<ul><li><a href="/imprint">Imprint</a></li><li><a href="/privacy">Privacy policy</a></li></ul></footer>
"""


def page(
    inside: str = "",
    *,
    after: str = "",
    title: str = "Ferry to sail again",
    paragraphs: tuple[str, ...] = PARAGRAPHS,
    language: str = "en",
) -> bytes:
    """A news page: `inside` stands in the body's container after the paragraphs, `after` below it."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<title>{title} - The Harbour Post</title></head>
<body>{CHROME_TOP}<main><article class="story"><h1>{title}</h1>
<div class="story-body">{text}{inside}</div></article>{after}</main>{CHROME_BOTTOM}</body></html>""".encode()
