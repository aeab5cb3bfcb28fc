//go:build unix

package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
)

// checkPeer refuses a process of another user at the other end.
func checkPeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var user uint32
	controlErr := raw.Control(func(fd uintptr) { user, err = peerUser(int(fd)) })
	if err := errors.Join(controlErr, err); err != nil {
		return err
	}
	if int(user) != os.Geteuid() {
		return fmt.Errorf("user %d is at the other end: %w", user, fs.ErrPermission)
	}
	return nil
}
