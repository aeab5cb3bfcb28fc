-- +goose Up
-- People who ask a server over a network. A token has a row for each workspace that it opens, and never its secret. Without a workspace
-- it opens all that its maker may write.
CREATE TABLE amalfa.tokens (
    key       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash      text COLLATE "C" NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'), -- SHA-256 of the secret
    workspace bigint REFERENCES amalfa.workspaces ON DELETE CASCADE,
    name      text COLLATE "C" NOT NULL CHECK (name ~ '^[A-Za-z0-9._@+-]{1,100}$'),
    writes    boolean NOT NULL,
    maker     text NOT NULL DEFAULT current_user,
    made      timestamptz NOT NULL DEFAULT now(),
    expires   timestamptz,
    used      timestamptz,
    revoked   timestamptz
);
CREATE UNIQUE INDEX tokens_by_hash ON amalfa.tokens (hash, coalesce(workspace, 0));
CREATE UNIQUE INDEX tokens_by_name ON amalfa.tokens (name, coalesce(workspace, 0), (CASE WHEN workspace IS NULL THEN maker END)) WHERE revoked IS NULL;
CREATE INDEX tokens_by_workspace ON amalfa.tokens (workspace);

-- Who wrote what: never its text. Nobody changes a row, and only the owner of a workspace removes some.
CREATE TABLE amalfa.audit (
    key       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace bigint NOT NULL REFERENCES amalfa.workspaces ON DELETE CASCADE,
    time      timestamptz NOT NULL DEFAULT now(),
    role      text NOT NULL DEFAULT current_user, -- of the process that was asked
    machine   text NOT NULL,                      -- on which that ran
    who       text COLLATE "C" NOT NULL,
    client    text NOT NULL,                      -- the address of who asked
    tool      text NOT NULL,
    note      text NOT NULL
);
CREATE INDEX audit_by_time ON amalfa.audit (workspace, time);

-- Whether a role owns a workspace or may write it, by what the asking one sees.
-- +goose StatementBegin
CREATE FUNCTION amalfa.may_write(maker text, of bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_roles r, amalfa.workspaces w, pg_catalog.pg_roles held
        WHERE r.rolname = maker AND w.key = of AND pg_catalog.pg_has_role(r.oid, held.oid, 'USAGE')
        AND (held.rolname = w.owner OR held.rolname IN (SELECT m.role FROM amalfa.members m WHERE m.workspace = of AND m.writes))) $$;
-- +goose StatementEnd

-- Whoever may write a workspace sees and makes its tokens. Whoever may only read it sees a token whose hash it names, in the setting
-- amalfa.token: it can check one, and list none.
ALTER TABLE amalfa.tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE amalfa.tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY reads ON amalfa.tokens FOR SELECT USING (array_position((SELECT amalfa.writable()), workspace) IS NOT NULL
    OR workspace IS NULL AND amalfa.stands_for(maker)
    OR hash = (SELECT pg_catalog.current_setting('amalfa.token', true)) AND (workspace IS NULL OR array_position((SELECT amalfa.readable()), workspace) IS NOT NULL));
CREATE POLICY adds ON amalfa.tokens FOR INSERT WITH CHECK (maker = current_user
    AND (workspace IS NULL OR array_position((SELECT amalfa.writable()), workspace) IS NOT NULL));
CREATE POLICY changes ON amalfa.tokens FOR UPDATE USING (array_position((SELECT amalfa.writable()), workspace) IS NOT NULL
    OR workspace IS NULL AND amalfa.stands_for(maker));
CREATE POLICY removes ON amalfa.tokens FOR DELETE USING (array_position((SELECT amalfa.writable()), workspace) IS NOT NULL
    OR workspace IS NULL AND amalfa.stands_for(maker));

ALTER TABLE amalfa.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE amalfa.audit FORCE ROW LEVEL SECURITY;
CREATE POLICY reads ON amalfa.audit FOR SELECT USING (array_position((SELECT amalfa.writable()), workspace) IS NOT NULL);
CREATE POLICY adds ON amalfa.audit FOR INSERT WITH CHECK (role = current_user AND array_position((SELECT amalfa.writable()), workspace) IS NOT NULL);
CREATE POLICY removes ON amalfa.audit FOR DELETE USING (EXISTS (SELECT 1 FROM amalfa.workspaces w WHERE w.key = workspace AND amalfa.stands_for(w.owner)));

-- What a role has made for a workspace ends when it may not write it any more.
-- +goose StatementBegin
CREATE FUNCTION amalfa.end_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE amalfa.tokens t SET revoked = now() WHERE t.workspace = OLD.workspace AND t.revoked IS NULL
        AND EXISTS (SELECT 1 FROM pg_catalog.pg_roles r, pg_catalog.pg_roles held
            WHERE r.rolname = t.maker AND held.rolname = OLD.role AND pg_catalog.pg_has_role(r.oid, held.oid, 'USAGE'))
        AND NOT amalfa.may_write(t.maker, t.workspace);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER end_tokens AFTER DELETE OR UPDATE OF role, writes ON amalfa.members FOR EACH ROW EXECUTE FUNCTION amalfa.end_tokens();

-- Other roles may do with these tables what they may with notes.
-- +goose StatementBegin
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN SELECT DISTINCT a.privilege_type AS may, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role
        FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
        WHERE c.oid = 'amalfa.notes'::regclass AND a.grantee <> c.relowner AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') LOOP
        EXECUTE format('GRANT %s ON amalfa.tokens, amalfa.audit TO %s', held.may, held.role);
    END LOOP;
END $$;
-- +goose StatementEnd
