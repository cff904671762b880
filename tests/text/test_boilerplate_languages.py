"""Lines of boilerplate in many languages, and lines of stories that only begin like them."""

from __future__ import annotations

import pytest

from crawler.text.boilerplate import is_boilerplate

BOILERPLATE = {
    "share": ["Artikel teilen", "Partager sur Facebook", "Dela artikeln", "1.2K Shares"],
    "advertisement": ["– Anzeige –", "Juttu jatkuu mainoksen jälkeen", "Hirdetés", "Quảng cáo"],
    "related": [
        "Lesen Sie auch",
        "Mehr zum Thema:",
        "Le puede interesar: La ficha del puerto",
        "MIRA | El puerto cierra otra vez",
        "Čtěte také: Přístav je zavřený",
        "Les også",
        "あわせて読みたい",
        ">> Mehr lesen: Der Hafen im Winter",
    ],
    "sign up": [
        "Jetzt Newsletter abonnieren",
        "Zapisz się do newslettera",
        "Get breaking news alerts",
        "Suscríbete a nuestro boletín",
    ],
    "support": ["Hat Ihnen dieser Artikel gefallen? Dann spenden Sie.", "Faire un don"],
    "comments": ["12 Kommentare", "5 komentářů", "Laisser un commentaire", "Join the conversation"],
    "credits": [
        "Von Ada Lind",
        "Par Jean Dupont",
        "di Anna Rossi",
        "Getty Images",
        "dpa/picture alliance",
        "AFP via Getty Images",
        "Ada Lind/Getty Images",
        "(Con información de AFP, EFE y Reuters)",
        "With files from The Associated Press",
        "Reporting by Ada Lind, additional reporting by Bo Li, writing by C. Poe, editing by D. R.",
        "Reporting by Ada Lind; Writing by Bo Li; Editing by C. Poe",
        "(Additional reporting by Ada Lind)",
        "Źródło: PAP",
        "[责任编辑：张三]",
    ],
    "photos": ["Foto: Ada Lind", "Crédits photos : Agence", "Bild: KEYSTONE", "写真：市役所提供"],
    "notices": ["Tous droits réservés", "© Ada Lind", "Нашли ошибку? Выделите её", "Back to top"],
    "embeds": [
        "Empfohlener redaktioneller Inhalt",
        "An dieser Stelle finden Sie einen externen Inhalt, der den Artikel ergänzt.",
        "Um eingebettete Inhalte anzuzeigen, ist deine Einwilligung nötig.",
        "View this post on Instagram",
        "Ce contenu est bloqué car vous n'avez pas accepté les cookies.",
    ],
    "players": ["Listen to this article", "5 min read", "Lesezeit: 4 Minuten", "3 min de lectura"],
    "about authors": ["ABOUT THE AUTHOR", "Über den Autor", "Om författaren"],
    "tags": ["Schlagwörter: Hafen, Sturm", "Étiquettes : port", "タグ：港"],
    "dates": ["Aktualisiert am 17.01.2021.", "Publié le 5 mars 2024", "Oppdatert 12.03.2024"],
    "slides": ["1/12", "1 of 12", "Bild 3 von 10", "Foto 2 de 9", "Image 3 sur 7"],
    "skipping": ["skip past newsletter promotion", "after newsletter promotion"],
}

PROSE = [
    "Von Berlin nach Paris",
    "Von da an ging alles schief.",
    "Par beau temps",
    "Foto und Film sind verboten.",
    "Bilder aus dem Hafen gingen um die Welt.",
    "Photos by the thousand were shared on Monday.",
    "Image by image, the film grew.",
    "Werbung wirkt, sagt der Forscher.",
    "Mehr zum Leben braucht er nicht.",
    "Lesen Sie keine Zeitung, riet er.",
    "Anzeige erstattete die Nachbarin am Montag.",
    "Stand der Dinge",
    "Unterstützen Sie lokale Händler",
    "Soutenir les familles",
    "Más de mil personas",
    "Comentarios hubo pocos.",
    "Publicado en 1984, el libro vendió diez copias. Después fue una película.",
    "Les autres iront à pied.",
    "Les også kommer hjem, sier de.",
    "Del av byen ble stengt.",
    "Redaktionen blev stängd av polisen.",
    "Läsare från hela landet skrev brev.",
    "Mer om detta vet ingen, sa hon.",
    "AFP journalists were there.",
    "Getty bought the museum.",
    "Reuters, the agency, was founded in 1851.",
    "Listen to this: the sea is rising.",
    "Three minutes read like an hour.",
    "1/2 cup of sugar",
    "Kategorie: Bestes Kinderbuch",
    "写真を見ると、港は静かだ。",
    "关注这件事的人很多。",
    "Автор этих строк был там.",
    "Фото сделали в порту.",
    "Autor des Buches ist ein Seemann.",
    "Source of the fire was a candle.",
    "Share of the market fell to a tenth",
    "Follow the leader on foot",
    "Support for the plan fell.",
    "Comments made on Facebook",
    "The author of the report is unknown.",
]


@pytest.mark.parametrize("line", [line for lines in BOILERPLATE.values() for line in lines])
def test_it_goes(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize("line", PROSE)
def test_it_stays(line: str) -> None:
    assert not is_boilerplate(line)
