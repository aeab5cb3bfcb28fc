package assets

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// Started starts a server that tells its address in the first line of its output, and stops it when the test ends. With the address come
// its input and the rest of its output.
func Started(t testing.TB, cmd *exec.Cmd, name string) (address string, in io.Writer, out *bufio.Reader) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stderr = &said
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		_ = cmd.Process.Kill() // a test that has failed may have left it answering
		_ = cmd.Wait()
	})
	out = bufio.NewReader(output)
	if address, err = out.ReadString('\n'); err != nil {
		_ = cmd.Wait()
		t.Fatalf("%s: %v\n%s", name, err, said.Bytes())
	}
	return strings.TrimSpace(address), input, out
}
