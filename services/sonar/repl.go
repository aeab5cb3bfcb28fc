package sonar

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"amalfa/tasks/prompts"
)

var (
	// ErrInterrupted reports that the user left a conversation by Ctrl-C at its prompt.
	ErrInterrupted = errors.New("interrupted")
	// ErrUnanswered reports that questions of a conversation got no answer.
	ErrUnanswered = errors.New("questions without an answer")
)

// ChatOptions tune a conversation in the terminal.
type ChatOptions struct {
	Model     string           // "" is the service's usual one
	SessionID string           // "" begins a session of its own
	Interrupt <-chan os.Signal // Ctrl-C: ends the running answer, or at the prompt the conversation
	Terminal  bool             // out is a terminal: show the prompt and that the model is thinking
	JSON      bool             // write each Answer as a line of JSON instead of as text
	Failed    func(error)      // is told of a question that could not be answered; the conversation goes on
}

// Chat holds a conversation: it says how sonar stands, reads questions from in, a line each, and writes the answers to out as
// they come, with the passages they rest on. It returns nil at the end of in or at the line "exit" or "quit",
// ErrInterrupted for Ctrl-C at the prompt, and ctx's error when ctx ends. Where there is no model to ask it returns that error
// before anything is read, and ErrUnanswered at the end when a question got no answer: on a terminal, where the person has
// seen it, only when all of them got none. Control characters of answers are not written, so that a note cannot steer the
// terminal.
//
// A read of in cannot be taken back: when Chat returns for another reason than the end of in, one read may still be
// waiting, and it ends with the next line of in or with its closing.
func Chat(ctx context.Context, in io.Reader, out io.Writer, c *Client, o ChatOptions) error {
	talk := &conversation{client: c, out: out, o: o}
	if err := talk.greet(ctx); err != nil {
		return err
	}
	lines, stop := readLines(in)
	defer stop()
	for {
		talk.prompt()
		select {
		case line := <-lines:
			if line.err == io.EOF || line.err == nil && isExit(line.text) {
				return talk.result()
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
	client           *Client
	out              io.Writer
	o                ChatOptions
	answered, failed int // questions
}

func (c *conversation) result() error {
	if c.failed == 0 || c.o.Terminal && c.answered > 0 {
		return nil
	}
	return fmt.Errorf("%w: %d of %d", ErrUnanswered, c.failed, c.failed+c.answered)
}

// greet returns why nobody can be asked.
func (c *conversation) greet(ctx context.Context) error {
	st, err := c.client.Standing(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil {
		err = st.Err()
	}
	if err != nil || !c.o.Terminal {
		return err
	}
	where := "on this machine"
	if st.Remote {
		where = "another machine: questions and the passages found for them are sent there"
	}
	memory := fmt.Sprintf("Answers rest on %d notes.", st.Notes)
	if st.NoNotes != "" {
		memory = "Answers come without notes: " + st.NoNotes + "."
	}
	model := cmp.Or(c.o.Model, st.Model)
	fmt.Fprintf(c.out, "%s by %s at %s, %s.\n%s Leave with exit.\n", prompts.Visible(model), prompts.Visible(st.Provider), prompts.Visible(st.Host), where, prompts.Visible(memory))
	return nil
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
		onDelta := show.write
		if c.o.JSON {
			onDelta = nil
		}
		a, err := c.client.Chat(actx, Question{SessionID: c.o.SessionID, Message: question, Model: c.o.Model}, onDelta)
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
		c.failed++
		c.o.Failed(err)
	default:
		c.answered++
		c.o.SessionID = a.SessionID
		return c.printAnswer(a)
	}
	return nil
}
