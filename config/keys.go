package config

import (
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"amalfa/registry"
	lexical "amalfa/store/text"
)

// A Key is one setting: its dotted path, what it takes, and whether a project's file, which may be a stranger's, can set it.
type Key struct {
	Path    string
	Kind    string // for people: "number", "list of text" …
	Default any    // as JSON would give it
	Project bool
	Doc     string
	// FileOnly says that no variable sets it: whoever wrote a folder may have written what a shell reads on entering it.
	FileOnly bool
	set      func(*Settings, any) error
	limits
}

// limits are what a value may be; without any it is free.
type limits struct {
	Words       []string // one of them
	Least, Most int      // both 0 for no limit
}

// Keys returns every setting in the order of the documentation.
func Keys() []Key {
	ks := []Key{
		texts("sources", []any{"**/*.md", "**/*.mdx", "**/*.markdown"}, project, "folders (their Markdown and code) or globs inside the workspace that are indexed", insideAll, func(s *Settings) *[]string { return &s.Sources }),
		texts("excludePatterns", []any{}, project, "patterns, as in .gitignore, that are left out", nil, func(s *Settings) *[]string { return &s.ExcludePatterns }),
		{Path: "dialect", Kind: "text", Default: autoDialect, Project: project, Doc: "tool that all notes are written for: markdown, obsidian, logseq, dendron, hugo or zola; auto: the one that left its marker in a folder", set: setDialect, limits: limits{Words: dialectNames()}},
		{Path: dialectsKey, Kind: "object of text", Default: map[string]any{}, Project: project, Doc: "the same for single folders and all below them: `{\"docs/vault\": \"logseq\"}`", set: setDialects, limits: limits{Words: dialectNames()}},
		text("embeddings.model", "BAAI/bge-small-en-v1.5", project, "embedding model: a catalogue name, or (own file only) a folder", nil, func(s *Settings) *string { return &s.Embeddings.Model }),
		text("embeddings.precision", "full", own, "full, or int8: nearly twice as fast, vectors slightly off", oneOf("full", "int8"), func(s *Settings) *string { return &s.Embeddings.Precision }),
		addressKey("embeddings.url", "server that makes the vectors in the place of the service on this machine: another amalfa's, or of OpenAI's, Ollama's or text-embeddings-inference's dialect, as `http://10.0.0.5:3010`, `https://host/v1`; passages and questions go there, but no private note to another machine", func(s *Settings) *string { return &s.Embeddings.URL }),
		text("embeddings.apiKey", "", own, "key of that server; `AMALFA_EMBEDDINGS_API_KEY` or the system's keyring keeps it better", nil, func(s *Settings) *string { return &s.Embeddings.APIKey }),
		text("reranker.model", "BAAI/bge-reranker-v2-m3", project, "reranking model: a catalogue name, or (own file only) a folder", nil, func(s *Settings) *string { return &s.Reranker.Model }),
		text("reranker.precision", "full", own, "full, fp16, or int8: a quarter of the size and about twice as fast", oneOf("full", "fp16", "int8"), func(s *Settings) *string { return &s.Reranker.Precision }),
		addressKey("reranker.url", "server that reranks in the place of the service on this machine: another amalfa's, or of text-embeddings-inference's or Cohere's dialect, which Infinity, vLLM and Jina speak too", func(s *Settings) *string { return &s.Reranker.URL }),
		text("reranker.apiKey", "", own, "key of that server; `AMALFA_RERANKER_API_KEY` or the system's keyring keeps it better", nil, func(s *Settings) *string { return &s.Reranker.APIKey }),
		millis("reranker.budgetMs", 1500, own, "milliseconds that a search may spend on reranking; 0 for as long as it takes", 0, 3600*1000, func(s *Settings) *time.Duration { return &s.Reranker.Budget }),
		number("search.limit", 10, project, "results of a search", 1, 200, func(s *Settings) *int { return &s.Search.Limit }),
		text("search.mode", "hybrid", project, "hybrid, keyword or vector", oneOf("hybrid", "keyword", "vector"), func(s *Settings) *string { return &s.Search.Mode }),
		truth("watch.enabled", true, own, "whether `servers start` starts the watcher", func(s *Settings) *bool { return &s.Watch.Enabled }),
		truth("watch.withAgents", true, own, "whether an agent's session in an indexed folder has the watcher running; it ends `idleTimeout` after the last session (never where watch.enabled is false)", func(s *Settings) *bool { return &s.Watch.WithAgents }),
		millis("watch.debounce", 500, project, "milliseconds of quiet before a saved note is indexed", 50, 60_000, func(s *Settings) *time.Duration { return &s.Watch.Debounce }),
		text("watch.polling", "auto", own, "folders that are looked at every few seconds, since the system tells nothing of their changes: auto for those on network file systems, always for all, never for none", oneOf("auto", "always", "never"), func(s *Settings) *string { return &s.Watch.Polling }),
		truth("watch.notifications", true, own, "whether the desktop, where there is one, tells once of each kind of failure of the watcher that lasts, and once when it is over", func(s *Settings) *bool { return &s.Watch.Notifications }),
		texts("http.origins", []any{}, own, "web origins that may call the services", nil, func(s *Settings) *[]string { return &s.Origins }),
		texts("http.hosts", []any{}, own, "names besides loopback ones under which the services may be called, as `host.docker.internal`", nil, func(s *Settings) *[]string { return &s.Hosts }),
		millis("idleTimeout", 30*60*1000, own, "milliseconds without work after which a model is unloaded, and a service ends that nobody started", 1000, 7*24*3600*1000, func(s *Settings) *time.Duration { return &s.IdleTimeout }),
		truth("sonar.enabled", true, own, "whether `servers start` starts Sonar", func(s *Settings) *bool { return &s.Sonar.Enabled }),
		text("sonar.provider", "", own, "who serves the language model: a name stands for its address and its key's variable, openai with `sonar.host` for any server of its dialect; empty for whichever is found on this machine", oneOf("", "ollama", "openai", "openrouter", "gemini", "anthropic", "lmstudio", "llamacpp", "vllm"), func(s *Settings) *string { return &s.Sonar.Provider }),
		text("sonar.host", "", own, "base URL of the language model server", nil, func(s *Settings) *string { return &s.Sonar.Host }),
		text("sonar.model", "", own, "language model; empty for the first of `sonar.modelPriority` that the server has, else its first", nil, func(s *Settings) *string { return &s.Sonar.Model }),
		texts("sonar.modelPriority", []any{}, own, "language models to choose among where sonar.model is empty, the best first", nil, func(s *Settings) *[]string { return &s.Sonar.ModelPriority }),
		text("sonar.apiKey", "", own, "key of the language model server; its maker's variable or `amalfa sonar key set` keeps it better", nil, func(s *Settings) *string { return &s.Sonar.APIKey }),
		millis("sonar.silenceMs", 5*60*1000, own, "milliseconds that the language model server may send nothing, before its first word too, until a call is given up", 1000, 10*60*1000, func(s *Settings) *time.Duration { return &s.Sonar.Silence }),
		number("sonar.limits.tokensPerHour", 0, own, "tokens, of questions and answers together, that models may take in a calendar hour, for all workspaces; 0 for any number", 0, 1_000_000_000, func(s *Settings) *int { return &s.Sonar.Limits.TokensPerHour }),
		number("sonar.limits.tokensPerDay", 0, own, "the same for a day", 0, 1_000_000_000, func(s *Settings) *int { return &s.Sonar.Limits.TokensPerDay }),
		amount("sonar.limits.costPerHour", 0, own, "US dollars that models may cost in a calendar hour, as far as their provider says what an answer cost (OpenRouter does); 0 for any sum", 1_000_000, func(s *Settings) *float64 { return &s.Sonar.Limits.CostPerHour }),
		amount("sonar.limits.costPerDay", 5, own, "the same for a day", 1_000_000, func(s *Settings) *float64 { return &s.Sonar.Limits.CostPerDay }),
		number("sonar.limits.parallel", 8, own, "questions that are with the model at once; others wait for their turn", 1, 1000, func(s *Settings) *int { return &s.Sonar.Limits.Parallel }),
		number("sonar.sessions.days", 30, own, "days that a conversation of `sonar chat` and `/chat` is kept after its last answer; 0 for none on disk", 0, 3650, func(s *Settings) *int { return &s.Sonar.SessionDays }),
		number("sonar.sessions.maxBytes", 16<<20, own, "bytes that all conversations of a workspace may take", 1<<16, 1<<40, func(s *Settings) *int { return &s.Sonar.SessionBytes }),
		fileOnly(texts("sonar.allowHosts", []any{}, own, "machines, as `openrouter.ai`, whose models may be asked while nobody waits for it (schedules, tasks, enrichment, stages of a search); one that `sonar.host` of your own file names counts too. What you ask by hand needs no entry", hostNames, func(s *Settings) *[]string { return &s.Sonar.AllowHosts })),
		truth("sonar.unattended", true, own, "whether a model may be asked at all while nobody waits for it", func(s *Settings) *bool { return &s.Sonar.Unattended }),
	}
	ks = append(ks, taskKeys()...)
	ks = append(ks, []Key{
		{Path: privateKey, Kind: "list of text", Default: []any{}, Project: project, Doc: "patterns, as in .gitignore, of notes that no model on another machine is shown and no database gets, besides those whose front matter says `private: true`; what one file says no other takes back", set: setPrivate},
		number("graph.superNodeThreshold", 50, project, "a note that is linked with more others than this is a super-node: it connects what has little in common, is named by `graph stats` and `validate --graph`, and counts less for `find-gaps`", 1, 1_000_000, func(s *Settings) *int { return &s.Graph.SuperNodeThreshold }),
		editorKey(),
		truth("mcp.write", false, own, "whether `serve --profile full` may change notes of the workspace for an agent", func(s *Settings) *bool { return &s.MCP.Write }),
		addressKey("mcp.auth.issuer", "OAuth 2.1 authorization server whose tokens count for `serve --http`, beside those of `amalfa token`; they must be for `mcp.auth.resource`, with the scope amalfa:read or amalfa:write", func(s *Settings) *string { return &s.MCP.Issuer }),
		addressKey("mcp.auth.resource", "address that clients know `serve --http` by, as `https://notes.example.org/mcp`: the audience of such tokens", func(s *Settings) *string { return &s.MCP.Resource }),
		number("mcp.requestsPerMinute", 600, own, "requests of one token of a person that `serve --http` answers in a minute; 0 for any number", 0, 1_000_000, func(s *Settings) *int { return &s.MCP.PerMinute }),
		texts("mcp.proxies", []any{}, own, "addresses or networks, as `10.0.0.0/8`, of reverse proxies, whose X-Forwarded-For is taken for the client's address", checkNetworks, func(s *Settings) *[]string { return &s.MCP.Proxies }),
		truth("scratchpad.enabled", true, own, "whether large answers are kept for agents to read on", func(s *Settings) *bool { return &s.Scratchpad.Enabled }),
		number("scratchpad.thresholdBytes", 4096, own, "answers above this size go there", 256, 1<<20, func(s *Settings) *int { return &s.Scratchpad.ThresholdBytes }),
		millis("scratchpad.maxAgeMs", 24*3600*1000, own, "milliseconds after which they are removed", 1000, 365*24*3600*1000, func(s *Settings) *time.Duration { return &s.Scratchpad.MaxAge }),
		number("scratchpad.maxCacheSizeBytes", 50<<20, own, "bytes they may take together", 1<<16, 1<<30, func(s *Settings) *int { return &s.Scratchpad.MaxCacheBytes }),
		truth("ember.enabled", true, own, "whether `amalfa ember` and `enhance` may propose changes of notes", func(s *Settings) *bool { return &s.Ember.Enabled }),
		amount("ember.minConfidence", 0.5, own, "least confidence, 0 to 1, of what `ember scan` proposes", 1, func(s *Settings) *float64 { return &s.Ember.MinConfidence }),
		fileOnly(truth("ember.autoSquash", false, own, "whether `ember scan` writes its proposals into the notes at once", func(s *Settings) *bool { return &s.Ember.AutoSquash })),
		fileOnly(text("ember.backupDir", ".amalfa/backups/ember", own, "folder, below the workspace or absolute, for the notes as they were before `ember squash`", nil, func(s *Settings) *string { return &s.Ember.BackupDir })),
		number("cache.maxBytes", 2<<30, own, "bytes of vectors that are kept for all workspaces, so that no text is embedded twice; 0 for none", 0, 1<<40, func(s *Settings) *int { return &s.Cache.MaxBytes }),
		text(databaseKey, "", own, "address of a PostgreSQL database with pgvector that has the index, for a team, in the place of a file in the workspace: `postgres://user@host/name?sslmode=verify-full`; its password belongs into the file that PGPASSFILE names", nil, func(s *Settings) *string { return &s.Database }).checked(func(v any) error {
			if text, _ := v.(string); text != "" && !isDatabase(text) {
				return errors.New("want postgres://user@host/name, or words as host=… dbname=…")
			}
			return nil
		}),
		truth("offline", false, own, "never touch the network", func(s *Settings) *bool { return &s.Offline }),
	}...)
	return append(ks, portKeys()...)
}

