package store

// Note is one indexed file.
type Note struct {
	ID      string // workspace-relative path with slashes, exact Unicode
	Title   string
	Hash    string // SHA-256 of the file's bytes, hex
	Size    int64  // bytes
	MTime   int64  // nanoseconds since 1970
	Kind    string // "markdown", …
	Lines   int
	Tags    []string // without "#" or "tag:", sorted when read back
	Aliases []string // sorted when read back
	Date    string   // as the note states it; "" when it does not
}

// Chunk is one passage of a note.
type Chunk struct {
	ID                  int64 // given by the store, never used again after the chunk is gone; ignored by Apply
	Note                string
	Seq                 int // position among the note's chunks, from 0
	Heading             []string
	FirstLine, LastLine int // 1-based, inclusive
	Start, End          int // byte range in the file
	Tokens              int
	Hash                string // SHA-256 of the text that is embedded, hex: the address of the vector
	Text                string // the raw passage
}

// Edge leads from a note to what it names.
//
// On the way in, Target is either the name as written ("Tide tables", "coast/tides") or, with Path, the id of the one note
// that can answer (a Markdown link, already resolved against the file's folder); Resolved is ignored. A target "tag:x" is a
// node of its own and always resolved. On the way out, Target is the id of the note that answers, or the target as it was
// given when Resolved is false. Edges resolve again whenever a note comes, goes or changes its names.
type Edge struct {
	Source, Target string
	Type           string // "LINKS_TO", "TAGGED_AS", …
	Weight         float64
	Line           int    // 1-based line of the evidence
	Sentence       string // the sentence that holds it
	Path           bool   // Target is a workspace path and no other name may answer
	Resolved       bool
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
	ID     string
	State  string // Indexed, Partial, Skipped or Failed
	Reason string // why it is not Indexed
	Hash   string // SHA-256 of its bytes, hex; "" when it was not read
	Size   int64
	MTime  int64 // nanoseconds since 1970
	Chunks int
}

// Model is what made a set of vectors. Vectors of two digests are never compared.
type Model struct {
	Digest, Name string
	Dim          int
}

// Match is a chunk that answers a keyword expression. A higher score is better.
type Match struct {
	Chunk int64
	Score float64
}

// Vectors are the vectors of all chunks that have one: row i of Data belongs to chunk IDs[i]. IDs ascend, rows have unit length.
type Vectors struct {
	Model Model
	IDs   []int64
	Data  []float32 // len(IDs) × Model.Dim
}

// Put replaces all that the store holds of one note. Chunks whose text did not change keep their id.
type Put struct {
	Note   Note
	File   File // ID may be empty: it is the note's
	Chunks []Chunk
	Edges  []Edge
}

// Batch is one transaction: deletes, then puts, then files, then vectors.
type Batch struct {
	Puts    []Put
	Files   []File   // files without a note (skipped, failed), or whose recorded size and time changed while the note did not
	Deletes []string // ids whose note and file record go
	Vectors map[string][]float32
	Model   Model // what made Vectors; may be empty when Vectors is
}

// Direction says which ends of edges Edges looks at.
type Direction int

// Directions of edges, seen from one node.
const (
	Out Direction = iota
	In
	Both
)

// Stats counts what the index holds.
type Stats struct {
	Notes, Chunks, Edges, Tags int
	Bytes                      int64 // size of the database, without the log
	Model                      Model // the active model; zero when there is none
}
