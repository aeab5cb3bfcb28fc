package ember

import (
	"context"
	"errors"
	"strings"
	"time"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/tasks/answers"
)

// floor is the least confidence of what is told as a suggestion at all.
const floor = 0.05

// Options say what is looked at.
type Options struct {
	Store   store.Store
	Visible func(store.Chunk) string        // a passage as a reader sees it
	Read    func(id string) ([]byte, error) // a note as it is now
	Hash    func([]byte) string             // as the index has it
	Notes   []string                        // ids; none for all
	Limit   int                             // most notes that get a proposal; 0 for all
	Least   float64                         // confidence of a change
	Now     func() time.Time
	// Progress is told how many of all notes are done.
	Progress func(done, total int)
	Model    *answers.Model // nil: without a language model
}

// ErrStale reports a note that the index does not hold as it is.
var ErrStale = errors.New("the note has changed since it was indexed")

// A Report is what a scan found.
type Report struct {
	Sidecars []Sidecar
	Looked   int      // notes that were looked at
	Stale    []string // notes that were left out since they changed after they were indexed
	Degraded []string // what made it say less than it could
	Held     []string // what was not shown to the model
}

// Scan proposes what notes lack. It writes nothing.
func Scan(ctx context.Context, o Options) (r Report, err error) {
	c, err := newCorpus(ctx, o.Store, o.Visible)
	if err != nil {
		return r, err
	}
	if c.vectors == nil {
		r.Degraded = append(r.Degraded, `no vectors: proposals come from links and words alone; "amalfa init" makes vectors`)
	}
	nodes := c.chosen(o.Notes)
	for i, node := range nodes {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		if o.Progress != nil {
			o.Progress(i, len(nodes))
		}
		s, err := c.propose(ctx, node, o, &r)
		r.Looked++
		switch {
		case errors.Is(err, ErrStale):
			r.Stale = append(r.Stale, c.net.Notes[node].ID)
		case err != nil:
			return r, err
		case !s.Changes.Empty():
			r.Sidecars = append(r.Sidecars, s)
		}
		if o.Limit > 0 && len(r.Sidecars) == o.Limit {
			break
		}
	}
	if o.Progress != nil {
		o.Progress(len(nodes), len(nodes))
	}
	if o.Model != nil {
		r.Degraded = append(r.Degraded, o.Model.Degraded()...)
	}
	if len(r.Held) > 0 {
		r.Degraded = append(r.Degraded, "held back on this machine: "+strings.Join(r.Held, "; "))
	}
	return r, nil
}

// chosen are the Markdown notes among some, or all.
func (c *corpus) chosen(ids []string) (out []int32) {
	if ids == nil {
		for node, n := range c.net.Notes {
			if notes.IsMarkdown(n.ID) {
				out = append(out, int32(node))
			}
		}
		return out
	}
	for _, id := range ids {
		if node, ok := c.net.At(id); ok && notes.IsMarkdown(id) {
			out = append(out, node)
		}
	}
	return out
}

// propose weighs all that one note may lack.
func (c *corpus) propose(ctx context.Context, node int32, o Options, r *Report) (s Sidecar, err error) {
	id := c.net.Notes[node].ID
	note, err := c.st.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return s, ErrStale
	}
	if err != nil {
		return s, err
	}
	now, err := o.Read(id)
	if err != nil || o.Hash(now) != note.Hash {
		return s, ErrStale
	}
	s = Sidecar{Version: Version, TargetFile: id, NoteHash: note.Hash, GeneratedAt: o.Now().UTC().Truncate(time.Second)}
	head, err := notes.ReadHead(now)
	if err != nil {
		return s, nil // nothing can be written there
	}
	d, err := c.document(ctx, node)
	if err != nil {
		return s, err
	}
	tags, err := c.tagCandidates(ctx, node)
	if err != nil {
		return s, err
	}
	said := c.saidOf(node, head, d)
	thought, ok, held, err := c.think(ctx, o.Model, node, d, names(c.rankTags(tags)))
	r.Held = append(r.Held, held...)
	if err != nil {
		return s, err
	}
	if ok {
		said = thought.merge(tags, said, d, head.Description() == "")
		s.Model = o.Model.Model
	}
	for i, p := range c.rankTags(tags) {
		if i == maxTags || p.confidence < floor {
			break
		}
		s.Suggestions = append(s.Suggestions, Suggestion{KindTag, p.tag, round(p.confidence), c.tagReasons(p)})
	}
	links, err := c.links(ctx, node, d)
	if err != nil {
		return s, err
	}
	s.Suggestions = append(append(s.Suggestions, links...), said...)
	s.Changes, s.Confidence = changesOf(s.Suggestions, o.Least)
	return s, nil
}

// saidOf are the keyphrases and the summary that a note lacks.
func (c *corpus) saidOf(node int32, head notes.Head, d *document) (out []Suggestion) {
	if !head.Has(KeyphrasesKey) {
		out = append(out, c.keyphrases(node, d)...)
	}
	if head.Description() == "" {
		if sentence, ok := c.summary(d); ok {
			out = append(out, sentence)
		}
	}
	return out
}

func names(all []proposal) (out []string) {
	for _, p := range all {
		out = append(out, p.tag)
	}
	return out
}

// tagReasons says in words what speaks for a tag.
func (c *corpus) tagReasons(p proposal) (out []string) {
	for _, row := range []struct {
		at  int
		why string
	}{
		{byNearest, "notes that say alike have it"}, {byLinked, "linked notes have it"}, {byWords, "notes of the same words have it"},
		{namedInText, "the text names it"}, {byModel, byModelReason}, {byOtherTags, "it often stands beside a tag of the note"},
	} {
		if p.features[row.at] >= 0.1 {
			out = append(out, row.why)
		}
	}
	return out
}

// SidecarOf is the path of a note's sidecar, and NoteOf the note's of a sidecar.
func SidecarOf(id string) string { return id + Suffix }

// NoteOf is the path of the note that a sidecar stands beside, ok where the path is that of one.
func NoteOf(path string) (id string, ok bool) {
	id, ok = strings.CutSuffix(path, Suffix)
	return id, ok && notes.IsMarkdown(id)
}
