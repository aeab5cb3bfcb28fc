// Package config says where amalfa keeps things and what its user asked for.
//
// Places are the machine's folders (state, cache, config), a Workspace is the folder amalfa works for, and Settings are the
// values that files and variables set. Only cli reads this package; it hands plain values to the other rooms.
//
// On disk, below a workspace root:
//
//	amalfa.settings.json       the project's settings; may be a stranger's, so only harmless keys count
//	.amalfa/                   0700, ours, never followed through a link
//	.amalfa/.gitignore         "*"
//	.amalfa/amalfa.db          the index
//	.amalfa/writer.lock        held by whoever writes a batch
//	.amalfa/runtime/NAME.pid   a service's record
//	.amalfa/runtime/watcher.json, watcher.changes
//	.amalfa/logs/NAME.log
//	.amalfa/cache/scratchpad/
//	.amalfa/cache/map.json     the map of the notes, laid out
package config

import (
	"time"

	"amalfa/notes"
	"amalfa/tasks/schedule"
)

// Settings are the values that files, variables and defaults set. Flags are laid over them by cli.
type Settings struct {
	Sources         []string
	ExcludePatterns []string
	Dialects        map[string]notes.Dialect // by folder, "." for all; absent = as its markers say
	Embeddings      Embeddings
	Reranker        Reranker
	Search          Search
	Watch           Watch
	Ports           map[string]int // by service name; absent = the registry's default
	Origins         []string       // of web pages that may call the services
	Hosts           []string       // names that Host may hold besides loopback ones
	IdleTimeout     time.Duration
	Sonar           Sonar
	Database        string   // address of a PostgreSQL server that has the index instead of a file in the workspace; "" for the file
	Private         []string // patterns of notes that no other machine may see
	Scratchpad      Scratchpad
	MCP             MCP
	Graph           Graph
	Dashboard       Dashboard
	Cache           Cache
	Ember           Ember
	Offline         bool
}

// Embeddings names the model that makes the vectors.
type Embeddings struct {
	Model     string // catalogue name or folder
	Precision string // "full" or "int8"
	URL       string // of the server that makes them; "" = the vector service of this machine
	APIKey    string // of that server
}

// Reranker names the model that scores pairs.
type Reranker struct {
	Model     string        // catalogue name or folder
	Precision string        // "full", "fp16" or "int8"
	Budget    time.Duration // of a search, for reranking; 0 = no limit
	URL       string        // of the server that scores; "" = the reranking service of this machine
	APIKey    string        // of that server
}

// Search holds the defaults of a question.
type Search struct {
	Limit int    // results, 1 to 200
	Mode  string // "keyword", "vector" or "hybrid"
}

// Watch says how the watcher works.
type Watch struct {
	Enabled       bool
	WithAgents    bool          // an agent's session starts it
	Debounce      time.Duration // quiet time after the last event
	Polling       string        // "auto", "always" or "never"
	Notifications bool          // of failures, on the desktop
}

// Sonar names the language model server.
type Sonar struct {
	Enabled  bool   // `servers start` starts it
	Provider string // of the words that its key takes; "" = whichever is found
	Host     string // base URL, or host:port of Ollama
	Model    string
	APIKey   string
	Silence  time.Duration // of the server, before a call is given up
	// ModelPriority are models to choose among without Model.
	ModelPriority []string
	Limits        SonarLimits
	SessionDays   int // that conversations are kept, 0 for none on disk
	SessionBytes  int // of all of a workspace
	// AllowHosts are other machines that may be asked unattended; Unattended false lets nothing be asked so.
	AllowHosts []string
	Unattended bool
	Tasks      Tasks
}

// Tasks say what Sonar's model does over the notes. Their keys are those of the earlier system, which read one of them.
type Tasks struct {
	Schedules       []schedule.Entry // What is a type, and its query or message
	Content         bool             // ContentTypes are added as ContentSchedule says
	ContentSchedule schedule.Rule
	ContentTimeout  time.Duration // of a task
	Metadata        bool          // notes may be described
	MetadataTimeout time.Duration // of one note
	AutoEnhance     bool          // enhance_batch is added as ContentSchedule says
	BatchSize       int           // notes of one enhance_batch
	Search          bool          // the model takes part in searches
	SearchTimeout   time.Duration // of all its parts of one search
	KeepDays        int           // that what is done is kept; 0 for ever
	KeepCount       int           // tasks that are done; 0 for any number
}

// SonarLimits bound what language models take, for all workspaces; 0 is no limit.
type SonarLimits struct {
	TokensPerHour, TokensPerDay int
	CostPerHour, CostPerDay     float64 // US dollars
	Parallel                    int     // chats at once
}

// MCP says what agents may do.
type MCP struct {
	Write bool // change notes, with --profile full
	// Over a network: whose tokens count, for which address, how often a person may ask, and whose word of a client's address counts.
	Issuer, Resource string
	PerMinute        int
	Proxies          []string
}

// Scratchpad bounds what large answers leave on disk.
type Scratchpad struct {
	Enabled        bool
	ThresholdBytes int
	MaxAge         time.Duration
	MaxCacheBytes  int
}

// Graph says how the links of notes are looked at.
type Graph struct {
	SuperNodeThreshold int // neighbours beyond which a note is a super-node
}

// Dashboard says how the page behaves.
type Dashboard struct {
	Editor string // the address of a line of a file in an editor, with {path} and {line}; "" for none
}

// Cache bounds the vectors that are kept for all workspaces.
type Cache struct {
	MaxBytes int // 0 = none are kept
}

// Ember says what may be proposed for notes.
type Ember struct {
	Enabled       bool
	MinConfidence float64 // of a change that is proposed
	AutoSquash    bool    // a scan writes its proposals into the notes
	BackupDir     string  // of notes before a squash; absolute, or below the workspace
}

// Defaults returns the settings of a workspace without any file.
func Defaults() Settings {
	s := Settings{Ports: map[string]int{}}
	for _, k := range Keys() {
		if err := k.set(&s, k.Default); err != nil {
			panic("config: default of " + k.Path + ": " + err.Error())
		}
	}
	return s
}
