package ember

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"amalfa/graph"
	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
	"amalfa/tasks/terms"
)

// profileTerms is how many of a note's most telling terms stand for it.
const profileTerms = 30

// A corpus is what is known of all notes while some of them are looked at.
type corpus struct {
	st      store.Store
	visible func(store.Chunk) string
	net     *graph.Network
	vectors *graph.NoteVectors // nil without
	tags    [][]string         // by node
	known   map[string]int     // tag → notes that have it
	holders map[string][]int32 // tag → those, by node
	named   map[string]string  // terms.Key of a tag → the tag
	titles  map[string]int32   // terms.Key of a title that is one note's alone → its node
	idf     map[string]float64 // term of the index → rarity
	chunks  float64            // of the index
	read    map[int32]*document

	calibration calibration // of tags
}

// A document is a note as it is read.
type document struct {
	text    string
	first   string // its first passage
	terms   []terms.Term
	profile map[string]float64 // its profileTerms most telling terms, at unit length
	counts  map[string]int     // how often the keys of tags and titles stand in it
}

func newCorpus(ctx context.Context, st store.Store, visible func(store.Chunk) string) (*corpus, error) {
	c, err := newWords(ctx, st, visible)
	if err != nil {
		return nil, err
	}
	c.vectors, err = graph.ReadNoteVectors(ctx, st)
	if err != nil && !errors.Is(err, graph.ErrNoVectors) {
		return nil, err
	}
	return c, c.calibrate(ctx) // by all that speaks for a tag, so after the vectors are there
}

// newWords is a corpus of words and links alone.
func newWords(ctx context.Context, st store.Store, visible func(store.Chunk) string) (*corpus, error) {
	net, err := graph.Load(ctx, st)
	if err != nil {
		return nil, err
	}
	c := &corpus{st: st, visible: visible, net: net, tags: net.Tags(), known: map[string]int{}, holders: map[string][]int32{},
		named: map[string]string{}, titles: map[string]int32{}, idf: map[string]float64{}, read: map[int32]*document{}}
	for node, tags := range c.tags {
		for _, tag := range tags {
			c.known[tag]++
			c.holders[tag] = append(c.holders[tag], int32(node))
		}
	}
	for tag := range c.known {
		c.named[tagKey(tag)] = tag
	}
	delete(c.named, "")
	c.nameTitles()
	return c, nil
}

// tagKey is a tag as the terms of a text are compared: "tide-tables" is named by "tide table", "sea/tides" by "tides".
func tagKey(tag string) string {
	return terms.Key(strings.NewReplacer("-", " ", "_", " ").Replace(tag[strings.LastIndex(tag, "/")+1:]))
}

// nameTitles notes by which titles notes are named. A title of two notes names none.
func (c *corpus) nameTitles() {
	for node, n := range c.net.Notes {
		key := terms.Key(notes.Meaning(n.Title))
		if _, twice := c.titles[key]; twice {
			c.titles[key] = -1
		} else if key != "" {
			c.titles[key] = int32(node)
		}
	}
}

// document reads a note, once. A note that has just gone is empty.
func (c *corpus) document(ctx context.Context, node int32) (*document, error) {
	if d := c.read[node]; d != nil {
		return d, nil
	}
	chunks, err := c.st.Chunks(ctx, c.net.Notes[node].ID)
	if err != nil {
		return nil, err
	}
	d := &document{counts: map[string]int{}}
	var b strings.Builder
	for i, chunk := range chunks {
		seen := c.visible(chunk)
		if i == 0 {
			d.first = seen
		}
		b.WriteString(seen + "\n\n")
	}
	d.text = b.String()
	all := terms.Extract(c.net.Notes[node].Title + ".\n" + d.text)
	for _, t := range all {
		if _, ok := c.named[t.Key]; ok {
			d.counts[t.Key] = t.Count
		} else if _, ok := c.titles[t.Key]; ok {
			d.counts[t.Key] = t.Count
		}
	}
	if err := c.weigh(ctx, all); err != nil {
		return nil, fmt.Errorf("words of %s: %w", c.net.Notes[node].ID, err)
	}
	d.terms = c.telling(all)
	d.profile = c.profile(d.terms)
	c.read[node] = d
	return d, nil
}

// weigh asks the index how rare the words of terms are.
func (c *corpus) weigh(ctx context.Context, all []terms.Term) error {
	var ask []string
	for _, t := range all {
		if t.CValue <= 0 {
			continue
		}
		for _, w := range text.QueryTerms(t.Key) {
			if _, known := c.idf[w]; !known {
				c.idf[w] = 0
				ask = append(ask, w)
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	chunks, holding, err := c.st.Frequencies(ctx, ask)
	if err != nil {
		return err
	}
	c.chunks = float64(max(chunks, 1))
	for i, w := range ask {
		c.idf[w] = math.Log(1 + c.chunks/(1+float64(holding[i])))
	}
	return nil
}

// rarity of a term is that of its words, on average.
func (c *corpus) rarity(key string) float64 {
	words := text.QueryTerms(key)
	sum := 0.0
	for _, w := range words {
		sum += c.idf[w]
	}
	return sum / float64(max(len(words), 1))
}

// telling are the terms by how much they say of a note among all, the most telling first.
func (c *corpus) telling(all []terms.Term) []terms.Term {
	all = slices.DeleteFunc(all, func(t terms.Term) bool { return t.CValue <= 0 })
	for i := range all {
		t := &all[i]
		t.CValue *= c.rarity(t.Key)
		if t.Name {
			t.CValue *= nameWeight
		}
		t.CValue *= 1 + leadWeight/(1+float64(t.First)/leadWords)
	}
	slices.SortStableFunc(all, func(a, b terms.Term) int {
		switch {
		case a.CValue > b.CValue:
			return -1
		case a.CValue < b.CValue:
			return 1
		}
		return a.First - b.First
	})
	return all
}

// What a term says more as a name, and near the beginning: half of leadWeight at the word leadWords.
const (
	nameWeight = 1.3
	leadWeight = 0.5
	leadWords  = 50.0
)

func (c *corpus) profile(all []terms.Term) map[string]float64 {
	p, sum := map[string]float64{}, 0.0
	for _, t := range all[:min(profileTerms, len(all))] {
		p[t.Key] = t.CValue
		sum += t.CValue * t.CValue
	}
	for key := range p {
		p[key] /= math.Sqrt(sum)
	}
	return p
}
