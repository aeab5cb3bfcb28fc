-- What a file looked like when its record was written; mtime is its time of modification to the nanosecond.
ALTER TABLE files ADD COLUMN ctime INTEGER NOT NULL DEFAULT 0; -- nanoseconds since 1970; 0 where the system knows none
ALTER TABLE files ADD COLUMN inode INTEGER NOT NULL DEFAULT 0; -- 0 where the system knows none
ALTER TABLE files ADD COLUMN racy INTEGER NOT NULL DEFAULT 0 CHECK (racy IN (0, 1));
-- The version of the chunker that cut it.
ALTER TABLE files ADD COLUMN chunker TEXT NOT NULL DEFAULT '';
-- Whether all passages of a file have their vectors, and of which model: decided where both are written.
ALTER TABLE files ADD COLUMN vectors INTEGER REFERENCES models ON DELETE SET NULL;

-- Passages that lost their last chunk in the middle of a run: a batch still to come may bring them back, and their vectors with
-- them. The last batch of a run removes those that nothing brought back.
CREATE TABLE orphans (
    passage INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE
);

-- Layout 2 kept three more things in the nanoseconds of a time: digest * 2000 + chunker * 2 + racy. The next run reads every file.
UPDATE files SET racy = 1, chunker = 'layout 2: ' || ((mtime % 2000 + 2000) % 2000 / 2) WHERE mtime <> 0;
UPDATE files SET mtime = mtime - (mtime % 1000000000 + 1000000000) % 1000000000;
UPDATE notes SET mtime = mtime - (mtime % 1000000000 + 1000000000) % 1000000000;

-- And one at the end of reasons.
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
