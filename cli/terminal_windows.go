package cli

import (
	"os"

	"golang.org/x/sys/windows"
)

// terminalColumns is the width of the console that f is, 0 where it does not tell.
func terminalColumns(f *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(f.Fd()), &info) != nil {
		return 0
	}
	return int(info.Window.Right-info.Window.Left) + 1
}
