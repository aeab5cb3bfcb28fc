//go:build unix

package pgserver

import (
	"os"
	"os/exec"
	"syscall"
)

// asOrdinaryUser has a program run as nobody where this process is root's: PostgreSQL refuses to be.
func asOrdinaryUser(cmd *exec.Cmd) {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinary, Gid: ordinary}}
	}
}

// inOwnSession keeps what is sent to this process's group, as Ctrl-C, from another.
func inOwnSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
