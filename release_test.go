package main

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
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
	checkFormula(t, string(sums))
}

// checkFormula holds that the Homebrew formula names each archive for Linux with its checksum.
func checkFormula(t *testing.T, sums string) {
	t.Helper()
	formula, err := os.ReadFile("dist/homebrew/amalfa.rb")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(sums) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if !strings.HasSuffix(name, ".tar.gz") {
			continue
		}
		if _, rest, ok := strings.Cut(string(formula), "/"+name+"\""); !ok || !strings.HasPrefix(strings.TrimSpace(rest), `sha256 "`+sum+`"`) {
			t.Errorf("the formula does not name %s with %s", name, sum)
		}
	}
	if out, err := exec.Command("ruby", "-c", "dist/homebrew/amalfa.rb").CombinedOutput(); err != nil && !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("%v %s", err, out)
	}
}

var (
	oldestGlibc  = regexp.MustCompile(`released ones need glibc ([0-9.]+)`)
	releaserOfCI = regexp.MustCompile(`version: ("?[^,"]+"?), args: release`)
)

// TestReleaseIsOne holds what several files say of a release against each other: the releaser of the workflow is the one that is tried here.
func TestReleaseIsOne(t *testing.T) {
	workflow, err := os.ReadFile(".github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	taskfile, err := os.ReadFile("Taskfile.yml")
	if err != nil {
		t.Fatal(err)
	}
	m := releaserOfCI.FindSubmatch(workflow)
	if m == nil || !strings.Contains(string(taskfile), "goreleaser/v2@"+strings.Trim(string(m[1]), `"`)) {
		t.Errorf("the workflow releases with %q, and task release with another one", m)
	}
	for _, part := range []string{"attest-build-provenance", "subject-checksums: dist/checksums.txt", "id-token: write", "attestations: write"} {
		if !strings.Contains(string(workflow), part) {
			t.Errorf("the workflow has no %s, which the provenance needs", part)
		}
	}
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"gcr.io/distroless/cc-", "USER nonroot", "HEALTHCHECK ", "ENTRYPOINT "} {
		if !strings.Contains(string(dockerfile), part) {
			t.Errorf("the image has no %s", part)
		}
	}
}

// checkGlibc holds that a program asks for no newer C library than README says.
func checkGlibc(t *testing.T, file string, f *elf.File) {
	t.Helper()
	m := oldestGlibc.FindStringSubmatch(strings.Join(lines(t, "README.md"), "\n"))
	if m == nil {
		t.Fatal("README does not say which glibc released programs need")
	}
	needs, err := f.DynamicVersionNeeds()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range needs {
		for _, v := range n.Needs {
			if version, ok := strings.CutPrefix(v.Dep, "GLIBC_"); ok && minor(version) > minor(m[1]) {
				t.Errorf("%s needs %s of %s; README says %s", file, v.Dep, n.Name, m[1])
			}
		}
	}
}

// minor is the second number of a version of glibc, whose first has been 2 since 1997.
func minor(version string) int {
	n, _ := strconv.Atoi(strings.Split(version+".0", ".")[1])
	return n
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
	checkGlibc(t, file, f)
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
