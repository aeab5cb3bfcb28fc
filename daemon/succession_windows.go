package daemon

import (
	"context"
	"net"
	"os"
)

// A succession needs descriptors that are handed over, and signals: here `restart` stops a service and starts it again.
type succession struct{}

func (*succession) follow(*Child) {}

func (*Child) Inherited() (ls []net.Listener, instance, token string) { return nil, "", "" }
func (*Child) CalledOff() <-chan struct{}                             { return nil }
func (c *Child) Serving() <-chan struct{}                             { return c.serving }
func (*Child) takeOver() error                                        { return nil }
func (*Child) WillHandOver()                                          {}
func (*Child) HandOver(ctx context.Context, _ []net.Listener) bool    { <-ctx.Done(); return false }

// A link is to the process whose place is taken.
type link struct{}

func (link) callOff() {}
func (link) close()   {}

func (s Spec) startSuccessor(context.Context, *target, *os.File) (*successor, error) {
	return nil, ErrNoSuccession
}
