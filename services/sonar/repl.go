package sonar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"amalfa/lifecycle"
)

// ErrInterrupted reports that the user left a conversation by Ctrl-C at its prompt.
var ErrInterrupted = errors.New("interrupted")

// ChatOptions tune a conversation in the terminal.
type ChatOptions struct {
	Model     string           // "" is the service's usual one
	SessionID string           // "" begins a session of its own
	Interrupt <-chan os.Signal // Ctrl-C: ends the running answer, or at the prompt the conversation
	Terminal  bool             // out is a terminal: show the prompt and that the model is thinking
}

// Chat holds a conversation: it reads questions from in, a line each, and writes the answers to out as they come,
// with the passages they rest on. It returns nil at the end of in or at the line "exit" or "quit", ErrInterrupted for
// Ctrl-C at the prompt, and ctx's error when ctx ends; a question that could not be answered is said on out and the
// conversation goes on. Control characters of answers are not written, so that a note cannot steer the terminal.
//
// A read of in cannot be taken back: when Chat returns for another reason than the end of in, one read may still be
// waiting, and it ends with the next line of in or with its closing.
func Chat(ctx context.Context, in io.Reader, out io.Writer, c *Client, o ChatOptions) error {
	talk := &conversation{client: c, out: out, o: o}
	lines, stop := readLines(in)
	defer stop()
	talk.greet(ctx)
	for {
		talk.prompt()
		select {
		case line := <-lines:
			if line.err == io.EOF || line.err == nil && isExit(line.text) {
				return nil
			}
			if line.err != nil {
				return fmt.Errorf("read question: %w", line.err)
			}
			if err := talk.ask(ctx, strings.TrimSpace(line.text)); err != nil {
				return err
			}
		case <-o.Interrupt:
			fmt.Fprintln(out)
			return ErrInterrupted
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func isExit(line string) bool {
	word := strings.ToLower(strings.TrimSpace(line))
	return word == "exit" || word == "quit"
}

// A conversation is one run of Chat.
type conversation struct {
	client *Client
	out    io.Writer
	o      ChatOptions
}

func (c *conversation) greet(ctx context.Context) {
	if !c.o.Terminal {
		return
	}
	switch h, err := c.client.Health(ctx); {
	case err != nil:
		c.printError(err)
	case h.State != string(lifecycle.Ready):
		fmt.Fprintf(c.out, "sonar is %s: %s\n", visible(h.State), visible(h.Reason))
	default:
		where := "on this machine"
		if h.Remote {
			where = "on another machine: questions and the passages found for them are sent there"
		}
		fmt.Fprintf(c.out, "%s by %s, %s. Leave with exit.\n", visible(h.Model), visible(h.Provider), where)
	}
}

func (c *conversation) prompt() {
	if c.o.Terminal {
		fmt.Fprint(c.out, "\nYou > ")
	}
}

// ask has one question answered. Its error ends the conversation.
func (c *conversation) ask(ctx context.Context, question string) error {
	if question == "" {
		return nil
	}
	actx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		answer Answer
		err    error
	}
	done := make(chan result, 1)
	show := &answerPrinter{out: c.out, terminal: c.o.Terminal}
	show.showThinking()
	go func() {
		a, err := c.client.Chat(actx, Question{SessionID: c.o.SessionID, Message: question, Model: c.o.Model}, show.write)
		done <- result{a, err}
	}()
	interrupt, interrupted := c.o.Interrupt, false
	for {
		select {
		case <-interrupt:
			interrupt, interrupted = nil, true
			cancel()
		case r := <-done:
			show.end()
			return c.showResult(ctx, r.answer, r.err, interrupted)
		}
	}
}

func (c *conversation) showResult(ctx context.Context, a Answer, err error, interrupted bool) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case interrupted && err != nil:
		fmt.Fprintln(c.out, "(stopped)")
	case err != nil:
		c.printError(err)
	default:
		c.o.SessionID = a.SessionID
		c.printSources(a)
	}
	return nil
}
