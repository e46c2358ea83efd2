"""The cleaner on made-up pages: the body comes out whole, and what is not body is left out with a
reason."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines import extract
from pipelines.model import Extraction
from tests.pipelines.article.pages import PARAGRAPHS, page

SHARE = """<div class="share-bar"><span>Share this article:</span> <a href="#">Facebook</a>
<a href="#">WhatsApp</a></div>"""
NEWSLETTER = """<div class="newsletter-signup"><h3>The Harbour letter</h3><p>Sign up to our newsletter
and get the week's
stories in your inbox.</p><form><input type="email"><button>Subscribe</button></form></div>"""
COMMENTS = """<section id="comments" class="comments"><h2>2 comments</h2><ol class="comment-list">
<li class="comment"><b>Old salt</b><p>The ferry was never late in forty years, and I took it every
single day to work.</p></li>
<li class="comment"><b>Anna</b><p>At last! I hope that they keep the old boat, it is part of this
town.</p></li></ol>
<form><textarea></textarea><button>Leave a comment</button></form></section>"""
RELATED = """<aside class="related-stories"><h2>Related stories</h2><ul>
<li><a href="/a"><h3>Bakery on the north bank closes for good</h3></a></li>
<li><a href="/b"><h3>Divers find anchor from 1702 in the harbour</h3></a></li>
<li><a href="/c"><h3>Regional fund for small ports runs dry</h3></a></li></ul></aside>"""
TEASERS = """<section class="latest"><h2>Latest articles</h2><div class="card"><a href="/d"><h3>Ten
things to do in the
harbour this summer</h3></a><p>Our guide to the season.</p></div><div class="card"><a href="/e"><h3>Fish
market moves to
the south bank</h3></a><p>Traders are divided over the plan.</p></div></section>"""
COOKIES = """<div class="cookie-consent" role="dialog"><p>We use cookies to improve your experience. By
clicking accept
you consent to the use of all cookies.</p><button>Accept</button></div>"""
BIO = """<div class="author-bio"><p><b>Ines Falk</b> is a reporter for The Harbour Post. She covers the
council and lives
in the old town.</p></div>"""


def leaked(found: Extraction, *words: str) -> list[str]:
    return [word for word in words if word.casefold() in found.text.casefold()]


def test_the_body_is_the_paragraphs_with_a_blank_line_between() -> None:
    found = extract(
        page(after=SHARE + NEWSLETTER + COMMENTS + RELATED + TEASERS), "https://harbour.example/ferry"
    )
    assert found.text == "\n\n".join(PARAGRAPHS)
    assert found.title == "Ferry to sail again"
    assert found.confidence > 0.8


@pytest.mark.parametrize(
    ("block", "reason", "words"),
    [
        (SHARE, "share", ("Share this", "Facebook")),
        (NEWSLETTER, "newsletter", ("newsletter", "inbox", "Subscribe")),
        (COMMENTS, "comments", ("Old salt", "At last!", "Leave a comment")),
        (RELATED, "related", ("Related stories", "Divers find")),
        (COOKIES, "consent", ("cookies",)),
        (BIO, "author bio", ("is a reporter",)),
    ],
)
def test_what_is_not_body_is_left_out_and_says_why(block: str, reason: str, words: tuple[str, ...]) -> None:
    found = extract(page(after=block), "https://harbour.example/ferry")
    assert leaked(found, *words) == []
    assert all(paragraph in found.text for paragraph in PARAGRAPHS)
    told = {
        word for word in words for left in found.blocks_removed if left.reason == reason and word in left.text
    }
    assert told, [(left.reason, left.text) for left in found.blocks_removed]


@pytest.mark.parametrize(
    "html", [b"", b" ", b"\0" * 100, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, b"plain words"]
)
def test_what_is_no_page_gives_little_and_never_raises(html: bytes) -> None:
    assert len(extract(html).text) < 2_000


THAI = """แม่น้ำสูงขึ้นเมื่อคืนนี้ หลังฝนตกหนักต่อเนื่องสามวัน ชาวบ้านริมฝั่งต้องย้ายของขึ้นที่สูง
และโรงเรียนสองแห่งปิดเรียนในวันนี้ เจ้าหน้าที่กล่าวว่าระดับน้ำจะลดลงในวันศุกร์
และจะเปิดสะพานอีกครั้งในสัปดาห์หน้า หากไม่มีฝนตกเพิ่ม"""
ARABIC = """ارتفع منسوب النهر الليلة الماضية بعد ثلاثة أيام من الأمطار الغزيرة، واضطر السكان على الضفة
إلى نقل أمتعتهم إلى مكان مرتفع، وأغلقت مدرستان أبوابهما اليوم، وقال مسؤولون إن المستوى سينخفض يوم الجمعة."""

JAPANESE = """大雨が三日間続いた後、昨夜、川の水位が上昇し、川岸の住民は荷物を高い場所に移した。
二つの学校が今日休校となり、当局は金曜日には水位が下がるだろうと述べた。"""


@pytest.mark.parametrize(
    ("day", "text"), [("5 มีนาคม 2567", THAI), ("٥ مارس ٢٠٢٤", ARABIC), ("2024年3月5日", JAPANESE)]
)
def test_the_day_above_the_body_is_left_out_in_any_calendar(day: str, text: str) -> None:
    title = text[:24]
    found = extract(f"<article><h1>{title}</h1><p>{day}</p><p>{text}</p></article>".encode())
    assert found.published == date(2024, 3, 5)
    assert found.text == " ".join(text.split())
    assert [(left.reason, left.text) for left in found.blocks_removed] == [("title", title), ("date", day)]
