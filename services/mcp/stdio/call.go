package stdio

import (
	"bytes"
	"encoding/json"
	"fmt"

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
