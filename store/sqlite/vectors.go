package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"amalfa/store"
	"amalfa/store/vectors"
)

// putVectors stores the vectors whose passage is in use, at unit length. The others have nothing to answer for.
func (w *writer) putVectors(m store.Model, values map[string][]float32) error {
	if len(values) == 0 {
		return nil
	}
	model, err := w.model(m)
	if err != nil {
		return err
	}
	for _, hash := range slices.Sorted(maps.Keys(values)) {
		passage, err := w.key("SELECT key FROM passages WHERE hash = ?", hash)
		if err != nil {
			return err
		}
		if passage == 0 {
			continue
		}
		err = w.exec("INSERT INTO vectors (model, passage, data) VALUES (?, ?, ?) ON CONFLICT (passage, model) DO UPDATE SET data = excluded.data",
			model, passage, store.Seal(vectors.Encode(values[hash])))
		if err != nil {
			return err
		}
		if err := w.touchVectors(passage); err != nil {
			return err
		}
	}
	return nil
}

// HasVectors implements Store.
func (s *Store) HasVectors(ctx context.Context, digest string, hashes []string) (map[string]bool, error) {
	found, err := column[string](s.db.QueryContext(ctx, `SELECT hash FROM passages p JOIN vectors v ON v.passage = p.key
		JOIN models m ON m.key = v.model WHERE m.digest = ? AND p.hash IN (SELECT value FROM json_each(?))`, digest, jsonList(hashes)))
	has := make(map[string]bool, len(found))
	for _, hash := range found {
		has[hash] = true
	}
	return has, s.wrap("read vectors of", err)
}

// maxVectorChanges is about how many changes are listed before a reader has to read all vectors again.
const maxVectorChanges = 20_000

// pruneEvery is the number of generations between two prunings of the list.
const pruneEvery = 16

// logVectors lists the chunks whose vectors this batch touched under its generation.
func (w *writer) logVectors() error {
	generation, err := w.key("SELECT value + 1 FROM meta WHERE name = 'generation'")
	if err != nil {
		return err
	}
	for _, chunk := range slices.Sorted(maps.Keys(w.revectored)) {
		if err := w.exec("INSERT INTO vector_changes (generation, chunk) VALUES (?, ?)", generation, chunk); err != nil {
			return err
		}
	}
	if generation%pruneEvery != 0 {
		return nil
	}
	old, err := w.key("SELECT generation FROM vector_changes ORDER BY generation DESC, chunk DESC LIMIT 1 OFFSET ?", maxVectorChanges)
	if err != nil || old == 0 {
		return err
	}
	if err := w.exec("DELETE FROM vector_changes WHERE generation <= ?", old); err != nil {
		return err
	}
	return w.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('complete_since', ?)", old)
}

// touchVectors lists the chunks of a passage.
func (w *writer) touchVectors(passage int64) error {
	chunks, err := column[int64](w.query("SELECT id FROM chunks WHERE passage = ?", passage))
	for _, chunk := range chunks {
		w.revectored[chunk] = true
	}
	return err
}

// changedVectors returns the chunks that changed after a generation; ok is false when the list does not go back so far.
func changedVectors(ctx context.Context, tx *sql.Tx, after int64) (ids []int64, ok bool, err error) {
	err = tx.QueryRowContext(ctx, "SELECT value <= ? FROM meta WHERE name = 'complete_since'", after).Scan(&ok)
	if err != nil || !ok {
		return nil, false, err
	}
	ids, err = column[int64](tx.QueryContext(ctx, "SELECT DISTINCT chunk FROM vector_changes WHERE generation > ?", after))
	return ids, true, err
}

var plainDigest = regexp.MustCompile(`^[0-9A-Za-z-]{1,80}$`)

// vectorPath is where the vectors of a model are kept.
func (s *Store) vectorPath(digest string) string {
	if !plainDigest.MatchString(digest) {
		sum := sha256.Sum256([]byte(digest))
		digest = hex.EncodeToString(sum[:])
	}
	return filepath.Join(filepath.Dir(s.path), "vectors-"+digest+".bin")
}

// removeVectorFiles removes the files of all other models. One that stays wastes space and is never read.
func (s *Store) removeVectorFiles(except string) {
	files, _ := filepath.Glob(filepath.Join(globEscape(filepath.Dir(s.path)), "vectors-*.bin"))
	for _, file := range files {
		if file != s.vectorPath(except) {
			_ = os.Remove(file)
		}
	}
}

// globEscape takes the meaning from what stands in the name of a folder.
func globEscape(dir string) string {
	if filepath.Separator == '\\' {
		return dir // Windows has no escape, and no such names but with "["
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

// vectorFile is the file for the vectors of a model.
func (s *Store) vectorFile(m store.Model) vectors.File {
	return vectors.File{Path: s.vectorPath(m.Digest), Stamp: s.stamp}
}
