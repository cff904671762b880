"""The tables of the SQLite ledger, version by version.

A ledger of version n is brought up to date by the upgrades from the n-th on.
"""

from __future__ import annotations

_ARTICLES = """
CREATE TABLE article (
    key TEXT NOT NULL, source TEXT NOT NULL, guid TEXT NOT NULL, date TEXT NOT NULL,
    modified TEXT NOT NULL, url TEXT NOT NULL, text_digest BLOB NOT NULL,
    ordinal INTEGER NOT NULL, file TEXT NOT NULL, conversion TEXT, origin TEXT,
    PRIMARY KEY (key, source)
) WITHOUT ROWID;
CREATE INDEX article_text ON article (text_digest);
CREATE INDEX article_ordinal ON article (ordinal);
CREATE TABLE revision (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL, source TEXT NOT NULL, guid TEXT NOT NULL, date TEXT NOT NULL,
    modified TEXT NOT NULL, url TEXT NOT NULL, text_digest BLOB NOT NULL,
    ordinal INTEGER NOT NULL, file TEXT NOT NULL, conversion TEXT, origin TEXT
);
CREATE INDEX revision_article ON revision (key, source);
"""

# The key of captures is their place in the file, so that a file's tail is forgotten in one sweep.
_CAPTURES = """
CREATE TABLE warc (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, sealed INTEGER NOT NULL
);
CREATE TABLE capture (
    warc INTEGER NOT NULL REFERENCES warc, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    record_id TEXT NOT NULL, date TEXT NOT NULL, uri TEXT NOT NULL, payload_digest BLOB NOT NULL,
    PRIMARY KEY (warc, offset)
) WITHOUT ROWID;
CREATE INDEX capture_digest ON capture (payload_digest);
CREATE TABLE page (
    uri TEXT PRIMARY KEY, warc INTEGER NOT NULL, offset INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE due (file TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO warc (name, size, sealed)
    SELECT json_extract(conversion, '$.file') AS file,
        max(json_extract(conversion, '$.offset') + json_extract(conversion, '$.length')), 0
    FROM (SELECT conversion FROM article UNION ALL SELECT conversion FROM revision)
    WHERE conversion IS NOT NULL GROUP BY file ORDER BY file
"""

_BOOKMARKS = """
CREATE TABLE bookmark (
    file TEXT NOT NULL, asked TEXT NOT NULL, state TEXT NOT NULL, offset INTEGER NOT NULL,
    PRIMARY KEY (file, asked)
) WITHOUT ROWID
"""

# Bands are pieces of a sketch, by which similar ones are found.
_VISITS_AND_SKETCHES = """
CREATE TABLE visit (
    source TEXT NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL,
    guid TEXT NOT NULL, date TEXT NOT NULL,
    PRIMARY KEY (source, url)
) WITHOUT ROWID;
ALTER TABLE article ADD COLUMN date_gmt TEXT NOT NULL DEFAULT '';
ALTER TABLE revision ADD COLUMN date_gmt TEXT NOT NULL DEFAULT '';
CREATE TABLE sketch (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL, source TEXT NOT NULL, algorithm TEXT NOT NULL, value BLOB NOT NULL,
    UNIQUE (key, source)
);
CREATE TABLE band (
    value INTEGER NOT NULL, sketch INTEGER NOT NULL,
    PRIMARY KEY (value, sketch)
) WITHOUT ROWID
"""

_INCOMPLETE = """
ALTER TABLE article ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revision ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0
"""

_OUTCOMES = """
CREATE TABLE outcome (
    source TEXT NOT NULL, url TEXT NOT NULL, run TEXT NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, at TEXT NOT NULL, record TEXT,
    PRIMARY KEY (source, url)
) WITHOUT ROWID
"""

# Events tell the life of an article; where ``alias`` is not empty, it is held under that key too.
_LIVES = """
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
    alias TEXT NOT NULL, detail TEXT NOT NULL, record TEXT
);
CREATE INDEX event_article ON event (key, source);
CREATE INDEX event_alias ON event (alias) WHERE alias != '';
CREATE INDEX event_absence ON event (source) WHERE kind IN ('missing', 'gone', 'back');
CREATE TABLE post (
    source TEXT NOT NULL, route TEXT NOT NULL, id INTEGER NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (source, route, id, key)
) WITHOUT ROWID;
CREATE INDEX post_article ON post (key, source);
CREATE INDEX article_source ON article (source)
"""

