package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Files is a model on this machine, every file of it verified a moment ago.
type Files struct {
	Model         Model
	Precision     string // Full, Half or Int8
	ModelPath     string // absolute
	TokenizerPath string // absolute
	// Digest identifies what makes the vectors: SHA-256 hex over the digests of the model, its tokenizer and its
	// further files, the pooling, the normalisation, the length limit and the prefixes. Vectors with different
	// digests are never compared.
	Digest string
	// Replaced says what was wrong with a copy of these files, or of one of them, that was found first: these were taken, or written,
	// in its place. nil where there was none.
	Replaced error
}

// OnDisk is what its files take, in bytes, those of weights that lie beside the model included, and when the model's was written. A file
// that is gone counts nothing.
func (f Files) OnDisk() (bytes int64, modified time.Time) {
	for _, path := range []string{f.ModelPath, f.ModelPath + "_data", f.TokenizerPath} {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		bytes += info.Size()
		if path == f.ModelPath {
			modified = info.ModTime()
		}
	}
	return bytes, modified
}

// A Locator finds models and the runtime, and fetches what is missing. Fill it before the first call; its methods
// are safe for concurrent use, and several processes may share a cache. A zero field means its default.
type Locator struct {
	// CacheDir is made 0700 when it is absent. "" or one that cannot be used: $TMPDIR/amalfa-<uid>.
	CacheDir string
	// Offline keeps every method off the network, as HF_HUB_OFFLINE does.
	Offline bool
	// Getenv gives AMALFA_ORT_LIB, ORT_DYLIB_PATH, FASTEMBED_CACHE_PATH, HF_*, HOME, XDG_CACHE_HOME and TMPDIR.
	Getenv func(string) string
	// Progress is told about downloads: bytes done and in all, 0 while that is not known.
	Progress func(name string, done, total int64)
	Log      *zap.Logger
	// Client's transport is used for downloads; its redirect policy and cookies are not.
	Client *http.Client
	// AllowUnpinned accepts files without a pinned digest from another HF_ENDPOINT than the public hub.
	AllowUnpinned bool
	// Executable is the program's own path, os.Executable by default; a library beside it is found.
	Executable string
	// Stall is how long a download may give nothing before it is tried again: 30 s.
	Stall time.Duration
	// Backoff is the pause before the first of 3 new tries, doubled for each further one: 1 s.
	Backoff time.Duration

	memory sync.Mutex
	inRAM  string // path of the library kept in memory, see inMemory
}

// Model returns the files of a catalogue model or of a folder, fetching a catalogue model that is not here.
// Precision is Full, Half, Int8 or "" for Full. Errors: ErrUnknown, ErrMissing (offline, or the fetch failed),
// ErrUnpinned, pinned.ErrMismatch.
func (l *Locator) Model(ctx context.Context, nameOrDir, precision string) (Files, error) {
	files, err := l.Find(nameOrDir, precision)
	var missing *MissingError
	if !errors.As(err, &missing) {
		return files, err
	}
	m, known := Lookup(nameOrDir)
	if !known || l.offline() {
		return Files{}, err
	}
	v, ok := m.variant(precisionOf(precision))
	if !ok {
		return Files{}, err
	}
	files, err = l.fetchModel(ctx, m, v)
	if err != nil {
		missing.Cause = err
		return Files{}, missing
	}
	return files, nil
}

// Find is Model without any network: what is not on this machine is a *MissingError. It may expand a model that
// the binary carries into the cache.
func (l *Locator) Find(nameOrDir, precision string) (Files, error) {
	precision = precisionOf(precision)
	if precision != Full && precision != Half && precision != Int8 {
		return Files{}, fmt.Errorf("precision %q: want %q, %q or %q", precision, Full, Half, Int8)
	}
	if m, ok := Lookup(nameOrDir); ok {
		return l.findNamed(m, precision)
	}
	if looksLikePath(nameOrDir) {
		return findDir(nameOrDir, precision)
	}
	return Files{}, fmt.Errorf("%w: %s", ErrUnknown, nameOrDir)
}

// FindTokenizer is Find for who counts tokens and computes nothing: of the weights in our cache, 133 MB of the default model, it sees that
// they are there in their size, and does not read them. Files has no Digest then.
func (l *Locator) FindTokenizer(nameOrDir, precision string) (Files, error) {
	m, known := Lookup(nameOrDir)
	v, ok := m.variant(precisionOf(precision))
	if known && ok {
		for _, root := range l.readable(&search{}, folder(m, v)) {
			if f, ok := verifyTokenizer(m, v, filepath.Join(root, folder(m, v))); ok {
				return f, nil
			}
		}
	}
	return l.Find(nameOrDir, precision)
}

