-- +goose Up
-- Each of reading, adding, changing and removing has one policy: two that both permit reading are joined by OR, and an OR of workspaces
-- is looked up in indexes over and over. That a row is of a workspace of ours stands in a form that no index answers, so that a plan
-- goes by keys, also where a table has no statistics yet.

-- +goose StatementBegin
CREATE OR REPLACE PROCEDURE amalfa.guard(name text) LANGUAGE plpgsql AS $$
DECLARE
    reads CONSTANT text := 'array_position((SELECT amalfa.readable()), workspace) IS NOT NULL';
    writes CONSTANT text := 'array_position((SELECT amalfa.writable()), workspace) IS NOT NULL';
BEGIN
    EXECUTE format('ALTER TABLE amalfa.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE amalfa.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY reads ON amalfa.%I FOR SELECT USING (%s)', name, reads);
    EXECUTE format('CREATE POLICY adds ON amalfa.%I FOR INSERT WITH CHECK (%s)', name, writes);
    EXECUTE format('CREATE POLICY changes ON amalfa.%I FOR UPDATE USING (%s)', name, writes);
    EXECUTE format('CREATE POLICY removes ON amalfa.%I FOR DELETE USING (%s)', name, writes);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
    guarded text;
BEGIN
    FOR guarded IN SELECT tablename FROM pg_catalog.pg_policies WHERE schemaname = 'amalfa' AND policyname = 'write' AND cmd = 'ALL' LOOP
        EXECUTE format('DROP POLICY mine ON amalfa.%I', guarded);
        EXECUTE format('DROP POLICY write ON amalfa.%I', guarded);
        CALL amalfa.guard(guarded);
    END LOOP;
END $$;
-- +goose StatementEnd
