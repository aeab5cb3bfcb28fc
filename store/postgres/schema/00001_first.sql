-- +goose Up
-- A workspace is a row. Keys are unique in the whole database and never leave the store; they begin every other key, so that tables can
-- be partitioned by workspace. Texts compare by their bytes (COLLATE "C"), as in SQLite.

CREATE TABLE amalfa.workspaces (
    key            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text COLLATE "C" NOT NULL UNIQUE CHECK (name <> ''),
    owner          text NOT NULL DEFAULT current_user,
    stamp          text NOT NULL,               -- random, given once
    generation     bigint NOT NULL DEFAULT 0,   -- moves with every write
    cursor         bigint NOT NULL DEFAULT 0,   -- of the last event
    page           bigint NOT NULL DEFAULT 0,   -- key of the last page of words
    chunk          bigint NOT NULL DEFAULT 0,   -- id of the last chunk: an id never comes to mean another
    unresolved     bigint,                      -- as meta's row of that name in SQLite: links wait since that generation
    model          text NOT NULL DEFAULT '',    -- digest of the active one
    made           timestamptz NOT NULL DEFAULT now()
);

-- Which other roles may see a workspace, or write it. A role that is a group stands for its members.
CREATE TABLE amalfa.members (
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    role      text NOT NULL,
    writes    boolean NOT NULL,
    granted   text NOT NULL DEFAULT current_user,
    PRIMARY KEY (workspace, role)
);

CREATE TABLE amalfa.remarks (
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    name      text COLLATE "C" NOT NULL,
    value     text NOT NULL,
    PRIMARY KEY (workspace, name)
);

CREATE TABLE amalfa.models (
    key       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    digest    text COLLATE "C" NOT NULL,
    name      text NOT NULL,
    dim       integer NOT NULL CHECK (dim > 0),
    UNIQUE (workspace, digest)
);

CREATE TABLE amalfa.notes (
    key         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace   bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    id          text COLLATE "C" NOT NULL,
    title       text NOT NULL,
    hash        text COLLATE "C" NOT NULL,
    size        bigint NOT NULL,
    mtime       bigint NOT NULL,
    kind        text NOT NULL,
    lines       integer NOT NULL,
    date        text COLLATE "C" NOT NULL,
    date_from   text NOT NULL,
    tags        text[] NOT NULL,    -- sorted
    aliases     text[] NOT NULL,    -- sorted
    title_terms text NOT NULL,      -- what the words of its chunks hold for title
    machine     text NOT NULL,      -- that wrote it last
    UNIQUE (workspace, id)
);

-- The folded names a note answers to.
CREATE TABLE amalfa.names (
    workspace bigint NOT NULL,
    name      text COLLATE "C" NOT NULL,
    note      bigint NOT NULL REFERENCES amalfa.notes ON DELETE CASCADE,
    PRIMARY KEY (workspace, name, note)
);
CREATE INDEX names_by_note ON amalfa.names (note);

CREATE TABLE amalfa.files (
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    id        text COLLATE "C" NOT NULL,
    state     text NOT NULL CHECK (state IN ('indexed', 'partial', 'skipped', 'failed')),
    reason    text NOT NULL,
    hash      text COLLATE "C" NOT NULL,
    size      bigint NOT NULL,
    mtime     bigint NOT NULL,
    chunker   text NOT NULL,
    chunks    integer NOT NULL,
    vectors   bigint REFERENCES amalfa.models ON DELETE SET NULL, -- whose vectors all its passages have
    name      text COLLATE "C" NOT NULL,    -- under which a file without a note is found; '' where there is a note
    machine   text NOT NULL,                -- that wrote it last
    PRIMARY KEY (workspace, id)
);
CREATE INDEX files_by_name ON amalfa.files (workspace, name);

-- What a file looked like on one machine when that held the record against it. Others know nothing by it.
CREATE TABLE amalfa.seen (
    workspace bigint NOT NULL,
    id        text COLLATE "C" NOT NULL,
    machine   text NOT NULL,
    hash      text COLLATE "C" NOT NULL,
    size      bigint NOT NULL,
    mtime     bigint NOT NULL,
    ctime     bigint NOT NULL,
    inode     bigint NOT NULL,
    racy      boolean NOT NULL,
    PRIMARY KEY (workspace, id, machine),
    FOREIGN KEY (workspace, id) REFERENCES amalfa.files ON DELETE CASCADE
);

-- A passage is a content address. Equal chunks share it, and with it one vector per model.
CREATE TABLE amalfa.passages (
    key       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    hash      text COLLATE "C" NOT NULL,
    UNIQUE (workspace, hash)
);

