// Package ingest turns the files of a workspace into what the store keeps: notes, chunks, edges, vectors, and a record of
// every file it saw.
//
// A file goes through discover (which files are notes; nothing outside the workspace is ever opened, no link is followed),
// read (bounded, never a device), parse (front matter, blocks, references) and chunk (passages that fit the model). Only
// files whose content changed are parsed, and only passages whose text has no vector yet are embedded. A batch of notes is
// one transaction under the writer lock, so a crash at any point leaves an index that the next run completes.
package ingest

import (
	"context"
	"time"

	"go.uber.org/zap"

	"amalfa/ingest/ignore"
	"amalfa/notes"
	"amalfa/store"
	"amalfa/tokenizer"
)

// Limits that hold when Options leaves them at zero.
const (
	DefaultMaxFileBytes = 8 << 20 // the longest novels are 3 MB; a larger "note" is data
	DefaultMaxTokens    = 512     // BAAI/bge-small-en-v1.5, [CLS] and [SEP] included
)

// An Embedder turns passages into vectors. Embed returns one vector of the model's dimension per text, in the order given.
// The vector service's client is one. It is called from several goroutines.
type Embedder interface {
	Model(ctx context.Context) (store.Model, error)
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// An Outgoing is a passage on its way to the model. Lines are those of the note that it stands on, 1-based and inclusive.
type Outgoing struct {
	Lines [2]int
	Text  string
}

// Options say what to index and with what. Root and Store are required.
type Options struct {
	Root     string                   // the workspace
	Sources  []string                 // folders, files or globs inside Root; none means every Markdown file
	Exclude  []string                 // patterns in the language of .gitignore, relative to Root
	Git      ignore.Git               // where the user's git is set up; zero: it is not
	Dialects map[string]notes.Dialect // what the settings say of folders ("." is Root), against what their markers say
	Store    store.Store
	Embedder Embedder // asked by MakeVectors only; nil: the notes are found by keyword only
	// Withhold tells of files that the store must not have, nor hear of: by the path alone where file is nil. nil withholds nothing.
	Withhold   func(id string, file []byte) bool
	Count      func(string) int // the model's tokens in a text, without special ones; nil: a cautious guess by length
	MaxTokens  int              // what the model reads of one text, special tokens included; 0: DefaultMaxTokens
	WriterLock string           // path of the lock that all writers of this index share; "": no lock
	Progress   func(Progress)   // called after each batch, never concurrently; may be nil

	// What MakeVectors uses beside those.
	VectorLock     string               // path of the lock that who makes vectors holds; "": no lock
	VectorStatus   string               // file for others to read how far it is; "": none
	VectorProgress func(VectorProgress) // called after each batch, never concurrently; may be nil
	First          func() []string      // notes saved since it was asked last, by id: they come first. Asked before each batch; may be nil

	// Release returns the passages of a note as the model may read them, in their order, or false where it must not see the note, which
	// then is found by keyword only; nil: all, as they are.
	Release func(id string, passages []Outgoing) ([]string, bool)

	Log          *zap.Logger      // may be nil
	MaxFileBytes int64            // larger files are skipped; 0: DefaultMaxFileBytes
	Now          func() time.Time // may be nil

	asks int // that MakeVectors has under way at the same time; 0: asksAtOnce
}

// Progress is how far a run has come. Done and Total count the files that have to be read; unchanged ones do not.
type Progress struct {
	Done, Total int
	Chunks      int           // written so far
	Rate        float64       // files per second since the run began
	Left        time.Duration // at this rate
}

// Summary accounts for a run: Seen = Indexed + Unchanged + Partial + Skipped + Failed + Pending.
type Summary struct {
	Seen      int // files that are candidates, whatever became of them
	Indexed   int // read and written, whole
	Unchanged int // the index already held them
	Partial   int // read and written, with something left out; see Files
	Skipped   int // not for the index; see Files
	Failed    int // could not be read; see Files
	Pending   int // not reached, because the run was interrupted
	Deleted   int // left the index: deleted, moved away, or excluded since

	Chunks, Reused int // passages written; those whose vector was already stored, or is that of another one
	Embedded       int // vectors made, by MakeVectors; in a preview those that it would make
	Missing        int // notes in scope that still lack vectors of the model that answers

	// Whole counts what the index holds in all: after the run, or before it in a preview. It is zero where there is no index, and
	// where the run ended before it could write.
	Whole       store.Stats
	FrontMatter int // files with front matter, of those written by this run

	Files    []store.File // partial, skipped and failed files with their reasons, by id
	Took     time.Duration
	Degraded []string // what the index lacks after this run, in words
}

func (o Options) withDefaults() Options {
	if o.MaxTokens <= 0 {
		o.MaxTokens = DefaultMaxTokens
	}
	if o.MaxFileBytes <= 0 {
		o.MaxFileBytes = DefaultMaxFileBytes
	}
	if o.Count == nil {
		o.Count = tokenizer.Estimate
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.asks <= 0 {
		o.asks = asksAtOnce
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.VectorProgress == nil {
		o.VectorProgress = func(VectorProgress) {}
	}
	if o.First == nil {
		o.First = func() []string { return nil }
	}
	return o
}
