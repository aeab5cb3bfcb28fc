//go:build unix

package daemon

import (
	"os"

	"golang.org/x/sys/unix"
)

// redirect makes standard output and error write to f.
func redirect(f *os.File) error {
	for _, std := range []int{1, 2} {
		if err := dup2(int(f.Fd()), std); err != nil {
			return err
		}
	}
	return nil
}

// dup2 survives the signal that interrupts it.
func dup2(from, to int) error {
	for {
		if err := dup(from, to); err != unix.EINTR {
			return err
		}
	}
}
