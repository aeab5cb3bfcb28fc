-- Terms of the notes, and where they stand. They are made from the notes, and made again where they are damaged: no checksum covers them.
CREATE TABLE terms (
    key   INTEGER PRIMARY KEY,
    id    TEXT NOT NULL UNIQUE,
    stem  TEXT NOT NULL,
    name  TEXT NOT NULL,
    kind  TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX terms_by_stem ON terms (stem);

-- An edge between a term and the note that it comes from, or, as that note says, to another term.
CREATE TABLE term_edges (
    term     INTEGER NOT NULL REFERENCES terms ON DELETE CASCADE,
    note     INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE,
    other    INTEGER REFERENCES terms ON DELETE CASCADE,
    type     TEXT NOT NULL,
    weight   REAL NOT NULL,
    line     INTEGER NOT NULL,
    sentence TEXT NOT NULL
);
CREATE INDEX term_edges_by_term ON term_edges (term);
CREATE INDEX term_edges_by_note ON term_edges (note);
CREATE INDEX term_edges_by_other ON term_edges (other) WHERE other IS NOT NULL;
