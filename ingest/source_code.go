package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/ingest/code"
	"amalfa/notes"
)

// Bounds on what a source file may cost. People write files of a tenth of this; what is larger was generated.
const (
	maxCodeBytes   = 1 << 20
	codeTime       = 2 * time.Second // for any file, and
	codeTimePerMiB = 10 * time.Second
)

func isCode(id string) bool {
	_, ok := code.Language(id)
	return ok
}

// parseCode makes a section of each documented symbol, below its module. What a file with errors still says is kept.
func (p *preparer) parseCode(id string, src []byte) (d document, reason string, err error) {
	if len(src) > maxCodeBytes {
		return d, "", tooLarge(int64(len(src)), maxCodeBytes)
	}
	limit := codeTime + codeTimePerMiB*time.Duration(len(src))/(1<<20)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	from := notes.BOMLength(src)
	file, err := code.Parse(ctx, id, bytes.ReplaceAll(src[from:], []byte{notes.Substitute}, []byte("?")))
	switch {
	case errors.Is(err, code.ErrSlow):
		return d, "", notText(err.Error())
	case len(file.Symbols) == 0 && err != nil:
		return d, "", notText("no documentation could be read: " + notes.Clip(oneLine([]byte(err.Error())), maxSentence))
	case len(file.Symbols) == 0:
		return d, "", notText("no documentation in it")
	case err != nil:
		reason = fmt.Sprintf("only what could be read: %s", notes.Clip(oneLine([]byte(err.Error())), maxSentence))
	}
	d.blocks = symbolBlocks(file, from)
	d.prose = func(text []byte) string { return code.Prose(notes.Readable(text)) }
	return d, reason, nil
}

// symbolBlocks gives each symbol a heading without text, so that its path is module, symbol.
func symbolBlocks(file code.File, from int) []block {
	var blocks []block
	for i, s := range file.Symbols {
		start, end := from+s.Start, from+s.End
		if i == 0 || s.Name == "" {
			blocks = append(blocks, block{kind: heading, level: 1, heading: notes.Clip(file.Module, notes.MaxTitle), start: start, end: start})
		}
		if s.Name != "" {
			blocks = append(blocks, block{kind: heading, level: 2, heading: notes.Clip(s.Name, notes.MaxTitle), start: start, end: start})
		}
		blocks = append(blocks, block{kind: prose, start: start, end: end})
	}
	return blocks
}
