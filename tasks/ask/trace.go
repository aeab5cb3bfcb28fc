package ask

import (
	"fmt"
	"slices"
	"strings"

	"amalfa/tasks/prompts"
)

// trace keeps the report of a research. One that cannot be kept is told, and the answer stays.
func (t Tools) trace(a *Answer) {
	if t.Trace == nil {
		return
	}
	path, err := t.Trace(a.Question, fmt.Sprintf("# Research\n\n**Question:** %s\n\n%s", line(a.Question), a.Report()))
	if err != nil {
		a.Degraded = append(a.Degraded, "the trace was not kept: "+err.Error())
	}
	a.Trace = path
}

// Report is an answer in Markdown: the steps to it, its sentences with what they rest on, and what was put before the model.
func (a Answer) Report() string {
	var b strings.Builder
	b.WriteString("## Steps\n\n")
	for i, s := range a.Steps {
		fmt.Fprintf(&b, "%d. %s\n", i+1, line(s))
	}
	b.WriteString("\n## Answer\n\n")
	for _, s := range a.Sentences {
		fmt.Fprintf(&b, "- %s%s\n", line(s.Text), s.places())
	}
	b.WriteString("\n## Sources\n\n")
	for _, s := range a.Sources {
		fmt.Fprintf(&b, "- %s%s\n", line(place(s.Path, s.Lines)), map[bool]string{true: " (cited)"}[s.Cited])
	}
	fmt.Fprintf(&b, "\n%s: %d requests, %d tokens read, %d written.\n", line(a.Model), a.Requests, a.Usage.Prompt, a.Usage.Completion)
	for _, d := range slices.Compact(slices.Sorted(slices.Values(a.Degraded))) {
		fmt.Fprintf(&b, "- without: %s\n", line(d))
	}
	return b.String()
}

// places are the citations of a sentence, and whether they support it.
func (s Sentence) places() string {
	var all []string
	for _, c := range s.Citations {
		all = append(all, line(place(c.Path, c.Lines)))
	}
	out := ""
	if len(all) > 0 {
		out = " (" + strings.Join(all, ", ") + ")"
	}
	if !s.Supported {
		out += " **not supported by the notes**"
	}
	return out
}

// line keeps what a note or a model says within its line of Markdown.
func line(s string) string {
	return strings.NewReplacer("<", "&lt;", "[", "\\[", "`", "'").Replace(prompts.Line(s))
}
