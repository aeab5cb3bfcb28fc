// Package stdio carries Model Context Protocol messages over a pair of streams, one JSON-RPC message a line.
//
// It stands in front of the go-sdk because the SDK's own transport decodes one endless JSON stream: a single bad line ends
// the process, and a truncated one swallows everything that follows. Here a line is the unit. A line that cannot be used is
// answered with a JSON-RPC error and forgotten, and the next line is read as if nothing had happened.
//
// Words: a line is what stands between two newlines; a call is a request that has an id and is not answered yet; a fault is
// the reason why a line, or one member of a batch, is refused.
package stdio

import (
	"cmp"
	"context"
	"io"
	"os"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Limits of a Transport whose fields are zero.
const (
	// DefaultMaxLine is the longest accepted line in bytes, its newline not counted.
	DefaultMaxLine = 4 << 20
	// DefaultMaxCalls is how many calls may wait for their answer at once, and how many members a batch may have.
	DefaultMaxCalls = 128
	// DefaultGrace is how long calls that already arrived may still be answered after the input ended.
	DefaultGrace = 400 * time.Millisecond
	// LateGrace is how long the errors may take to be written that answer the calls which were not done by then.
	LateGrace = 50 * time.Millisecond
	// maxDepth is how deep arrays and objects of a message may nest. Real messages stay below ten.
	maxDepth = 128
)

// A Transport connects one MCP server to a client over In and Out. Nothing but protocol lines is written to Out, each by one
// Write call. It may be connected once.
type Transport struct {
	In       io.Reader     // closed together with the connection if it is an io.Closer
	Out      io.Writer     // never closed
	MaxLine  int           // bytes; 0 means DefaultMaxLine
	MaxCalls int           // 0 means DefaultMaxCalls
	Grace    time.Duration // 0 means DefaultGrace

	ended chan struct{}
	conn  *conn
}

// New returns a Transport with the default limits.
func New(in io.Reader, out io.Writer) *Transport {
	return &Transport{In: in, Out: out, ended: make(chan struct{})}
}

// Ended is closed when the server has been told that there is nothing more to read: the input ended and its calls were
// answered or ran out of grace, or the connection was closed.
func (t *Transport) Ended() <-chan struct{} { return t.ended }

// Close ends the connection; calls that run are cancelled and not answered. It must not be called before Connect.
func (t *Transport) Close() error { return t.conn.Close() }

// Connect implements mcp.Transport.
func (t *Transport) Connect(context.Context) (mcp.Connection, error) {
	c := &conn{
		in: t.In, out: t.Out, ended: t.ended,
		maxCalls: cmp.Or(t.MaxCalls, DefaultMaxCalls),
		grace:    cmp.Or(t.Grace, DefaultGrace),
		frames:   make(chan frame),
		closed:   make(chan struct{}),
		calls:    map[jsonrpc.ID]*call{},
	}
	t.conn = c
	go c.readLines(newLineReader(t.In, cmp.Or(t.MaxLine, DefaultMaxLine)))
	return c, nil
}

// A conn is the connection of one session.
type conn struct {
	in       io.Reader
	frames   chan frame
	maxCalls int
	grace    time.Duration
	queue    []jsonrpc.Message // decoded and not yet read; only Read touches it

	endOnce   sync.Once
	ended     chan struct{}
	closeOnce sync.Once
	closed    chan struct{}

	mu       sync.Mutex
	calls    map[jsonrpc.ID]*call
	writing  int           // answers between leaving calls and being written
	revision string        // negotiated by initialize; "" before it and in the stateless protocol
	drained  chan struct{} // non-nil while Read waits for the last answers

	writeMu sync.Mutex
	out     io.Writer
}

// SessionID implements mcp.Connection; a pair of streams has no session id.
func (c *conn) SessionID() string { return "" }

// Close implements mcp.Connection. It unblocks Read; it does not wait for a Read of the input that the system cannot
// interrupt.
func (c *conn) Close() error {
	c.closeOnce.Do(func() {
		close(c.closed)
		if in, ok := c.in.(io.Closer); ok {
			_ = in.Close() // nothing more is read, so the error tells nobody anything
		}
	})
	c.end()
	return nil
}

func (c *conn) end() { c.endOnce.Do(func() { close(c.ended) }) }

func (c *conn) readLines(r *lineReader) {
	for {
		f := r.next()
		select {
		case c.frames <- f:
		case <-c.closed:
			return
		}
		if f.err != nil {
			return
		}
	}
}

// Read implements mcp.Connection. A line that is refused never shows here: it is answered and skipped.
func (c *conn) Read(ctx context.Context) (jsonrpc.Message, error) {
	for len(c.queue) == 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.closed:
			return nil, io.EOF
		case f := <-c.frames:
			if f.err != nil {
				c.drain()
				c.end()
				return nil, io.EOF
			}
			if err := c.accept(f); err != nil {
				return nil, err
			}
		}
	}
	next := c.queue[0]
	c.queue = c.queue[1:]
	return next, nil
}

// parentPoll is how often WatchParent looks. The end of the input usually comes first; this is for clients that died while
// another process still holds the other end of the pipe.
const parentPoll = 500 * time.Millisecond

// WatchParent returns a context that ends when ctx does or when the process that started this one has gone. It polls the
// parent's id instead of asking Linux for PR_SET_PDEATHSIG: that signal comes when the parent's thread ends, and clients
// start servers from threads that they do not keep. On Windows the parent's id never changes and only ctx counts.
func WatchParent(ctx context.Context) context.Context {
	watched, cancel := context.WithCancel(ctx)
	go watch(watched, cancel, os.Getppid, parentPoll)
	return watched
}

func watch(ctx context.Context, gone context.CancelFunc, parent func() int, every time.Duration) {
	defer gone()
	first := parent()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for parent() == first {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