# Facts and the texts that were found in the corpus spare a run the walks (see `Store.fact`).
_FACTS = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE found_text (
    key TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, file TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX article_file ON article (file)
"""

_ORDINALS = "CREATE INDEX found_text_ordinal ON found_text (ordinal)"

# An article is collected when its first text was archived, whichever text it has now.
_RUNS = """
CREATE TABLE run (
    id TEXT PRIMARY KEY, spider TEXT NOT NULL, source TEXT NOT NULL, arguments TEXT NOT NULL,
    started TEXT NOT NULL, ended TEXT NOT NULL, exit_code INTEGER NOT NULL, reason TEXT NOT NULL,
    version TEXT NOT NULL, extractor TEXT NOT NULL,
    counts TEXT NOT NULL, dropped TEXT NOT NULL, lost TEXT NOT NULL, record TEXT
) WITHOUT ROWID;
CREATE INDEX run_source ON run (source, started);
ALTER TABLE visit ADD COLUMN noted TEXT NOT NULL DEFAULT '';
ALTER TABLE article ADD COLUMN collected TEXT NOT NULL DEFAULT '';
UPDATE article SET collected = coalesce((
    SELECT min(date) FROM (
        SELECT json_extract(article.conversion, '$.date') AS date
        UNION ALL SELECT json_extract(revision.conversion, '$.date') FROM revision
            WHERE revision.key = article.key AND revision.source = article.source
    )
), '');
CREATE INDEX article_collected ON article (source, collected)
"""

# The index has all that is asked of a source's stories, so that no row is looked up for it; it
# takes the place of one of sources alone. A notice is told once (`Store.told`).
_HEALTH = """
DROP INDEX article_source;
CREATE INDEX article_published ON article (source, date, date_gmt, collected);
CREATE TABLE told (source TEXT PRIMARY KEY, verdict TEXT NOT NULL) WITHOUT ROWID
"""

# A text that is due is written by the writer that held it, or by who finds that one dead.
_WRITERS = """
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
ALTER TABLE due ADD COLUMN writer TEXT NOT NULL DEFAULT ''
"""

# The page over all runs asks for those of a day, and one more row must not cost a walk.
_DAYS_OF_RUNS = "CREATE INDEX run_ended ON run (ended, id)"

# Where an archive has several folders, and what of it lies in an object store.
_NODES = """
ALTER TABLE warc ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE warc ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE warc ADD COLUMN sha256 BLOB NOT NULL DEFAULT x'';
ALTER TABLE warc ADD COLUMN uploaded TEXT NOT NULL DEFAULT ''
"""

# What is behind a place in a WARC file is forgotten, and what is in some files counted, without a
# walk through all; few visits are of the kinds that are looked for without an address.
_PLACES = """
CREATE INDEX article_place ON article (json_extract(conversion, '$.file'));
CREATE INDEX revision_place ON revision (json_extract(conversion, '$.file'));
CREATE INDEX outcome_place ON outcome (json_extract(record, '$.file'));
CREATE INDEX event_place ON event (json_extract(record, '$.file'));
CREATE INDEX run_place ON run (json_extract(record, '$.file'));
CREATE INDEX page_warc ON page (warc);
CREATE INDEX visit_kind ON visit (outcome, source, url)
    WHERE outcome IN ('door', 'listing', 'pages', 'tracking')
"""

UPGRADES = (
    *(_ARTICLES, _CAPTURES, _BOOKMARKS, _VISITS_AND_SKETCHES, _INCOMPLETE, _OUTCOMES),
    *(_LIVES, _FACTS, _ORDINALS, _RUNS, _HEALTH, _WRITERS, _DAYS_OF_RUNS, _NODES),
    _PLACES,
)
SCHEMA_VERSION = len(UPGRADES)
