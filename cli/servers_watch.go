package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
)

// The terminal's words for a picture that is drawn over the one before: to the top left, clear the rest of a line, and of the screen.
const (
	cursorHome = "\x1b[H"
	clearLine  = "\x1b[K"
	clearBelow = "\x1b[J"
)

// shortestInterval is how often looking at all services costs little: a look takes some 20 ms.
const shortestInterval = 200 * time.Millisecond

// watchServers shows the services again and again until it is interrupted, which is no failure: over each other on a terminal, else one
// below the other, with --json a line of JSON for each look.
func (s *session) watchServers(ctx context.Context, every time.Duration) error {
	if every < shortestInterval {
		return usageError("--interval takes "+shortestInterval.String()+" or more, not "+every.String(), "leave it out for 2s")
	}
	for {
		rows, err := s.rows(ctx)
		if err == nil {
			err = s.drawRows(rows)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

func (s *session) drawRows(rows []serverRow) error {
	if s.json {
		return json.NewEncoder(s.out).Encode(rows)
	}
	var picture bytes.Buffer
	p := *s.program
	p.out = &picture
	f, ok := s.out.(*os.File)
	if ok {
		p.columns = columnsOf(f, s.env.Getenv) // the window may have another size than before
	}
	p.printRows(rows)
	text := picture.String()
	if ok && s.progress && isatty.IsTerminal(f.Fd()) {
		text = cursorHome + strings.ReplaceAll(text, "\n", clearLine+"\n") + clearBelow
	} else {
		text += "\n"
	}
	_, err := io.WriteString(s.out, text)
	return err
}
