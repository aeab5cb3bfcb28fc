package mcp

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"amalfa/services/mcp/scratchpad"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata/mcp")

// TestTranscripts plays the sessions of testdata/mcp. A line "> …" is sent, "# …" is a comment; what stands between is the
// answer, indented. META stands for the fields that every request of the stateless protocol carries.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("../../testdata/mcp/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(data))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(data), got); d != "" {
				t.Errorf("transcript (-want +got):\n%s", d)
			}
		})
	}
}

const statelessMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"transcript","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

func play(t *testing.T, script string) string {
	v := newVault(t)
	o := v.options()
	o.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: filepath.Join(v.root, ".amalfa", "cache", "scratchpad")})
	if strings.Contains(script, "# without an index") {
		o.Index = filepath.Join(v.root, "absent.db")
	}
	if strings.Contains(script, "# with vectors") {
		v.write("copy/tides.md", "# Tides\n\nHigh water at the quay comes forty minutes after the table says.\n")
		v.embed(wordVectors{})
	}
	w := dial(t, o)
	var out strings.Builder
	for line := range strings.Lines(script) {
		switch {
		case strings.HasPrefix(line, "#"):
			out.WriteString(line)
		case strings.HasPrefix(line, "> "):
			out.WriteString(line)
			request := strings.ReplaceAll(strings.TrimSpace(line[2:]), "META", statelessMeta)
			w.send(request)
			if strings.Contains(request, `"id"`) {
				out.WriteString(stable(t, v, w.receive()))
			}
		}
	}
	return out.String()
}

// longFraction is a number whose last digits depend on the machine's order of additions.
var longFraction = regexp.MustCompile(`(\d\.\d{4})\d+`)

var unstable = regexp.MustCompile(`"db_bytes": \d+|"Size: [\d.]+ MB|Size: [\d.]+ MB|"size": \d+`)

// stable indents an answer and replaces what differs from run to run.
func stable(t *testing.T, v *vault, line string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(line), "", "  "); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	s := strings.ReplaceAll(b.String(), v.root, "$ROOT")
	s = unstable.ReplaceAllStringFunc(s, func(m string) string { return strings.TrimRight(m, "0123456789. MB") + " N" })
	s = longFraction.ReplaceAllString(s, "$1")
	return fmt.Sprintln(strings.TrimSpace(s))
}
