"""The language an article is written in, as a BCP 47 tag.

Promises: what the page declares, unless its text is plainly in another language; then what the text is in.
Never tells close relatives apart by force: where the words do not decide, the declaration stands.

Sources: BCP 47 (RFC 5646); stop words are the most frequent function words of each language, chosen so that
neighbours differ.
"""

from __future__ import annotations

import re
from collections import Counter

from pipelines.article import jsonld
from pipelines.article.markup import Markup

_TAG = re.compile(r"\A([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?![a-z0-9])", re.IGNORECASE)
_NAMES = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "francais": "fr",
    "français": "fr",
    "spanish": "es",
    "espanol": "es",
    "español": "es",
    "italian": "it",
    "italiano": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "turkish": "tr",
    "russian": "ru",
    "japanese": "ja",
    "korean": "ko",
    "chinese": "zh",
    "arabic": "ar",
    "polish": "pl",
    "indonesian": "id",
}
_REPLACED = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jp": "ja",
    "cz": "cs",
    "dk": "da",
    "gr": "el",
    "se": "sv",
    "ua": "uk",
    "kr": "ko",
    "cn": "zh",
}
"""Withdrawn tags, and country codes that pages write for languages."""
_META = ("content-language", "language", "dc.language", "dcterms.language", "og:locale", "inlanguage")
_WORDS = {
    "en": "the of and to in that is was for it with as his on be at by this are from has have not but "
    "they you which their",
    "de": "der die und den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an "
    "werden aus er hat dass sie nach",
    "fr": "de la le et les des en un une du que est pour qui dans par plus au sur ne se sont avec il ce "
    "pas cette aux mais ont",
    "es": "de la que el en y los se del las un por con una su para es al lo como más pero sus le ha este "
    "sí porque esta fue",
    "it": "di che il la e per una del con non della sono gli dei alla nel si da dal più ha anche le come "
    "è stato ma nella questo",
    "pt": "de que o do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu "
    "sua foi ou são pelo também",
    "nl": "de van het een en in is dat op te voor met zijn niet aan er om ook als bij maar door naar hij "
    "heeft uit worden deze",
    "sv": "och att det som en på är av för med till den har inte om ett han men var jag sig från vi så "
    "kan när också efter",
    "da": "og at det er en til af på for som den med de ikke har der et han var jeg fra kan men om vil "
    "også efter blev ved",
    "no": "og i det er på en til som for av at med har de ikke den et han var jeg fra kan men om vil "
    "også etter ble ved hun seg",
    "fi": "ja on ei että se oli hän ovat mutta myös kun kuin niin mukaan joka jo vain ole tai ollut "
    "hänen sekä mitä",
    "pl": "w na z się do nie to że jest o jak po co przez od za ale był tym dla jego są by tego już oraz "
    "może która został",
    "cs": "a v se na že je s z do o k i to by za ve pro jsem ale jako si po tak podle jeho od jsou byl "
    "které když jen už",
    "sk": "a v sa na že je s z do o k aj to by za vo pre som ale ako si po tak podľa jeho od sú bol "
    "ktoré keď len už",
    "hu": "a az és hogy nem is egy van ez volt meg ha csak már de mint még után által pedig azt el lehet "
    "szerint",
    "ro": "de și în a la cu nu o să pe care din un mai este pentru au fost ca că sunt după prin între "
    "dar lui",
    "tr": "ve bir bu da de için ile olarak çok daha olan gibi sonra kadar ise en ne değil var olduğu "
    "göre etti edildi",
    "id": "yang dan di dengan untuk pada dari dalam ini itu tidak akan juga ke oleh adalah telah bisa "
    "tersebut sebagai kata ia",
    "vi": "và của là các có được trong cho một những với không người này đã khi từ đến về ở ra cũng như",
    "af": "die van en het in is nie wat te om met op vir dat sy ook na aan hy deur hulle kan as by was word",
    "ca": "de la i que el en els per les amb del es un una al no és ha dels més com però va aquest són "
    "seva també",
    "hr": "je i u se na da za su od koji s a iz ne bi kao o će do nije što te već samo ali koja bilo "
    "nakon prema",
}
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_ANY_SCRIPT = re.compile("|".join(script.pattern for _, script in _SCRIPTS))
_SHARED_SCRIPTS = {
    "ar": {"ar", "fa", "ur", "ps", "ug", "ckb", "sd"},
    "ru": {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg"},
    "hi": {"hi", "mr", "ne", "sa"},
    "zh": {"zh", "yue", "ja"},
    "he": {"he", "yi"},
    "bn": {"bn", "as"},
}
_UKRAINIAN = re.compile("[іїєґ]")
_PERSIAN = re.compile("[پچژگ]")
_STOP: dict[str, list[str]] = {}
for _language, _words in _WORDS.items():
    for _word in _words.split():
        _STOP.setdefault(_word, []).append(_language)
_LETTERS = re.compile(r"[^\W\d_]+")


def tag(text: str | None) -> str | None:
    """A well-formed BCP 47 tag from what pages write ("en_US.utf8", "German", "iw"), or None."""
    text = (text or "").strip()[:40]
    named = _NAMES.get(text.lower())
    match = _TAG.match(text)
    if named or not match:
        return named
    primary = _REPLACED.get(match[1].lower(), match[1].lower())
    if primary in ("und", "mul", "zxx", "xx"):
        return None
    parts = [primary, (match[2] or "").title(), (match[3] or "").upper()]
    return "-".join(part for part in parts if part)


def detect(text: str) -> str | None:
    """The language of `text` by its script and its stop words; None where they do not decide."""
    text = text[:1200].lower()
    words = _LETTERS.findall(text)
    letters = sum(map(len, words))
    if letters < 40:
        return None
    for language, script in _SCRIPTS if _ANY_SCRIPT.search(text) else ():
        share = len(script.findall(text)) / letters
        if share > (0.1 if language in ("ja", "ko") else 0.4):
            return {
                "ru": "uk" if _UKRAINIAN.search(text) else "ru",
                "ar": "fa" if _PERSIAN.search(text) else "ar",
            }.get(language, language)
    votes: Counter[str] = Counter()
    for word, times in Counter(words).items():
        for language in _STOP.get(word, ()):
            votes[language] += times
    best = votes.most_common(2)
    if not best or best[0][1] < max(4, len(words) / 8):
        return None
    return best[0][0] if len(best) < 2 or best[0][1] > 1.15 * best[1][1] else None


def declared(markup: Markup) -> str | None:
    """What the page's markup says of its language, the most specific of agreeing statements."""
    said = [tag(text) for text in _statements(markup)]
    found = [text for text in said if text]
    if not found:
        return None
    primary = Counter(text.partition("-")[0] for text in found).most_common(1)[0][0]
    return max((text for text in found if text.partition("-")[0] == primary), key=len)


def read(said: str | None, text: str) -> str | None:
    """The page's language.

    said: what its markup declares. text: a sample of what it prints (title, standfirst, first paragraphs).
    """
    seen = detect(text)
    if not said or not seen:
        return said or seen
    primary = said.partition("-")[0]
    related = primary in _SHARED_SCRIPTS.get(seen, ()) or {primary, seen} <= {"no", "nb", "nn", "da"}
    return said if primary == seen or related else seen


def _statements(markup: Markup) -> list[str | None]:
    root = markup.tree.root
    said: list[str | None] = [
        root.attributes.get("lang") or root.attributes.get("xml:lang") if root else None
    ]
    said.extend(jsonld.string(node.get("inLanguage")) for node in (*markup.articles[:1], markup.page))
    said.extend(markup.every(_META))
    return said
