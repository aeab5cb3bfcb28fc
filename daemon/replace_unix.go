//go:build unix

package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// passedForm is the text beside the descriptors that are passed: the numbers of records and of listeners.
const passedForm = "fds %d %d\n" // #nosec G101 -- no credential

// A link is a command's end of the socket to the process that runs. The process which shall take its place has it too.
type link struct{ conn *net.UnixConn }

// callOff keeps the new process from saying that the old one shall go. What it has said holds.
func (l link) callOff() { _ = l.conn.CloseWrite() }

func (l link) close() { _ = l.conn.Close() }

// startSuccessor asks the process for what it holds, and starts another one with it.
func (s Spec) startSuccessor(ctx context.Context, t *target, turn *os.File) (*successor, error) {
	conn, err := t.call(ctx, turn)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("pid %d goes on as before: %w", t.record.PID, context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: pid %d was asked and %w", ErrNoSuccession, t.record.PID, err)
	}
	c, err := s.spawnSuccessor(conn)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("restart %s: %w", s.Service.Name, err), conn.Close())
	}
	return c, nil
}

// call has the process connect to a socket in a folder that nobody else may enter; the workspace's own path may be longer than
// that of a socket can be.
func (t *target) call(ctx context.Context, turn *os.File) (*net.UnixConn, error) {
	l, remove, err := listenInPrivate()
	if err != nil {
		return nil, err
	}
	defer remove()
	defer l.Close()
	text := t.record.name() + "\n" + l.Addr().String()
	if err := errors.Join(turn.Truncate(0), writeAt(turn, text)); err != nil {
		return nil, err
	}
	if err := t.process.Signal(handOverSignal); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Now()) })()
	_ = l.SetDeadline(time.Now().Add(answerDelay)) // fails only once it is closed
	conn, err := l.AcceptUnix()
	if err != nil {
		return nil, fmt.Errorf("did not answer within %s: %w", answerDelay, err)
	}
	if err := checkPeer(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// listenInPrivate listens in a folder of mode 0700, which remove removes. Where the one for temporary files has too long a path,
// it is in /tmp.
func listenInPrivate() (l *net.UnixListener, remove func(), err error) {
	for _, base := range []string{"", "/tmp"} {
		dir, mkErr := os.MkdirTemp(base, "amalfa-")
		if mkErr != nil {
			err = errors.Join(err, mkErr)
			continue
		}
		path, absErr := filepath.Abs(filepath.Join(dir, "s"))
		l, listenErr := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err := errors.Join(absErr, listenErr); err == nil {
			return l, func() { _ = os.RemoveAll(dir) }, nil
		}
		_ = os.RemoveAll(dir)
		err = errors.Join(err, absErr, listenErr)
	}
	return nil, nil, err
}

// spawnSuccessor starts the process with what comes through conn, and keeps none of it.
func (s Spec) spawnSuccessor(conn *net.UnixConn) (*successor, error) {
	_ = conn.SetReadDeadline(time.Now().Add(wordDelay))
	records, listeners, err := receive(conn)
	defer closeAll(append(records, listeners...))
	if err != nil {
		return nil, err
	}
	if len(records) != len(s.locked()) || len(listeners) == 0 {
		return nil, fmt.Errorf("%w: it holds %d records and %d listeners", ErrNoSuccession, len(records), len(listeners))
	}
	_ = conn.SetReadDeadline(time.Time{})
	socket, err := conn.File()
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	c, err := spawn(s, func(cmd *exec.Cmd, states *os.File) error {
		files := append([]*os.File{records[0], states, socket, theirs}, records[1:]...)
		bequeath(cmd, fmt.Sprintf(fdsOfSuccessor, len(records), len(listeners)), append(files, listeners...)...)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return &successor{started: c, link: link{conn}, parent: ours}, nil
}

// receive takes the descriptors that pass has sent.
func receive(conn *net.UnixConn) (records, listeners []*os.File, err error) {
	text, rights := make([]byte, len(passedForm)+8), make([]byte, unix.CmsgSpace(4*fdsMost))
	n, m, _, _, err := conn.ReadMsgUnix(text, rights)
	if err != nil {
		return nil, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:m])
	if err != nil {
		return nil, nil, err
	}
	var files []*os.File
	for _, message := range messages {
		fds, err := unix.ParseUnixRights(&message)
		if err != nil {
			continue // it holds none
		}
		for _, fd := range fds {
			files = append(files, adopted(fd, "passed"))
		}
	}
	r, l := 0, 0
	if _, err := fmt.Sscanf(string(text[:n]), passedForm, &r, &l); err != nil || r < 0 || l < 0 || r+l != len(files) {
		closeAll(files)
		return nil, nil, fmt.Errorf("%d descriptors came with %q", len(files), text[:n])
	}
	return files[:r:r], files[r:], nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
