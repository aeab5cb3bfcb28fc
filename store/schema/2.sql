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
