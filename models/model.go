// Package models knows which embedding models there are, finds their files and ONNX Runtime's library on this
// machine, and fetches what is missing.
//
// A model is a row of the catalogue or a folder holding model.onnx and tokenizer.json. Its precision is "full"
// (the file as published, mostly fp32) or "int8". A pinned file is one whose SHA-256 is written down here; the
// digest of any other file is the hub's own, checked and recorded in amalfa.json when it is first fetched.
//
// The cache, a folder of mode 0700 that only we may write:
//
//	models/ORG--NAME/PRECISION-ID/   model.onnx, tokenizer.json, other files of the model and amalfa.json
//	runtime/ID/                      libonnxruntime.so, libonnxruntime.dylib or onnxruntime.dll
//	*.lock, *.part, *.part.json      held while something is fetched, and what was fetched so far
//
// ID is the start of the pinned digest, or of the hub's revision. Every file appears under its name complete and
// verified or not at all, and is verified again each time it is asked for: ONNX Runtime loads a model with
// flipped bits without a word (measured: 5 of 6 such files).
package models

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"amalfa/models/pinned"
)

// DefaultName is the model that is used when the settings name none, and that the full build carries.
const DefaultName = "BAAI/bge-small-en-v1.5"

// Precisions of a model's weights. Vectors of the two never mix.
const (
	Full = "full" // as published; vectors equal FastEmbed's
	Half = "fp16" // weights rounded to half precision: half the size, computed in single
	Int8 = "int8" // 8-bit weights: faster, cosine about 0.997 to full for the default model
)

// Int8Speed is how many times as fast the default model is in Int8 as in Full: 1.74 and 1.77 in the medians of seven pairs on two cores of an
// x86 server, 1.5 at least (BenchmarkInt8 of inference/embed).
const Int8Speed = 1.8

// Reranker is the kind of a model that reads a question and a passage together and scores the pair. The other kind, "",
// turns a text into a vector.
const Reranker = "reranker"

// Pooling of a model's token vectors into one.
const (
	CLS  = "cls"  // the first token's vector
	Mean = "mean" // the mean over the tokens that the attention mask marks
	Last = "last" // the last token that the attention mask marks
	None = "none" // the model's output is one vector already
)

// A Model says how texts become vectors. The zero value of a field means the model needs nothing there.
type Model struct {
	Name      string // as FastEmbed spells it, or the folder's path
	Kind      string // Reranker or ""; a folder does not say and has ""
	Dim       int    // length of a vector; 0 for rerankers and where a folder does not say
	MaxTokens int    // special tokens included; longer texts are cut
	Pooling   string
	Normalize bool // vectors are brought to unit length

	QueryPrefix, PassagePrefix string // put before a text only when the caller says what it is

	// Output is the name of the ONNX output to use, "" for the first one.
	Output string
	// TaskInput is the name of an extra int64 input, and the values it takes for queries and passages.
	TaskInput              string
	QueryTask, PassageTask int64

	// Languages are those it was made for: codes of ISO 639-1 with a comma between them, or words where there are many; "" where a
	// folder does not say.
	Languages string
	// Weights are the millions of weights by which each token of a text is multiplied, so without those of the vocabulary: layers ×
	// 12 × hidden size², or what the model's card says. 0 where nobody needed it yet.
	Weights int

	License string // SPDX identifier in lower case, or the licence's own name
	Bytes   int64  // approximate size of the full form on disk
	// Verified says that the vectors were checked against the reference here; others are untested.
	Verified bool

	variants []variant
}

// Size is what a form of the model takes on disk, in bytes: the files' own sizes where they are pinned, else, for the full form,
// about what the catalogue says. It is 0 where nobody knows, as of most int8 forms.
func (m Model) Size(precision string) (sum int64) {
	v, ok := m.variant(precision)
	if !ok {
		return 0
	}
	for _, f := range v.files {
		if f.size == 0 {
			if precision == Full {
				return m.Bytes
			}
			return 0
		}
		sum += f.size
	}
	return sum
}

