package edit

import (
	"errors"
	"slices"
)

// A Pair is a link that is wanted between two notes, from the first where that can be.
type Pair struct{ From, To string }

// AddLinks plans all links at once, each as AddLink does, one after the other where several begin at a note; a link that cannot stand in its
// From stands in its To. left are those for which neither can hold one.
func (ws *Workspace) AddLinks(links []Pair) (changes []FileChange, left []Pair, err error) {
	now := map[string]FileChange{}
	var order []string
	later := *ws
	later.Read = func(id string) ([]byte, error) {
		if c, ok := now[id]; ok {
			return c.After, nil
		}
		return ws.Read(id)
	}
	for _, link := range links {
		l, err := later.AddLink(link.From, link.To, "")
		if errors.Is(err, ErrNoPlace) {
			l, err = later.AddLink(link.To, link.From, "")
		}
		switch id := l.Change.From; {
		case errors.Is(err, ErrNoPlace):
			left = append(left, link)
		case err != nil:
			return nil, nil, err
		case l.Text != "":
			if c, ok := now[id]; ok {
				l.Change.Before = c.Before
			} else {
				order = append(order, id)
			}
			now[id] = l.Change
		}
	}
	for _, id := range slices.Compact(order) {
		changes = append(changes, now[id])
	}
	return changes, left, nil
}
