// Package registry is the one table of services. Commands, the hidden `__serve` command, `servers`, `stop-all` and the
// documentation are made from it, so a service that is added here appears in all of them.
package registry

// Scope says who shares a running service.
type Scope string

const (
	// Machine services run once per user and machine; every workspace uses the same one.
	Machine Scope = "machine"
	// Workspace services run once per workspace.
	Workspace Scope = "workspace"
)

// Service is one row of the table.
type Service struct {
	Name    string // command and file name: "vector"
	Port    int    // default TCP port; 0 = the service has none
	PortVar string // environment variable that overrides Port; "" = none
	Scope   Scope
	Stdio   bool // started by its client over stdin and stdout: `start` refuses it
	// SameUser limits the service to this user's processes: it reads notes or spends keys.
	SameUser bool
	// Pages says that people open it with a browser.
	Pages bool
	// Supervises marks the one that watches over the others.
	Supervises bool
	Calls      []string // services that it uses
	Summary    string   // one line for help and documentation
}

// Services returns the rows in the order in which they are shown and started. The slice is the caller's own.
func Services() []Service {
	return []Service{
		{Name: "vector", Port: 3010, PortVar: "VECTOR_PORT", Scope: Machine, Calls: []string{"reranker"},
			Summary: "FastEmbed-compatible text embeddings, shared by every workspace"},
		{Name: "reranker", Port: 3011, PortVar: "RERANKER_PORT", Scope: Machine,
			Summary: "cross-encoder reranking that speaks Cohere, Jina, TEI and Infinity"},
		{Name: "sonar", Port: 3012, PortVar: "SONAR_PORT", Scope: Workspace, SameUser: true, Calls: []string{"vector", "reranker"},
			Summary: "LLM proxy and tasks over the notes"},
		{Name: "dashboard", Port: 3013, PortVar: "DASHBOARD_PORT", Scope: Workspace, SameUser: true, Pages: true, Calls: []string{"vector", "reranker", "sonar"},
			Summary: "one web page for the whole memory: search, notes, graph and health"},
		{Name: "watcher", Scope: Workspace, Calls: []string{"vector"},
			Summary: "keeps the index fresh while files change"},
		{Name: "supervisor", Scope: Workspace, Supervises: true,
			Summary: "starts services again that have died"},
		{Name: "mcp", Scope: Workspace, Stdio: true, Calls: []string{"vector", "reranker"},
			Summary: "Model Context Protocol over stdio, started by the agent's client"},
	}
}

// Lookup returns the row called name and whether there is one.
func Lookup(name string) (Service, bool) {
	for _, s := range Services() {
		if s.Name == name {
			return s, true
		}
	}
	return Service{}, false
}