// portKeys has one row for each service of the registry that listens.
func portKeys() []Key {
	var ks []Key
	for _, svc := range registry.Services() {
		if svc.Port == 0 {
			continue
		}
		k := Key{Path: svc.Name + ".port", Kind: "number", Default: float64(svc.Port), Doc: "port of the " + svc.Name + " service; 0 for any free one"}
		k.limits = limits{Most: 65535}
		k.set = func(s *Settings, v any) error {
			n, err := whole(v, 0, 65535)
			if err != nil {
				return err
			}
			delete(s.Ports, svc.Name) // a weaker file's
			if n != svc.Port {
				s.Ports[svc.Name] = n
			}
			return nil
		}
		ks = append(ks, k)
	}
	return ks
}

const (
	project = true  // a project's file may set it
	own     = false // only the user's own file
)

// databaseKey is the setting whose address may hold a password.
const databaseKey = "database"

// isDatabase tells an address as libpq has it from the path of a file.
func isDatabase(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") || strings.Contains(text, "host=") || strings.Contains(text, "service=")
}

// checked is the key with one more condition on its value.
func (k Key) checked(check func(any) error) Key {
	set := k.set
	k.set = func(s *Settings, v any) error {
		if err := set(s, v); err != nil {
			return err
		}
		return check(v)
	}
	return k
}

