package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/text"
)

// The test binary plays the other processes: with roleVar set it works on the index at pathVar instead of running tests.
const (
	roleVar = "AMALFA_STORE_TEST_ROLE"
	pathVar = "AMALFA_STORE_TEST_PATH"
)

func TestMain(m *testing.M) {
	role := os.Getenv(roleVar)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := play(role, os.Getenv(pathVar)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// play runs rounds of reads or writes until standard input ends, and reopens the index now and then.
func play(role, path string) error {
	ctx := context.Background()
	if role == "opener" {
		s, err := Open(ctx, path, Options{})
		if err != nil {
			return err
		}
		return s.Close()
	}
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(done)
	}()
	for n := 0; ; {
		s, err := Open(ctx, path, Options{ReadOnly: role == "reader"})
		if err != nil {
			return err
		}
		for range 20 {
			if err := round(ctx, s, role, n); err != nil {
				return fmt.Errorf("%s round %d: %w", role, n, err)
			}
			n++
			fmt.Println("round", n)
		}
		if err := s.Close(); err != nil {
			return err
		}
		select {
		case <-done:
			return nil
		default:
		}
	}
}

// round writes two notes that belong together, or reads and checks that they do.
func round(ctx context.Context, s *Store, role string, n int) error {
	if role == "reader" {
		notes, err := s.List(ctx, "", "", 0)
		if err != nil {
			return err
		}
		if len(notes)%2 != 0 {
			return fmt.Errorf("%d notes: half a batch is visible", len(notes))
		}
		_, err = s.Keyword(ctx, text.Term("water"), 10)
		return err
	}
	text := fmt.Sprintf("water %s %d", role, n)
	b := store.Batch{
		Puts: []store.Put{
			note(fmt.Sprintf("%s/%d-a.md", role, n%50), "A", text, strings.Repeat(text+" ", 50)),
			note(fmt.Sprintf("%s/%d-b.md", role, n%50), "B", text),
		},
		Vectors: map[string][]float32{"c:" + text: {1, 0, 0}}, Model: model3,
	}
	if n%7 == 3 {
		b = store.Batch{Deletes: []string{fmt.Sprintf("%s/%d-a.md", role, (n-1)%50), fmt.Sprintf("%s/%d-b.md", role, (n-1)%50)}}
	}
	return s.Apply(ctx, b)
}

// player starts a process; the channel gives the last line of each one that ended badly.
type player struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

func startPlayer(t *testing.T, role, path string) *player {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleVar+"="+role, pathVar+"="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &player{cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
}

// rounds reads until n rounds are done and returns the last line.
func (p *player) rounds(n int) string {
	last := ""
	for i := 0; i < n && p.lines.Scan(); i++ {
		last = p.lines.Text()
	}
	return last
}

func TestTwoWritersTwoReaders(t *testing.T) {
	s := fresh(t)
	roles := []string{"left", "right", "reader", "reader"}
	var players []*player
	for _, role := range roles {
		players = append(players, startPlayer(t, role, s.Path()))
	}
	for i, p := range players {
		last := p.rounds(100)
		_ = p.stdin.Close()
		for p.lines.Scan() {
			last = p.lines.Text()
		}
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("%s: %v: %s", roles[i], err, last)
		}
	}
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// kill -9 at many moments of a run of batches leaves whole batches only.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "amalfa.db")
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	for i := range rounds {
		p := startPlayer(t, "left", path)
		p.rounds(1 + i%5)
		time.Sleep(time.Duration(i) * 700 * time.Microsecond) // somewhere inside the next batch: the moment is the input
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		s, err := Open(context.Background(), path, Options{})
		if err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		if err := s.Check(context.Background()); err != nil {
			t.Errorf("kill %d: %v", i, err)
		}
		if err := round(context.Background(), s, "reader", 0); err != nil {
			t.Errorf("kill %d: %v", i, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("kill %d: %v", i, err)
		}
	}
}