CREATE TABLE amalfa.chunks (
    workspace  bigint NOT NULL,
    id         bigint NOT NULL,
    note       bigint NOT NULL REFERENCES amalfa.notes ON DELETE CASCADE,
    passage    bigint NOT NULL REFERENCES amalfa.passages,
    seq        integer NOT NULL,
    heading    text[] NOT NULL,
    first_line integer NOT NULL,
    last_line  integer NOT NULL,
    start_byte integer NOT NULL,
    end_byte   integer NOT NULL,
    tokens     integer NOT NULL,
    text       text NOT NULL,
    plain      text NOT NULL,
    hidden     text NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX chunks_by_note ON amalfa.chunks (note, seq);
CREATE INDEX chunks_by_passage ON amalfa.chunks (passage);

CREATE TABLE amalfa.edges (
    key       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace bigint NOT NULL,
    source    bigint NOT NULL REFERENCES amalfa.notes ON DELETE CASCADE,
    target    bigint REFERENCES amalfa.notes ON DELETE SET NULL,
    file      text COLLATE "C",             -- that answers where no note does
    raw       text COLLATE "C" NOT NULL,    -- the target as given
    name      text COLLATE "C" NOT NULL,    -- its folded name, '' for a tag
    rule      integer NOT NULL,             -- notes.Rule
    root      text NOT NULL,                -- the folder of its vault
    type      text COLLATE "C" NOT NULL,
    weight    double precision NOT NULL,
    line      integer NOT NULL,
    sentence  text NOT NULL
);
CREATE INDEX edges_by_source ON amalfa.edges (source);
CREATE INDEX edges_by_target ON amalfa.edges (target) WHERE target IS NOT NULL;
CREATE INDEX edges_by_name ON amalfa.edges (workspace, name);
CREATE INDEX edges_by_tag ON amalfa.edges (workspace, raw) WHERE name = '';
CREATE INDEX edges_by_file ON amalfa.edges (workspace, file) WHERE file IS NOT NULL;
CREATE INDEX edges_unanswered ON amalfa.edges (workspace, name) WHERE name <> '' AND target IS NULL AND file IS NULL;

-- Files and folders of the workspace that are no notes. A folder's id ends with a slash.
CREATE TABLE amalfa.others (
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    id        text COLLATE "C" NOT NULL,
    name      text COLLATE "C" NOT NULL,
    linked    boolean NOT NULL,
    machine   text NOT NULL,
    PRIMARY KEY (workspace, id)
);
CREATE INDEX others_by_name ON amalfa.others (workspace, name);

-- Passages that lost their last chunk in the middle of a run: a batch still to come may bring them back.
CREATE TABLE amalfa.orphans (
    workspace bigint NOT NULL,
    passage   bigint PRIMARY KEY REFERENCES amalfa.passages ON DELETE CASCADE
);
CREATE INDEX orphans_by_workspace ON amalfa.orphans (workspace);

-- What happened to files: never their text.
CREATE TABLE amalfa.history (
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    cursor    bigint NOT NULL,
    path      text COLLATE "C" NOT NULL,
    event     text NOT NULL CHECK (event IN ('added', 'changed', 'removed', 'renamed')),
    old_path  text NOT NULL,
    old_hash  text NOT NULL,
    new_hash  text COLLATE "C" NOT NULL,
    time      bigint NOT NULL,  -- milliseconds since 1970, by the server's clock
    machine   text NOT NULL,
    PRIMARY KEY (workspace, cursor)
);
CREATE INDEX history_by_hash ON amalfa.history (workspace, new_hash);
CREATE INDEX history_by_path ON amalfa.history (workspace, path, cursor);

CREATE TABLE amalfa.terms (
    key       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    id        text COLLATE "C" NOT NULL,
    stem      text COLLATE "C" NOT NULL,
    name      text NOT NULL,
    kind      text NOT NULL,
    state     text NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX terms_by_stem ON amalfa.terms (workspace, stem);

CREATE TABLE amalfa.term_edges (
    workspace bigint NOT NULL,
    term      bigint NOT NULL REFERENCES amalfa.terms ON DELETE CASCADE,
    note      bigint NOT NULL REFERENCES amalfa.notes ON DELETE CASCADE,
    other     bigint REFERENCES amalfa.terms ON DELETE CASCADE,
    type      text COLLATE "C" NOT NULL,
    weight    double precision NOT NULL,
    line      integer NOT NULL,
    sentence  text NOT NULL
);
CREATE INDEX term_edges_by_term ON amalfa.term_edges (term);
CREATE INDEX term_edges_by_note ON amalfa.term_edges (note);
CREATE INDEX term_edges_by_other ON amalfa.term_edges (other) WHERE other IS NOT NULL;

-- Words, as store/text makes them.
CREATE TABLE amalfa.segments (
    key       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    level     bigint NOT NULL,
    chunks    bigint NOT NULL,
    words     bigint NOT NULL,
    removed   bigint NOT NULL,
    list      bytea NOT NULL,
    directory bytea NOT NULL
);
CREATE INDEX segments_by_workspace ON amalfa.segments (workspace, key);

-- Numbered by the writer of the workspace, one after another, and never again: readers keep pages under their keys.
CREATE TABLE amalfa.pages (
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    key       bigint NOT NULL,
    data      bytea NOT NULL,
    PRIMARY KEY (workspace, key)
);
ALTER TABLE amalfa.pages ALTER COLUMN data SET STORAGE EXTERNAL;

-- Who sees what. Functions of the asking role, each evaluated once a statement.

-- +goose StatementBegin
CREATE FUNCTION amalfa.stands_for(role text) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname = role AND pg_catalog.pg_has_role(r.oid, 'USAGE')) $$;
-- +goose StatementEnd

ALTER TABLE amalfa.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE amalfa.members FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON amalfa.members FOR SELECT USING (amalfa.stands_for(role) OR amalfa.stands_for(granted));
CREATE POLICY grant_own ON amalfa.members FOR INSERT WITH CHECK (granted = current_user
    AND EXISTS (SELECT 1 FROM amalfa.workspaces w WHERE w.key = workspace AND amalfa.stands_for(w.owner)));
CREATE POLICY change_granted ON amalfa.members FOR UPDATE USING (amalfa.stands_for(granted));
CREATE POLICY revoke_granted ON amalfa.members FOR DELETE USING (amalfa.stands_for(granted));

ALTER TABLE amalfa.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE amalfa.workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON amalfa.workspaces FOR SELECT USING (amalfa.stands_for(owner)
    OR EXISTS (SELECT 1 FROM amalfa.members m WHERE m.workspace = key AND amalfa.stands_for(m.role)));
CREATE POLICY own ON amalfa.workspaces FOR INSERT WITH CHECK (owner = current_user);
CREATE POLICY write ON amalfa.workspaces FOR UPDATE USING (amalfa.stands_for(owner)
    OR EXISTS (SELECT 1 FROM amalfa.members m WHERE m.workspace = key AND m.writes AND amalfa.stands_for(m.role)));
CREATE POLICY remove_own ON amalfa.workspaces FOR DELETE USING (amalfa.stands_for(owner));

-- +goose StatementBegin
CREATE FUNCTION amalfa.readable() RETURNS bigint[] LANGUAGE sql STABLE
    AS $$ SELECT pg_catalog.array_agg(key) FROM amalfa.workspaces $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION amalfa.writable() RETURNS bigint[] LANGUAGE sql STABLE
    AS $$ SELECT pg_catalog.array_agg(w.key) FROM amalfa.workspaces w WHERE amalfa.stands_for(w.owner)
        OR EXISTS (SELECT 1 FROM amalfa.members m WHERE m.workspace = w.key AND m.writes AND amalfa.stands_for(m.role)) $$;
-- +goose StatementEnd

-- Binds a table with a column "workspace" to the two.
-- +goose StatementBegin
CREATE PROCEDURE amalfa.guard(name text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE amalfa.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE amalfa.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY mine ON amalfa.%I FOR SELECT USING (workspace = ANY ((SELECT amalfa.readable())::bigint[]))', name);
    EXECUTE format('CREATE POLICY write ON amalfa.%I FOR ALL USING (workspace = ANY ((SELECT amalfa.writable())::bigint[]))
        WITH CHECK (workspace = ANY ((SELECT amalfa.writable())::bigint[]))', name);
END $$;
-- +goose StatementEnd

CALL amalfa.guard('remarks');
CALL amalfa.guard('models');
CALL amalfa.guard('notes');
CALL amalfa.guard('names');
CALL amalfa.guard('files');
CALL amalfa.guard('seen');
CALL amalfa.guard('passages');
CALL amalfa.guard('chunks');
CALL amalfa.guard('edges');
CALL amalfa.guard('others');
CALL amalfa.guard('orphans');
CALL amalfa.guard('history');
CALL amalfa.guard('terms');
CALL amalfa.guard('term_edges');
CALL amalfa.guard('segments');
CALL amalfa.guard('pages');
