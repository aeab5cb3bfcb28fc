package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// MaxFile is the largest tokenizer.json that is read, in bytes. The largest in use, of
// multilingual models with 250,000 pieces, are 17 MB.
const MaxFile = 128 << 20

// ErrUnsupported reports a tokenizer.json with a part that this package does not know. LoadOther may read one all the same.
var ErrUnsupported = errors.New("not supported")

// Load reads a tokenizer.json. Besides what os.Open returns, the errors are Parse's.
func Load(path string) (*Tokenizer, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	t, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	return t, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxFile {
		return nil, fmt.Errorf("%s is %d bytes, at most %d are read", path, info.Size(), MaxFile)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = fmt.Errorf("%s is more than %d bytes", path, MaxFile)
	}
	return data, err
}

// document is the parts of a tokenizer.json that matter here, still unread.
type document struct {
	Added         []addedToken
	Normalizer    json.RawMessage
	PreTokenizer  json.RawMessage
	PostProcessor json.RawMessage
	Model         modelConfig
}

// Parse reads the bytes of a tokenizer.json. It returns ErrUnsupported for a part it does not
// know, else an error that says what is wrong and where. It keeps no reference to data.
func Parse(data []byte) (*Tokenizer, error) {
	doc, err := readDocument(data)
	if err != nil {
		return nil, err
	}
	m, err := doc.Model.build()
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return assembleTokenizer(doc, m)
}

// assembleTokenizer puts the parts around a model.
func assembleTokenizer(doc document, m model) (*Tokenizer, error) {
	t := &Tokenizer{model: m, unicode: theTables()}
	var err error
	if t.normalize, err = readNormalizers(doc.Normalizer, t.unicode); err != nil {
		return nil, err
	}
	if t.split, err = readPreTokenizers(doc.PreTokenizer, t.unicode); err != nil {
		return nil, err
	}
	if len(t.normalize)+len(t.split) > maxSteps {
		return nil, fmt.Errorf("%d normalizers and pre-tokenizers, at most %d are supported", len(t.normalize)+len(t.split), maxSteps)
	}
	t.origins = needOrigins(t.split)
	if t.template, err = readTemplate(doc.PostProcessor); err != nil {
		return nil, fmt.Errorf("post-processor: %w", err)
	}
	if err = t.addTokens(doc.Added); err != nil {
		return nil, fmt.Errorf("added tokens: %w", err)
	}
	return t, nil
}

func needOrigins(steps []preTokenizer) bool {
	return slices.ContainsFunc(steps, func(p preTokenizer) bool {
		m, ok := p.(metaspace)
		return ok && m.needsOrigin()
	})
}

func readDocument(data []byte) (document, error) {
	var doc document
	s := scanner{data: data}
	err := s.object(func(key string) error {
		switch key {
		case "added_tokens":
			return s.decode(&doc.Added)
		case "normalizer":
			return s.decode(&doc.Normalizer)
		case "pre_tokenizer":
			return s.decode(&doc.PreTokenizer)
		case "post_processor":
			return s.decode(&doc.PostProcessor)
		case "model":
			return doc.Model.read(&s)
		}
		return s.skip(0)
	})
	if err == nil && s.peek() != 0 {
		err = s.fail("data after the end")
	}
	return doc, err
}

// decode hands the next value to encoding/json.
func (s *scanner) decode(v any) error {
	raw, err := s.value()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%w before byte %d: %w", errJSON, s.pos, err)
	}
	return nil
}

// kindOf returns the "type" of a component, "" for null or an absent one.
func kindOf(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	var c struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", err
	}
	if c.Type == "" {
		return "", errors.New("component without a type")
	}
	return c.Type, nil
}
