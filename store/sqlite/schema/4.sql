-- How an edge's target is found (notes.Rule; what was a path is ByPath, which is 1), the folder of its vault, and the file that
-- answers where no note does.
ALTER TABLE edges RENAME COLUMN is_path TO rule;
ALTER TABLE edges ADD COLUMN root TEXT NOT NULL DEFAULT '';
ALTER TABLE edges ADD COLUMN file TEXT;
CREATE INDEX edges_by_file ON edges (file) WHERE file IS NOT NULL;
-- Links that nothing answers, which each run counts; the terms are those of others.go.
CREATE INDEX edges_unanswered ON edges (name) WHERE name <> '' AND target IS NULL AND file IS NULL;

-- Files and folders of the workspace that are no notes, so that links to them are not broken. A folder's id ends with a slash.
CREATE TABLE others (
    id     TEXT PRIMARY KEY,
    name   TEXT NOT NULL,   -- its folded name, as in names
    linked INTEGER NOT NULL -- found because a link names it, not by the walk: only its path answers
) WITHOUT ROWID;
CREATE INDEX others_by_name ON others (name);

-- Under which name a file without a note is found; '' where there is a note.
ALTER TABLE files ADD COLUMN name TEXT NOT NULL DEFAULT '';
CREATE INDEX files_by_name ON files (name);

-- The words of a passage as a reader sees them, where they are others than its text, and those that readers do not see.
ALTER TABLE chunks ADD COLUMN plain TEXT;
ALTER TABLE chunks ADD COLUMN hidden TEXT;

ALTER TABLE notes ADD COLUMN date_from TEXT NOT NULL DEFAULT ''; -- where the date stands

-- Names are folded otherwise, and so are words: all are filed anew.
DELETE FROM segments;
DELETE FROM pages;
