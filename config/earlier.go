package config

import (
	"fmt"
	"strings"
)

// An Earlier is a key or a variable of the system that amalfa follows, and what became of it. Its files are read as they are, so each
// name that they may hold has a row.
type Earlier struct {
	Name     string // dotted key, or the variable
	Variable bool
	Now      string // the key or variable that takes its value: the same name where it is honoured as it is; "" where it is not needed
	Why      string // it is not needed; or how its value is taken
	// take makes the value of Now from all values of the file by their paths; nil for the value as it is. false: it says nothing.
	take func(all map[string]any) (any, bool)
	over bool // it went before the key of Now
}

// openRouter is the base URL that the earlier system had written in.
const openRouter = "https://openrouter.ai/api/v1"

// EarlierNames is the one table of what the earlier system read or documented; doctor, docs/settings.md and the tests are made of it.
func EarlierNames() []Earlier {
	rows := []Earlier{
		{Name: "source", Now: "sources", Why: "one folder as text counts as a list of one", take: takeSource},
		{Name: databaseKey, Now: databaseKey, Why: "the index of a workspace is .amalfa/amalfa.db, or in the PostgreSQL database of this address: a file's path is not needed", take: takeDatabase},
		gone("embeddings.dimensions", "a model has its own number of dimensions"),
		{Name: "watch.notifications", Now: "watch.notifications", Why: "failures are told, and not each update"},
		gone("graph.tuning.louvain.persona", "no edge is left out, however many a note has"),
		gone("graph.tuning.louvain.experience", "no edge is left out, however many a note has"),
		{Name: "graph.tuning.louvain.superNodeThreshold", Now: "graph.superNodeThreshold", Why: "no edge is left out: what a super-node connects counts less"},
		gone("fixtures.lexicon", "no list of terms is loaded: titles, aliases and headings are read from the notes"),
		gone("fixtures.cda", "no list of terms is loaded: titles, aliases and headings are read from the notes"),
		gone("sonar.autoDiscovery", "whichever server answers is found where sonar.host says nothing"),
		gone("sonar.discoveryMethod", "a server is asked over HTTP; no program of its maker is run"),
		gone("sonar.inferenceMethod", "a server is asked over HTTP; no program of its maker is run"),
		{Name: "sonar.modelPriority", Now: "sonar.modelPriority"},
	}
	rows = append(rows,
		Earlier{Name: "sonar.tasks.search.enabled", Now: "sonar.tasks.search.enabled", Why: "false unless it is set: no search asks a language model unasked"},
		Earlier{Name: "sonar.tasks.search.timeout", Now: "sonar.tasks.search.timeout"},
		gone("sonar.tasks.search.priority", "one task is worked on at a time, which leaves the other places of sonar.limits.parallel to searches"),
		Earlier{Name: "sonar.tasks.metadata.enabled", Now: "sonar.tasks.metadata.enabled"},
		Earlier{Name: "sonar.tasks.metadata.timeout", Now: "sonar.tasks.metadata.timeout"},
		Earlier{Name: "sonar.tasks.metadata.autoEnhance", Now: "sonar.tasks.metadata.autoEnhance", Why: "false unless it is set: nothing is described unasked"},
		Earlier{Name: "sonar.tasks.metadata.batchSize", Now: "sonar.tasks.metadata.batchSize"},
		Earlier{Name: "sonar.tasks.content.enabled", Now: "sonar.tasks.content.enabled"},
		Earlier{Name: "sonar.tasks.content.timeout", Now: "sonar.tasks.content.timeout"},
		Earlier{Name: "sonar.tasks.content.schedule", Now: "sonar.tasks.content.schedule"},
	)
	rows = append(rows, cloud()...)
	for _, name := range []string{"includePreview", "previewLength"} {
		rows = append(rows, gone("scratchpad."+name, "an answer that is kept always comes with its beginning"))
	}
	for _, name := range []string{"provider", "fallbackOrder", "gemini", "ollama", "ollama_cloud", "openrouter"} {
		rows = append(rows, gone("langExtract."+name, "notes are indexed without a language model"))
	}
	rows = append(rows, gone("docs.folders", "`sources` says what is read"))
	return append(append(honoured(), rows...), earlierVariables()...)
}

// honoured are the keys that have kept their names and meanings.
func honoured() []Earlier {
	var rows []Earlier
	for _, name := range []string{
		"sources", "excludePatterns", "embeddings.model", "watch.enabled", "watch.debounce", "sonar.enabled", "sonar.model", "sonar.host", "sonar.port",
		"scratchpad.enabled", "scratchpad.thresholdBytes", "scratchpad.maxAgeMs", "scratchpad.maxCacheSizeBytes",
		"ember.enabled", "ember.minConfidence", "ember.autoSquash", "ember.backupDir",
	} {
		rows = append(rows, Earlier{Name: name, Now: name})
	}
	return rows
}