func fileOnly(k Key) Key {
	k.FileOnly = true
	return k
}

// text takes any text, or one of words where there are any.
func text(path, def string, proj bool, doc string, words wordList, at func(*Settings) *string) Key {
	return Key{path, "text", def, proj, doc, false, func(s *Settings, v any) error {
		str, ok := v.(string)
		if !ok {
			return fmt.Errorf("want text, have %s", kindOf(v))
		}
		if err := words.check(str); err != nil {
			return err
		}
		*at(s) = str
		return nil
	}, limits{Words: words}}
}

func texts(path string, def []any, proj bool, doc string, check func([]string) error, at func(*Settings) *[]string) Key {
	return Key{path, "list of text", def, proj, doc, false, func(s *Settings, v any) error {
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("want a list of text, have %s", kindOf(v))
		}
		out := make([]string, len(list))
		for i, item := range list {
			if out[i], ok = item.(string); !ok {
				return fmt.Errorf("item %d: want text, have %s", i+1, kindOf(item))
			}
		}
		if check != nil {
			if err := check(out); err != nil {
				return err
			}
		}
		*at(s) = out
		return nil
	}, limits{}}
}

func truth(path string, def, proj bool, doc string, at func(*Settings) *bool) Key {
	return Key{path, "true or false", def, proj, doc, false, func(s *Settings, v any) error {
		b, ok := v.(bool)
		if !ok {
			return fmt.Errorf("want true or false, have %s", kindOf(v))
		}
		*at(s) = b
		return nil
	}, limits{}}
}

