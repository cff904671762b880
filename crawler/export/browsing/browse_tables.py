"""The tables of ``corpus.sqlite``.

All of it is derived: a database of another version is made anew. ``article`` has a row for each
article that is held, ``text`` one for each text that the archive has of one, older ones too, and
``story`` shows both as one table to those who write SQL. ``unreadable`` are articles that are held
and whose texts cannot be read, all or some. ``earliest`` is the moment by which one of several
copies is the earliest.

Pages count by *kinds*, which are what articles have in common beside their day, and by days that
are numbers (20240531): counting 100,000 articles looks at two numbers of each. ``day_kind`` has the
counts of all articles, and ``day_count`` shows it to those who write SQL.
"""

from __future__ import annotations

import hashlib

TABLES = """
CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL, source TEXT NOT NULL, guid TEXT NOT NULL, url TEXT NOT NULL,
    title TEXT NOT NULL, day TEXT NOT NULL,
    published TEXT, published_utc TEXT, modified TEXT, modified_utc TEXT,
    language TEXT, language_tag TEXT, language_from TEXT,
    authors TEXT NOT NULL, sections TEXT NOT NULL, tags TEXT NOT NULL,
    agency TEXT, dateline TEXT, syndicated_from TEXT, licence TEXT,
    copy_group TEXT, copy_of TEXT, is_copy INTEGER NOT NULL DEFAULT 0,
    flags TEXT NOT NULL, incomplete TEXT, revisions INTEGER NOT NULL, paragraphs INTEGER NOT NULL,
    captured TEXT, collected TEXT, extracted TEXT, gone TEXT, absent TEXT,
    aliases TEXT NOT NULL, post TEXT, ordinal INTEGER NOT NULL, file TEXT NOT NULL,
    text_sha256 TEXT NOT NULL, file_sha256 TEXT NOT NULL, extractor TEXT,
    warc_file TEXT, warc_offset INTEGER, warc_record_id TEXT,
    origin_file TEXT, origin_offset INTEGER, origin_record_id TEXT,
    earliest TEXT NOT NULL, text_id INTEGER NOT NULL REFERENCES text (id),
    UNIQUE (key, source)
);
CREATE INDEX article_day ON article (day);
CREATE INDEX article_source ON article (source, day);
CREATE INDEX article_copies ON article (copy_group) WHERE copy_group IS NOT NULL;
CREATE INDEX article_copied ON article (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX article_digest ON article (text_sha256);
CREATE TABLE text (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL, source TEXT NOT NULL, number INTEGER NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, text_sha256 TEXT NOT NULL,
    modified TEXT, captured TEXT, extracted TEXT, extractor TEXT,
    warc_record_id TEXT, warc_file TEXT, warc_offset INTEGER, warc_length INTEGER,
    origin_record_id TEXT, origin_file TEXT, origin_offset INTEGER, origin_length INTEGER,
    pages TEXT NOT NULL,
    UNIQUE (key, source, number)
);
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL, source TEXT NOT NULL, number INTEGER NOT NULL,
    kind TEXT NOT NULL, at TEXT NOT NULL, alias TEXT NOT NULL, detail TEXT NOT NULL,
    UNIQUE (key, source, number)
);
CREATE INDEX event_alias ON event (alias) WHERE alias != '';
CREATE VIEW story AS
    SELECT article.*, text.text FROM article JOIN text ON text.id = article.text_id;
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE kind (
    id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source (id), language TEXT NOT NULL,
    agency TEXT NOT NULL, licence TEXT NOT NULL, is_copy INTEGER NOT NULL,
    UNIQUE (source, language, agency, licence, is_copy)
);
CREATE TABLE counted (
    id INTEGER PRIMARY KEY REFERENCES article (id), day INTEGER NOT NULL, kind INTEGER NOT NULL
);
CREATE INDEX counted_day ON counted (day, kind);
CREATE TABLE day_kind (
    day INTEGER NOT NULL, kind INTEGER NOT NULL REFERENCES kind (id), source INTEGER NOT NULL,
    is_copy INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (day, kind)
) WITHOUT ROWID;
CREATE VIEW day_count AS
    SELECT printf('%04d-%02d-%02d', day / 10000, day / 100 % 100, day % 100) AS day,
        source.name AS source, language, agency, licence, kind.is_copy, n
    FROM day_kind JOIN kind ON kind.id = day_kind.kind JOIN source ON source.id = kind.source;
CREATE TABLE run (
    id TEXT PRIMARY KEY, spider TEXT NOT NULL, source TEXT NOT NULL, arguments TEXT NOT NULL,
    started TEXT NOT NULL, ended TEXT NOT NULL, exit_code INTEGER NOT NULL, reason TEXT NOT NULL,
    version TEXT NOT NULL, extractor TEXT NOT NULL,
    counts TEXT NOT NULL, dropped TEXT NOT NULL, lost TEXT NOT NULL,
    warc_file TEXT, warc_offset INTEGER
) WITHOUT ROWID;
CREATE INDEX run_started ON run (started);
CREATE INDEX run_source ON run (source, started);
CREATE TABLE health (
    source TEXT PRIMARY KEY, key TEXT, verdict TEXT NOT NULL, why TEXT, stories INTEGER NOT NULL,
    last_read TEXT, last_answered TEXT, last_story TEXT, last_collected TEXT,
    stories_this_week INTEGER NOT NULL, stories_a_week REAL, failures INTEGER NOT NULL,
    lost INTEGER NOT NULL, pause INTEGER NOT NULL, longest_pause INTEGER NOT NULL,
    silent_after INTEGER, next_read TEXT, place INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE coverage (
    source TEXT PRIMARY KEY, runs INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
    explained INTEGER NOT NULL, listed INTEGER NOT NULL, held INTEGER NOT NULL,
    dropped INTEGER NOT NULL, gone INTEGER NOT NULL, left_out INTEGER NOT NULL,
    unexplained INTEGER NOT NULL, unnamed TEXT NOT NULL, reasons TEXT NOT NULL,
    seen TEXT NOT NULL, not_seen TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE coverage_month (
    source TEXT NOT NULL, month TEXT NOT NULL, listed INTEGER NOT NULL, held INTEGER NOT NULL,
    dropped INTEGER NOT NULL, gone INTEGER NOT NULL, left_out INTEGER NOT NULL,
    unexplained INTEGER NOT NULL,
    PRIMARY KEY (source, month)
) WITHOUT ROWID;
CREATE TABLE coverage_story (
    source TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    note TEXT NOT NULL, url TEXT NOT NULL, post TEXT NOT NULL, date TEXT NOT NULL,
    listed TEXT NOT NULL, by TEXT NOT NULL,
    PRIMARY KEY (source, number)
) WITHOUT ROWID;
CREATE TABLE progress (
    warc TEXT PRIMARY KEY, offset INTEGER NOT NULL, first TEXT NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE home (place TEXT PRIMARY KEY, languages TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE unreadable (
    key TEXT NOT NULL, source TEXT NOT NULL, why TEXT NOT NULL, is_lost INTEGER NOT NULL,
    PRIMARY KEY (key, source)
) WITHOUT ROWID;
CREATE TABLE made (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

TOKENIZER = "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"

SEARCH_TABLE = (
    f"CREATE VIRTUAL TABLE search USING fts5(title, text, content='', tokenize=\"{TOKENIZER}\")"
)
"""Contentless: its rows are deleted by the words that they were made of (`search_words`)."""

TABLES_VERSION = hashlib.sha256(f"{TABLES}{SEARCH_TABLE}".encode()).hexdigest()[:16]
