package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"amalfa/store"
	"amalfa/store/vectors"
)

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
