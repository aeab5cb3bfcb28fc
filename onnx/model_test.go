//go:build cgo

package onnx

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"amalfa/testdata/assets"
)

// helloWorld is "hello world" in the tokens of the BERT family.
var helloWorld = Tokens{IDs: []int64{101, 7592, 2088, 102}}

func openBGE(t testing.TB, name string) Encoder {
	model, _ := assets.Model(t, name)
	return Encoder{Session: openModel(t, model, Options{}), Normalize: true}
}

// The values are FastEmbed's own, qdrant/fastembed:tests/test_text_onnx_embeddings.py,
// with the tolerance stated there.
func TestCanonicalVector(t *testing.T) {
	e := openBGE(t, "bge-small-en-v1.5")
	got, err := e.Encode(helloWorld)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{0.01522374, -0.02271799, 0.00860278, -0.07424029, 0.00386434}
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 1e-3 {
			t.Errorf("component %d: %v, FastEmbed has %v", i, got[i], w)
		}
	}
	if len(got) != 384 || e.Session.Header().Vocabulary != 30522 || e.Session.Header().MaxTokens != 512 {
		t.Errorf("width %d, graph %+v", len(got), e.Session.Header())
	}
}

// TestSameBytesInCompany holds a text's vector against itself, run alone and
// run beside others: in int8 models the numbers of one text leak into its
// batch, which is why there are no batches.
func TestSameBytesInCompany(t *testing.T) {
	for _, name := range []string{"bge-small-en-v1.5-q", "all-minilm-l6-v2-q"} {
		t.Run(name, func(t *testing.T) {
			e := openBGE(t, name)
			alone, err := e.Encode(helloWorld)
			if err != nil {
				t.Fatal(err)
			}
			var runs sync.WaitGroup
			for g := range 4 {
				runs.Go(func() {
					for n := range 20 {
						filler := slices.Repeat([]int64{2000 + int64(g)}, 1+n*7)
						if _, err := e.Encode(Tokens{IDs: filler}); err != nil {
							t.Error(err)
						}
						if got, err := e.Encode(helloWorld); err != nil || !slices.Equal(got, alone) {
							t.Errorf("in company: %v, %v", got[:2], err)
						}
					}
				})
			}
			runs.Wait()
		})
	}
}

// TestMemoryReturned loads and unloads the fp32 model twenty times in a
// process of its own, whose memory no other test has touched. The limit is
// that of the second build step: 30 MB above never loaded.
func TestMemoryReturned(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	model, _ := assets.Model(t, "bge-small-en-v1.5")
	if !inChild(t) {
		return
	}
	initialise(t)
	before := resident(t)
	for range 20 {
		s, err := Open(model, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Encoder{Session: s}).Encode(Tokens{IDs: slices.Repeat([]int64{1000}, 512)}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if grown := resident(t) - before; grown > 30<<20 {
		t.Errorf("%d MB more than never loaded", grown>>20)
	}
}

// inChild runs the calling test again in a process of its own. It returns
// true there, and false here after it has passed there and said nothing.
func inChild(t *testing.T) bool {
	t.Helper()
	const variable = "ONNX_TEST_CHILD"
	if os.Getenv(variable) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), variable+"="+t.Name())
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	if out := strings.TrimSpace(stdout.String()); out != "PASS" && !strings.HasPrefix(out, "PASS\ncoverage:") {
		t.Errorf("on stdout: %q", out)
	}
	if stderr.Len() > 0 {
		t.Errorf("on stderr: %q", &stderr)
	}
	return false
}

func resident(t testing.TB) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// TestQuiet does everything that makes the library talk, in a process of its
// own whose output is read: stdout may carry a protocol.
func TestQuiet(t *testing.T) {
	assets.Model(t, "bge-small-en-v1.5-q")
	if !inChild(t) {
		return
	}
	initialise(t)
	model, _ := assets.Model(t, "bge-small-en-v1.5-q")
	s, err := Open(model, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := (Encoder{Session: s}).Encode(helloWorld); err != nil {
		t.Fatal(err)
	}
	// Past our own checks, so that the library itself has to refuse.
	s.header.Vocabulary, s.header.MaxTokens = 0, 0
	for _, tokens := range []Tokens{{IDs: []int64{999_999_999}}, {IDs: slices.Repeat([]int64{5}, 513)}} {
		if err := s.Run(tokens, func(Output) {}); err == nil {
			t.Error("the library ran what it cannot")
		}
	}
	broken := t.TempDir() + "/m.onnx"
	if err := os.WriteFile(broken, []byte{8, 8, 58, 3, 10, 1, 0}, 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := Session{path: broken, inputs: []ValueInfo{{Name: "x"}}, output: ValueInfo{Name: "y"}}
	if _, err := foreign.newSession(nil, Options{}); err == nil {
		t.Error("the library opened what it cannot")
	}
}
