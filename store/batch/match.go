package batch

import (
	"slices"
	"strings"

	"amalfa/store"
)

// Content is what makes two chunks one and the same, wherever they stand.
type Content struct{ Hash, Heading, Text, Plain, Hidden string }

// ContentOf is that of a chunk.
func ContentOf(c store.Chunk) Content {
	return Content{c.Hash, strings.Join(c.Heading, "\x00"), c.Text, c.Plain, c.Hidden}
}

// Match pairs a note's old chunks with new ones of the same content, both by position, and returns the positions of the new ones left.
// None is paired where the note's names changed: its words are others then, and words belong to a chunk's id for good.
func Match(old []Content, chunks []store.Chunk, sameNames bool) (kept map[int]int, added []int) {
	free := map[Content][]int{}
	for i, c := range old {
		if sameNames {
			free[c] = append(free[c], i)
		}
	}
	kept = map[int]int{}
	for i, c := range chunks {
		content := ContentOf(c)
		if same := free[content]; len(same) > 0 {
			kept[same[0]] = i
			free[content] = same[1:]
		} else {
			added = append(added, i)
		}
	}
	return kept, added
}

// RenameReach is how many events back an added file may be for a removed one of the same content to have become it.
const RenameReach = 2000

// PairRenames makes one event of each file that was renamed: of one that went and one of the same content that came. again looks for
// the content of one that went among what came shortly before, and makes the event a renaming.
func PairRenames(events []store.Event, again func(*store.Event) error) ([]store.Event, error) {
	added := map[string][]int{} // by content, first one first
	for i, e := range events {
		if e.Event == store.Added {
			added[e.NewHash] = append(added[e.NewHash], i)
		}
	}
	for i := range events {
		removed := &events[i]
		if removed.Event != store.Removed {
			continue
		}
		same := added[removed.OldHash]
		if len(same) == 0 {
			if err := again(removed); err != nil {
				return nil, err
			}
			continue
		}
		added[removed.OldHash] = same[1:]
		to := &events[same[0]]
		to.Event, to.OldPath, to.OldHash = store.Renamed, removed.Path, removed.OldHash
		removed.Event = ""
	}
	return slices.DeleteFunc(events, func(e store.Event) bool { return e.Event == "" }), nil
}
