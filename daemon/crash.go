package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// crashReports is how many are kept in a folder; the oldest go first.
	crashReports = 20
	// crashLine bounds the bytes of a line in one.
	crashLine   = 400
	crashPrefix = "crash-"
	// crashStamp makes names that sort by time.
	crashStamp = "20060102-150405.000"
)

// lastWords are the last lines of a log. Where the runtime printed why it ended, those are the lines before it and its first
// ones: what follows them is where each goroutine was.
func lastWords(log string) []string {
	lines := tailLines(log, 0)
	if i := slices.IndexFunc(lines, isCrashLine); i >= 0 {
		return lines[max(0, i-logLines):min(len(lines), i+logLines)]
	}
	return lines[max(0, len(lines)-logLines):]
}

// isCrashLine tells the line in which Go's runtime, or C++'s, says why it ends the process.
func isCrashLine(line string) bool {
	return slices.ContainsFunc([]string{"panic: ", "fatal error: ", "SIG", "unexpected fault", "runtime: ", "terminate called"}, func(p string) bool {
		return strings.HasPrefix(line, p)
	})
}

// howBy is how a process ended whose parent was another's.
func howBy(words []string) string {
	if i := slices.IndexFunc(words, isCrashLine); i >= 0 {
		return clip(words[i])
	}
	return "SIGKILL, it seems: it left no word, as one that somebody kills or that the system ends for its memory"
}

func clip(line string) string { return strings.ToValidUTF8(line[:min(len(line), crashLine)], "") }

// writeCrashReport writes what is known of a death into the folder of the log, and returns the file's path.
func (s Spec) writeCrashReport(rec Record, d Death, words []string) (string, error) {
	dir := filepath.Dir(s.Log)
	if err := makeFolder(dir); err != nil {
		return "", fmt.Errorf("crash report: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "service:   %s\ntime:      %s\nended by:  %s\npid:       %d\nstate:     %s\nversion:   %s\nprogram:   %s\n",
		s.Service.Name, d.Time.Format(time.RFC3339Nano), d.How, d.PID, rec.State, rec.Version, rec.Exe)
	if d.Lived > 0 {
		fmt.Fprintf(&b, "lived:     %s\n", d.Lived.Round(time.Millisecond))
	}
	fmt.Fprintf(&b, "\nthe last lines of %s:\n", s.Log)
	for _, line := range words {
		b.WriteString(clip(line) + "\n")
	}
	path := filepath.Join(dir, crashPrefix+d.Time.UTC().Format(crashStamp)+"-"+s.Service.Name+".log")
	if err := replaceFile(path, []byte(b.String())); err != nil {
		return "", fmt.Errorf("crash report: %w", err)
	}
	dropOldReports(dir)
	return path, nil
}

func dropOldReports(dir string) {
	files, _ := os.ReadDir(dir) // sorted by name, and so by time
	files = slices.DeleteFunc(files, func(f os.DirEntry) bool { return !strings.HasPrefix(f.Name(), crashPrefix) })
	for _, old := range files[:max(0, len(files)-crashReports)] {
		_ = os.Remove(filepath.Join(dir, old.Name()))
	}
}
