package pgserver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// watch is the shell script of a watchdog of the folder $1. Its standard input ends when the test process stops the server, or dies in
// whatever way; then it stops the server that runs there, whose number may be another process's by now, and removes the folder.
const watch = `
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
ours() { tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "$1/data" || ps -o args= -p "$pid" 2>/dev/null | grep -q -- "$1/data"; }
if [ -n "$pid" ] && ours "$1"; then
	kill -QUIT "$pid"
	for _ in $(seq 600); do kill -0 "$pid" 2>/dev/null && ours "$1" || break; sleep 0.1; done
fi
umount -l "$1"/disk-* 2>/dev/null
for _ in 1 2 3 4 5; do rm -rf "$1" && exit 0; sleep 1; done
exit 1
`

// A watchdog stops a server and removes its folder once this process has asked for it, or is no more: pg_ctl leaves the server to itself.
type watchdog struct {
	cmd  *exec.Cmd
	pipe io.Closer
}

// newDir makes the folder of a server, watched.
func newDir() (string, *watchdog, error) {
	dir, err := os.MkdirTemp("", "amalfa-pg-*")
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", watch, "sh", dir)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	inOwnSession(cmd)
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, &watchdog{cmd, pipe}, nil
}

// stop returns when the server has ended and its folder is gone.
func (w *watchdog) stop() error {
	_ = w.pipe.Close()
	if err := w.cmd.Wait(); err != nil {
		return fmt.Errorf("remove a PostgreSQL server: %w", err)
	}
	return nil
}
