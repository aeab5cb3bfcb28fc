package cli

import (
	"strings"
	"testing"
	"time"

	"amalfa/app"
	"amalfa/daemon"
	"amalfa/registry"
)

func service(t *testing.T, name string) registry.Service {
	t.Helper()
	svc, ok := registry.Lookup(name)
	if !ok {
		t.Fatalf("no service %s", name)
	}
	return svc
}

func TestServiceCommands(t *testing.T) {
	vector, mcp := service(t, "vector"), service(t, "mcp")
	open := func(t *testing.T) *testProgram { return programOver(t, notesOfTests) }
	runCases(t, open, []commandCase{
		{name: "status", run: func(p *testProgram) error { return p.s(t).status(t.Context(), serviceOptions{Service: vector}) }, json: true, out: `"service": "vector",[^}]*"state": "stopped",\n  "pid": null`, code: codeNotRunning},
		{name: "sessions", run: func(p *testProgram) error { return p.s(t).status(t.Context(), serviceOptions{Service: mcp}) }, out: `stdio +stopped .* 0 sessions`, code: codeNotRunning},
		{name: "stop", run: func(p *testProgram) error { return p.s(t).stop(t.Context(), serviceOptions{Service: vector}) }, out: "^vector is not running\n$"},
		{name: "stop as JSON", run: func(p *testProgram) error { return p.s(t).stop(t.Context(), serviceOptions{Service: vector}) }, json: true, out: `"state": "stopped"`},
		{name: "start", run: func(p *testProgram) error {
			return p.s(t).start(t.Context(), serviceOptions{Service: vector, Wait: time.Second})
		}, err: "start vector: .*no such file", code: codeFailed},
		{name: "restart", run: func(p *testProgram) error {
			return p.s(t).restart(t.Context(), serviceOptions{Service: vector, Wait: time.Second})
		}, out: "^vector is not running\n$", err: "start vector: .*no such file", code: codeFailed},
		{name: "start at no port", run: func(p *testProgram) error {
			return p.s(t).start(t.Context(), serviceOptions{Service: vector, Port: ptrTo(70000)})
		}, err: "--port takes 0 to 65535", code: codeUsage},
		{name: "serve at no port", run: func(p *testProgram) error {
			return p.s(t).serve(t.Context(), serveOptions{Service: vector, Port: ptrTo(-2)})
		}, err: "--port takes 0 to 65535", code: codeUsage},
		{name: "servers", run: func(p *testProgram) error { return p.s(t).servers(t.Context(), serversOptions{}) }, out: `(?s)vector +amalfa vector .*watcher +amalfa watcher`},
		{name: "servers drawn", run: func(p *testProgram) error { return p.s(t).servers(t.Context(), serversOptions{Dot: true}) }, out: `(?s)^digraph amalfa {.*"mcp" -> "vector";.*}\n$`},
		{name: "servers start", run: func(p *testProgram) error { return p.s(t).startServers(t.Context()) }, err: `(?s)vector: start.*sonar: start.*watcher: start`, code: codeFailed},
		{name: "servers restart", run: func(p *testProgram) error { return p.s(t).restartServers(t.Context()) }, out: "^$", err: `(?s)vector: start.*sonar: start.*watcher: start`, code: codeFailed},
		{name: "stop-all", run: func(p *testProgram) error { return p.s(t).stopAll(t.Context(), stopAllOptions{All: true}) }, json: true, out: `"stopped": \[\],\n  "left": \[\]`},
		{name: "chat", run: func(p *testProgram) error { return p.s(t).chat(t.Context(), chatOptions{Service: service(t, "sonar")}) }, err: "start sonar", code: codeFailed},
		{name: "mcp profile", run: func(p *testProgram) error {
			return p.s(t).serveMCP(t.Context(), mcpOptions{Service: mcp, MCPSession: app.MCPSession{Profile: "all"}, HTTP: true})
		}, err: "(?s)all.*leave --profile out", code: codeUsage},
		{name: "mcp address", run: func(p *testProgram) error {
			return p.s(t).serveMCP(t.Context(), mcpOptions{Service: mcp, HTTP: true, Address: "here"})
		}, err: `ADDR is an address and a port, not "here"`, code: codeUsage},
	})
}

// TestPortVariable refuses a port that is none before anything is started.
func TestPortVariable(t *testing.T) {
	p := programOver(t, nil, "SONAR_PORT", "many")
	writeFile(t, p.dir+"/keep", "")
	err := p.s(t).start(t.Context(), serviceOptions{Service: service(t, "sonar")})
	if err == nil || classify(err).code != codeUsage {
		t.Errorf("%v: %+v", err, classify(err))
	}
}

func TestStopReport(t *testing.T) {
	r := newStopReport([]app.Stopped{
		{Service: "vector", PID: 1}, {Service: "sonar", PID: 2, Killed: true}, {Service: "mcp", PID: 3, Left: "its client owns it"},
	})
	want := "vector stopped, pid 1|sonar did not end in time: killed pid 2|mcp left running, pid 3: its client owns it (--all stops it)"
	if got := strings.Join(append(r.Stopped, r.Left...), "|"); got != want {
		t.Errorf("got %s", got)
	}
	if line := startLine(daemon.Status{Service: service(t, "vector"), State: "degraded", PID: 4, Address: "127.0.0.1:5", Error: "no\nmodel", AlreadyRunning: true}); line != "vector already running: degraded, pid 4, 127.0.0.1:5 (no model)" {
		t.Errorf("got %s", line)
	}
}
