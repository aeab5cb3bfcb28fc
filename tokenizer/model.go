package tokenizer

import (
	"errors"
	"fmt"
)

// modelConfig is tokenizer.json's model. Files without a "type" exist; what they are shows in the shape of the vocabulary.
type modelConfig struct {
	kind     string
	unknown  *string
	prefix   *string
	maxChars int
	unkID    int32 // -1 when absent
	bytes    bool  // byte_fallback
	vocab    []entry
	scores   []float64
	listed   bool // the vocabulary is a list with scores
	words    bool // a setting that only WordPiece has was seen

	pairs        bool // merges were seen
	merges       []mergeConfig
	suffix       string // end_of_word_suffix
	dropout      float64
	fuse         bool // fuse_unk
	ignoreMerges bool
}

func (c *modelConfig) read(s *scanner) error {
	c.maxChars, c.unkID = 100, -1
	return s.object(func(key string) error {
		switch key {
		case "type":
			return s.decode(&c.kind)
		case "unk_token":
			return s.decode(&c.unknown)
		case "continuing_subword_prefix":
			return s.decode(&c.prefix)
		case "max_input_chars_per_word":
			c.words = true
			return s.decode(&c.maxChars)
		case "end_of_word_suffix":
			return s.decode(&c.suffix)
		case "dropout":
			return s.decode(&c.dropout)
		case "fuse_unk":
			return s.decode(&c.fuse)
		case "ignore_merges":
			return s.decode(&c.ignoreMerges)
		case "merges":
			var err error
			c.pairs = true
			c.merges, err = readMerges(s)
			return err
		case "byte_fallback":
			return s.decode(&c.bytes)
		case "unk_id":
			return c.readUnkID(s)
		case "vocab":
			return c.readVocab(s)
		}
		return s.skip(0)
	})
}

func (c *modelConfig) readUnkID(s *scanner) error {
	if s.peek() == 'n' {
		return s.word("null")
	}
	var err error
	c.unkID, err = s.id()
	return err
}

// bytesPerEntry is what a vocabulary entry takes up in a file, at least for most; it only sizes the first allocation.
const bytesPerEntry = 40

func (c *modelConfig) readVocab(s *scanner) error {
	c.vocab, c.scores = make([]entry, 0, len(s.data)/bytesPerEntry), nil
	if s.peek() == '[' {
		c.listed = true
		c.scores = make([]float64, 0, cap(c.vocab))
		return s.array(func() error { return c.readScored(s) })
	}
	return s.object(func(key string) error {
		id, err := s.id()
		c.vocab = append(c.vocab, entry{key, id})
		return err
	})
}

// readScored reads ["piece", -1.5]; the place in the list is the id.
func (c *modelConfig) readScored(s *scanner) error {
	i := 0
	return s.array(func() error {
		i++
		switch i {
		case 1:
			key, err := s.str()
			c.vocab = append(c.vocab, entry{key, int32(len(c.vocab))})
			return err
		case 2:
			score, err := s.score()
			c.scores = append(c.scores, score)
			return err
		}
		return s.fail("want a piece and its score")
	})
}

// shape returns the type, or what the settings show it to be.
func (c *modelConfig) shape() string {
	switch {
	case c.kind != "":
		return c.kind
	case c.pairs:
		return "BPE"
	case c.listed:
		return "Unigram"
	case c.words:
		return "WordPiece"
	}
	return ""
}

func (c *modelConfig) build() (model, error) {
	kind := c.shape()
	switch {
	case len(c.vocab) == 0 && (kind == "WordPiece" || kind == "Unigram" || kind == "BPE"):
		return nil, errors.New("no vocabulary")
	case kind == "BPE" && !c.listed:
		return newBPE(c)
	case kind == "WordPiece" && !c.listed:
		return newWordPiece(c)
	case kind == "Unigram" && c.listed:
		return newUnigram(c)
	}
	return nil, fmt.Errorf("%w: model type %q", ErrUnsupported, c.kind)
}
