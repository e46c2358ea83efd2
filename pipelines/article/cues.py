"""What class names, tags and short texts hint at: bit masks, computed once for each distinct string.

Promises: pure; linear in the length of the string; the same bit means the same in every module. The words
are those that page authors use in many languages; no site's own names stand here.
"""

from __future__ import annotations

import re

CLASS_CUES: dict[str, str] = {
    "nav": "nav navbar navigation menu* breadcrumb* crumbs pagination pager toolbar skip hamburger submenu",
    "footer": "foot footer bottom colophon pagefoot sitefoot*",
    "header": "header masthead topbar top-bar banner siteheader pageheader",
    "side": "sidebar* side aside rail rightcol right-col right-rail secondary complementary sticky "
    "gutter sidecol",
    "share": "share shares sharing sharebar social socials facebook twitter whatsapp addthis addtoany "
    "follow sns sharedaddy sharethis teilen compartir partage sociale sharer linkedin "
    "pinterest",
    "comments": "comment comments commenting commentlist disqus reply replies respond discussion livefyre "
    "kommentar* coral comentario* commentaire* talkback",
    "newsletter": "newsletter* subscri* signup sign-up mailing mailchimp optin opt-in email inscription "
    "abonn* mailinglist",
    "related": "relat* recommend* recirc* more-from more-stories more-news more-on more-articles more "
    "readmore read-more read-next read-also trending trend popular mostread most-read most- "
    "viewed most-popular mostpopular also outbrain taboola similar nextup next-up up-next "
    "upnext see-also latest recent further relacionad* weitere* verwandt* onward suggest* "
    "inlinelink you-may zergnet revcontent linklist",
    "ad": "ad ads adv advert* adslot ad-slot adunit adbox adwrapper adcontainer sponsor* dfp gpt "
    "commercial affiliate* anzeige* werbung publicidad pub adsense googletag mpu leaderboard "
    "adsbygoogle adthrive mediavine",
    "promo": "promo* cta call-to campaign upsell offer* marketing donat* support-us app-download "
    "banner callout",
    "caption": "caption* cptn credit* figcaption bildunterschrift legend photocredit imagecaption",
    "image": "photo* image* img gallery media picture figure foto lightbox slideshow",
    "byline": "byline* by-line author* writer* contributor* reporter autor autores auteur creator* verfasser",
    "date": "date dates datetime time timestamp publish* published posted updated datum fecha pubdate "
    "modified dateline",
    "tags": "tag tags taglist topic topics keyword* categor* schlagwort* label* etiqueta* tagcloud",
    "title": "title titles headline* heading hed titre titulo titel",
    "standfirst": "dek standfirst subtitle* sub-title subhead* sub-head* summary deck lede lead excerpt "
    "abstract intro* teaser* chapo entradilla vorspann bajada description desc strapline "
    "subline subheadline ingress",
    "article": "article* story post entry artikel* articulo single news storycontent",
    "body": "body content text main prose rich copy richtext articlebody storybody texte wysiwyg "
    "markdown cuerpo bodytext postcontent entrycontent contenido inhalt",
    "hidden": "hidden hide sr-only visually-hidden visuallyhidden screen-reader tooltip* offscreen "
    "invisible print-only source-only accessibility",
    "overlay": "modal* popup* pop-up overlay* cookie* consent gdpr dialog toast interstitial onetrust "
    "drawer alert notice offcanvas flyout",
    "paywall": "paywall* premium subscriber* metered regwall piano locked gate gated",
    "widget": "widget* module* embed* plugin component* iframe infobox factbox fact-box block sidebox "
    "widget* module* embed* plugin component* iframe infobox factbox fact-box block sidebox",
    "card": "card* teaser* tile* grid carousel slide* slider swiper feed promo thumb* glide",
    "list": "list lists item items result* archive listing* collection",
    "quote": "quote* pullquote pull-quote blockquote zitat",
    "bio": "bio biography about-author authorbox author-box author-info author-card author-desc "
    "author-profile author-bio profile authorinfo about",
    "toc": "toc table-of jumplinks jump contents outline in-this",
    "meta": "meta metadata info details kicker eyebrow overline dateline readingtime reading-time",
    "button": "btn* button* toggle* expand* collaps* accordion* tab tabs",
    "legal": "copyright legal disclaimer* correction* disclosure* editors-note terms privacy footnote* "
    "copyright legal disclaimer* correction* disclosure* editors-note terms privacy footnote*",
    "video": "video* player audio podcast* jw vjs brightcove transcript jwplayer",
    "paragraph": "paragraph* para p textblock text-block block-text absatz",
    "product": "product* price* shop* buy cart review* rating* star stars spec specs",
    "form": "form forms search login signin sign-in account input field* survey poll quiz",
}
"""Name of a cue -> words of class names, ids and roles that carry it; "x*" is a beginning, "x-y" a pair."""

