//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// handOverSignal asks a process to hand over to one that a command is about to start. It ends programs that do not expect it, so it
// is sent only where the record says that they do.
const handOverSignal = unix.SIGUSR2

// WillHandOver makes ready for [Child.HandOver], of which the record tells from the next [Child.Publish] on.
func (c *Child) WillHandOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offers = make(chan os.Signal, 1)
	signal.Notify(c.offers, handOverSignal)
	c.rec.HandsOver = true
}

// HandOver lets a process that a command starts take the place of this one, whenever one asks: it gets the record and ls, and has
// both once it is ready. Then HandOver returns true: this process shall take no more connections, answer those that it has, and
// end. It returns false when ctx ends.
func (c *Child) HandOver(ctx context.Context, ls []net.Listener) bool {
	for {
		select {
		case <-c.offers:
			if err := c.offer(ctx, ls); err == nil {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// offer passes on what this process holds, and waits for the word to go.
func (c *Child) offer(ctx context.Context, ls []net.Listener) error {
	conn, err := c.callCommand()
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })()
	if err := c.pass(conn, ls); err != nil {
		return err
	}
	word := make([]byte, 1)
	if _, err = io.ReadFull(conn, word); err == nil && word[0] == wordGo && ctx.Err() == nil {
		c.release()
		_, _ = conn.Write([]byte{wordGone})
		return nil
	}
	_, _ = conn.Write([]byte{wordStay})
	return errors.Join(errCalledOff, err)
}

// callCommand connects to the command that has asked, which named its socket in a file beside the record.
func (c *Child) callCommand() (*net.UnixConn, error) {
	f, err := openPlain(c.spec.handOverPath(), os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, recordLimit))
	if err != nil {
		return nil, err
	}
	name, socket, _ := strings.Cut(string(text), "\n")
	if name != c.rec.name() || !filepath.IsAbs(socket) {
		return nil, fmt.Errorf("%s is for another process", c.spec.handOverPath())
	}
	conn, err := (&net.Dialer{Timeout: wordDelay}).Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	unixConn := conn.(*net.UnixConn) // what "unix" dials
	if err := checkPeer(unixConn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return unixConn, nil
}

// pass sends the descriptors of the records and of the listeners, with their numbers as the text.
func (c *Child) pass(conn *net.UnixConn, ls []net.Listener) error {
	var fds []int
	for _, f := range c.files {
		fds = append(fds, int(f.Fd()))
	}
	for _, l := range ls {
		fd, err := duplicate(l)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		fds = append(fds, fd)
	}
	text := fmt.Sprintf(passedForm, len(c.files), len(ls))
	_, _, err := conn.WriteMsgUnix([]byte(text), unix.UnixRights(fds...), nil)
	return err
}

// duplicate returns another descriptor of the socket that l listens on. Unlike File's, its flags are left alone, which both
// share.
func duplicate(l net.Listener) (fd int, err error) {
	conn, ok := l.(syscall.Conn)
	if !ok {
		return -1, fmt.Errorf("%T has no descriptor", l)
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	controlErr := raw.Control(func(own uintptr) { fd, err = unix.FcntlInt(own, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(controlErr, err)
}

// release leaves the record to another process. Its lock stays: that one holds it too.
func (c *Child) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = true
	removeMirror(c.spec.Mirror, c.rec.PID)
	for _, f := range c.files {
		_ = f.Close()
	}
	c.files = nil
}
