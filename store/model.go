package store

import (
	"slices"
	"time"

	"amalfa/notes"
)

// Note is one indexed file.
type Note struct {
	ID      string   `json:"id,omitempty"` // workspace-relative path with slashes, exact Unicode
	Title   string   `json:"title,omitempty"`
	Hash    string   `json:"hash,omitempty"`  // SHA-256 of the file's bytes, hex
	Size    int64    `json:"size,omitempty"`  // bytes
	MTime   int64    `json:"mtime,omitempty"` // nanoseconds since 1970
	Kind    string   `json:"kind,omitempty"`  // "markdown", …
	Lines   int      `json:"lines,omitempty"`
	Tags    []string `json:"tags,omitempty"`    // without "#" or "tag:", sorted when read back
	Aliases []string `json:"aliases,omitempty"` // sorted when read back
	Date    string   `json:"date,omitempty"`    // as the note states it; "" when it does not
	// Symbols are the names of what a source file documents, as notes.BySymbol looks for them. Only an export reads them back.
	Symbols []string `json:"symbols,omitempty"`
	// DateFrom is where Date stands: "front matter", "name" (of the file), or "" when the note has no date but its file's time.
	DateFrom string `json:"dateFrom,omitempty"`
}

// Name is what the note answers to.
func (n Note) Name() notes.Name { return notes.Name{ID: n.ID, Title: n.Title, Aliases: n.Aliases} }

// Dated is the day by which filters know the note, and where it stands: as DateFrom says, or "file" for that of the file's time,
// in UTC.
func (n Note) Dated() (day, from string) {
	if n.Date == "" {
		return time.Unix(0, n.MTime).UTC().Format(time.DateOnly), "file"
	}
	return n.Date, n.DateFrom
}

// Chunk is one passage of a note.
type Chunk struct {
	ID        int64    `json:"id,omitempty"` // given by the store, never used again after the chunk is gone; ignored by Apply
	Note      string   `json:"note,omitempty"`
	Seq       int      `json:"seq,omitempty"` // position among the note's chunks, from 0
	Heading   []string `json:"heading,omitempty"`
	FirstLine int      `json:"firstLine,omitempty"` // 1-based, inclusive
	LastLine  int      `json:"lastLine,omitempty"`  // 1-based, inclusive
	Start     int      `json:"start,omitempty"`     // byte range in the file
	End       int      `json:"end,omitempty"`       // byte range in the file
	Tokens    int      `json:"tokens,omitempty"`
	Hash      string   `json:"hash,omitempty"` // SHA-256 of the text that is embedded, hex: the address of the vector
	Text      string   `json:"text,omitempty"` // the raw passage
	// Plain is the passage as a reader sees it, whose words are indexed; "" where that is Text. That of a note's first passage begins
	// with what its front matter says of it.
	Plain string `json:"plain,omitempty"`
	// Hidden are words of the passage that readers do not see and may look for, such as the destinations of links.
	Hidden string `json:"hidden,omitempty"`
}

// Edge leads from a note to what it names.
//
// On the way in, Target, Rule and Root say what is sought (a notes.Target); Resolved and File are ignored. A target "tag:x" is a
// node of its own and always resolved. On the way out, Target is the id of the note that answers, else the path of a file that
// does, or the target as it was given when Resolved is false. Edges resolve again whenever a note or a file comes, goes or changes
// its names.
type Edge struct {
	Source   string  `json:"source,omitempty"`
	Target   string  `json:"target,omitempty"`
	Type     string  `json:"type,omitempty"` // "LINKS_TO", "TAGGED_AS", …
	Weight   float64 `json:"weight,omitempty"`
	Line     int     `json:"line,omitempty"`     // 1-based line of the evidence
	Sentence string  `json:"sentence,omitempty"` // the sentence that holds it
	// Rule is how Target is found, and Root the folder of the vault where that is.
	Rule     notes.Rule `json:"rule,omitempty"`
	Root     string     `json:"root,omitempty"`
	Resolved bool       `json:"resolved,omitempty"`
	File     bool       `json:"isFile,omitempty"` // what answers is a file or folder that is no note
}

// States of a file.
const (
	Indexed = "indexed"
	Partial = "partial"
	Skipped = "skipped"
	Failed  = "failed"
)

// File is one file that ingest saw, indexed or not.
type File struct {
	ID     string `json:"id,omitempty"`
	State  string `json:"state,omitempty"`  // Indexed, Partial, Skipped or Failed; a file that Failed later on keeps its note
	Reason string `json:"reason,omitempty"` // why it is not Indexed
	Hash   string `json:"hash,omitempty"`   // SHA-256 of its bytes, hex; "" when it was not read
	Signature
	// Racy: it had changed so shortly before it was read that a later change may have left the signature as it is.
	Racy    bool   `json:"racy,omitempty"`
	Chunker string `json:"chunker,omitempty"` // the version of what cut it; "" when that is not known
	Chunks  int    `json:"chunks,omitempty"`
	// Vectors is the digest of a model of which every passage has its vector, "" when there is none. Apply decides it, by what the
	// index holds when the batch is in; what is given is ignored.
	Vectors string `json:"-"`
	// Elsewhere: another machine wrote it last, so that a file that is not here was not deleted. Apply decides it.
	Elsewhere bool `json:"-"`
	// Held is the hash of what this machine last had there, where another machine has written something else since; "" otherwise. A file
	// that still has it is older than the note. Apply decides it.
	Held string `json:"-"`
}

