package ember

import (
	"bytes"

	"amalfa/notes"
)

// Keys of front matter that squash writes, besides the tags.
const (
	KeyphrasesKey = "keyphrases"
	relatedKey    = "related"
	summaryKey    = "summary"
)

// Apply is a note with the changes of a sidecar in its front matter; every other byte stays. links are those to Changes.Links, as the note
// writes them. It returns notes.ErrShape for front matter that must be changed by hand.
func Apply(note []byte, c Changes, links []string) (after []byte, err error) {
	after = note
	if c.Tags != nil && len(c.Tags.Add) > 0 {
		tagged, err := notes.AddTags(after, c.Tags.Add)
		if err != nil {
			return nil, err
		}
		after = tagged.Text
	}
	if after, err = addLinks(after, links); err != nil {
		return nil, err
	}
	var fields []notes.Field
	if c.FrontMatter != nil && len(c.FrontMatter.Keyphrases) > 0 {
		fields = append(fields, notes.Field{Key: KeyphrasesKey, Values: c.FrontMatter.Keyphrases, List: true})
	}
	if s := cleanSentence(c.Summary); s != "" {
		fields = append(fields, notes.Field{Key: summaryKey, Values: []string{s}})
	}
	if len(fields) == 0 {
		return after, nil
	}
	after, _, err = notes.AddFields(after, fields)
	return bytes.Clone(after), err
}

// addLinks adds links where the note relates to others, in its front matter, or to the properties of its page.
func addLinks(note []byte, links []string) (after []byte, err error) {
	after = note
	if head, _ := notes.ReadHead(note); head.Format == notes.Properties && len(links) > 0 {
		after, _, err = notes.AddFields(note, []notes.Field{{Key: relatedKey, Values: links, List: true}})
		return after, err
	}
	for _, link := range links {
		if after, err = notes.AddRelation(after, relatedKey, link); err != nil {
			return nil, err
		}
	}
	return after, nil
}
