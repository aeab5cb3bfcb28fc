package main

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestRelease tries what `task release` has left in dist: its checksums, archives, bills of materials, and the program.
func TestRelease(t *testing.T) {
	sums, err := os.ReadFile("dist/checksums.txt")
	if err != nil {
		t.Skip("not tried: no release was made here; task release makes one")
	}
	archives := 0
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		file := filepath.Join("dist", name)
		if got := sumOf(t, file); got != sum {
			t.Errorf("%s has %s, not %s", name, got, sum)
		}
		switch {
		case strings.HasSuffix(name, ".tar.gz"):
			archives++
			checkArchive(t, file)
		case strings.HasSuffix(name, ".cdx.json"):
			checkBill(t, file)
		default:
			t.Errorf("what is %s?", name)
		}
	}
	if archives < 2 {
		t.Errorf("%d archives in %s", archives, sums)
	}
}

func sumOf(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// checkArchive looks for what an archive must hold, and runs the program where this machine can.
func checkArchive(t *testing.T, file string) {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-C", dir, "-xzf", file).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, want := range []string{"amalfa", "LICENSE", "README.md", "THIRD_PARTY.md", "man/man1/amalfa.1", "man/man1/amalfa-search.1"} {
		if _, err := os.Stat(filepath.Join(dir, want)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	bin := filepath.Join(dir, "amalfa")
	f, err := elf.Open(bin)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	machine := map[bool]elf.Machine{true: elf.EM_X86_64, false: elf.EM_AARCH64}[strings.Contains(file, "amd64")]
	if f.Machine != machine {
		t.Errorf("%s is for %v", file, f.Machine)
	}
	if !strings.Contains(file, "_"+runtime.GOOS+"_"+runtime.GOARCH) {
		return
	}
	out, err := exec.Command(bin, "version", "--json").Output()
	var build struct{ Embedded, CGO bool }
	if err != nil || json.Unmarshal(out, &build) != nil || !build.Embedded || !build.CGO {
		t.Errorf("%s: %v %s", file, err, out)
	}
	demo := exec.Command(bin, "demo")
	demo.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	if out, err := demo.CombinedOutput(); err != nil || !strings.Contains(string(out), "runbooks/timetable-import.md") {
		t.Errorf("its demo: %v\n%s", err, out)
	}
}

// checkBill reads a bill of materials: each module of the program is in it.
func checkBill(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BomFormat  string
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(data, &bill); err != nil || bill.BomFormat != "CycloneDX" {
		t.Fatal(file, err)
	}
	has := map[string]bool{}
	for _, c := range bill.Components {
		has[c.Name] = true
	}
	for _, name := range []string{"github.com/urfave/cli/v3", "github.com/yalue/onnxruntime_go", "modernc.org/sqlite"} {
		if !has[name] {
			t.Errorf("%s lacks %s", file, name)
		}
	}
}
