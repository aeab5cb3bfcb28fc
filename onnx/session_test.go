//go:build cgo

package onnx

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/assets"
	"amalfa/testdata/onnxtest"
)

func initialise(t testing.TB) {
	t.Helper()
	if err := Init(assets.Runtime(t)); err != nil {
		t.Fatal(err)
	}
}

func openModel(t testing.TB, path string, o Options) *Session {
	t.Helper()
	initialise(t)
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// rows runs ids and returns the output row by row.
func rows(t testing.TB, s *Session, tokens Tokens) [][]float32 {
	t.Helper()
	var got [][]float32
	err := s.Run(tokens, func(o Output) {
		for i := range o.Rows {
			got = append(got, append([]float32(nil), o.row(i)...))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// typed adds a table for token types and one for positions to the lookup:
// each row is id row + 100·type + 1000·position.
func typed(element int) onnxtest.Model {
	m := onnxtest.Lookup(10, 2)
	m.Inputs[0].Element = element
	for _, extra := range []struct {
		input, table string
		data         []float32
	}{
		{"token_type_ids", "token_type_embeddings.weight", []float32{0, 0, 100, 100}},
		{"position_ids", "position_embeddings.weight", []float32{0, 0, 1000, 1000, 2000, 2000}},
	} {
		m.Inputs = append(m.Inputs, onnxtest.ValueInfo{Name: extra.input, Element: element, Shape: []int64{1, -1}})
		m.Initializers = append(m.Initializers, onnxtest.Initializer{Name: extra.table, Shape: []int64{int64(len(extra.data) / 2), 2}, Data: extra.data})
		m.Nodes = append(m.Nodes, onnxtest.Node{Op: "Gather", Inputs: []string{extra.table, extra.input}, Outputs: []string{extra.input + "_row"}})
	}
	m.Nodes[0].Outputs[0] = "ids_row"
	m.Nodes = append(m.Nodes,
		onnxtest.Node{Op: "Add", Inputs: []string{"ids_row", "token_type_ids_row"}, Outputs: []string{"sum"}},
		onnxtest.Node{Op: "Add", Inputs: []string{"sum", "position_ids_row"}, Outputs: []string{"last_hidden_state"}})
	return m
}

func then(m onnxtest.Model, n onnxtest.Node, out onnxtest.ValueInfo) onnxtest.Model {
	last := &m.Nodes[len(m.Nodes)-1]
	last.Outputs = []string{"before"}
	n.Inputs, n.Outputs = append([]string{"before"}, n.Inputs...), []string{out.Name}
	m.Nodes, m.Outputs = append(m.Nodes, n), []onnxtest.ValueInfo{out}
	return m
}

func half(shape []int64) onnxtest.Model {
	return then(onnxtest.Lookup(10, 2),
		onnxtest.Node{Op: "Cast", Ints: map[string]int64{"to": onnxtest.Float16}},
		onnxtest.ValueInfo{Name: "last_hidden_state", Element: onnxtest.Float16, Shape: shape})
}

func TestRun(t *testing.T) {
	external := onnxtest.Lookup(10, 2)
	external.Initializers[0].External = "model.onnx_data"
	pooled := then(onnxtest.Lookup(10, 2),
		onnxtest.Node{Op: "ReduceMean", Lists: map[string][]int64{"axes": {1}}, Ints: map[string]int64{"keepdims": 0}},
		onnxtest.ValueInfo{Name: "sentence_embedding", Element: onnxtest.Float32, Shape: []int64{1, 2}})
	pair := Tokens{IDs: []int64{1, 4, 2}, TypeIDs: []int64{0, 0, 1}}
	for _, test := range []struct {
		name    string
		model   onnxtest.Model
		options Options
		tokens  Tokens
		want    [][]float32
	}{
		{"ids only", onnxtest.Lookup(10, 2), Options{}, Tokens{IDs: []int64{3, 0}}, [][]float32{{6, 7}, {0, 1}}},
		{"types and positions", typed(onnxtest.Int64), Options{}, pair, [][]float32{{2, 3}, {1008, 1009}, {2104, 2105}}},
		{"int32 inputs", typed(onnxtest.Int32), Options{}, pair, [][]float32{{2, 3}, {1008, 1009}, {2104, 2105}}},
		{"types left out", typed(onnxtest.Int64), Options{}, Tokens{IDs: []int64{1, 4}}, [][]float32{{2, 3}, {1008, 1009}}},
		{"one row", pooled, Options{}, Tokens{IDs: []int64{1, 3}}, [][]float32{{4, 5}}},
		{"half precision", half([]int64{1, -1, 2}), Options{}, Tokens{IDs: []int64{3, 0}}, [][]float32{{6, 7}, {0, 1}}},
		{"half precision, width told", half([]int64{1, -1, -1}), Options{Width: 2}, Tokens{IDs: []int64{3}}, [][]float32{{6, 7}}},
		{"weights beside", external, Options{}, Tokens{IDs: []int64{3, 0}}, [][]float32{{6, 7}, {0, 1}}},
		{"output by name", onnxtest.Lookup(10, 2), Options{Output: "last_hidden_state"}, Tokens{IDs: []int64{9}}, [][]float32{{18, 19}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openModel(t, test.model.Write(t), test.options)
			if s.Width() != 2 {
				t.Errorf("width %d", s.Width())
			}
			for range 2 { // the second run reuses the first one's memory
				if diff := cmp.Diff(test.want, rows(t, s, test.tokens)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// TestTask adds the task's number to each row.
func TestTask(t *testing.T) {
	for name, shape := range map[string][]int64{"bare number": {}, "list of one": {1}} {
		t.Run(name, func(t *testing.T) {
			m := then(onnxtest.Lookup(10, 2), onnxtest.Node{Op: "Add", Inputs: []string{"task"}},
				onnxtest.ValueInfo{Name: "last_hidden_state", Element: onnxtest.Float32, Shape: []int64{1, -1, 2}})
			m.Inputs = append(m.Inputs, onnxtest.ValueInfo{Name: "task_id", Element: onnxtest.Int64, Shape: shape})
			m.Nodes = append(m.Nodes[:1], onnxtest.Node{Op: "Cast", Inputs: []string{"task_id"}, Outputs: []string{"task"},
				Ints: map[string]int64{"to": onnxtest.Float32}}, m.Nodes[1])
			s := openModel(t, m.Write(t), Options{TaskInput: "task_id"})
			if diff := cmp.Diff([][]float32{{13, 14}}, rows(t, s, Tokens{IDs: []int64{3}, Task: 7})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	s := openModel(t, typed(onnxtest.Int64).Write(t), Options{})
	for name, tokens := range map[string]Tokens{
		"none":           {},
		"id too high":    {IDs: []int64{10}},
		"id negative":    {IDs: []int64{1, -1}},
		"too long":       {IDs: []int64{1, 1, 1, 1}},
		"types too few":  {IDs: []int64{1, 2}, TypeIDs: []int64{0}},
		"type too high":  {IDs: []int64{1, 2}, TypeIDs: []int64{0, 7}},
		"type too large": {IDs: []int64{1}, TypeIDs: []int64{math.MaxInt64}},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.Run(tokens, func(Output) { t.Error("it ran") })
			if err == nil || !strings.Contains(err.Error(), s.Path()) {
				t.Errorf("got %v, want an error that names %s", err, s.Path())
			}
		})
	}
	if diff := cmp.Diff([][]float32{{2, 3}}, rows(t, s, Tokens{IDs: []int64{1}})); diff != "" {
		t.Errorf("after the errors: %s", diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	initialise(t)
	image, ids32, scalar, deep := onnxtest.Lookup(4, 2), onnxtest.Lookup(4, 2), onnxtest.Lookup(4, 2), onnxtest.Lookup(4, 2)
	image.Inputs = append(image.Inputs, onnxtest.ValueInfo{Name: "pixel_values", Element: onnxtest.Float32, Shape: []int64{1, 3}})
	ids32.Inputs[0].Element = onnxtest.Float32
	renamed := onnxtest.Lookup(4, 2)
	renamed.Inputs[0].Name, renamed.Nodes[0].Inputs[1] = "attention_mask", "attention_mask"
	scalar = then(scalar, onnxtest.Node{Op: "ReduceSum", Ints: map[string]int64{"keepdims": 0}},
		onnxtest.ValueInfo{Name: "score", Element: onnxtest.Float32, Shape: []int64{}})
	deep = then(deep, onnxtest.Node{Op: "Unsqueeze", Inputs: []string{"axes"}},
		onnxtest.ValueInfo{Name: "deep", Element: onnxtest.Float32, Shape: []int64{1, 1, -1, 2}})
	deep.Initializers = append(deep.Initializers, onnxtest.Initializer{Name: "axes", Shape: []int64{1}, Whole: []int64{0}})
	whole := then(onnxtest.Lookup(4, 2), onnxtest.Node{Op: "Cast", Ints: map[string]int64{"to": onnxtest.Int64}},
		onnxtest.ValueInfo{Name: "whole", Element: onnxtest.Int64, Shape: []int64{1, -1, 2}})
	unknown, absent, escape := onnxtest.Lookup(4, 2), onnxtest.Lookup(4, 2), onnxtest.Lookup(4, 2)
	unknown.Nodes[0].Op = "NoSuchOperator"
	lying := onnxtest.Lookup(4, 2)
	lying.Initializers[0].Shape[0] = 1 << 40
	absent.Initializers[0].External = "weights.bin"
	absentPath := absent.Write(t)
	if err := os.Remove(filepath.Join(filepath.Dir(absentPath), "weights.bin")); err != nil {
		t.Fatal(err)
	}
	escapePath := escape.Write(t)
	escape.Initializers[0].External = "../../../../../../etc/passwd"
	if err := os.WriteFile(escapePath, escape.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	good := onnxtest.Lookup(4, 2).Write(t)
	for name, test := range map[string]struct {
		path    string
		options Options
		want    string
	}{
		"wants a picture":     {image.Write(t), Options{}, "pixel_values"},
		"ids of wrong type":   {ids32.Write(t), Options{}, "element type 1"},
		"no ids":              {renamed.Write(t), Options{}, "input_ids"},
		"rank 0":              {scalar.Write(t), Options{}, "dimensions"},
		"rank 4":              {deep.Write(t), Options{}, "4 dimensions"},
		"whole numbers":       {whole.Write(t), Options{}, "element type 7"},
		"half without width":  {half([]int64{1, -1, -1}).Write(t), Options{}, "width"},
		"half without shape":  {half(nil).Write(t), Options{Width: 2}, "dimensions"},
		"unknown operator":    {unknown.Write(t), Options{}, "NoSuchOperator"},
		"lying weights":       {lying.Write(t), Options{}, ""},
		"weights absent":      {absentPath, Options{}, "weights.bin"},
		"weights elsewhere":   {escapePath, Options{}, ""},
		"output unknown":      {good, Options{Output: "logits"}, "logits"},
		"width not as stated": {good, Options{Width: 384}, "384 was expected"},
		"absent":              {filepath.Join(t.TempDir(), "m.onnx"), Options{}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(test.path, test.options)
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), test.path) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\nwant %s and %q in it", err, test.path, test.want)
			}
		})
	}
}

// TestOpenDamaged flips and cuts a model everywhere: each copy either opens,
// since weights have no checksum, or is refused. None may crash.
func TestOpenDamaged(t *testing.T) {
	initialise(t)
	whole := typed(onnxtest.Int64).Bytes()
	path := filepath.Join(t.TempDir(), "m.onnx")
	try := func(content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{})
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("%v: does not name %s", err, path)
			}
			return
		}
		_ = s.Run(Tokens{IDs: []int64{1, 2}}, func(Output) {})
		s.Close()
	}
	for i := range whole {
		damaged := append([]byte(nil), whole...)
		damaged[i] ^= 0xff
		try(damaged)
		try(whole[:i])
	}
}

func TestEncodeRefusesNaN(t *testing.T) {
	m := onnxtest.Lookup(2, 2)
	m.Initializers[0].Data[3] = float32(math.NaN())
	e := Encoder{Session: openModel(t, m.Write(t), Options{}), Pooling: Mean, Normalize: true}
	if _, err := e.Encode(Tokens{IDs: []int64{0, 1}}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("got %v", err)
	}
	if v, err := e.Encode(Tokens{IDs: []int64{0}}); err != nil || v[1] != 1 {
		t.Errorf("the intact row gave %v, %v", v, err)
	}
}

func TestClose(t *testing.T) {
	initialise(t)
	s, err := Open(onnxtest.Lookup(10, 2).Write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var runs sync.WaitGroup
	for range 8 {
		runs.Go(func() {
			for range 200 {
				err := s.Run(Tokens{IDs: []int64{3}}, func(o Output) {
					if o.Data[0] != 6 {
						t.Errorf("got %v", o.Data)
					}
				})
				if err != nil && !errors.Is(err, ErrClosed) {
					t.Error(err)
				}
			}
		})
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	runs.Wait()
	if err := s.Run(Tokens{IDs: []int64{3}}, func(Output) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
