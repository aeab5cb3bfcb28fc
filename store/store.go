// Package store names what an index holds and what can be asked of it: the notes of one workspace, their chunks, the vectors of the
// chunks, the edges between notes, and the state of every file that ingest saw. `store/sqlite` keeps it, by means of `store/text`
// and `store/vectors`.
//
// A note is one indexed file; its id is its workspace-relative path with slashes, exact Unicode. A chunk is a passage of a
// note; its hash is the address of its vector, so equal passages share one vector whatever file they stand in. An edge leads
// from a note to what it names, and stays in the store, unresolved, while nothing answers to that name. A tag is a node of
// its own, "tag:name". Text is cut into words by text.Terms, for every script, on the way in and on the way out.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"amalfa/notes"
)

// Store is an index. All methods are safe for concurrent use and return ctx.Err() when ctx ends first.
// A damaged index gives ErrCorrupt from any of them.
type Store interface {
	// Get returns the note with exactly this id, or ErrNotFound.
	Get(ctx context.Context, id string) (Note, error)
	// GetAll returns those of the notes that exist, by id.
	GetAll(ctx context.Context, ids []string) (map[string]Note, error)
	// Find returns the notes that a person may mean by ref, best kind of match only: a path of the workspace where it begins with
	// "/", "./" or "../"; else exact id, else end of a path (with or without extension, then in another case), else the folder whose
	// index it is, else title, else alias, else the slug form of the path. No match is an empty list.
	Find(ctx context.Context, ref string) ([]Note, error)
	// List returns up to limit notes whose id starts with prefix and is greater than after, by id. A limit of 0 means all.
	List(ctx context.Context, prefix, after string, limit int) ([]Note, error)
	// Files returns the record of every file, by id.
	Files(ctx context.Context) (map[string]File, error)
	// FilesAt returns the records of some files, and of the files in some folders and below, all given by id; "." is every file.
	FilesAt(ctx context.Context, ids []string) (map[string]File, error)
	// Chunks returns a note's chunks in order; none when the note is unknown.
	Chunks(ctx context.Context, note string) ([]Chunk, error)
	// ChunksByID returns those of the chunks that still exist.
	ChunksByID(ctx context.Context, ids []int64) (map[int64]Chunk, error)
	// ChunksByRef returns the chunks with a reference (Chunk.Ref), by note and position: one, but for a coincidence.
	ChunksByRef(ctx context.Context, ref string) ([]Chunk, error)
	// Edges returns the edges of a note or of a "tag:name", ordered by source, line and target.
	Edges(ctx context.Context, id string, dir Direction) ([]Edge, error)
	// Graph returns all notes and edges, but for edges to symbols that no file documents, as of one moment.
	Graph(ctx context.Context) (Graph, error)
	// Broken returns the edges that neither a note nor a file answers, in the order of Edges.
	Broken(ctx context.Context) ([]Edge, error)
	// Unnamed returns the edges for bare words of front matter that no note answers: by notes.Optional without notes.Remark. No other method
	// shows them.
	Unnamed(ctx context.Context) ([]Edge, error)
	// BrokenPaths returns the targets of broken edges that name a path, each once, up to limit: of all notes, or of some.
	BrokenPaths(ctx context.Context, sources []string, limit int) ([]notes.Target, error)
	// Ambiguous returns the links whose name several notes answer equally well, by source and line.
	Ambiguous(ctx context.Context) ([]AmbiguousLink, error)
	// Linkers returns the notes with a link that is filed under one of some keys (notes.Target.Key), whether or not it is answered, by id.
	Linkers(ctx context.Context, keys []string) ([]string, error)
	// Others returns all files and folders of the workspace that are no notes, as batches told them, by id.
	Others(ctx context.Context) ([]Other, error)
	// Keyword returns the best limit chunks for an expression of Phrase, And, Or and Not, by BM25, ties by id.
	Keyword(ctx context.Context, expr string, limit int) ([]Match, error)
	// KeywordAmong is Keyword over the chunks of a set only; their scores are those they have among all.
	KeywordAmong(ctx context.Context, expr string, among *Set, limit int) ([]Match, error)
	// Select returns the chunks of the notes for which all conditions hold; nil, for all, without any.
	Select(ctx context.Context, conditions []Condition) (*Set, error)
	// Newest returns the first chunk of each of those notes, latest date first.
	Newest(ctx context.Context, conditions []Condition, limit int) ([]int64, error)
	// Count returns how many chunks match an expression, and stops counting at limit.
	Count(ctx context.Context, expr string, limit int) (int, error)
	// Frequencies returns how many chunks there are, and how many hold each of some terms of text.QueryTerms.
	Frequencies(ctx context.Context, terms []string) (chunks int, holding []int, err error)
	// Near returns the stems of words that may be spelled much like a word, at most limit, likeliest first.
	Near(ctx context.Context, term string, limit int) ([]string, error)
	// Matching tells which of the chunks match an expression.
	Matching(ctx context.Context, expr string, ids []int64) (map[int64]bool, error)
	// Nearest returns the k chunks of a set whose vectors are most like a query of unit length, best first, ties by id; scores are
	// cosines. A nil set is all chunks. It is approximate where that is faster, and empty when the digest is unknown.
	Nearest(ctx context.Context, digest string, query []float32, k int, among *Set) ([]Match, error)
	// VectorsOf returns the vectors that a model made of those of the chunks that have one; of all chunks when ids is nil.
	VectorsOf(ctx context.Context, digest string, ids []int64) (*Vectors, error)
	// HasVectors tells for which chunk hashes a vector of this model is stored.
	HasVectors(ctx context.Context, digest string, hashes []string) (map[string]bool, error)
	// CountVectors returns how many chunks have a vector of this model.
	CountVectors(ctx context.Context, digest string) (int, error)
	// WithoutVectors returns the notes some passage of which has no vector of this model, by id.
	WithoutVectors(ctx context.Context, digest string) ([]string, error)
	// Waiting returns the notes some passage of which has no vector of this model, and what of it: all of them, or those among ids.
	Waiting(ctx context.Context, digest string, ids []string) ([]Waiting, error)
	// WaitingSince returns up to limit of those notes whose file changed at a time or after it, in nanoseconds since 1970: latest first, by id.
	WaitingSince(ctx context.Context, digest string, since int64, limit int) ([]string, error)
	// WaitingPassages returns the passages of a note that have no vector of this model: their tokens, by hash.
	WaitingPassages(ctx context.Context, digest, note string) (map[string]int, error)
	// ActiveModel returns the model whose vectors answer questions, or ErrNotFound when none was set.
	ActiveModel(ctx context.Context) (Model, error)
	// SetActiveModel makes a model's vectors the ones that answer, and removes those of every other model.
	SetActiveModel(ctx context.Context, m Model) error
	// Remark returns what SetRemark kept with the index under a name, "" for nothing.
	Remark(ctx context.Context, name string) (string, error)
	// SetRemark keeps a text with the index, "" for none. DataVersion stays.
	SetRemark(ctx context.Context, name, value string) error
	// Changes returns up to limit events after a cursor, oldest first; 0 is before all.
	Changes(ctx context.Context, since int64, limit int) (History, error)
	// ChangesOf returns up to limit events of one file, the last first.
	ChangesOf(ctx context.Context, path string, limit int) ([]Event, error)
	// SetTerms replaces all terms. An edge whose evidence is no note, or whose ends are not there, is left out; a term goes with its last
	// edge, and an edge with the note that it comes from.
	SetTerms(ctx context.Context, all []Term) error
	// Terms returns all terms that have edges, by id.
	Terms(ctx context.Context) ([]Term, error)
	// FindTerm returns the term, without its edges, that has a name, or another spelling of it; or ErrNotFound.
	FindTerm(ctx context.Context, name string) (Term, error)
	// TermEdges returns the edges between a note and terms, or of a term, "term:name", ordered by source, line and target.
	TermEdges(ctx context.Context, id string, dir Direction) ([]TermEdge, error)
	// Prepare does ahead what of writing a note, that the index does not know yet, needs no index; it is much of the work, and can be
	// done on every core. The put that it returns must not be changed.
	Prepare(p Put) Put
	// Apply writes a batch in one transaction: all of it or, on any error, nothing.
	Apply(ctx context.Context, b Batch) error
	// Stats counts what the index holds.
	Stats(ctx context.Context) (Stats, error)
	// Check reads the whole index and returns ErrCorrupt, with what is wrong, when it is not sound.
	Check(ctx context.Context) error
	// Export writes the whole index as it is at one moment, but for its history, as one JSON object a line, while others write it; package
	// dump reads it. Chunk ids are left out: they are this index's own. Lines are whole, also when it fails.
	Export(ctx context.Context, w io.Writer) error
	// DataVersion is a number that differs after every Apply or SetActiveModel, by any process. It is ErrNewer, like every write,
	// when a later version of the program has taken the index over.
	DataVersion(ctx context.Context) (int64, error)
	Close() error
}

