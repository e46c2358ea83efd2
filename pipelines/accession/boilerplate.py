"""Lines that pages print around an article, told by their words: share bars, forms, boxes, lists of links.

Promises: pure, linear, the same answer for the same line. The words are those that news pages use in English,
German, French, Spanish, Italian, Dutch, Portuguese, Polish and Scandinavian; no site's own words stand here.
A line counts only when the whole of it is such a phrase: prose that merely mentions a newsletter is prose.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum


class Opens(Enum):
    """What a line begins, beside being boilerplate itself."""

    NOTHING = "nothing"
    ONE_LINK = "one link"
    """The next line is the title of another article."""
    LINKS = "links"
    """Titles, dates and summaries of other articles follow."""
    THREAD = "thread"
    """What readers wrote, and the form for it, follow."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Why a line is no part of the article."""

    reason: str
    """As in RemovedBlock.reason."""
    opens: Opens = Opens.NOTHING


_SHORTHANDS = {
    "<network>": "facebook|twitter|x|linkedin|whatsapp|telegram|reddit|pinterest|instagram|bluesky|mastodon"
    "|xing|threads|tumblr|pocket|flipboard|messenger|sms|e-?mail|mail|copy( link)?|link kopieren"
    "|copier le lien|copiar enlace|copia link",
    "<newsletter>": "newsletters?|inbox|posteingang|mailbox|boite (mail|e-?mail|aux lettres)|bandeja"
    "|boletin(es)?|nieuwsbrief|infolettre|biuletyn|nyhetsbrev|nyhedsbrev|e-?mail (address|alerts?|updates?)",
    "<sign up>": "receive|get|sign ?up|subscribe|join|register|stay|don't miss|enter|type( in)?|erhalten"
    "|abonnieren|bestellen|melden sie|bleiben|recevez|inscrivez|abonnez|rejoignez|recib[ei]r?|suscribete"
    "|suscribase|apuntate|ricevi|iscriviti|ontvang|schrijf|meld je|receba|assine|inscreva|otrzymuj|zapisz"
    "|prenumerera|tilmeld|meld deg",
    "<our>": "our|the|your|free|daily|weekly|want|unser|jetzt|notre|nuestro|la nostra|onze|nossa|var",
}
_PATTERNS: tuple[tuple[str, Opens, int, str], ...] = (
    ("share", Opens.NOTHING, 10, r"""
        share( this)?( (article|story|post|page|news|(on|via|with|to|by) .*))? | tweet( this)?
        share: .* | ((<network>)([\s,|/·•]+|$)){1,9} | (send|via|auf|sur|en|su) (<network>)( teilen)?
        (artikel |beitrag |seite )?teilen( auf .*| mit .*)?
        partage[rz]?( (cet|l'|sur|via|par|avec).*)? | compart(ir|e|a)( (est[ae]|en|el|la|con|por) .*)?
        condividi( .*)? | (deel|delen)( (dit|op|via|met) .*)? | (compartilh|partilh)(e|ar)( .*)?
        udostepnij( .*)? | del[a]?( (pa|artiklen|artikkelen|artikeln|med) .*)? | follow us( .*)?
        folgen sie uns( .*)? | suivez[- ]nous( .*)? | siguenos( .*)? | seguici( .*)?
    """),
    ("comments", Opens.THREAD, 12, r"""
        (post|leave|add|write|submit)( (a|your|us a))? (comment|reply)( .*)?
        (\d+ )?comments?( \(?\d+\)?)? | \d+ (replies|responses)
        join the (conversation|discussion|debate) | have your say( .*)? | no comments( yet)?
        be the first to comment.* | log ?in to (comment|reply).*
        your e-?mail address will not be published.* | view (all )?(\d+ )?comments
        (\d+ )?kommentar(e|er)?( \(?\d+\)?)? | jetzt kommentieren | diskutieren sie mit.*
        ((einen )?kommentar (schreiben|hinterlassen|verfassen|abgeben))
        schreiben sie (einen|ihren) kommentar.* | (\d+ )?commentaires?( \(?\d+\)?)?
        (laisse[rz]|poste[rz]|ajoute[rz]|ecri(re|vez)) (un|votre) commentaire( .*)?
        reagi(r|ssez)( a cet article)? | (\d+ )?comentarios?( \(?\d+\)?)?
        (dej[ae]r?|escrib[ae]|anad[ae]|public[ae]r?) (un|tu|su) comentario( .*)?
        (deixe|escreva|adicione) (um|o seu|seu) comentario( .*)?
        (\d+ )?commenti( \(?\d+\)?)? | lascia un commento( .*)? | (\d+ )?reacties( \(?\d+\)?)?
        (plaats|geef|schrijf) een reactie | (\d+ )?komentarz[eay]?( \(?\d+\)?)? | dodaj komentarz
        skriv en kommentar
    """),
    ("paywall", Opens.NOTHING, 25, r"""
        (subscribe|sign in|log ?in|register)( now| today)? to (read|continue|keep reading|unlock).*
        already (a|an) (subscriber|member).*
        this (article|content|story) is (only )?(for|available to) (subscribers|members).*
        (dieser artikel ist )?(nur|exklusiv) fur abonnent.*
        (cet )?article (est )?reserve aux abonnes.*
        (contenido |articulo )?(exclusivo |solo )?para suscriptores.*
        contenuto riservato agli abbonati.*
    """),
    ("newsletter", Opens.NOTHING, 50, r"""
        (<sign up>)\b.*\b(<newsletter>)\b.* | (your )?e-?mail( address)? | newsletter( .{0,30})?
        ihre e-?mail-?adresse | (votre )?(adresse e-?mail|courriel)
        (tu )?(correo|direccion de correo)( electronico)? | la tua e-?mail
    """),
    ("newsletter", Opens.NOTHING, 7, r"""
        (<our>) (.* )?(<newsletter>)\b.*
        subscribe( (to|now|today|here|for) .*| now| today| here)?
        sign ?up( (to|for|now|here|today).*)? | submit | (jetzt )?abonnieren | s'abonner | s'inscrire
        suscri(birse|bete|base)( .*)? | iscriviti( .*)? | abonneer( .*)? | assine( .*)?
        subskrybuj( .*)? | anmelden
    """),
    ("navigation", Opens.NOTHING, 7, r"""
        (back )?to (the )?top | top | nach oben | zum seitenanfang | haut de (la )?page | retour en haut
        volver arriba | torna su | naar boven | voltar ao topo | skip to (main )?(content|navigation)
        zum inhalt springen | menu | search | suche | buscar | rechercher | cerca | home | startseite
        accueil | inicio | (next|previous)( (article|story|post|page))? | (log|sign) ?in( / register)?
        register | contact us | about us | terms (and|&) conditions | terms of (use|service)
        privacy( policy| notice)? | impressum | datenschutz(erklarung)? | mentions legales | aviso legal
        advertise( with us)? | print( this( (page|article))?)? | drucken | imprimer | imprimir | stampa
        save( article)? | bookmark | listen | \d+ ?(-| )?min(ute)?s?( read)? | reading time:? .*
        lese(zeit|dauer):? .* | temps de lecture ?:? .* | tiempo de lectura:? .* | tempo di lettura:? .*
        leestijd:? .*
    """),
    ("related", Opens.LINKS, 6, r"""
        (the |our )?(latest|more|related|other|recent|similar) (news|articles?|stories|posts|headlines)( .*)?
        (the |our )?(recommended|popular|top|trending|featured) (news|articles?|stories|posts|content)( .*)?
        (related|recommended|further) (topics|reading|videos)
        most (read|popular|viewed|shared|commented)( .*)? | more (from|on|in|about) .* | related
        trending( now)? | you (may|might)( also)? (like|enjoy|be interested in).*
        recommended( for you)? | editor'?s'? picks? | see also | up next
        mehr (zum thema|von|aus|uber|zu) ?.* | (das|auch) (konnte sie|interessant).* | meist ?gelesen.*
        passend dazu
        (weitere|verwandte|ahnliche|aktuelle|neueste) (artikel|meldungen|nachrichten|themen|beitrage)( .*)?
        empfehlungen.* | zum thema | (sur|dans) le meme (sujet|theme)
        articles? (lies|similaires|recents|connexes|associes) | (les )?plus lus?
        (nos )?(derniers|autres) articles | dernieres (actualites|nouvelles|infos)
        vous aimerez aussi.* | a la une
        (noticias|articulos|notas|artigos) (relacionad[ao]s|recientes|recentes)
        (lo |las |as )?mai?s (leid[oa]s?|vist[oa]s?|lid[ao]s?)( .*)? | ultimas noticias
        ultimos articulos | (tambien )?te puede interesar.* | temas relacionados
        articoli (correlati|recenti|simili) | (i )?piu letti | ultime notizie
        ti potrebbe(ro)? interessare.* | altri articoli | gerelateerde (artikelen|berichten)
        meest gelezen | (laatste|meer) (nieuws|over|van)( .*)? | powiazane artykuly
        najczesciej czytane | najnowsze( .*)? | mest (last|laest|lest)e? | relaterade artiklar
        senaste nytt | siste nytt | seneste nyt
    """),
    ("related", Opens.ONE_LINK, 3, r"""
        (read|see|watch)( more| also| next| now)? | continue reading | lesen sie (auch|mehr|dazu|hier)
        mehr dazu | (a )?lire (aussi|egalement) | le[ae] (tambien|mas) | leer mas | leggi anche
        lees (ook|meer|verder) | leia (tambem|mais) | saiba mais | veja tambem
        czytaj (takze|rowniez|tez|wiecej) | la?es? (ogsa|ocksa|mer|mere)
    """),
    ("related", Opens.NOTHING, 25, r"""
        (read|see|watch|listen)( more| also| next| now)?( (on|about) this( story)?)?: .*
        (see also|related|more): .* | (lesen sie (auch|mehr|dazu|hier)|mehr dazu) ?: .*
        (a )?lire (aussi|egalement) ?: .* | le[ae] (tambien|mas) ?: .* | leggi anche ?: .*
        lees (ook|meer|verder) ?: .* | (leia (tambem|mais)|saiba mais|veja tambem) ?: .*
        czytaj (takze|rowniez|tez|wiecej) ?: .* | la?es? (ogsa|ocksa|mer|mere) ?: .*
    """),
    ("advertisement", Opens.NOTHING, 8, r"""
        advert(isement)?s? | ads? | sponsored( content| post| by .*)?
        (story|article) continues (after|below).* | anzeigen? | werbung | publicite | publicidade?
        pubblicita | annuncio | reclame | advertentie | reklama? | annonse? | paid (post|content)
    """),
    ("consent", Opens.NOTHING, 70, r"""
        (we|this (web)?site|our (web)?site) uses? .{0,40}cookies.*
        by (using|continuing|clicking) .*cookies.*
        (wir|diese (web)?seite|unsere (web)?seite) (verwende[nt]|nutze[nt]?|setze?n?t?) .{0,40}cookies.*
        (nous utilisons|ce site utilise) .{0,40}cookies.*
        (usamos|utilizamos|este sitio (web )?(usa|utiliza)) .{0,40}cookies.*
        (usiamo|utilizziamo|questo sito (usa|utilizza)) .{0,40}cookie.*
        (wij|we|deze (web)?site) gebruik(en|t) .{0,40}cookies.*
        (usamos|este site usa) .{0,40}cookies.* | accept( all)?( cookies)? | alle akzeptieren
        tout accepter | aceptar( todo| cookies)?
        (manage|cookie) (cookies|preferences|consent|settings|policy)
    """),
    ("copyright", Opens.NOTHING, 40, r"""
        copyright\b.* | (\(c\)|©).*
        .*\b(all rights reserved|alle rechte vorbehalten|tous droits reserves|wszelkie prawa zastrzezone)\b.*
        .*\b(todos (los derechos|os direitos) reservados|tutti i diritti riservati)\b.*
        .*\balle rechten voorbehouden\b.*
    """),
    ("caption", Opens.NOTHING, 40, r"""
        (photo|picture|image|photograph)( credit| by|s)? ?[:/©].*
        (foto|bild|symbolbild|fotografia|imagen|immagine|zdjecie)s? ?[:/©].*
    """),
)  # fmt: skip
"""Reason, what it opens, the most words of such a line, and its phrases: expressions on a folded line."""


def _compiled(phrases: str) -> re.Pattern[str]:
    """One expression for phrases that are set apart by newlines or " | "."""
    for short, meaning in _SHORTHANDS.items():
        phrases = phrases.replace(short, meaning)
    lines = phrases.strip().split("\n")
    return re.compile("|".join(phrase for line in lines for phrase in line.strip().split(" | ")))


_CUES = tuple((Cue(reason, opens), words, _compiled(phrases)) for reason, opens, words, phrases in _PATTERNS)
_LETTERS = str.maketrans("łøđı’‘`\xa0", "lodi''' ")
_EDGES = ' \t.:;,!?…»«›‹>|•·*+-–—→←↑▲▼"“”'
_MAX_CHARACTERS = 600


def cue(line: str) -> Cue | None:
    """What tells that the whole of `line` is boilerplate; None when it may belong to the article."""
    if len(line) > _MAX_CHARACTERS:
        return None
    folded = fold(line).strip(_EDGES)
    words = folded.count(" ") + 1
    return next((found for found, most, phrase in _CUES if words <= most and phrase.fullmatch(folded)), None)


def fold(text: str) -> str:
    """`text` in lower case, without accents, with one space between words."""
    text = " ".join(text.casefold().translate(_LETTERS).split())
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