CLASS_BIT = {name: 1 << i for i, name in enumerate(CLASS_CUES)}


END = "\0"
"""Stands after the words of one text or name, before those of the next."""
END_BIT = 1 << 61
"""The bit of `END`."""
PAIR_BIT = 1 << 62
"""Beside the bits of a word: with the word after it, it may be a pair that is a cue."""


def _by_form(cues: dict[str, str], bits: dict[str, int], joint: str) -> tuple[dict[str, int], ...]:
    """(whole words, beginnings, pairs) -> bits."""
    whole: dict[str, int] = {}
    stems: dict[str, int] = {}
    pairs: dict[str, int] = {}
    for name, words in cues.items():
        for word in words.split():
            into = stems if word.endswith("*") else pairs if joint in word else whole
            key = word.rstrip("*")
            into[key] = into.get(key, 0) | bits[name]
    for pair in pairs:
        beginning = pair.partition(joint)[0]
        whole[beginning] = whole.get(beginning, 0) | PAIR_BIT
    return whole, stems, pairs


_WHOLE, _STEMS, CLASS_PAIRS = _by_form(CLASS_CUES, CLASS_BIT, "-")
_WHOLE[END] = END_BIT
_STEM_LENGTHS = sorted({len(stem) for stem in _STEMS})
_STARTS = frozenset(stem[: _STEM_LENGTHS[0]] for stem in _STEMS)


class _WordMasks(dict[str, int]):
    """Bits of words; those not met before are worked out, and forgotten when there are too many."""

    def __missing__(self, word: str) -> int:
        mask = _WHOLE.get(word, 0)
        if word[: _STEM_LENGTHS[0]] in _STARTS:
            for length in _STEM_LENGTHS:
                mask |= _STEMS.get(word[:length], 0)
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[word] = mask
        return mask


_MOST_WORDS = 50_000
word_mask = _WordMasks().__getitem__
"""Bits of CLASS_BIT for one word of an element's class, id, role and test names."""


TAGS = [
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "ul",
    "ol",
    "blockquote",
    "pre",
    "td",
    "table",
    "dl",
    "dd",
    "dt",
    "figure",
    "figcaption",
    "a",
    "span",
    "nav",
    "footer",
    "header",
    "aside",
    "form",
    "article",
    "main",
    "section",
    "button",
    "details",
    "address",
    "label",
    "time",
    "em",
    "strong",
    "center",
    "body",
]
TAG_BIT = {name: 1 << i for i, name in enumerate(TAGS)}
TAG_BIT |= {"th": TAG_BIT["td"], "b": TAG_BIT["strong"], "i": TAG_BIT["em"], "summary": TAG_BIT["details"]}
TAG_BIT |= {
    "select": TAG_BIT["form"],
    "fieldset": TAG_BIT["form"],
    "menu": TAG_BIT["ul"],
    "dialog": TAG_BIT["aside"],
}
HIDDEN_BIT = 1 << len(TAGS)
"""Beside the tag bits: the element says hidden, aria-hidden or display:none."""

