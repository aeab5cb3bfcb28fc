package mcp

import "fmt"

// A Profile is a set of tools.
type Profile string

// Profiles. Standard is what agents get by default; Full adds the history and, if
// Options.Write allows it, what changes notes; OpenAI is
// search and fetch alone, as ChatGPT's connectors want them.
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
	addTool(s, gapsTool(), s.gaps)
	addTool(s, listTool(), s.list)
	addTool(s, statusTool(), s.status)
	addTool(s, scratchpadReadTool(), s.scratchpadRead)
	addTool(s, scratchpadListTool(), s.scratchpadList)
	if s.o.Profile == Full {
		addTool(s, changesTool(), s.changesSince)
	}
	if s.o.Profile == Full && s.o.Write {
		addWriteTool(s, tagsTool(), false, s.planTags)
		addWriteTool(s, editTool(), true, s.planEdit)
		addWriteTool(s, writeTool(), true, s.planWrite)
	}
}
