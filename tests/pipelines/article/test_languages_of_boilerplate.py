"""Share bars, newsletter boxes, comment forms and teasers in other languages, without telling class names."""

from __future__ import annotations

import pytest

from pipelines import extract
from tests.pipelines.article.pages import page

PAGES = {
    "de": """
Fähre fährt wieder

Der Hafenrat hat am späten Dienstagabend beschlossen, die alte Fährlinie zwischen den beiden Ufern
wieder zu öffnen, nach einem Winter, in dem niemand ohne einen Umweg von vierzig Minuten hinüberkam.

Fachleute hatten seit Jahren gewarnt, dass der Anleger morsch sei, und im November gab ein Balken
nach, als das letzte Boot des Abends festmachte. Verletzt wurde niemand.

„Wir haben lange genug gewartet“, sagte Marta Oling, die am Nordufer eine Bäckerei führt. Der Rat
will alle Fragen am kommenden Donnerstag in einer öffentlichen Sitzung beantworten.

share: Artikel teilen

newsletter: Newsletter abonnieren und nichts verpassen

comments: Kommentare (12)

related: Lesen Sie auch: Brücke bleibt gesperrt
""",
    "fr": """
Le bac reprend du service

Le conseil du port a décidé tard mardi soir de rouvrir l’ancienne ligne de bac entre les deux rives,
après un hiver pendant lequel personne ne pouvait traverser sans un détour de quarante minutes.

Les ingénieurs avertissaient depuis des années que le ponton était pourri, et en novembre une poutre
a cédé pendant que le dernier bateau du soir accostait. Personne n’a été blessé.

« Nous avons assez attendu », a dit Marta Oling, qui tient la boulangerie de la rive nord. Le
conseil répondra à toutes les questions jeudi prochain lors d’une réunion publique à la mairie.

share: Partager sur Facebook

newsletter: Inscrivez-vous à notre newsletter

comments: Commentaires (12)

related: À lire aussi : le pont reste fermé
""",
    "es": """
El transbordador vuelve a navegar

El consejo del puerto decidió a última hora del martes reabrir la antigua línea entre las dos
orillas, tras un invierno en el que nadie podía cruzar sin un rodeo de cuarenta minutos.

Los ingenieros advertían desde hacía años de que el embarcadero estaba podrido, y en noviembre cedió
una viga mientras atracaba el último barco de la noche. No hubo heridos.

«Ya hemos esperado bastante», dijo Marta Oling, que lleva la panadería de la orilla norte. El
consejo responderá a todas las preguntas el próximo jueves en una reunión abierta en el
ayuntamiento.

share: Compartir en Facebook

newsletter: Suscríbete a nuestra newsletter

comments: Comentarios (12)

related: Te puede interesar: el puente sigue cerrado
""",
    "sv": """
Färjan går igen

Hamnrådet beslutade sent på tisdagen att öppna den gamla färjelinjen mellan de två stränderna, efter
en vinter då ingen kunde ta sig över utan en omväg på fyrtio minuter.

Ingenjörer hade i åratal varnat för att bryggan var rutten, och i november gav en balk vika medan
kvällens sista båt lade till. Ingen kom till skada.

”Vi har väntat länge nog”, sade Marta Oling, som driver bageriet på norra stranden. Rådet svarar på
alla frågor nästa torsdag vid ett öppet möte i stadshuset.

share: Dela på Facebook

newsletter: Prenumerera på vårt newsletter

comments: Kommentarer (12)

related: Läs också: Bron förblir stängd
""",
}
"""By language: title, three paragraphs, and what stands around them behind the reason it is removed for."""


@pytest.mark.parametrize("language", PAGES)
def test_boilerplate_is_known_in_other_languages(language: str) -> None:
    title, *rest = (" ".join(part.split()) for part in PAGES[language].split("\n\n"))
    paragraphs = tuple(rest[:3])
    around = [(text, reason) for reason, _, text in (part.partition(": ") for part in rest[3:])]
    (share, _), (letter, _), (comments, _), (related, _) = around
    after = f"<div><div>{share}</div><div>{letter}</div><div>{comments}</div></div>"
    inside = f'<p><a href="/x">{related}</a></p>'
    found = extract(page(inside, after=after, title=title, paragraphs=paragraphs, language=language))
    assert found.text == "\n\n".join(paragraphs)
    assert found.language == language
    told = {text: left.reason for text, _ in around for left in found.blocks_removed if text in left.text}
    told[related] = told[related].replace("promo", "related")  # a line within the body that points elsewhere
    assert told == dict(around)
