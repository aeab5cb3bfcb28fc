package queue

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"amalfa/edit"
	"amalfa/notes"
)

// An Outcome is what came of a task's work: Body is Markdown, Routing who was asked and what that took, Changes what the task would do
// to notes, which is done only where the task says so.
type Outcome struct {
	Routing string            `json:"routing"`
	Body    string            `json:"body"`
	Patch   string            `json:"patch"` // Changes as a diff that git applies
	Changes []edit.FileChange `json:"changes,omitempty"`
	Key     string            `json:"key"` // names the changes in the journal of edits
	Seconds float64           `json:"seconds"`
}

const noModel = "no model was asked"

// report is the whole report of a task that was done. git apply finds the patch in it.
func report(t Task, o Outcome, now time.Time, applied bool) []byte {
	var b strings.Builder
	head(&b, t, now, o.Routing)
	b.WriteString(strings.TrimRight(noPatch.ReplaceAllString(o.Body, `\$0`), "\n") + "\n")
	switch {
	case o.Patch == "":
	case applied:
		b.WriteString("\n## Changes\n\nThey were made; \"amalfa undo --list\" names them and \"amalfa undo\" takes them back.\n")
	default:
		fmt.Fprintf(&b, "\n## Changes\n\nNothing was changed. \"git apply\" makes these changes from this file, and so does the task with \"autoApply\".\n")
	}
	if o.Patch != "" {
		fence := fenceFor(o.Patch)
		fmt.Fprintf(&b, "\n%sdiff\n%s\n%s\n", fence, strings.TrimRight(o.Patch, "\n"), fence)
	}
	foot(&b, o.Seconds)
	return []byte(b.String())
}

// failure is the report of a task that came to nothing.
func failure(t Task, now time.Time, seconds float64, routing string, err error) []byte {
	var b strings.Builder
	head(&b, t, now, routing)
	fmt.Fprintf(&b, "**Failed:** %s\n", oneLine(err.Error()))
	if advice := adviceOf(err); advice != "" {
		fmt.Fprintf(&b, "\n%s\n", oneLine(advice))
	}
	foot(&b, seconds)
	return []byte(b.String())
}

// adviceOf is what an error says of how to mend it.
func adviceOf(err error) string {
	for err != nil {
		if h, ok := err.(interface{ Hint() string }); ok {
			return h.Hint()
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return ""
		}
		err = u.Unwrap()
	}
	return ""
}

func head(b *strings.Builder, t Task, now time.Time, routing string) {
	fmt.Fprintf(b, "# Task Report: %s\n\n**Date:** %s\n\n> **Routing:** %s\n\n", cmp.Or(t.Type, "unknown"), now.UTC().Format(time.RFC3339), cmp.Or(oneLine(routing), noModel))
}

func foot(b *strings.Builder, seconds float64) {
	fmt.Fprintf(b, "\n---\n\n**Duration:** %.1f s\n", seconds)
}

// noPatch are the beginnings of lines that git apply looks for: what a model or a note says must not become a change.
var noPatch = regexp.MustCompile(`(?m)^(?:diff |--- |\+\+\+ |@@ |Index: |GIT binary patch)`)

var ticks = regexp.MustCompile("`+")

// fenceFor is longer than any run of backticks in the text.
func fenceFor(text string) string {
	longest := 2
	for _, run := range ticks.FindAllString(text, -1) {
		longest = max(longest, len(run))
	}
	return strings.Repeat("`", longest+1)
}

// oneLine keeps what others wrote from becoming lines of ours.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		if notes.IsInvisible(r) {
			return -1
		}
		return r
	}, s)
	return notes.Clip(strings.TrimSpace(s), 2<<10)
}
