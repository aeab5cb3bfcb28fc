package cli

import (
	"slices"
	"strings"

	"amalfa/registry"
)

// worksAnywhere reports whether a command, by its full name, does without a workspace, so that it runs in a folder that was deleted
// too: what is about the program, its models or the machine's services, and looking at or stopping any service.
func worksAnywhere(command string) bool {
	words := append(strings.Fields(command), "", "", "")[1:3]
	looks := slices.Contains([]string{"", "status", "stop"}, words[1])
	switch words[0] {
	case "servers":
		return looks
	case "", "stop-all", "doctor", "models", "cache", "embed", "rerank", "tokenize", "version", "help", "man":
		return true
	case "config": // the others write a file, which may be that of the folder
		return slices.Contains([]string{"", "list", "get", "schema"}, words[1])
	}
	svc, ok := registry.Lookup(words[0])
	return ok && (svc.Scope == registry.Machine || looks && (!svc.Stdio || words[1] != ""))
}
