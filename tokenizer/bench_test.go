package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/assets"
)

// bigVocabulary is a tokenizer.json with n pieces: trained ones, then words made of two of them.
func bigVocabulary(t testing.TB, n int) []byte {
	t.Helper()
	var doc struct {
		Model struct{ Vocab [][2]any }
	}
	source := []byte(read(t, filepath.Join(trained(t), "bge-reranker.json")))
	if err := json.Unmarshal(source, &doc); err != nil {
		t.Fatal(err)
	}
	pieces := doc.Model.Vocab
	seen := make(map[string]bool, n)
	for _, p := range pieces {
		seen[p[0].(string)] = true
	}
	g := newGenerator(9)
	for base := len(pieces); len(pieces) < n; {
		word := pieces[4+g.IntN(base-5)][0].(string) + strings.TrimPrefix(pieces[4+g.IntN(base-5)][0].(string), "▁")
		if !seen[word] {
			seen[word] = true
			pieces = append(pieces, [2]any{word, -12 - float64(len(pieces))/1e5})
		}
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(source, &raw); err != nil {
		t.Fatal(err)
	}
	raw["model"] = marshal(t, map[string]any{"type": "Unigram", "unk_id": 3, "vocab": pieces})
	return marshal(t, raw)
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkParse250k loads a vocabulary of XLM-RoBERTa's size. It reports what stays in memory and
// what is allocated on the way, in MB.
func BenchmarkParse250k(b *testing.B) { benchmarkParse(b, bigVocabulary(b, 250002)) }

func benchmarkParse(b *testing.B, data []byte) {
	b.Helper()
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		tok, err := Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		total := after.TotalAlloc - before.TotalAlloc
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
		b.ReportMetric(float64(total)/1e6, "MB-allocated")
		b.ReportMetric(took.Seconds(), "s/load")
		runtime.KeepAlive(tok)
	}
}

func benchmarkPaths(b *testing.B) map[string]string {
	_, bert := assets.Model(b, "bge-small-en-v1.5")
	return map[string]string{
		"bert":     bert,
		"unigram":  filepath.Join(trained(b), "bge-m3.json"),
		"reranker": filepath.Join(trained(b), "bge-reranker.json"),
		"roberta":  filepath.Join(trainedPairs(b), "roberta.json"),
		"qwen":     filepath.Join(trainedPairs(b), "qwen.json"),
		"clip":     filepath.Join(trainedPairs(b), "clip.json"),
		"gemma":    filepath.Join(trainedPairs(b), "gemma.json"),
	}
}

// passages cuts Go's documentation and code into texts of some 1,500 bytes.
func passages(t testing.TB) []string {
	var texts []string
	for _, s := range goFiles(t, 40, 64<<10) {
		if strings.ContainsRune(s, 0) {
			continue
		}
		for len(s) > 1500 {
			texts = append(texts, strings.ToValidUTF8(s[:1500], ""))
			s = s[1500:]
		}
	}
	return texts
}

func BenchmarkEncode(b *testing.B) {
	texts := passages(b)
	total := 0
	for _, s := range texts {
		total += len(s)
	}
	for name, path := range benchmarkPaths(b) {
		tok, err := Load(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, detail := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/detail=%t", name, detail), func(b *testing.B) {
				b.SetBytes(int64(total))
				b.ReportAllocs()
				for b.Loop() {
					for _, s := range texts {
						if _, err := tok.Encode(s, Options{AddSpecial: true, Detail: detail}); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}

// BenchmarkBesideReference runs both libraries over the same texts on one thread each, in turn,
// and reports how many times as fast this one is.
func BenchmarkBesideReference(b *testing.B) {
	texts := passages(b)
	for name, path := range benchmarkPaths(b) {
		b.Run(name, func(b *testing.B) {
			tok, err := Load(path)
			if err != nil {
				b.Fatal(err)
			}
			r := newReference(b, path)
			request := job{first: texts, o: Options{AddSpecial: true}}.request(path, false)
			request["time"] = true
			var ours, theirs float64
			for b.Loop() {
				var seconds float64
				r.ask(request, &seconds)
				start := time.Now()
				for _, s := range texts {
					if _, err := tok.Encode(s, Options{AddSpecial: true}); err != nil {
						b.Fatal(err)
					}
				}
				ours += time.Since(start).Seconds()
				theirs += seconds
			}
			b.ReportMetric(theirs/ours, "times-as-fast")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// manyPairs is a tokenizer.json with n merges of random tokens.
func manyPairs(t testing.TB, n int) []byte {
	t.Helper()
	vocabulary := make(map[string]int, n)
	var tokens []string
	add := func(token string) {
		if _, ok := vocabulary[token]; !ok {
			vocabulary[token] = len(tokens)
			tokens = append(tokens, token)
		}
	}
	for b := range 256 {
		add(string(byteLetter(byte(b))))
	}
	var merges [][2]string
	for g := newGenerator(15); len(merges) < n; {
		left, right := tokens[g.IntN(min(len(tokens), n/4))], tokens[g.IntN(min(len(tokens), n/4))]
		if len(left)+len(right) <= 24 {
			add(left + right)
			merges = append(merges, [2]string{left, right})
		}
	}
	return marshal(t, map[string]any{"model": map[string]any{"type": "BPE", "vocab": vocabulary, "merges": merges}})
}

// BenchmarkParsePairs loads as many merges as the largest tokenizers in use have, in the same
// measures as BenchmarkParse250k.
func BenchmarkParsePairs(b *testing.B) { benchmarkParse(b, manyPairs(b, 250_000)) }
