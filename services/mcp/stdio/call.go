package stdio

import (
	"bytes"
	"context"
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

// A batch collects the answers to one array of messages; they go out together.
type batch struct {
	waiting int
	answers []json.RawMessage
}

// accept queues the messages of one line and answers what it refuses. Its error is a broken output.
func (c *conn) accept(f frame) error {
	if f.tooLong {
		return c.refuse(invalid(idOfPrefix(f.line), "the line is longer than this server reads"))
	}
	if fault := checkText(f.line); fault != nil {
		return c.refuse(fault)
	}
	if bytes.TrimSpace(f.line)[0] == '[' {
		return c.acceptBatch(f.line)
	}
	if fault := c.admit(f.line, nil); fault != nil {
		return c.refuse(fault)
	}
	return nil
}

func (c *conn) acceptBatch(line []byte) error {
	var members []json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return fmt.Errorf("split batch: %w", err) // the line is valid JSON and starts with '[', so this cannot happen
	}
	if !c.batches() {
		return c.refuse(invalid(nil, "batches exist only after initialize with revision "+lastBatchRevision+" or older"))
	}
	if len(members) == 0 || len(members) > c.maxCalls {
		return c.refuse(invalid(nil, fmt.Sprintf("a batch has 1 to %d messages", c.maxCalls)))
	}
	// The batch holds one answer back until every member was looked at.
	b := &batch{waiting: 1}
	for _, raw := range members {
		if fault := c.admit(raw, b); fault != nil {
			c.mu.Lock()
			b.answers = append(b.answers, fault.encode())
			c.mu.Unlock()
		}
	}
	return c.settle(b, nil)
}

// admit decodes and queues one message, and registers it if it is a call.
func (c *conn) admit(raw json.RawMessage, b *batch) *fault {
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

// answerable counts the calls whose answer the client still wants and will get. c.mu is held.
func (c *conn) answerable() int {
	n := c.writing
	for _, cl := range c.calls {
		if !cl.cancelled && cl.method != methodListen {
			n++
		}
	}
	return n
}

// Write implements mcp.Connection. It is safe for concurrent use; lines never mix.
func (c *conn) Write(_ context.Context, msg jsonrpc.Message) error {
	resp, ok := msg.(*jsonrpc.Response)
	if !ok {
		data, err := jsonrpc.EncodeMessage(msg)
		if err != nil {
			return fmt.Errorf("encode message: %w", err)
		}
		return c.writeLine(data)
	}
	cl := c.take(resp.ID)
	if cl == nil {
		return nil // the call was answered before; a second answer would confuse the client
	}
	defer c.answered()
	data, err := c.encode(cl, resp)
	if err != nil {
		return err
	}
	if cl.batch != nil {
		return c.settle(cl.batch, data)
	}
	if data == nil {
		return nil
	}
	return c.writeLine(data)
}

func (c *conn) take(id jsonrpc.ID) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	cl := c.calls[id]
	if cl != nil {
		delete(c.calls, id) // before the answer goes out: the client may use the id again as soon as it sees it
		c.writing++
	}
	return cl
}

func (c *conn) answered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing--
	if c.drained != nil && c.answerable() == 0 {
		close(c.drained)
		c.drained = nil
	}
}

// encode returns nil for a call that was cancelled.
func (c *conn) encode(cl *call, resp *jsonrpc.Response) (json.RawMessage, error) {
	c.mu.Lock()
	cancelled := cl.cancelled
	if cl.method == methodInitialize && resp.Error == nil {
		var result struct {
			ProtocolVersion string `json:"protocolVersion"`
		}
		if json.Unmarshal(resp.Result, &result) == nil {
			c.revision = result.ProtocolVersion
		}
	}
	resp.Error = coded(resp.Error, c.revision != "")
	c.mu.Unlock()
	if cancelled {
		return nil, nil
	}
	data, err := jsonrpc.EncodeMessage(resp)
	if err != nil {
		return nil, fmt.Errorf("encode answer to %s: %w", cl.method, err)
	}
	return data, nil
}

// coded gives an error without a JSON-RPC code one: the SDK sends code 0 for plain Go errors.
func coded(err error, initialized bool) error {
	if err == nil {
		return nil
	}
	var wire *jsonrpc.Error
	if errors.As(err, &wire) && wire.Code != 0 {
		return err
	}
	code := int64(jsonrpc.CodeInternalError)
	if !initialized {
		code = jsonrpc.CodeInvalidRequest // a method before initialize
	}
	return &jsonrpc.Error{Code: code, Message: err.Error()}
}

// settle adds the answer of one member and sends the batch when nothing more is awaited.
func (c *conn) settle(b *batch, answer json.RawMessage) error {
	c.mu.Lock()
	if answer != nil {
		b.answers = append(b.answers, answer)
	}
	b.waiting--
	ready := b.waiting == 0 && len(b.answers) > 0
	c.mu.Unlock()
	if !ready {
		return nil
	}
	data, err := json.Marshal(b.answers)
	if err != nil {
		return fmt.Errorf("encode batch: %w", err)
	}
	return c.writeLine(data)
}

func (c *conn) refuse(f *fault) error { return c.writeLine(f.encode()) }

func (c *conn) writeLine(data []byte) error {
	select {
	case <-c.closed:
		return io.ErrClosedPipe
	default:
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if _, err := c.out.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write line: %w", err)
	}
	return nil
}

func rawID(id jsonrpc.ID) json.RawMessage {
	data, err := json.Marshal(id.Raw())
	if err != nil {
		panic(fmt.Sprintf("stdio: encode an id: %v", err)) // ids are strings and integers
	}
	return data
}
