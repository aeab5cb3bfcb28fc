package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Names of files in a variant's folder.
const (
	modelFile     = "model.onnx"
	tokenizerFile = "tokenizer.json" // #nosec G101 -- a file's name
	manifestFile  = "amalfa.json"
)

// lockPoll is how often a process that waits for another one's download looks again.
const lockPoll = 50 * time.Millisecond

// expandWait bounds the wait for a process that holds the lock and does not go on, as a stopped one.
const expandWait = 2 * time.Minute

// roots returns the folders that may serve as the cache, best first: CacheDir, then a folder of this user in the
// folder for temporary files, which is what remains without a HOME or when the first is read-only.
func (l *Locator) roots() []string {
	tmp := filepath.Join(l.tempDir(), "amalfa-"+strconv.Itoa(os.Getuid()))
	if l.CacheDir == "" {
		return []string{tmp}
	}
	return []string{l.CacheDir, tmp}
}

func (l *Locator) tempDir() string {
	if dir := l.getenv("TMPDIR"); filepath.IsAbs(dir) {
		return dir
	}
	return defaultTemp()
}

// readable returns those roots that exist and that nobody else can write to. Where it looked is noted in s.
func (l *Locator) readable(s *search, rel string) []string {
	var out []string
	for _, root := range l.roots() {
		s.looked = append(s.looked, filepath.Join(root, rel))
		err := l.trustRoot(root)
		switch {
		case err == nil:
			out = append(out, root)
		case !errors.Is(err, fs.ErrNotExist):
			s.problems = append(s.problems, fmt.Errorf("cache folder: %w", err))
		}
	}
	return out
}

// writable makes and returns the first root in which files can be created. It names every root it refused.
func (l *Locator) writable() (string, error) {
	var problems []error
	for _, root := range l.roots() {
		err := os.MkdirAll(root, 0o700)
		if err == nil {
			err = l.trustRoot(root)
		}
		if err == nil {
			err = probe(root)
		}
		if err == nil {
			return root, nil
		}
		problems = append(problems, fmt.Errorf("cache folder %s: %w", root, err))
	}
	return "", oneLine(problems)
}

// trustRoot refuses a root that is not a real folder of ours, or that others may write to. In the shared folder for
// temporary files it must also be closed to their eyes (0700), as we make it.
func (l *Locator) trustRoot(root string) error {
	if !filepath.IsAbs(root) {
		return fmt.Errorf("%s is not an absolute path", root)
	}
	info, err := os.Lstat(root)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 && root == l.CacheDir {
		info, err = os.Stat(root) // a user may well have moved the cache to another disk
		if err != nil {
			return err
		}
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", root)
	}
	if err := ownedByUs(root, info); err != nil {
		return err
	}
	if root != l.CacheDir && !exactly0700(info) {
		return fmt.Errorf("%s has mode %#o, not 0700", root, info.Mode().Perm())
	}
	return nil
}

// probe returns nil when a file can be created in dir.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// lockedDir makes the folder rel below root, every part of it 0700, and takes its lock.
func lockedDir(ctx context.Context, root, rel string) (dir string, release func(), err error) {
	dir = filepath.Join(root, rel)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, diskError(dir, err)
	}
	release, err = lock(ctx, dir)
	return dir, release, err
}

// lock takes the lock of dir for this process, waiting for another process that holds it as long as ctx allows. It
// removes what a killed process left behind in dir; parts of downloads are no such thing, they are resumed.
func lock(ctx context.Context, dir string) (release func(), err error) {
	l := flock.New(dir+".lock", flock.SetPermissions(0o600))
	if ok, err := l.TryLockContext(ctx, lockPoll); !ok {
		return nil, diskError(dir, fmt.Errorf("lock %s: %w", l.Path(), err))
	}
	leftovers, _ := filepath.Glob(filepath.Join(dir, ".*"))
	for _, path := range leftovers {
		os.Remove(path)
	}
	return func() { l.Close() }, nil
}

// expandDir is lockedDir for work on files that are on this machine already, which takes another process a second for
// what the binary carries and at most a minute for a copy of the largest model.
func expandDir(root, rel string) (dir string, release func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), expandWait)
	defer cancel()
	return lockedDir(ctx, root, rel)
}

// expandDir is expandDir below the cache that can be written to.
func (l *Locator) expandDir(rel string) (dir string, release func(), err error) {
	root, err := l.writable()
	if err != nil {
		return "", nil, err
	}
	return expandDir(root, rel)
}

// folder is where a variant of a model lies below a root.
func folder(m Model, v variant) string {
	return filepath.Join("models", slug(m.Name), v.id())
}

// slug turns a model's name into one folder name that is not hidden: only letters, digits and "._-" of it are kept
// as they are.
func slug(name string) string {
	name = strings.ReplaceAll(name, "/", "--")
	if strings.HasPrefix(name, ".") {
		name = "_" + name[1:]
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, name)
}
