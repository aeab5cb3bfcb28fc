-- Words as BM25 ranks them; see segment.go. FTS5 stays for phrases, prefixes and exclusions.
CREATE TABLE segments (
    key       INTEGER PRIMARY KEY AUTOINCREMENT,
    level     INTEGER NOT NULL,
    chunks    INTEGER NOT NULL, -- added less removed
    words     INTEGER NOT NULL, -- in those
    removed   INTEGER NOT NULL, -- chunks of other segments that are gone
    list      BLOB NOT NULL,    -- which chunks
    directory BLOB NOT NULL     -- first term and key of each page
);

-- AUTOINCREMENT: a reader keeps pages in memory under their key.
CREATE TABLE pages (
    key  INTEGER PRIMARY KEY AUTOINCREMENT,
    data BLOB NOT NULL -- terms and their postings
);

-- The chunks whose vectors came, went or changed in each of the last generations, so that a reader need not read all again.
-- meta.complete_since is the generation after which the list is complete.
CREATE TABLE vector_changes (
    generation INTEGER NOT NULL,
    chunk      INTEGER NOT NULL,
    PRIMARY KEY (generation, chunk)
) WITHOUT ROWID;

-- What happened to files: never their text.
CREATE TABLE history (
    cursor   INTEGER PRIMARY KEY AUTOINCREMENT,
    path     TEXT NOT NULL,
    event    TEXT NOT NULL CHECK (event IN ('added', 'changed', 'removed', 'renamed')),
    old_path TEXT NOT NULL, -- of a renamed file
    old_hash TEXT NOT NULL,
    new_hash TEXT NOT NULL,
    time     INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)) -- milliseconds since 1970
);
CREATE INDEX history_by_hash ON history (new_hash);
INSERT INTO meta SELECT 'complete_since', value FROM meta WHERE name = 'generation';
