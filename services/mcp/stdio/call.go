package stdio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// Methods that the transport itself must know.
const (
	methodInitialize = "initialize"
	methodCancelled  = "notifications/cancelled"
	methodListen     = "subscriptions/listen"
)

// lastBatchRevision is the last protocol revision with JSON-RPC batches; revisions are dates and compare as text.
const lastBatchRevision = "2025-03-26"

// A call is a request of the client that waits for its answer.
type call struct {
	method    string
	cancelled bool
	batch     *batch // nil for a call of its own
}

// awaited reports whether the client wants an answer to the call, and one will come. The mutex of its conn is held.
func (cl *call) awaited() bool { return !cl.cancelled && cl.method != methodListen }

// A batch collects the answers to one array of messages; they go out together.
type batch struct {
	waiting int
	answers []json.RawMessage
}

// accept queues the messages of one line and answers what it refuses. Its error is a broken output.
func (c *conn) accept(f frame) error {
	if f.tooLong {
		return c.writeFault(invalid(idOfPrefix(f.line), "the line is longer than this server reads"))
	}
	if fault := checkText(f.line); fault != nil {
		return c.writeFault(fault)
	}
	if bytes.TrimSpace(f.line)[0] == '[' {
		return c.acceptBatch(f.line)
	}
	if fault := c.enqueue(f.line, nil); fault != nil {
		return c.writeFault(fault)
	}
	return nil
}

func (c *conn) acceptBatch(line []byte) error {
	var members []json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return fmt.Errorf("split batch: %w", err) // the line is valid JSON and starts with '[', so this cannot happen
	}
	if !c.batches() {
		return c.writeFault(invalid(nil, "batches exist only after initialize with revision "+lastBatchRevision+" or older"))
	}
	if len(members) == 0 || len(members) > c.maxCalls {
		return c.writeFault(invalid(nil, fmt.Sprintf("a batch has 1 to %d messages", c.maxCalls)))
	}
	// The batch holds one answer back until every member was looked at.
	b := &batch{waiting: 1}
	for _, raw := range members {
		if fault := c.enqueue(raw, b); fault != nil {
			c.mu.Lock()
			b.answers = append(b.answers, fault.encode())
			c.mu.Unlock()
		}
	}
	return c.addToBatch(b, nil)
}

// enqueue decodes and queues one message, and registers it if it is a call.
func (c *conn) enqueue(raw json.RawMessage, b *batch) *fault {
	msg, fault := decode(raw)
	if fault != nil {
		return fault
	}
	if req, ok := msg.(*jsonrpc.Request); ok {
		if req.Method == methodInitialize && b != nil {
			return invalid(rawID(req.ID), "initialize must not be part of a batch")
		}
		if fault := c.register(req, b); fault != nil {
			return fault
		}
	}
	c.queue = append(c.queue, msg)
	return nil
}

func (c *conn) register(req *jsonrpc.Request, b *batch) *fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if req.Method == methodCancelled {
		c.markCancelled(req.Params)
	}
	if !req.IsCall() {
		return nil
	}
	if _, used := c.calls[req.ID]; used {
		// With the id in it, the client would take this for the answer to its first call.
		return invalid(nil, fmt.Sprintf("id %s is already in use", rawID(req.ID)))
	}
	if len(c.calls) >= c.maxCalls {
		return &fault{id: rawID(req.ID), code: codeBusy, text: fmt.Sprintf("%d calls are waiting for their answer; send this one again later", c.maxCalls)}
	}
	c.calls[req.ID] = &call{method: req.Method, batch: b}
	if b != nil {
		b.waiting++
	}
	return nil
}

// markCancelled notes that the client gave a call up: the protocol wants no answer to it.
func (c *conn) markCancelled(params json.RawMessage) {
	var p struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	id, ok := makeID(p.RequestID)
	if cl := c.calls[id]; ok && cl != nil && cl.method != methodListen {
		cl.cancelled = true
	}
}

func (c *conn) batches() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revision != "" && c.revision <= lastBatchRevision
}

// maxPrefix is how much of a line that is too long is kept, to find the id of the call in it.
const maxPrefix = 4 << 10

// A frame is one line without its ending, or the start of a line that was too long, or the error that ended the input.
type frame struct {
	line    []byte
	tooLong bool
	err     error // io.EOF or what the reader returned; line is empty then
}

// A lineReader reads lines. It holds at most max bytes of one.
type lineReader struct {
	r   *bufio.Reader
	max int
	err error // what ended the input, once it has
}

func newLineReader(r io.Reader, max int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: max}
}

// next returns the next line that is not blank. A last line without a newline counts.
func (l *lineReader) next() frame {
	for l.err == nil {
		f := l.readLine()
		if len(bytes.TrimSpace(f.line)) > 0 {
			return f
		}
	}
	return frame{err: l.err}
}

// readLine reads up to the next newline or the end of the input; l.err is set then.
func (l *lineReader) readLine() (f frame) {
	for {
		part, err := l.r.ReadSlice('\n')
		f.add(bytes.TrimSuffix(part, []byte{'\n'}), l.max)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		l.err = err
		return f
	}
}

// add appends a part of the line, or drops it once the line is longer than max.
func (f *frame) add(part []byte, max int) {
	if !f.tooLong && len(f.line)+len(part) > max {
		f.tooLong = true
		f.line = append(f.line, part...)
		f.line = bytes.Clone(f.line[:min(maxPrefix, len(f.line))])
	}
	if !f.tooLong {
		f.line = append(f.line, part...)
	}
}
