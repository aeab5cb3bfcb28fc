package ember

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"amalfa/notes"
	"amalfa/notes/files"
)

// Suffix is what the name of a note's sidecar ends in.
const Suffix = ".ember.json"

// Version is that of the format of sidecars. 1: the first with a version.
const Version = 1

// maxSidecar bounds a sidecar, in bytes; ours have a few thousand.
const maxSidecar = 256 << 10

// ErrSidecar reports a file that is no sidecar.
var ErrSidecar = errors.New("not a sidecar")

// A Sidecar is what is proposed for one note.
type Sidecar struct {
	Version     int          `json:"version"`
	TargetFile  string       `json:"targetFile"`
	NoteHash    string       `json:"noteHash"` // SHA-256 of the note that was looked at, hex
	GeneratedAt time.Time    `json:"generatedAt"`
	Model       string       `json:"model,omitempty"` // the language model that had a part in it
	Confidence  float64      `json:"confidence"`      // mean of those of the changes
	Changes     Changes      `json:"changes"`
	Suggestions []Suggestion `json:"suggestions"` // all that was weighed, those below the least confidence too
	Signature   string       `json:"signature"`
}

// Changes are what squash writes into the front matter.
type Changes struct {
	Tags        *Added       `json:"tags,omitempty"`
	Links       *Added       `json:"links,omitempty"` // ids of notes
	FrontMatter *FrontMatter `json:"frontmatter,omitempty"`
	Summary     string       `json:"summary,omitempty"`
}

// Added are what a list gets.
type Added struct {
	Add []string `json:"add"`
}

// FrontMatter are other keys. Keyphrases are words that search finds the note by; they are no tags.
type FrontMatter struct {
	Keyphrases []string `json:"keyphrases,omitempty"`
}

// Kinds of suggestions.
const (
	KindTag       = "tag"
	KindLink      = "link"
	KindKeyphrase = "keyphrase"
	KindSummary   = "summary"
)

// A Suggestion is one thing that the note may lack.
type Suggestion struct {
	Kind       string   `json:"kind"`
	Value      string   `json:"value"`
	Confidence float64  `json:"confidence"` // chance that a person would say the same, 0 to 1
	Reasons    []string `json:"reasons,omitempty"`
}

// Empty tells whether nothing is to be changed.
func (c Changes) Empty() bool {
	return c.Tags == nil && c.Links == nil && c.FrontMatter == nil && c.Summary == ""
}

// changesOf are the suggestions that are sure enough, in their order, with the mean of their confidences.
func changesOf(all []Suggestion, least float64) (c Changes, mean float64) {
	n := 0
	for _, s := range all {
		if s.Confidence < least {
			continue
		}
		n++
		mean += s.Confidence
		switch s.Kind {
		case KindTag:
			c.Tags = c.Tags.with(s.Value)
		case KindLink:
			c.Links = c.Links.with(s.Value)
		case KindKeyphrase:
			if c.FrontMatter == nil {
				c.FrontMatter = &FrontMatter{}
			}
			c.FrontMatter.Keyphrases = append(c.FrontMatter.Keyphrases, s.Value)
		case KindSummary:
			c.Summary = s.Value
		}
	}
	return c, round(mean / float64(max(n, 1)))
}

func (a *Added) with(value string) *Added {
	if a == nil {
		a = &Added{}
	}
	a.Add = append(a.Add, value)
	return a
}

func round(p float64) float64 { return math.Round(p*1000) / 1000 }

// Encode writes a sidecar, signed with the first of the user's keys.
func (s Sidecar) Encode(keys [][]byte) ([]byte, error) {
	body, err := s.body()
	if err != nil {
		return nil, err
	}
	s.Signature = files.Sign(signedKind, body, keys[0])
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(s)
	return b.Bytes(), err
}

// signedKind keeps the code of a sidecar apart from that of anything else that the user's key signs.
const signedKind = "ember"

// body is what is signed.
func (s Sidecar) body() ([]byte, error) {
	s.Signature = ""
	return json.Marshal(s)
}

// Own tells whether a scan of this user wrote the sidecar as it is.
func (s Sidecar) Own(keys [][]byte) bool {
	body, err := s.body()
	return err == nil && files.IsSigned(signedKind, body, s.Signature, keys)
}

// Decode reads a sidecar that stands beside the note target. It returns ErrSidecar, with why, for anything else than a sound one.
func Decode(data []byte, target string) (s Sidecar, err error) {
	wrong := func(why string) (Sidecar, error) { return Sidecar{}, fmt.Errorf("%w: %s", ErrSidecar, why) }
	if len(data) > maxSidecar {
		return wrong("too large")
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return wrong("not JSON of this form")
	}
	switch {
	case s.Version != Version:
		return wrong(fmt.Sprintf("its version is %d, not %d", s.Version, Version))
	case s.TargetFile != target:
		return wrong("it is another note's")
	case len(s.NoteHash) != 2*sha256.Size:
		return wrong("it does not say of what text it was made")
	case !(s.Confidence >= 0 && s.Confidence <= 1):
		return wrong("its confidence is not within 0 and 1")
	}
	return s, s.Changes.check()
}

// maxAdded bounds what a sidecar may add of one kind, whoever wrote it.
const maxAdded = 50

func (c Changes) check() error {
	lists := [][]string{}
	if c.Tags != nil {
		lists = append(lists, c.Tags.Add)
		for _, tag := range c.Tags.Add {
			if _, ok := notes.Tag(tag); !ok {
				return fmt.Errorf("%w: %.100q is no tag", ErrSidecar, tag)
			}
		}
	}
	if c.Links != nil {
		lists = append(lists, c.Links.Add)
	}
	if c.FrontMatter != nil {
		lists = append(lists, c.FrontMatter.Keyphrases)
	}
	for _, list := range append(lists, []string{c.Summary}) {
		if len(list) > maxAdded {
			return fmt.Errorf("%w: it adds %d of one kind, at most %d", ErrSidecar, len(list), maxAdded)
		}
		for _, s := range list {
			if len(s) > 1000 {
				return fmt.Errorf("%w: a value has %d bytes", ErrSidecar, len(s))
			}
		}
	}
	return nil
}
