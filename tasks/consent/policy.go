package consent

import (
	"context"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"amalfa/ingest/ignore"
	"amalfa/llm"
	"amalfa/notes"
)

// A Purpose says who wants a model to be asked.
type Purpose int

const (
	// ByHand is what a person, or an agent that a person talks to, asks for just then.
	ByHand Purpose = iota
	// Unattended is what nobody waits for: schedules, tasks, enrichment, stages of a search.
	Unattended
)

// Options are the user's own settings. None may come from the settings file of a workspace but patterns that make more private.
type Options struct {
	Root string // of the workspace, absolute
	// Destination names the host that a request to a model goes to, and whether that is another machine.
	Destination func(model string) (host string, remote bool)
	Hosts       []string // that the user's own settings file names: "host", "host:port" or an address
	Unattended  bool     // false: nothing is asked unattended, whatever the host
	Private     []string // patterns as in .gitignore; case and composition of characters do not count
	// Now is what Private is by now, for a policy that outlives a change of it. Asked at each decision; nil: never.
	Now func() []string
}

// A Policy is what the user has consented to. Safe for concurrent use.
type Policy struct {
	o Options

	mu       sync.Mutex
	patterns []string // of private
	private  []ignore.Rules
}

// New returns the policy of a workspace.
func New(o Options) *Policy {
	return &Policy{o: o, patterns: slices.Clone(o.Private), private: compileAll(o.Root, o.Private)}
}

// rules are those of the patterns as they are now.
func (p *Policy) rules() []ignore.Rules {
	if p.o.Now == nil {
		return p.private
	}
	now := p.o.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(now, p.patterns) {
		p.patterns, p.private = slices.Clone(now), compileAll(p.o.Root, now)
	}
	return p.private
}

func compileAll(root string, patterns []string) (all []ignore.Rules) {
	for _, pattern := range patterns {
		if rules, ok := compile(root, pattern); ok {
			all = append(all, rules)
		}
	}
	return all
}

// compile makes rules of one pattern, so that no other can take back what it says.
func compile(root, pattern string) (ignore.Rules, bool) {
	pattern = filepath.ToSlash(strings.TrimSpace(pattern))
	if rel, err := filepath.Rel(root, filepath.FromSlash(pattern)); filepath.IsAbs(pattern) && err == nil && filepath.IsLocal(rel) {
		pattern = "/" + filepath.ToSlash(rel)
	}
	pattern = strings.TrimPrefix(pattern, "./")
	if notes.CheckPrivatePattern(pattern) != nil {
		return ignore.Rules{}, false
	}
	return (ignore.Rules{}).With(".", []byte(notes.FoldPath(pattern)))
}

// isPrivatePath holds a note's path, and each folder above it, against the patterns.
func (p *Policy) isPrivatePath(id string) bool {
	id = notes.FoldPath(id)
	private := p.rules()
	for end := 0; end < len(id); {
		next := strings.IndexByte(id[end:], '/')
		isDir := next >= 0
		if isDir {
			end += next
		} else {
			end = len(id)
		}
		for _, rules := range private {
			if rules.Ignores(id[:end], isDir) {
				return true
			}
		}
		end++
	}
	return false
}

// Remote tells whether a request to a model leaves this machine.
func (p *Policy) Remote(model string) bool {
	_, remote := p.o.Destination(model)
	return remote
}

// A RefusedError says that nobody consented to asking a host unattended.
type RefusedError struct{ Host string }

// Error implements error.
func (e *RefusedError) Error() string {
	if e.Host == "" {
		return "sonar.unattended is false: no model is asked without a person"
	}
	return "no model at " + e.Host + ", which is another machine, is asked unattended before your own settings name that host"
}

// Hint says how to consent.
func (e *RefusedError) Hint() string {
	if e.Host == "" {
		return `allow it with "amalfa config set --user sonar.unattended true"`
	}
	return `allow it with "amalfa config set --user sonar.allowHosts ` + e.Host + `"; what you ask by hand works without`
}

// Permit returns a *RefusedError where a model may not be asked for the purpose.
func (p *Policy) Permit(purpose Purpose, model string) error {
	host, remote := p.o.Destination(model)
	switch {
	case purpose == ByHand:
		return nil
	case !p.o.Unattended:
		return &RefusedError{}
	case !remote || p.names(host):
		return nil
	}
	return &RefusedError{host}
}

// names tells whether the user's own settings name the host. An entry without a port is for all of them.
func (p *Policy) names(host string) bool {
	name, port := split(host)
	for _, entry := range p.o.Hosts {
		if n, only := split(entry); n == name && n != "" && (only == "" || only == port) {
			return true
		}
	}
	return false
}

// split takes an address, a host with a port, or a host apart.
func split(host string) (name, port string) {
	host = strings.TrimSpace(host)
	if u, err := url.Parse(host); err == nil && strings.Contains(host, "://") {
		host = u.Host
		if u.Port() == "" {
			host = u.Hostname()
		}
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	return strings.ToLower(strings.TrimSuffix(name, ".")), port
}

// Guard returns an Asker that asks next only for what is permitted.
func (p *Policy) Guard(purpose Purpose, next llm.Asker) llm.Asker {
	return guarded{p, purpose, next}
}

type guarded struct {
	policy  *Policy
	purpose Purpose
	next    llm.Asker
}

// Chat implements llm.Asker.
func (g guarded) Chat(ctx context.Context, r llm.Request, onDelta func(string) error) (llm.Reply, error) {
	if err := g.policy.Permit(g.purpose, r.Model); err != nil {
		return llm.Reply{}, err
	}
	return g.next.Chat(ctx, r, onDelta)
}
