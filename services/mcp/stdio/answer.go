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
