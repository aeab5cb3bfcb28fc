package tokenizer

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/assets"
)

// libraries are the Python packages the tests compare with, and a source of text in a hundred languages.
var libraries = []string{"tokenizers==0.23.3", "sentencepiece==0.2.3", "Django==5.2.19"}

// reference is the Python library, running beside the test.
type reference struct {
	t    testing.TB
	in   io.WriteCloser
	out  *bufio.Reader
	path string
}

// newReference starts Python for one tokenizer.json.
func newReference(t testing.TB, path string) *reference {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(assets.Python(t, libraries...), "testdata/reference.py")
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("reference: %v\n%s", err, stderr.Bytes())
		}
	})
	return &reference{t: t, in: in, out: bufio.NewReaderSize(out, 1<<20), path: path}
}

// job is what both sides are asked to encode: texts, or pairs where second is not nil.
type job struct {
	first, second []string
	o             Options
}

func (j job) request(path string, detail bool) map[string]any {
	texts := make([]any, len(j.first))
	for i, s := range j.first {
		texts[i] = base64.StdEncoding.EncodeToString([]byte(s))
		if j.second != nil {
			texts[i] = []any{texts[i], base64.StdEncoding.EncodeToString([]byte(j.second[i]))}
		}
	}
	return map[string]any{
		"path": path, "texts": texts, "special": j.o.AddSpecial, "max": j.o.Max, "strategy": j.o.Strategy,
		"left": j.o.Left, "plain": j.o.Plain, "detail": detail,
	}
}

func (j job) encode(tok *Tokenizer, i int, detail bool) (Encoding, error) {
	o := j.o
	o.Detail = detail
	if j.second != nil {
		return tok.EncodePair(j.first[i], j.second[i], o)
	}
	return tok.Encode(j.first[i], o)
}

func (j job) only(i int) job {
	one := job{first: j.first[i : i+1], o: j.o}
	if j.second != nil {
		one.second = j.second[i : i+1]
	}
	return one
}

// ask sends one request and decodes the encodings of the answer.
func (r *reference) ask(request map[string]any, encodings any) {
	r.t.Helper()
	line, err := json.Marshal(request)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.in.Write(append(line, '\n')); err != nil {
		r.t.Fatal(err)
	}
	reply, err := r.out.ReadBytes('\n')
	if err != nil {
		r.t.Fatalf("reference: %v", err)
	}
	answer := struct {
		Encodings json.RawMessage
		Error     string
	}{}
	if err := json.Unmarshal(reply, &answer); err != nil {
		r.t.Fatal(err)
	}
	if answer.Error != "" {
		r.t.Fatalf("reference: %s", answer.Error)
	}
	if err := json.Unmarshal(answer.Encodings, encodings); err != nil {
		r.t.Fatal(err)
	}
}

// detailed is the library's whole encoding.
type detailed struct {
	IDs     []int64 `json:"ids"`
	Types   []int64
	Tokens  []string
	Offsets [][2]int
}

func newDetailed(e Encoding) *detailed {
	return &detailed{IDs: e.IDs, Types: e.TypeIDs, Tokens: e.Tokens, Offsets: e.Offsets}
}

// compareIDs holds ids and type ids of each text against the library's and returns how many differ.
func (r *reference) compareIDs(tok *Tokenizer, j job) int {
	r.t.Helper()
	var want []*string
	r.ask(j.request(r.path, false), &want)
	wrong := 0
	for i := range j.first {
		e, err := j.encode(tok, i, false)
		if (err != nil) == (want[i] == nil) && (err != nil || digest(e) == *want[i]) {
			continue
		}
		if wrong++; wrong > 3 {
			continue
		}
		var full []*detailed
		r.ask(j.only(i).request(r.path, true), &full)
		e, _ = j.encode(tok, i, true)
		r.t.Errorf("%q:\n%s%v", clip(j.first[i]), firstDiff(full[0], newDetailed(e)), err)
	}
	return wrong
}

// compareDetail holds everything against the library, the offsets of valid UTF-8 included.
func (r *reference) compareDetail(tok *Tokenizer, j job) (offsets int) {
	r.t.Helper()
	var want []*detailed
	r.ask(j.request(r.path, true), &want)
	for i := range j.first {
		e, err := j.encode(tok, i, true)
		if err != nil || want[i] == nil {
			r.t.Errorf("%q: %v, reference %v", clip(j.first[i]), err, want[i])
			continue
		}
		got := newDetailed(e)
		if !utf8.ValidString(j.first[i]) || j.second != nil && !utf8.ValidString(j.second[i]) {
			got.Offsets, want[i].Offsets = nil, nil
		}
		if !cmp.Equal(got.Offsets, want[i].Offsets) {
			if offsets++; offsets > 3 {
				got.Offsets, want[i].Offsets = nil, nil
			}
		}
		if !cmp.Equal(got, want[i]) {
			r.t.Errorf("%q:\n%s", clip(j.first[i]), firstDiff(want[i], got))
		}
	}
	return offsets
}

func digest(e Encoding) string {
	h := md5.New()
	var b []byte
	for _, list := range [][]int64{e.IDs, e.TypeIDs} {
		for _, id := range list {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		}
	}
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

func clip(s string) string { return s[:min(len(s), 300)] }

// firstDiff shows the surroundings of the first difference.
func firstDiff(want, got *detailed) string {
	if want == nil || got == nil {
		return cmp.Diff(want, got)
	}
	i := 0
	for i < len(want.IDs) && i < len(got.IDs) && want.IDs[i] == got.IDs[i] && want.Types[i] == got.Types[i] &&
		i < len(got.Offsets) && i < len(want.Offsets) && want.Offsets[i] == got.Offsets[i] && want.Tokens[i] == got.Tokens[i] {
		i++
	}
	return cmp.Diff(want.window(i), got.window(i))
}

func (d *detailed) window(i int) *detailed {
	lo, hi := max(0, i-2), min(len(d.IDs), i+4)
	w := &detailed{IDs: d.IDs[lo:hi], Types: d.Types[lo:hi], Tokens: d.Tokens[lo:hi]}
	if d.Offsets != nil {
		w.Offsets = d.Offsets[lo:hi]
	}
	return w
}

// write stores a tokenizer.json for both sides to read.
func write(t testing.TB, data []byte) string {
	t.Helper()
	path := t.TempDir() + "/tokenizer.json"
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
