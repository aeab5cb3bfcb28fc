package stdio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

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
	cl := c.removeCall(resp.ID)
	if cl == nil {
		return nil // the call was answered before; a second answer would confuse the client
	}
	defer c.answerWritten()
	data, err := c.encode(cl, resp)
	if err != nil {
		return err
	}
	if cl.batch != nil {
		return c.addToBatch(cl.batch, data)
	}
	if data == nil {
		return nil
	}
	return c.writeLine(data)
}

// removeCall takes the call that an answer belongs to out of the waiting ones; nil when it is not among them.
func (c *conn) removeCall(id jsonrpc.ID) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	cl := c.calls[id]
	if cl != nil {
		delete(c.calls, id) // before the answer goes out: the client may use the id again as soon as it sees it
		c.writing++
	}
	return cl
}

// answerWritten ends what removeCall began, and lets drain go on behind the last answer.
func (c *conn) answerWritten() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing--
	if c.drained != nil && c.awaitedAnswers() == 0 {
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
	resp.Error = withCode(resp.Error, c.revision != "")
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

// withCode gives an error without a JSON-RPC code one: the SDK sends code 0 for plain Go errors.
func withCode(err error, initialized bool) error {
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

// addToBatch adds the answer of one member and sends the batch when nothing more is awaited.
func (c *conn) addToBatch(b *batch, answer json.RawMessage) error {
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

func (c *conn) writeFault(f *fault) error { return c.writeLine(f.encode()) }

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

// awaitedAnswers counts the calls whose answer the client still wants and will get. c.mu is held.
func (c *conn) awaitedAnswers() int {
	n := c.writing
	for _, cl := range c.calls {
		if cl.awaited() {
			n++
		}
	}
	return n
}