TEXT_CUES: dict[str, str] = {
    "share": "share teilen compartir compartilhar partager condividi delen dela facebook twitter "
    "whatsapp linkedin pinterest reddit telegram flipboard bluesky tumblr messenger copy_link "
    "email print поделиться 分享 공유 udostępnij",
    "follow": "follow_us follow_me follow_her follow_him like_us find_us join_us folgen_sie síguenos "
    "suivez volg_ons google_news follow instagram tiktok youtube threads",
    "newsletter": "newsletter newsletters subscribe subscription sign_up signup signing_up inbox abonnieren "
    "suscríbete suscribirse inscrivez abonnez abonneer email_address prenumerera assine "
    "inscreva iscriviti подписаться newsletter's mailing_list",
    "comments": "comment comments reply replies kommentar kommentare kommentieren comentarios comentários "
    "commentaires reacties commenti kommentarer kommentit komentarze комментарии 评论 コメント "
    "the_conversation the_discussion",
    "related": "read_more read_also read_next also_read see_also more_from more_on more_in more_stories "
    "more_news related related_articles related_stories recommended you_may might_like "
    "don't_miss trending most_read most_popular up_next continue_reading keep_reading "
    "further_reading editor's_picks editors_picks in_case top_stories must_read lesen_sie "
    "auch_interessant mehr_zum mehr_zu lea_también lea_más leer_más leia_mais leia_também "
    "te_puede lire_aussi lire_plus à_lire voir_aussi leggi_anche leggi_tutto lees_ook "
    "lees_meer läs_också läs_mer läs_även les_også les_mer læs_også lue_myös czytaj_także "
    "zobacz_także veja_também saiba_mais baca_juga читайте_также см_также 関連記事 相关阅读 "
    "recommended_for popular latest_news view_more",
    "ago": "ago minutes_ago hours_ago days_ago hace il_y vor_stunden siden sitten назад",
    "published": "published updated posted last_updated first_published veröffentlicht aktualisiert stand "
    "publié modifié actualizado publicado atualizado pubblicato aggiornato gepubliceerd "
    "publicerad uppdaterad publisert oppdatert julkaistu опубликовано gmt utc edt est pst pdt "
    "cet bst uhr jan feb mar apr may jun jul aug sep sept oct nov dec january february march "
    "april june july august september october november december",
    "read time": "min_read mins_read minute_read minutes_read reading_time read_time lesezeit lesedauer "
    "min_de minutos_de min_lesen",
    "copyright": "copyright rights_reserved reserved alle_rechte tous_droits todos_os todos_los "
    "privacy_policy terms_of reprinted republish republished reproduced redistributed "
    "trademark",
    "ad": "advertisement advertising advertise sponsored anzeige werbung publicidad publicité "
    "pubblicità advertentie annons annonse reklame reklama mainos реклама 広告 story_continues "
    "article_continues continue_below affiliate commission paid_post paid_content",
    "credit": "getty shutterstock istock unsplash alamy afp photo photos photograph image credit bild "
    "foto crédit imago picture_alliance ap_photo file_photo courtesy screenshot illustration",
    "consent": "cookie cookies consent gdpr javascript adblocker browser datenschutz privacy",
    "login": "log_in login sign_in logout log_out password my_account anmelden iniciar_sesión "
    "connexion subscriber subscribers account",
    "bio": "reporter writer journalist editor correspondent columnist contributor author professor "
    "freelance graduated_from she_has he_has she_writes he_writes she_covers he_covers "
    "covers_the writes_about based_in lives_in reach_him reach_her reached_at reporting_by "
    "editing_by contributed about_the autor autorin redakteur redakteurin periodista "
    "journaliste giornalista",
    "correction": "correction clarification editor's_note editors_note disclaimer disclosure anmerkung "
    "korrektur",
    "promo": "download_our download_the our_app our_podcast our_free click_here contact_us shop_now "
    "buy_now get_started book_a book_your free_trial learn_more watch_now listen_to donate "
    "support_us support_our send_us have_a got_a tips_to join_our sign_up",
    "toc": "table_of in_this on_this jump_to contents inhalt sommaire índice key_points key_takeaways",
    "tags": "tags tag topics topic filed_under category categories themen temas keywords posted_in "
    "more_about schlagwörter",
    "skip": "skip menu home search close open next previous prev load_more show_more view_all see_all "
    "toggle play pause loading top back_to",
}
"""Name of a cue -> words, and pairs joined by "_", of which a short block (or a long one's edge) has one."""

TEXT_BIT = {name: 1 << i for i, name in enumerate((*TEXT_CUES, "url", "symbol", "clock"))}
"""Beside the words: a web or mail address, a copyright or other sign, a date or time in figures."""


CUE_WORDS, _, CUE_PAIRS = _by_form(TEXT_CUES, TEXT_BIT, "_")
_CLOCK = re.compile(
    r"\d(?<!\w\d)(?:\d?[:.]\d\d\b|\d{0,3}[./-]\d{1,2}[./-]\d{2,4}\b|(?:(?<=1)9|(?<=2)0)\d\d\b)"
)
"""A time, a day or a year in figures; begins with what it consumes, so that searching for it is quick."""


def is_clock(text: str) -> bool:
    """Whether a short text holds a date or time in figures."""
    return _CLOCK.search(text) is not None