// Multilingual tells whether it reads most languages that people write.
func (m Model) Multilingual() bool { return m.Languages == manyLanguages }

// OnlyEnglish tells whether it reads English and no other language.
func (m Model) OnlyEnglish() bool { return m.Languages == english }

// leastPassage is what a model must read of a text to search notes by it, in tokens. Models of pictures' captions read 64 or 77.
const leastPassage = 128

// Multilingual returns the embedding models of the catalogue that read most languages and passages of notes, the smallest first.
func Multilingual() []Model {
	rows := slices.DeleteFunc(Catalogue(), func(m Model) bool { return !m.Multilingual() || m.MaxTokens < leastPassage })
	slices.SortStableFunc(rows, func(a, b Model) int { return cmp.Compare(a.Bytes, b.Bytes) })
	return rows
}

// A variant is one published form of a model. The first one of a precision is what gets downloaded; the others
// are used where they already are on disk.
type variant struct {
	precision string
	files     []remote // the model, its tokenizer, then what else the model needs beside it
}

// A remote is one file of a variant, on the hub and on our disk.
type remote struct {
	repo     string // on the hub
	revision string // commit, or a branch while the file is not pinned
	path     string // in the repository
	name     string // on our disk, in the variant's folder
	sha256   string // "" = not pinned
	size     int64  // bytes; 0 = not known
}

// Precisions lists in which precisions the model can be had, full first.
func (m Model) Precisions() []string {
	var out []string
	for _, v := range m.variants {
		if !slices.Contains(out, v.precision) {
			out = append(out, v.precision)
		}
	}
	return out
}

// Repository returns the hub repository and revision of the form that is fetched for a precision.
func (m Model) Repository(precision string) (repo, revision string, ok bool) {
	v, ok := m.variant(precision)
	if !ok {
		return "", "", false
	}
	return v.files[0].repo, v.files[0].revision, true
}

// Pins returns the digests and sizes of the model file and the tokenizer, in that order. A form that is not pinned,
// or that does not exist, is an error.
func (m Model) Pins(precision string) ([]pinned.File, error) {
	v, ok := m.variant(precision)
	if !ok || !v.pinned() {
		return nil, fmt.Errorf("%s (%s): %w", m.Name, precision, ErrUnpinned)
	}
	var out []pinned.File
	for _, f := range v.files {
		out = append(out, pinned.File{SHA256: f.sha256, Size: f.size})
	}
	return out, nil
}

func (m Model) variant(precision string) (variant, bool) {
	for _, v := range m.variants {
		if v.precision == precision {
			return v, true
		}
	}
	return variant{}, false
}

// pinned says that every file of v has a digest written down here.
func (v variant) pinned() bool {
	return !slices.ContainsFunc(v.files, func(r remote) bool { return r.sha256 == "" })
}

// id names v's folder: the start of the model file's digest when all is pinned, else of the revision.
func (v variant) id() string {
	if v.pinned() {
		return v.precision + "-" + shortID(v.files[0].sha256)
	}
	return v.precision + "-" + shortID(v.files[0].revision)
}

// shortID is enough of a digest or commit to tell versions of one thing apart.
func shortID(s string) string { return s[:min(12, len(s))] }

// Lookup returns the catalogue's row for a name. Case does not matter, and the part after the last "/" is
// enough where only one row has it.
func Lookup(name string) (Model, bool) {
	var short []Model
	for _, m := range all() {
		if strings.EqualFold(m.Name, name) {
			return m, true
		}
		if _, base, _ := strings.Cut(m.Name, "/"); strings.EqualFold(base, name) {
			short = append(short, m)
		}
	}
	if len(short) == 1 {
		return short[0], true
	}
	return Model{}, false
}

// Digest is the SHA-256 of the weights in a precision, in hex; "" where it is not pinned.
func (m Model) Digest(precision string) string {
	v, ok := m.variant(precision)
	if !ok || len(v.files) == 0 {
		return ""
	}
	return v.files[0].sha256
}
