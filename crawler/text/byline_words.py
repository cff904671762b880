"""Words of bylines in many languages. Data."""

from __future__ import annotations

# In front of a name, with or without a colon behind them.
BY = (
    *("by", "written by", "story by", "text by", "words by", "posted by", "published by"),
    *("reported by", "reporting by", "submitted by", "view all posts by", "all posts by"),
    *("posts by", "articles by", "stories by", "more from"),
    *("von", "text von", "geschrieben von", "verfasst von", "erstellt von", "veröffentlicht von"),
    *("ein beitrag von", "ein kommentar von", "kommentar von", "eine kolumne von", "interview von"),
    *(
        "eine analyse von",
        "beitrag von",
        "artikel von",
        "alle beiträge von",
        "beiträge von",
        "eingestellt von",
    ),
    *("zeige alle beiträge von", "zusammengestellt von", "mitarbeit von", "mehr von"),
    *("par", "écrit par", "publié par", "rédigé par", "propos recueillis par", "posté par"),
    *("por", "escrito por", "publicado por", "redactado por", "texto de", "entrevista de"),
    *("di", "a cura di", "scritto da", "pubblicato da", "articolo di"),
    *("door", "geschreven door", "geplaatst door", "gepubliceerd door"),
    *("af", "av", "skrevet af", "skrevet av", "skriven av", "publicerad av", "tekst af"),
    *("oleh", "ditulis oleh", "scris de", "publicat de", "írta", "napisał", "napisała"),
    *("napsal", "napsala", "yazan", "tác giả", "γράφει ο", "γράφει η", "от"),
    *("بقلم", "كتب", "كتبت", "מאת", "نوشته", "द्वारा"),
)
# Names what follows only with a colon, or where it stands alone in front of the name.
AUTHOR = (
    *("author", "authors", "writer", "reporter", "reporters", "words", "text", "byline"),
    *("autor", "autorin", "autoren", "autor/in", "autorin/autor", "verfasser", "verfasserin"),
    *("auteur", "auteure", "auteurs", "autrice", "texte", "rédaction", "autora", "autores"),
    *("texto", "redacción", "autore", "autrice", "autori", "testo", "tekst", "forfatter"),
    *("journalist", "skribent", "författare", "teksti", "kirjoittaja", "toimittaja", "autorka"),
    *("szerző", "yazar", "haber", "автор", "автори", "авторы", "текст", "penulis", "συντάκτης"),
    *("著者", "文", "執筆", "取材・文", "記者", "记者", "作者", "撰文", "글", "기자"),
    *("الكاتب", "المؤلف", "کاتب", "نویسنده", "خبرنگار", "लेखक", "כתב"),
)
# Behind a name, without a space.
BEHIND = ("기자", "記者", "记者", "特派員")
# Of which one in a part of a byline says that it names no person, but an office.
ROLES = frozenset(
    (
        *("writer", "editor", "reporter", "correspondent", "journalist", "columnist", "producer"),
        *("contributor", "contributing", "staff", "senior", "analyst", "editorial", "bureau"),
        *("photographer", "freelance", "author", "phd", "ph.d", "ph.d.", "md", "m.d.", "rn", "rd"),
        *("redakteur", "redakteurin", "chefredakteur", "chefredakteurin", "korrespondent"),
        *("korrespondentin", "reporterin", "volontär", "volontärin", "journalistin", "autor"),
        *("autorin", "ressortleiter", "ressortleiterin", "mitarbeiter", "gastautor", "kolumnist"),
        *("gastautorin", "kolumnistin", "redaktionsleiter", "mitglied"),
        *("journaliste", "correspondant", "correspondante", "rédacteur", "rédactrice", "envoyé"),
        *(
            "periodista",
            "corresponsal",
            "redactor",
            "redactora",
            "enviado",
            "enviada",
            "jornalista",
        ),
        *("repórter", "giornalista", "redattore", "corrispondente", "inviato", "verslaggever"),
        *("redacteur", "correspondente", "redaktør", "redaktör", "reportér", "dziennikarz"),
        *("toimittaja", "muhabir", "muhabiri", "корреспондент", "редактор", "журналист"),
        *("обозреватель", "кореспондент", "журналіст", "기자", "記者", "记者", "编辑", "編集部"),
        *("gmbh", "ag", "kg", "inc", "ltd", "llc", "plc", "e.v", "s.a", "s.p.a", "s.r.l"),
    )
)
# Of which one says that a text beside the story is no name at all.
NO_NAME = frozenset(
    (
        *("admin", "administrator", "anonymous", "unknown", "webmaster", "guest", "none", "null"),
        *(
            "undefined",
            "anónimo",
            "anonym",
            "anonyme",
            "publisher",
            "gast",
            "user",
            "no",
            "more",
            "view",
            "all",
            "posts",
            "articles",
            "profile",
        ),
        *("follow", "share", "shares", "comments", "comment", "contact", "email", "e-mail", "bio"),
        *("about", "read", "posted", "published", "updated", "minutes", "min", "subscribe", "see"),
        *("newsletter", "website", "twitter", "facebook", "instagram", "linkedin", "archive"),
        *("photo", "photos", "image", "images", "video", "credit", "copyright", "advertisement"),
        *("sponsored", "latest", "print", "search", "menu", "login", "save", "listen", "today"),
        *(
            "watch",
            "live",
            "copy",
            "link",
            "url",
            "ago",
            "hours",
            "tags",
            "topics",
            "related",
            "back",
            "home",
            "next",
            "previous",
            "reply",
        ),
        *(
            "mehr",
            "weiter",
            "weitere",
            "weiterer",
            "alle",
            "artikel",
            "beiträge",
            "beitrag",
            "archiv",
        ),
        *(
            "profil",
            "folgen",
            "teilen",
            "kommentare",
            "kommentar",
            "kontakt",
            "lesen",
            "zum",
            "zur",
        ),
        *("uhr", "veröffentlicht", "aktualisiert", "anzeige", "foto", "fotos", "bild", "themen"),
        *("drucken", "merken", "datum", "über", "suche", "anzeigen", "stand", "lesezeit", "quelle"),
        *("suivre", "partager", "publié", "mis", "lire", "commentaires", "voir", "tous", "article"),
        *("seguir", "compartir", "publicado", "actualizado", "comentarios", "leer", "ver", "más"),
        *("condividi", "pubblicato", "aggiornato", "leggi", "commenti", "segui", "delen", "lees"),
        *("meer", "reacties", "dela", "läs", "del", "læs", "uppdaterad", "publicerad", "oppdatert"),
        *("опубликовано", "обновлено", "поделиться", "комментарии", "подробнее", "фото"),
    )
)
AND = ("and", "und", "et", "y", "e", "i", "og", "och", "en", "ve", "и", "та", "й", "ja", "și", "és")
# Words of a name that are written small.
PARTICLES = frozenset(
    (
        *("von", "vom", "zu", "zum", "zur", "van", "der", "den", "de", "dem", "del", "della", "di"),
        *(
            "da",
            "das",
            "do",
            "dos",
            "du",
            "des",
            "la",
            "le",
            "les",
            "el",
            "al",
            "ul",
            "bin",
            "bint",
        ),
        *("ibn", "ben", "ter", "ten", "te", "het", "af", "av", "of", "the", "for", "für", "y", "e"),
        *("et", "und", "and", "d’", "d'", "in", "i", "och", "og", "dello", "degli", "delle", "dei"),
    )
)
