//go:build unix

package daemon

import (
	"os"

	"golang.org/x/sys/unix"
)

// redirect makes standard output and error write to f.
func redirect(f *os.File) error {
	for _, std := range []int{1, 2} {
		if err := uninterrupted(func() error { return unix.Dup2(int(f.Fd()), std) }); err != nil {
			return err
		}
	}
	return nil
}
