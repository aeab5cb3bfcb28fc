//go:build unix

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

func (r *R) needRoot(why string) {
	r.Helper()
	if os.Getuid() != 0 {
		r.notTried("needs root " + why)
	}
}

func (r *R) needLinux(why string) {
	r.Helper()
	if runtime.GOOS != "linux" {
		r.notTried("needs Linux " + why)
	}
}

// need ends the row unless a command works here.
func (r *R) need(why, name string, args ...string) {
	r.Helper()
	if err := works(name, args...); err != nil {
		r.notTried(fmt.Sprintf("needs %s %s: %v", name, why, err))
	}
}

func works(name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%s is not installed", name)
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %.100s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// mount mounts until the row ends.
func (r *R) mount(dir string, args ...string) {
	r.Helper()
	if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		r.notTried(fmt.Sprintf("cannot mount here: %s", strings.TrimSpace(string(out))))
	}
	r.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
}

// needNobody ends the row unless commands can be run as another user.
func (r *R) needNobody(why string) {
	r.Helper()
	r.needRoot(why)
}

// nobody is a user without any right of ours.
const nobody = 65534

// asNobody makes a command run as that user.
func asNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// givenTo gives a folder to that user, and lets it pass through all folders above.
func (r *R) givenTo(uid int, dir string) {
	r.Helper()
	err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, uid)
	})
	if err != nil {
		r.Fatal(err)
	}
	r.reachable(dir)
}

// reachable lets every user pass through the folders above, up to the system's own.
func (r *R) reachable(dir string) {
	r.Helper()
	for up := filepath.Dir(dir); up != "/" && up != os.TempDir(); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			r.Fatal(err)
		}
	}
}
