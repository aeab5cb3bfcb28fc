package tokenizer

import (
	"testing"

	"amalfa/testdata/assets"
)

// batches groups texts so that a request to Python stays near a megabyte.
func batches(texts []string, yield func([]string)) {
	start, size := 0, 0
	for i, s := range texts {
		if size += len(s); size > 1<<20 {
			yield(texts[start : i+1])
			start, size = i+1, 0
		}
	}
	if start < len(texts) {
		yield(texts[start:])
	}
}

// parity compares one tokenizer with the library over corpora and says how much was compared.
type parity struct {
	*reference
	tok     *Tokenizer
	strings int
}

func newParity(t *testing.T, path string) *parity {
	t.Helper()
	tok, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &parity{reference: newReference(t, path), tok: tok}
	t.Cleanup(func() { t.Logf("%d texts and pairs compared", p.strings) })
	return p
}

func (p *parity) singles(name string, texts []string) {
	p.t.Helper()
	wrong, bytes := 0, 0
	batches(texts, func(texts []string) {
		wrong += p.compareIDs(p.tok, job{first: texts, o: Options{AddSpecial: true}})
	})
	for _, s := range texts {
		bytes += len(s)
	}
	p.strings += len(texts)
	p.t.Logf("%s: %d of %d texts (%d bytes) differ", name, wrong, len(texts), bytes)
}

// cuts are the ways to cut a pair that are compared.
var cuts = []Options{
	{AddSpecial: true}, {}, {AddSpecial: true, Plain: true},
	{AddSpecial: true, Max: 11}, {AddSpecial: true, Max: 12, Left: true}, {Max: 7},
	{AddSpecial: true, Max: 16, Strategy: OnlyFirst}, {AddSpecial: true, Max: 9, Strategy: OnlySecond, Left: true},
}

func (p *parity) pairs(name string, texts []string) {
	p.t.Helper()
	half := len(texts) / 2
	for _, o := range cuts {
		wrong := p.compareIDs(p.tok, job{first: texts[:half], second: texts[half : 2*half], o: o})
		wrong += p.compareIDs(p.tok, job{first: texts[:half], o: o})
		p.strings += 2 * half
		p.t.Logf("%s %+v: %d of %d pairs and texts differ", name, o, wrong, 2*half)
	}
}

func (p *parity) details(name string, texts []string) {
	p.t.Helper()
	offsets := 0
	batches(texts, func(texts []string) {
		offsets += p.compareDetail(p.tok, job{first: texts, o: Options{AddSpecial: true}})
	})
	p.strings += len(texts)
	if offsets > 0 {
		p.t.Errorf("%s: offsets of %d of %d texts differ", name, offsets, len(texts))
	}
}

func TestParityBERT(t *testing.T) {
	for _, name := range []string{"bge-small-en-v1.5", "all-minilm-l6-v2-q", "e5-small-v2-q"} {
		t.Run(name, func(t *testing.T) {
			_, path := assets.Model(t, name)
			p := newParity(t, path)
			p.singles("markdown", markdown(t))
			p.singles("generated", newGenerator(1).texts(20000))
			p.singles("extremes", extremes())
			p.pairs("generated", newGenerator(2).texts(2000))
			p.details("generated", newGenerator(3).texts(2000))
			p.singles("Go files", goFiles(t, 100, 64<<10))
			if name == "bge-small-en-v1.5" { // the other two have the same vocabulary and settings
				p.singles("code points", codePoints())
				p.singles("Go words", goWords(t))
			}
		})
	}
}
