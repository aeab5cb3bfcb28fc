//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"amalfa/testdata/assets"
	"amalfa/testdata/faults"
)

// TestFaults breaks the released program in every way of the fault table and the threat model, a few rounds each, and prints what it
// survived. AMALFA_FAULTS=full takes the full counts, AMALFA_SOAK=30m adds a mixed load of that length (the tasks faults and soak).
func TestFaults(t *testing.T) {
	bin := program(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	refuseWorkspaceAbove(t, os.TempDir())
	o := faults.Options{
		Bin: bin, Plain: buildPlain, Cache: filepath.Join(assets.Dir(t), "script-cache"),
		Models: filepath.Join(here, "testdata", "models"), Source: here,
		Full: os.Getenv("AMALFA_FAULTS") == "full", Seed: seed(t),
	}
	if text := os.Getenv("AMALFA_SOAK"); text != "" {
		if o.Soak, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	faults.Test(t, o, os.Stdout)
}

// seed is that of a run's random moments, AMALFA_TEST_SEED to repeat one.
func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("AMALFA_TEST_SEED")
	if text == "" {
		return uint64(time.Now().UnixNano())
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