func number(path string, def int, proj bool, doc string, least, most int, at func(*Settings) *int) Key {
	return Key{path, "number", float64(def), proj, doc, false, func(s *Settings, v any) error {
		n, err := whole(v, least, most)
		if err == nil {
			*at(s) = n
		}
		return err
	}, limits{Least: least, Most: most}}
}

// amount takes a number that need not be whole.
func amount(path string, def float64, proj bool, doc string, most int, at func(*Settings) *float64) Key {
	return Key{path, decimal, def, proj, doc, false, func(s *Settings, v any) error {
		f, ok := v.(float64)
		switch {
		case !ok:
			return fmt.Errorf("want a number, have %s", kindOf(v))
		case !(f >= 0 && f <= float64(most)):
			return fmt.Errorf("want 0 to %d, have %v", most, f)
		}
		*at(s) = f
		return nil
	}, limits{Most: most}}
}

// decimal is the kind of a number that need not be whole.
const decimal = "decimal number"

func millis(path string, def int, proj bool, doc string, least, most int, at func(*Settings) *time.Duration) Key {
	return Key{path, "number", float64(def), proj, doc, false, func(s *Settings, v any) error {
		n, err := whole(v, least, most)
		if err == nil {
			*at(s) = time.Duration(n) * time.Millisecond
		}
		return err
	}, limits{Least: least, Most: most}}
}

func whole(v any, least, most int) (int, error) {
	f, ok := v.(float64)
	if !ok {
		return 0, fmt.Errorf("want a whole number, have %s", kindOf(v))
	}
	if f != math.Trunc(f) {
		return 0, fmt.Errorf("want a whole number, have %v", f)
	}
	if f < float64(least) || f > float64(most) {
		return 0, fmt.Errorf("want %d to %d, have %v", least, most, f)
	}
	return int(f), nil
}

// A wordList has the words that a text may be; none for any text.
type wordList []string

func oneOf(words ...string) wordList { return words }

func (words wordList) check(s string) error {
	if len(words) == 0 || slices.Contains(words, s) {
		return nil
	}
	err := fmt.Errorf("want one of %q, have %q", []string(words), s)
	for _, word := range words {
		if word != "" && lexical.Distance([]rune(word), []rune(strings.ToLower(s))) <= 1+len(word)/5 {
			return fmt.Errorf("%w: did you mean %q?", err, word)
		}
	}
	return err
}

// insideAll refuses sources that lead out of the workspace, whoever wrote them.
func insideAll(list []string) error {
	for _, s := range list {
		clean := path.Clean(strings.ReplaceAll(s, `\`, "/"))
		if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsRune(s, 0) || (len(s) > 1 && s[1] == ':') {
			return fmt.Errorf("%q leads out of the workspace", s)
		}
	}
	return nil
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case float64:
		return "a number"
	case string:
		return "text"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