// A Listener is a store whose server says when the index has changed; others are asked for their DataVersion now and then.
type Listener interface {
	// Listen returns a channel that holds something soon after each write by any process, at once after it was called, and after the way
	// to the server was lost for a while. It ends with ctx. It is closed when the index is not there any more, which may be noticed a minute
	// later.
	Listen(ctx context.Context) <-chan struct{}
}

// Errors on which callers act. The message around them names the file.
var (
	ErrNotFound = errors.New("not found")
	ErrNoIndex  = errors.New("no index")
	ErrCorrupt  = errors.New("index is corrupt")
	ErrNewer    = errors.New("index was made by a newer amalfa: restart this process as that version")
	ErrFull     = errors.New("disk full")
	ErrReadOnly = errors.New("index is read-only")
	ErrBusy     = errors.New("index is busy: another process is writing")
	ErrReplaced = errors.New("another index has taken its place")
	ErrConflict = errors.New("another writer was faster")
	ErrSyntax   = errors.New("malformed keyword expression")
)

// ConflictError is the ErrConflict of a batch of which nothing was written.
type ConflictError struct{ IDs []string } // of the notes that others have put since, see Put.Over

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%v: %d notes are not as they were", ErrConflict, len(e.IDs))
}

func (e *ConflictError) Unwrap() error { return ErrConflict }
