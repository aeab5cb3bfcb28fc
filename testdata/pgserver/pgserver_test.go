package pgserver_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"amalfa/testdata/pgserver"
)

func TestMain(m *testing.M) { pgserver.Main(m) }

// patience is how long the test waits for what a busy machine may be slow to do.
const patience = 2 * time.Minute

// TestToBeKilled is a test of the process that TestKilledTest kills: it has two servers, and never ends.
func TestToBeKilled(t *testing.T) {
	if os.Getenv("AMALFA_TO_BE_KILLED") == "" {
		t.Skip("a process of TestKilledTest")
	}
	for _, s := range []*pgserver.Server{pgserver.Shared(t), pgserver.Plain(t)} {
		pid, err := s.PID()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("\nserver", pid, s.Dir)
	}
	select {}
}

// However a test process ends, its servers and their folders do not stay.
func TestKilledTest(t *testing.T) {
	pgserver.Shared(t) // or there is nothing to kill
	for _, how := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT} {
		t.Run(how.String(), func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run", "^TestToBeKilled$", "-test.timeout", "0")
			cmd.Env = append(os.Environ(), "AMALFA_TO_BE_KILLED=1")
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
			var pids []int
			var dirs []string
			for lines := bufio.NewScanner(out); len(dirs) < 2 && lines.Scan(); {
				var pid int
				var dir string
				if n, _ := fmt.Sscanf(lines.Text(), "server %d %s", &pid, &dir); n == 2 {
					pids, dirs = append(pids, pid), append(dirs, dir)
				}
			}
			if len(dirs) != 2 {
				t.Fatalf("%d servers", len(dirs))
			}
			if err := cmd.Process.Signal(how); err != nil {
				t.Fatal(err)
			}
			for i, dir := range dirs {
				gone(t, pids[i], dir)
			}
		})
	}
}

// gone waits until a server has ended and its folder is no more.
func gone(t *testing.T, pid int, dir string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		_, err := os.Stat(dir)
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		running := strings.Contains(string(stat), dir)
		if os.IsNotExist(err) && !running {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is there: %v; server %d runs: %v", dir, !os.IsNotExist(err), pid, running)
		}
	}
}

func TestServers(t *testing.T) {
	s := pgserver.Shared(t)
	url := s.Database(t)
	if url == "" {
		t.Fatal("no database")
	}
	if got := s.SQL(t, "postgres", "SELECT current_setting('server_version_num')::int >= 180000"); got != "t" {
		t.Errorf("version 18: %s", got)
	}
	if err := s.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if got := s.SQL(t, "postgres", "SELECT '[1,2]'::text"); got != "[1,2]" {
		t.Errorf("after a restart: %s", got)
	}
	plain := pgserver.Plain(t)
	if got := plain.SQL(t, "postgres", "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"); got != "0" {
		t.Errorf("pgvector in the system's server: %s", got)
	}
}
