package stdio

import (
	"context"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// drain waits until the calls that were read are answered, so that `printf … | amalfa serve` gets its answers: the SDK
// drops every answer that is ready after Read reported the end. A call that takes longer than that is answered with an error.
func (c *conn) drain() {
	drained := c.lastAnswer()
	if c.within(c.grace, drained) {
		return
	}
	go c.answerLate() // beside this: nobody may read the output any more
	c.within(LateGrace, drained)
}

// lastAnswer is closed when no call waits for its answer.
func (c *conn) lastAnswer() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	drained := make(chan struct{})
	if c.awaitedAnswers() == 0 {
		close(drained)
	} else {
		c.drained = drained
	}
	return drained
}

// within reports whether the last answer, or the end of the connection, came in time.
func (c *conn) within(d time.Duration, drained <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-drained:
	case <-c.closed:
	case <-timer.C:
		return false
	}
	return true
}

var errInputEnded = &jsonrpc.Error{
	Code:    jsonrpc.CodeInternalError,
	Message: "the input ended before this was done; keep it open until the answer has come",
}

// answerLate answers the calls that nothing has answered.
func (c *conn) answerLate() {
	for _, id := range c.waiting() {
		if err := c.Write(context.Background(), &jsonrpc.Response{ID: id, Error: errInputEnded}); err != nil {
			return // there is nobody to tell
		}
	}
}

func (c *conn) waiting() (ids []jsonrpc.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, cl := range c.calls {
		if cl.awaited() {
			ids = append(ids, id)
		}
	}
	return ids
}
