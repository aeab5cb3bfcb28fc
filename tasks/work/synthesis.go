package work

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"amalfa/edit"
	"amalfa/graph"
	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
)

const (
	synthesisFolder = "docs/synthesis" // where the earlier system wrote
	minCommunity    = 5                // notes; its default
	synthesisLimit  = 10
	shownMembers    = 4 // those with the highest PageRank; as many as the earlier system showed
	maxLabel        = 80
	maxSynthesis    = 2000 // bytes of a summary
)

type synthesis struct {
	Label   string `json:"label"`
	Summary string `json:"summary"`
}

func checkSynthesis(s synthesis) error {
	if err := oneLine("label", s.Label, maxLabel); err != nil {
		return err
	}
	return oneLine("summary", s.Summary, maxSynthesis)
}

// synthesis names communities of notes and sums them up. What it would make is a note for each.
func (r *run) synthesis(ctx context.Context) error {
	n, err := graph.Load(ctx, r.Store)
	if err != nil {
		return err
	}
	least := minCommunity
	if r.task.MinSize > 0 {
		least = r.task.MinSize
	}
	rank, made, left := n.PageRank(), 0, 0
	for _, c := range n.Communities().All {
		members := slices.DeleteFunc(slices.Clone(c.Notes), func(i int32) bool { return strings.HasPrefix(n.Notes[i].ID, synthesisFolder+"/") })
		if len(members) < least {
			continue
		}
		if made == limitOf(r.task, synthesisLimit) {
			left++
			continue
		}
		made++
		slices.SortStableFunc(members, func(a, b int32) int {
			switch {
			case rank[a] > rank[b]:
				return -1
			case rank[a] < rank[b]:
				return 1
			}
			return 0
		})
		if err := r.synthesize(ctx, c.Name, n.IDs(members)); err != nil {
			return err
		}
	}
	if made == 0 {
		r.line("No community has %d notes or more.", least)
	}
	if left > 0 {
		r.line("\n%d more communities are as large.", left)
	}
	return nil
}

// synthesize names one community; without a model its name is that of its terms, and its summary what its first note says.
func (r *run) synthesize(ctx context.Context, name string, members []string) error {
	var shown []consent.Passage
	var opening string
	for _, id := range members[:min(len(members), shownMembers)] {
		p, ok, err := Beginning(ctx, r.Store, id, maxShown)
		if err != nil {
			return err
		}
		if ok {
			shown = append(shown, p)
			if opening == "" {
				opening = firstSentence(p.Text)
			}
		}
	}
	s := synthesis{Label: name, Summary: opening}
	if e := r.release(shown...); len(e.Passages) > 0 {
		better, ok, err := think(ctx, r, "community", prompts.Form{Evidence: e}, checkSynthesis)
		if err != nil {
			return err
		}
		if ok {
			s = better
		}
	}
	if members = r.present(members); len(members) == 0 {
		return nil
	}
	r.line("## %s\n\n%s\n", plain(s.Label), plain(s.Summary))
	for _, id := range members[:min(len(members), 20)] {
		r.line("- %s", plain(id))
	}
	if more := len(members) - 20; more > 0 {
		r.line("- and %d more", more)
	}
	r.line("")
	r.makeSynthesis(s, members)
	return nil
}

// makeSynthesis is the note of a community. Its id is of its members: the same ones again are no new note.
func (r *run) makeSynthesis(s synthesis, members []string) {
	sorted := slices.Clone(members)
	slices.Sort(sorted)
	id := files.Hash([]byte(strings.Join(sorted, "\n")))[:8]
	slug := notes.Clip(notes.Slug(s.Label), 60)
	to := path.Join(synthesisFolder, strings.TrimRight(fmt.Sprintf("synthesis-%s-%s", id, slug), "-")+".md")
	if r.Has != nil && r.Has(to) {
		r.line("%s is there already.\n", plain(to))
		return
	}
	title, _ := json.Marshal(plain(s.Label)) // a text
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\ntype: synthesis\n---\n\n# %s\n\n%s\n\n## Notes\n\n", title, plain(s.Label), plain(s.Summary))
	for _, m := range members {
		fmt.Fprintf(&b, "- [[%s]]\n", strings.TrimSuffix(m, ".md"))
	}
	r.changes = append(r.changes, edit.FileChange{To: to, After: []byte(b.String())})
}
