// Package prompts holds all that language models are told: a template a prompt, and the quoting of notes in it. A template has a
// part "system", which is the same for everybody: no word of a note or of a question gets in there; and a part "user", where what
// was written by others stands in blocks that it cannot close.
package prompts

import (
	"crypto/rand"
	"embed"
	"fmt"
	"math/bits"
	"strings"
	"text/template"

	"amalfa/llm"
)

//go:embed *.tmpl
var files embed.FS

// A Form is what the part "user" of a template is filled with.
type Form struct {
	Question string
	Evidence Evidence
	Said     []string // what went before, a line each, sanitized by the one who fills it in
	mark     string
}

// Quoted is the evidence in its blocks.
func (f Form) Quoted() string { return f.Evidence.Quote(f.mark) }

// System returns the instructions of a prompt.
func System(name string) string { return execute(name, "system", nil) }

// User returns what a prompt asks, with blocks that carry a mark nobody can know.
func User(name string, f Form) string {
	f.mark = rand.Text()
	return execute(name, "user", f)
}

// Messages are both parts of a prompt.
func Messages(name string, f Form) []llm.Message {
	return []llm.Message{{Role: "system", Content: System(name)}, {Role: "user", Content: User(name, f)}}
}

// execute runs a part of a template, which is a file of this program.
func execute(name, part string, data any) string {
	t, err := template.ParseFS(files, name+".tmpl")
	if err != nil {
		panic(err)
	}
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		panic(fmt.Sprintf("prompt %s: %v", name, err))
	}
	return b.String()
}

// Window returns the context to ask for, in tokens: what the messages need and room for an answer, as a power of two
// between Ollama's own 4,096 and 32,768.
func Window(ms []llm.Message, count func(string) int) int {
	const answer, least, most = 1024, 4096, 32768
	need := answer
	for _, m := range ms {
		need += count(m.Content)
	}
	return min(max(1<<bits.Len(uint(need-1)), least), most)
}
