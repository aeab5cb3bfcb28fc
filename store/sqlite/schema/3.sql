-- Whether all passages of a file have their vectors, and of which model: decided where both are written.
ALTER TABLE files ADD COLUMN vectors INTEGER REFERENCES models ON DELETE SET NULL;

-- Passages that lost their last chunk in the middle of a run: a batch still to come may bring them back, and their vectors with
-- them. The last batch of a run removes those that nothing brought back.
CREATE TABLE orphans (
    passage INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE
);

UPDATE files SET reason = rtrim(substr(reason, 1, length(reason) - length('no vectors yet')), '; ')
    WHERE state IN ('indexed', 'partial') AND reason LIKE '%no vectors yet';

-- Positions stand beside our own postings now, so that FTS5 has nothing left to answer. All words are indexed anew.
DROP TABLE words;
DELETE FROM segments;
DELETE FROM pages;

-- Checksums; see checksums.go. Vectors end with theirs.
ALTER TABLE notes ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
