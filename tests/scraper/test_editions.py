"""One article and its addresses: copies for phones, and editions in other languages, which are not merged."""

from __future__ import annotations

from pathlib import Path

from pipelines.identify import editions, is_translation
from scraper.discovery.links import read_links
from tests.scraper.crawling import ask, make, only, run
from tests.scraper.localsite import Answer, LocalSite, article

URL = "https://news.example/story"
HEAD = """<link rel="alternate" media="only screen and (max-width: 640px)" href="https://m.news.example/story">
<link rel="alternate" hreflang="es" href="/es/historia"><link hreflang='en-GB' rel=alternate href=/story>
<link rel="alternate" hreflang="x-default" href="/story">"""


def test_what_a_page_says_of_its_copies_and_editions() -> None:
    page = read_links(HEAD.encode(), URL)
    assert page.mobile == "https://m.news.example/story"
    assert [(found.url, found.language) for found in page.candidates] == [
        ("https://news.example/es/historia", "es")
    ]
    assert editions(HEAD.encode(), URL) == {"https://news.example/es/historia": "es", URL: "en-gb"}
    assert is_translation(URL, "https://news.example/es/historia", HEAD.encode())
    assert not is_translation(URL, URL, HEAD.encode())
    assert not is_translation(URL, "https://news.example/other", HEAD.encode())
    assert editions(b"<p>no link</p>", URL) == {}


def local(site: LocalSite) -> tuple[str, str]:
    """The site by a name that has a host for phones."""
    port = site.url.rpartition(":")[2]
    return f"http://localhost:{port}", f"http://m.localhost:{port}"


def test_an_address_for_phones_is_one_of_the_articles_and_not_fetched(tmp_path: Path) -> None:
    with LocalSite() as site:
        home, phones = local(site)
        bridge, mill = "/news/bridge-to-be-repaired", "/news/mill-opens-its-doors"
        site.front(bridge, f"{phones}{bridge}", f"{phones}{mill}")
        mobile = f'<link rel="alternate" media="handheld" href="{phones}{mill}?full=1">'
        site.pages[bridge] = Answer(article("Bridge to be repaired"))
        site.pages[mill] = Answer(mobile.encode() + article("Mill opens", "The mill is open. "))
        make(tmp_path, {"mill": f"{home}/"})
        report = only(run(tmp_path))
    assert report["archived"] == 2
    assert ask(
        tmp_path,
        "select u.url, a.title from urls u join articles a on a.id = u.article where u.outcome = 'duplicate' "
        "order by 1",
    ) == [
        (f"{phones}{bridge}", "Bridge to be repaired"),
        (f"{phones}{mill}", "Mill opens"),
        (f"{phones}{mill}?full=1", "Mill opens"),
    ]
    hosts = {asked.headers["Host"].partition(":")[0] for asked in site.asked}
    assert hosts == {"localhost"}


def test_an_edition_in_another_language_is_an_article_of_its_own(tmp_path: Path) -> None:
    """Its template names the main edition as canonical, and it is the first that is fetched."""
    with LocalSite() as site:
        pair = (
            f'<link rel="alternate" hreflang="en" href="{site.url}/news/the-mill-opens-its-doors">'
            f'<link rel="alternate" hreflang="es" href="{site.url}/es/el-molino-abre-sus-puertas">'
        )
        claim = f'<link rel="canonical" href="{site.url}/news/the-mill-opens-its-doors">'
        spanish = article("El molino abre", "El molino abre sus puertas al pueblo. ").replace(
            b'"en"', b'"es"'
        )
        site.pages["/es/el-molino-abre-sus-puertas"] = Answer((pair + claim).encode() + spanish)
        english = article("The mill opens", "The mill opens its doors to the town. ")
        site.pages["/news/the-mill-opens-its-doors"] = Answer((pair + claim).encode() + english)
        site.front("/es/el-molino-abre-sus-puertas")
        make(tmp_path, {"mill": f"{site.url}/"})
        report = only(run(tmp_path))
    assert report["archived"] == 2
    told = ask(tmp_path, "select a.title, u.url from articles a join urls u on u.article = a.id order by 1")
    assert told == [
        ("El molino abre", f"{site.url}/es/el-molino-abre-sus-puertas"),
        ("The mill opens", f"{site.url}/news/the-mill-opens-its-doors"),
    ]


def test_what_a_page_calls_its_address_is_looked_at_and_believed_where_words_agree(tmp_path: Path) -> None:
    """Two pages under old names: one tells its new one, the other's template names some other page."""
    with LocalSite() as site:
        claims = {
            old: f'<link rel="canonical" href="{site.url}{new}">'.encode()
            for old, new in (
                ("/news/bridge-old-name", "/news/bridge-to-be-repaired"),
                ("/news/mill-opens-its-doors", "/news/otter-seen-in-the-pond"),
            )
        }
        bridge = article("Bridge to be repaired")
        site.pages["/news/bridge-old-name"] = Answer(claims["/news/bridge-old-name"] + bridge)
        site.pages["/news/bridge-to-be-repaired"] = Answer(bridge)
        mill = article("Mill opens its doors", "The mill is open. ")
        site.pages["/news/mill-opens-its-doors"] = Answer(claims["/news/mill-opens-its-doors"] + mill)
        site.article("/news/otter-seen-in-the-pond", "Otter seen in the pond", "An otter was seen. ")
        site.front("/news/bridge-old-name", "/news/mill-opens-its-doors")
        make(tmp_path, {"mill": f"{site.url}/"})
        assert only(run(tmp_path))["archived"] == 3
    assert ask(tmp_path, "select url, title from articles order by 2") == [
        (f"{site.url}/news/bridge-to-be-repaired", "Bridge to be repaired"),
        (f"{site.url}/news/mill-opens-its-doors", "Mill opens its doors"),
        (f"{site.url}/news/otter-seen-in-the-pond", "Otter seen in the pond"),
    ]
    both = "select u.url from urls u, articles a where a.id = u.article and title like 'Bridge%' order by 1"
    assert ask(tmp_path, both) == [
        (f"{site.url}/news/bridge-old-name",),
        (f"{site.url}/news/bridge-to-be-repaired",),
    ]
