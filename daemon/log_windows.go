package daemon

import (
	"os"

	"golang.org/x/sys/windows"
)

// redirect makes what the runtime writes to standard output and error go to f.
func redirect(f *os.File) error {
	for _, std := range []uint32{windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE} {
		if err := windows.SetStdHandle(std, windows.Handle(f.Fd())); err != nil {
			return err
		}
	}
	return nil
}