// findNamed looks in the order that keeps a machine on the same bytes: our cache, the binary, the caches of
// FastEmbed and Hugging Face.
func (l *Locator) findNamed(m Model, precision string) (Files, error) {
	v, ok := m.variant(precision)
	if !ok {
		return Files{}, fmt.Errorf("model %s has no %s form; it can be had as %s", m.Name, precision, strings.Join(m.Precisions(), ", "))
	}
	var s search
	if f, ok := l.findOurs(&s, m, v); ok {
		return f, nil
	}
	if f, ok, err := l.findEmbedded(m, v); ok || err != nil {
		f.Replaced = oneLine(s.problems)
		return f, err
	}
	for _, form := range m.variants {
		if form.precision != precision {
			continue
		}
		if form.id() != v.id() { // another program's form, copied here before
			if f, ok := l.findOurs(&s, m, form); ok {
				f.Replaced = oneLine(s.problems)
				return f, nil
			}
		}
		if f, ok := l.findForeign(&s, m, form); ok {
			f.Replaced = oneLine(s.problems)
			return f, nil
		}
	}
	return Files{}, l.missing(m, v, &s)
}

// findOurs returns v out of our own cache.
func (l *Locator) findOurs(s *search, m Model, v variant) (Files, bool) {
	for _, root := range l.readable(s, folder(m, v)) {
		f, err := verifyFolder(m, v, filepath.Join(root, folder(m, v)))
		if err == nil {
			return f, true
		}
		if !absent(err) {
			s.problems = append(s.problems, err)
		}
	}
	return Files{}, false
}

func (l *Locator) missing(m Model, v variant, s *search) error {
	e := &MissingError{
		What:   fmt.Sprintf("model %s (%s)", m.Name, v.precision),
		Looked: s.looked,
		Cause:  oneLine(s.problems),
		Fetch:  "amalfa models pull " + m.Name,
	}
	if v.precision != Full {
		e.Fetch += " --precision " + v.precision
	}
	for _, f := range v.files {
		e.Files = append(e.Files, f.name)
	}
	if v.pinned() {
		e.Put = filepath.Join(l.roots()[0], folder(m, v))
	}
	return e
}

// A search remembers where one lookup has been, for the error message.
type search struct {
	looked   []string
	problems []error // files that were there and could not be used
}

// located describes verified files; sums are in the order of v's files.
func located(m Model, v variant, paths, sums []string) Files {
	return Files{Model: m, Precision: v.precision, ModelPath: paths[0], TokenizerPath: paths[1], Digest: identity(m, v, sums)}
}

// identity is documented at Files.Digest.
func identity(m Model, v variant, sums []string) string {
	h := sha256.New()
	fmt.Fprintf(h, "amalfa vectors 1\nmodel %s\ntokenizer %s\n", sums[0], sums[1])
	for i := 2; i < len(sums); i++ {
		fmt.Fprintf(h, "file %q %s\n", v.files[i].name, sums[i])
	}
	fmt.Fprintf(h, "pooling %s\nnormalize %t\nmax %d\nprefixes %q %q\noutput %q\ntask %q %d %d\n",
		m.Pooling, m.Normalize, m.MaxTokens, m.QueryPrefix, m.PassagePrefix, m.Output, m.TaskInput, m.QueryTask, m.PassageTask)
	return hex.EncodeToString(h.Sum(nil))
}

func precisionOf(p string) string {
	if p == "" {
		return Full
	}
	return p
}

func (l *Locator) offline() bool {
	switch strings.ToUpper(l.getenv("HF_HUB_OFFLINE")) {
	case "1", "TRUE", "YES", "ON":
		return true
	}
	return l.Offline
}

func (l *Locator) getenv(key string) string {
	if l.Getenv == nil {
		return ""
	}
	return l.Getenv(key)
}

func (l *Locator) log() *zap.Logger {
	if l.Log == nil {
		return zap.NewNop()
	}
	return l.Log
}

func (l *Locator) progress(name string, done, total int64) {
	if l.Progress != nil {
		l.Progress(name, done, total)
	}
}
