package daemon

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// keepPath is the file by which a person keeps a service running that ends when nobody needs it: it holds the instance that is
// meant, so that one left behind by a killed service keeps no other.
func (s Spec) keepPath() string { return strings.TrimSuffix(s.Record, ".pid") + ".keep" }

// Keep tells the instance of a service that a person wants it: it does not end for being idle any more.
func Keep(s Spec, instance string) error {
	if instance == "" {
		return nil
	}
	path := s.keepPath()
	_ = os.Remove(path) // never written through: a folder that somebody made may hold a link
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil // by another command at the same time
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", s.Service.Name, err)
	}
	_, err = f.WriteString(instance)
	return errors.Join(err, f.Close())
}

// Kept reports whether [Keep] named this process.
func (c *Child) Kept() bool {
	c.mu.Lock()
	instance := c.rec.Instance
	c.mu.Unlock()
	path := c.spec.keepPath()
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(instance)) {
		return false
	}
	text, err := os.ReadFile(path)
	return err == nil && instance != "" && string(text) == instance
}

// forgetKeep removes what Keep has written for a process that ends.
func (c *Child) forgetKeep() {
	_ = os.Remove(c.spec.keepPath()) // a stale one names no later process
}
