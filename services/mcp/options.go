package mcp

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"amalfa/search"
	"amalfa/services/mcp/scratchpad"
	"amalfa/store"

	"go.uber.org/zap"
)

// Options say what is served. Open and Count are required.
type Options struct {
	Version string
	Root    string // the workspace folder, absolute; files outside it are never read. "": none is here, and no file is read
	// Name is what the workspace is called beside Others, the other workspaces that clients may read; Names are the names of all, this one's
	// first. All are empty where there is no other one.
	Name   string
	Names  []string
	Others []Options
	// Index is the path of the index file. Only stat reads it, to notice that it was removed or replaced; "" trusts
	// the first opened index for ever.
	Index string
	// Open opens the index for reading. It is called at the first need and again after the index was replaced. An error that
	// wraps store.ErrNoIndex is told to the agent as "make one first".
	Open func(context.Context) (store.Store, error)
	// Embedder turns questions into vectors. It may start a daemon and load a model: nobody waits longer than EmbedTimeout for it.
	// nil means keywords only.
	Embedder search.Embedder
	// Visible is what a reader sees of a passage, which snippets are made of; nil shows it as stored.
	Visible func(store.Chunk) string
	// Tags are all tags of a note by its id and text, in normal form; nil tells none.
	Tags func(id string, text []byte) []string
	// EmbedTimeout is how long a search waits for Embedder before it answers from keywords alone; 0 means 300 ms.
	EmbedTimeout time.Duration
	// Rerank ranks the best results of a search anew, in 20 s at most; the zero value leaves them as they are.
	Rerank search.Rerank
	// Think lets a language model have a part in a search, in less than 20 s: it may put results into another order, write the words of a
	// passage that answer into its snippet, and say in degraded what it had to do without. nil: no model has one.
	Think func(ctx context.Context, found *search.Answer)
	// Lag counts the files that changed on disk since they were indexed, those that it can look at within limit: all tells whether
	// these are all. nil means unknown.
	Lag func(ctx context.Context, limit time.Duration) (files int, all bool, err error)
	// Watched counts the same without looking at all files; known is false where no watcher tells which ones changed. nil is never.
	Watched func(ctx context.Context) (files int, known bool)
	// VectorsLeft is how long it takes until all passages have their vectors; false where nobody makes any, or not long enough to tell. nil is never.
	VectorsLeft func() (time.Duration, bool)
	// Asked is called at every request of a client and returns at once; may be nil.
	Asked func()
	// Count counts the tokens of a text, by the model's tokenizer or an estimate. It must be safe for concurrent use.
	Count func(string) int
	// Profile is the set of tools; "" means Standard.
	Profile Profile
	// Write lets the tools of Full change notes below Root. It is for the user to decide, never for a workspace.
	Write bool
	// Change makes after the content of a note, or makes the note where before is nil, so that the user can undo it; what names the
	// tool. nil makes changes that cannot be undone.
	Change func(what, id string, before, after []byte) error
	// Audit is told of each write of a person who asks by a token of their own: the tool and the note, never what was written. nil is nobody.
	Audit func(who, from, tool, note string) error
	// Faults are the links that nothing answers, where broken, else those that several notes do; nil: find_gaps knows none.
	Faults func(ctx context.Context, broken bool) ([]LinkFault, error)
	// Mentions are where the name of a note stands in others without a link; nil: explore_links knows none.
	Mentions func(ctx context.Context, id string) ([]Mention, error)
	// Propose says what a note lacks, and unless dry is set writes it beside the note; nil: there is no such tool.
	Propose func(ctx context.Context, path string, dry bool) (Proposal, error)
	// Ask has a language model answer a question from the notes, and calls sentence at each of its sentences; nil: there is no such tool.
	Ask func(ctx context.Context, q Question, sentence func()) (Answer, error)
	// Limit is how many results a search has when the agent does not say; 0 means 20.
	Limit int
	// Scratchpad keeps the full form of answers above ScratchpadAbove bytes (0 means 4,096); nil keeps none.
	Scratchpad      *scratchpad.Pad
	ScratchpadAbove int
	// Running bounds the tool calls that run at once, over all clients of a Server; 0 means 8. More of them wait.
	Running   int
	SuperNode int // links beyond which a note counts less for missing links; 0 for none
	// Poll is the interval between checks of the index while a client subscribes to changes; 0 means one second.
	Poll time.Duration
	Log  *zap.Logger // nil means none; note text is never logged
}

const (
	defaultLimit        = 20
	defaultEmbedTimeout = 300 * time.Millisecond
	// callTimeout ends a tool call that nothing else ended.
	callTimeout = 30 * time.Second
)

func (o Options) withDefaults() Options {
	o.EmbedTimeout = cmp.Or(o.EmbedTimeout, defaultEmbedTimeout)
	o.Limit = cmp.Or(o.Limit, defaultLimit)
	o.ScratchpadAbove = cmp.Or(o.ScratchpadAbove, 4096)
	o.Running = cmp.Or(o.Running, 8)
	o.Poll = cmp.Or(o.Poll, time.Second)
	o.Version = cmp.Or(o.Version, "devel")
	o.Profile = cmp.Or(o.Profile, Standard)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return o
}

// stat is nil when no path was given.
func (o Options) stat() (os.FileInfo, error) {
	if o.Index == "" {
		return nil, nil
	}
	return os.Stat(o.Index)
}

// A Profile is a set of tools.
type Profile string

// Profiles. Standard is what agents get by default; Full adds what changes notes, if Options.Write allows it; OpenAI is search and fetch alone, as ChatGPT's connectors want them.
const (
	Standard Profile = "standard"
	Full     Profile = "full"
	OpenAI   Profile = "openai"
)

// ParseProfile reads the name of a profile; "" is Standard.
func ParseProfile(name string) (Profile, error) {
	switch p := Profile(name); p {
	case "":
		return Standard, nil
	case Standard, Full, OpenAI:
		return p, nil
	}
	return "", fmt.Errorf("no profile %q: choose standard, full or openai", name)
}

func (s *Server) addTools() {
	if s.o.Profile == OpenAI {
		addTool(s, openAISearchTool(), s.openAISearch)
		addTool(s, openAIFetchTool(), s.openAIFetch)
		return
	}
	addTool(s, s.searchTool(), s.search)
	addTool(s, readTool(), s.read)
	addTool(s, linksTool(), s.links)
	addTool(s, pathTool(), s.path)
	addTool(s, relatedTool(), s.related)
	addTool(s, s.gapsTool(), s.gaps)
	addTool(s, overviewTool(), s.overview)
	addTool(s, listTool(), s.list)
	addTool(s, statusTool(), s.status)
	addTool(s, scratchpadReadTool(), s.scratchpadRead)
	addTool(s, scratchpadListTool(), s.scratchpadList)
	addTool(s, grepTool(), s.grep)
	addTool(s, multiTool(), s.multiRead)
	addTool(s, changesTool(), s.changesSince)
	if s.o.Ask != nil {
		addTool(s, askTool(), s.ask)
	}
	if s.o.Profile == Full && s.o.Write {
		addWriteTool(s, tagsTool(), false, s.planTags)
		addWriteTool(s, editTool(), true, s.planEdit)
		addWriteTool(s, writeTool(), true, s.planWrite)
		if s.o.Propose != nil {
			addWriteTool(s, emberTool(), false, s.planEmber)
		}
	}
}
