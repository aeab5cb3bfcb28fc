-- Keys named "key" are internal and never leave the store.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE files (
    id     TEXT PRIMARY KEY,
    state  TEXT NOT NULL CHECK (state IN ('indexed', 'partial', 'skipped', 'failed')),
    reason TEXT NOT NULL,
    hash   TEXT NOT NULL,
    size   INTEGER NOT NULL,
    mtime  INTEGER NOT NULL,
    chunks INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE notes (
    key   INTEGER PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    hash  TEXT NOT NULL,
    size  INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    lines INTEGER NOT NULL,
    date  TEXT NOT NULL,
    title_terms TEXT NOT NULL DEFAULT '' -- what the words of its chunks hold for title
);

CREATE TABLE tags (
    note INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE,
    tag  TEXT NOT NULL,
    PRIMARY KEY (note, tag)
) WITHOUT ROWID;
CREATE INDEX tags_by_tag ON tags (tag);

CREATE TABLE aliases (
    note  INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE,
    alias TEXT NOT NULL,
    PRIMARY KEY (note, alias)
) WITHOUT ROWID;

-- The folded names a note answers to; see names.go.
CREATE TABLE names (
    name TEXT NOT NULL,
    note INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE,
    PRIMARY KEY (name, note)
) WITHOUT ROWID;
CREATE INDEX names_by_note ON names (note);

-- A passage is a content address. Equal chunks share it, and with it one vector per model.
CREATE TABLE passages (
    key  INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE
);

-- AUTOINCREMENT: an id that search holds in memory must never come to mean another chunk.
CREATE TABLE chunks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    note       INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE,
    passage    INTEGER NOT NULL REFERENCES passages,
    seq        INTEGER NOT NULL,
    heading    TEXT NOT NULL, -- JSON list
    first_line INTEGER NOT NULL,
    last_line  INTEGER NOT NULL,
    start_byte INTEGER NOT NULL,
    end_byte   INTEGER NOT NULL,
    tokens     INTEGER NOT NULL,
    text       TEXT NOT NULL
);
CREATE INDEX chunks_by_note ON chunks (note, seq);
CREATE INDEX chunks_by_passage ON chunks (passage);

CREATE TABLE models (
    key    INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    dim    INTEGER NOT NULL CHECK (dim > 0)
);

CREATE TABLE vectors (
    key     INTEGER PRIMARY KEY,
    model   INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,
    passage INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    data    BLOB NOT NULL, -- float32, little-endian
    UNIQUE (passage, model)
);
CREATE INDEX vectors_by_model ON vectors (model);

CREATE TABLE edges (
    key      INTEGER PRIMARY KEY,
    source   INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE,
    target   INTEGER REFERENCES notes ON DELETE SET NULL,
    raw      TEXT NOT NULL,    -- the target as given
    name     TEXT NOT NULL,    -- its folded name; see names.go
    is_path  INTEGER NOT NULL, -- only the note with the id raw answers
    type     TEXT NOT NULL,
    weight   REAL NOT NULL,
    line     INTEGER NOT NULL,
    sentence TEXT NOT NULL
);
CREATE INDEX edges_by_source ON edges (source);
CREATE INDEX edges_by_target ON edges (target);
CREATE INDEX edges_by_name ON edges (name);
CREATE INDEX edges_by_raw ON edges (raw);

-- Rows are chunk ids. The columns hold Terms, separated by spaces, so the tokenizer only cuts at spaces; the text itself is
-- in chunks. The ascii tokenizer leaves all other bytes alone.
CREATE VIRTUAL TABLE words USING fts5 (
    text, heading, title, path,
    content = '', contentless_delete = 1,
    tokenize = 'porter ascii tokenchars ''_+#'''
);
