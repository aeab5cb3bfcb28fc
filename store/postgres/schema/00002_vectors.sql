-- +goose Up
-- One vector of one passage by one model, at unit length.
CREATE TABLE amalfa.vectors (
    workspace bigint NOT NULL,
    model     bigint NOT NULL REFERENCES amalfa.models ON DELETE CASCADE,
    passage   bigint NOT NULL REFERENCES amalfa.passages ON DELETE CASCADE,
    data      vector NOT NULL,
    PRIMARY KEY (model, passage)
);
CREATE INDEX vectors_by_passage ON amalfa.vectors (passage);
CALL amalfa.guard('vectors');