// A Signature is what a file looks like without being read. A file that did not change keeps it.
type Signature struct {
	Size  int64 `json:"size,omitempty"`
	MTime int64 `json:"mtime,omitempty"` // of modification, nanoseconds since 1970
	CTime int64 `json:"ctime,omitempty"` // of the last change to content or attributes, which no program can set; 0 where the system knows none
	Inode int64 `json:"inode,omitempty"` // 0 where the system knows none
}

// HasNote tells whether the index holds a note of the file, be it that of an earlier day.
func (f File) HasNote() bool {
	return f.State == Indexed || f.State == Partial || f.State == Failed && f.Chunks > 0
}

// Model is what made a set of vectors. Vectors of two digests are never compared.
type Model struct {
	Digest string `json:"digest,omitempty"`
	Name   string `json:"name,omitempty"`
	Dim    int    `json:"dim,omitempty"`
}

// Waiting is a note that waits for vectors of a model.
type Waiting struct {
	ID, Hash string // as in Note
	Date     string // as in Note
	MTime    int64  // as in Note
	Linked   int    // other notes that link to it
	Chunks   int    // all of it
	Passages int    // of these, those without a vector
	Tokens   int64  // in those, without passages that another note of the list has too
}

// Match is a chunk that answers a keyword expression. A higher score is better.
type Match struct {
	Chunk int64
	Score float64
}

// Vectors are the vectors of some chunks: row i of Data belongs to chunk IDs[i]. IDs ascend, rows have unit length.
type Vectors struct {
	Model Model
	IDs   []int64
	Data  []float32 // len(IDs) × Model.Dim
}

// Row returns the vector of a chunk, if it is among them.
func (v *Vectors) Row(chunk int64) ([]float32, bool) {
	i, ok := slices.BinarySearch(v.IDs, chunk)
	if !ok {
		return nil, false
	}
	return v.Data[i*v.Model.Dim : (i+1)*v.Model.Dim], true
}

// Other is a file or folder of the workspace that is no note: a link to it is not broken.
type Other struct {
	ID     string `json:"id"`               // its path; that of a folder ends with a slash, that of the workspace is "./"
	Linked bool   `json:"linked,omitempty"` // known because a link names its path; no name leads to it
	// Elsewhere: another machine told of it, as in File.
	Elsewhere bool `json:"-"`
}

// AmbiguousLink is a link whose name several notes answer equally well.
type AmbiguousLink struct {
	Source string
	Line   int
	Name   string   // as the link names it
	Chosen string   // the note that it leads to
	Others []string // the other ones, by id; at most MaxRivals
	More   int      // how many more there are
}

// MaxRivals bounds the Others of one AmbiguousLink.
const MaxRivals = 20

// Put replaces all that the store holds of one note. Chunks whose text did not change keep their id.
type Put struct {
	Note   Note
	File   File // ID may be empty: it is the note's
	Chunks []Chunk
	Edges  []Edge
	Ahead  any // of Store.Prepare
	// Over, when set, is the hash of the note that this put is to replace, "" for none. A store with writers on many machines refuses the
	// batch with a ConflictError where the note has another hash by then, and is not what is put; in one of one machine writers hold a lock.
	Over *string
}

// Batch is one transaction: deletes, then puts, then files, then others, then vectors.
type Batch struct {
	Puts    []Put
	Files   []File   // files without a note, or whose record changed while the note did not
	Deletes []string // ids whose note and file record go
	// Private are those of Deletes whose user keeps them from others: an index that others have too keeps no trace of them, neither words
	// nor events nor terms.
	Private []string
	Others  []Other  // that came
	Gone    []string // ids of others that are not there any more
	Vectors map[string][]float32
	Model   Model // what made Vectors, and the model that File.Vectors is about; empty: the active one
	More    bool  // batches of the same run follow: the vectors of passages that no note has any more are kept for them, and links resolve in the last
	Whole   bool  // of a run over the whole workspace: its last batch completes what a run that was cut off left, also when it is empty
}

// Direction says which ends of edges Edges looks at.
type Direction int

// Directions of edges, seen from one node.
const (
	Both Direction = iota
	Out
	In
)

// Stats counts what the index holds.
type Stats struct {
	Notes, Chunks, Edges, Tags int
	Empty                      int   // notes without a passage
	Links, Broken              int   // of the edges, those to notes and files, and those of them that none answers
	Bytes                      int64 // size of the database, without the log
	Model                      Model // the active model; zero when there is none
}
