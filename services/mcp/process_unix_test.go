//go:build unix

package mcp

import (
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestParentDies kills the process that started a server while somebody else still holds its input open. The server's output
// ends when it has gone.
func TestParentDies(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `exec 3<&0; "$0" <&3 3<&- & sleep 0.2; kill -9 $$`, exe)
	cmd.Env = append(os.Environ(), rootVar+"="+newVault(t).root)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case <-ended:
	case <-time.After(testTimeout):
		t.Error("the server outlived its parent")
		in.Close()
		<-ended
	}
	_ = cmd.Wait() // killed by its own hand
}
