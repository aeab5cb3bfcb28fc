// Package oidc starts a real OAuth 2.1 issuer for tests: node-oidc-provider, as issuer.mjs sets it up.
package oidc

import (
	"bufio"
	"bytes"
	_ "embed" // for the scripts
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/testdata/assets"
)

// packages are the issuer, and the protocol's own client, by their versions of November 2026: 31 MB.
func packages() []string {
	return []string{"oidc-provider@9.13.3", "@modelcontextprotocol/sdk@1.32.2"}
}

//go:embed issuer.mjs
var issuer string

//go:embed client.mjs
var client string

// An Issuer runs until its test ends.
type Issuer struct {
	URL string
	in  io.Writer
	out *bufio.Reader
}

// Start returns an issuer that answers.
func Start(t testing.TB) *Issuer {
	t.Helper()
	cmd := script(t, issuer)
	i := &Issuer{}
	i.URL, i.in, i.out = assets.Started(t, cmd, "the issuer")
	return i
}

// script is a program of node beside the packages that it imports.
func script(t testing.TB, text string) *exec.Cmd {
	t.Helper()
	node, modules := assets.NPM(t, packages()...)
	dir := t.TempDir()
	path := filepath.Join(dir, "script.mjs")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return exec.Command(node, path)
}

// Do gives a command of issuer.mjs: "keys", "down" or "up".
func (i *Issuer) Do(t testing.TB, command string) {
	t.Helper()
	if _, err := io.WriteString(i.in, command+"\n"); err != nil {
		t.Fatal(err)
	}
	if done, err := i.out.ReadString('\n'); err != nil || strings.TrimSpace(done) != command {
		t.Fatalf("the issuer: %q, %v", done, err)
	}
}

// Token is one of a program of its own (the client credentials grant), for a resource.
func (i *Issuer) Token(t testing.TB, resource, scope string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {resource}}
	if scope != "" {
		form.Set("scope", scope)
	}
	req, err := http.NewRequest(http.MethodPost, i.URL+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("machine", "secret-of-the-machine")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var v struct {
		Token string `json:"access_token"`
		Error string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil || v.Token == "" {
		t.Fatalf("%s: %s %v", resp.Status, v.Error, err)
	}
	return v.Token
}

// Ask has the protocol's own client find the issuer of an MCP server by itself, get a token there, and say which tools it was offered. A
// person signs in ("person": authorization code with PKCE, after the client has registered itself), or nobody does ("machine").
func Ask(t testing.TB, who, server string) (tools []string, err error) {
	t.Helper()
	cmd := script(t, client)
	cmd.Args = append(cmd.Args, who, server)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, said.Bytes())
	}
	return tools, json.Unmarshal(out, &tools)
}