// cloud are the settings of a language model elsewhere, which counted once they were enabled.
func cloud() []Earlier {
	when := func(take func(all map[string]any) (any, bool)) func(map[string]any) (any, bool) {
		return func(all map[string]any) (any, bool) {
			if all["sonar.cloud.enabled"] != true {
				return nil, false
			}
			return take(all)
		}
	}
	same := func(path string) func(map[string]any) (any, bool) {
		return when(func(all map[string]any) (any, bool) { return all[path], true })
	}
	rows := []Earlier{
		{Name: "sonar.cloud.enabled", Now: "sonar.host", Why: "true without sonar.cloud.host and with no other provider is " + openRouter, take: when(takeCloud)},
		{Name: "sonar.cloud.provider", Now: "sonar.provider", Why: "while sonar.cloud.enabled is true", take: same("sonar.cloud.provider")},
		{Name: "sonar.cloud.host", Now: "sonar.host", Why: "while sonar.cloud.enabled is true; without a scheme it is https", take: when(takeHost)},
		{Name: "sonar.cloud.model", Now: "sonar.model", Why: "while sonar.cloud.enabled is true", take: same("sonar.cloud.model")},
		{Name: "sonar.cloud.apiKey", Now: "sonar.apiKey", Why: "while sonar.cloud.enabled is true", take: same("sonar.cloud.apiKey")},
	}
	for i := range rows {
		rows[i].over = true // sonar.host and sonar.model were those of this machine
	}
	return rows
}

func takeSource(all map[string]any) (any, bool) {
	if text, ok := all["source"].(string); ok {
		return []any{text}, true
	}
	return all["source"], true
}

// takeDatabase leaves out the path of a file.
func takeDatabase(all map[string]any) (any, bool) {
	text, isText := all[databaseKey].(string)
	return all[databaseKey], !isText || text == "" || isDatabase(text)
}

// says tells whether the row's name says anything in a file.
func (e Earlier) says(all map[string]any) bool {
	_, ok := e.take(all)
	return ok
}

func takeCloud(all map[string]any) (any, bool) {
	_, elsewhere := all["sonar.cloud.host"]
	provider, named := all["sonar.cloud.provider"]
	return openRouter, !elsewhere && (!named || provider == "openrouter")
}

func takeHost(all map[string]any) (any, bool) {
	host, ok := all["sonar.cloud.host"].(string)
	if ok && host != "" && !strings.Contains(host, "://") && all["sonar.cloud.provider"] != "ollama" {
		return "https://" + host, true
	}
	return all["sonar.cloud.host"], true
}

func earlierVariables() []Earlier {
	kept := func(name, now, why string) Earlier { return Earlier{Name: name, Variable: true, Now: now, Why: why} }
	lost := func(name, why string) Earlier { return Earlier{Name: name, Variable: true, Why: why} }
	return []Earlier{
		kept("VECTOR_PORT", "vector.port", ""), kept("RERANKER_PORT", "reranker.port", ""), kept("SONAR_PORT", "sonar.port", ""),
		kept("EMBEDDING_MODEL", "embeddings.model", ""), kept("LOG_LEVEL", "LOG_LEVEL", "debug, info, warn or error; anything else is info"),
		kept("OPENROUTER_API_KEY", "sonar.apiKey", "sent to openrouter.ai alone, where sonar.host names it and no key is set"),
		kept("GEMINI_API_KEY", "sonar.apiKey", "sent to Gemini's own address alone, where sonar.provider or sonar.host names it and no key is set"),
		lost("LANGEXTRACT_PROVIDER", "notes are indexed without a language model"),
		lost("AMALFA_PIPE_ROOT", "nothing is handed on through files between steps"), lost("AMALFA_DB_PATH", "the index of a workspace is .amalfa/amalfa.db"),
		lost("DATABASE_PATH", "the index of a workspace is .amalfa/amalfa.db"), lost("PORT", "each service has its own variable: VECTOR_PORT, RERANKER_PORT, SONAR_PORT"),
		lost("DEBUG", "LOG_LEVEL=debug makes the services' logs say more"),
	}
}

func gone(name, why string) Earlier { return Earlier{Name: name, Why: why} }

// earlier returns the row that a key of a file belongs to: its own, or that of a group it is in or is the name of.
func earlier(rows []Earlier, path string) (Earlier, bool) {
	for _, row := range rows {
		if !row.Variable && (path == row.Name || row.Now == "" && strings.HasPrefix(path, row.Name+".")) {
			return row, true
		}
	}
	for _, row := range rows { // `"ember": false`
		if !row.Variable && row.Now == "" && strings.HasPrefix(row.Name, path+".") {
			return row, true
		}
	}
	return Earlier{}, false
}

// Fate says what became of a name, in a few words.
func (e Earlier) Fate() string {
	switch {
	case e.Now == "":
		return "no longer needed: " + e.Why
	case e.Now == e.Name && e.Why == "":
		return "counts as it is"
	case e.Now == e.Name:
		return "counts as it is: " + e.Why
	case e.Why == "":
		return fmt.Sprintf("is %s", e.Now)
	}
	return fmt.Sprintf("is %s: %s", e.Now, e.Why)
}
