package ask

import (
	"bufio"
	"encoding/json"
	"path"
	"strings"
	"testing"

	"amalfa/tasks/prompts"
)

// A topic is a sentence without which only its subject is in question: a paraphrase of what a note says, near to its words ("near"),
// "middle" or "far", merged of several of its statements, a summary of a list; or one that the note does not say, "invented", or "shifted":
// of the same subject, but with another cause, purpose, consequence or group.
type topic struct {
	Doc, Sentence, Kind string
	Supported           bool
	passage             prompts.Passage
}

// topicsOf are the sentences of a folder of testdata/planted/topics, whose form is one JSON object a line beside the notes.
func topicsOf(t testing.TB, folder string) (all []topic) {
	t.Helper()
	read := func(name string) string {
		data, err := plantedFiles.ReadFile(path.Join("testdata/planted/topics", folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	lines := bufio.NewScanner(strings.NewReader(read("topics.jsonl")))
	for lines.Scan() {
		var one topic
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		text := read(one.Doc)
		one.passage = prompts.Passage{Ref: 1, ID: one.Doc, Lines: [2]int{1, strings.Count(text, "\n") + 1}, Text: text}
		all = append(all, one)
	}
	return all
}

func (p topic) source() source {
	given := p.passage
	given.Text = prompts.Sanitize(given.Text, 8<<10)
	return newSource(given, p.passage.Text)
}
