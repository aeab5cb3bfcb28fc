package setup

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A Program is this program, as it was started.
type Program struct {
	Exe  string // its real path
	Arg0 string // the word it was started by
	Cwd  string
	Path string // PATH
	Home string
	Temp string // folder for temporary files
}

// Command returns what an entry starts: the link on PATH that leads to this program, since package managers move what it leads to with every
// version; else the link it was started by; else its real path. note says in one line what a person should know, "" for nothing.
func (p Program) Command(ctx context.Context) (command, note string) {
	name := "amalfa"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	var same, other []string
	for _, dir := range filepath.SplitList(p.Path) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || info.IsDir() || !filepath.IsAbs(dir) {
			continue
		}
		if p.leadsHere(path) {
			same = append(same, path)
		} else if len(same) == 0 {
			other = append(other, path)
		}
	}
	link := slices.IndexFunc(same, func(path string) bool { return path != p.Exe })
	switch started := p.startedBy(); {
	case len(other) > 0 && p.isShim(ctx, other[0]):
		return other[0], ""
	case link >= 0:
		command = same[link]
	case started != "":
		command = started
	default:
		command = p.Exe
	}
	switch {
	case len(other) > 0:
		note = fmt.Sprintf("%s, which comes first on PATH, is another program: the entry starts %s", other[0], command)
	case len(same) == 0 && strings.HasPrefix(p.Exe, p.Temp+string(filepath.Separator)):
		note = fmt.Sprintf("%s lies in a folder for temporary files: install the program, and run this again", command)
	case len(same) == 0:
		note = fmt.Sprintf("amalfa is not on PATH: the entry starts %s, and must be written again when that moves", command)
	}
	return command, note
}

// leadsHere tells whether a path is this program's file, by links of any kind.
func (p Program) leadsHere(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil && real == p.Exe {
		return true
	}
	a, errA := os.Stat(path)
	b, errB := os.Stat(p.Exe)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// startedBy is the path in the word that started this program, if that leads to it by a link; "" otherwise.
func (p Program) startedBy() string {
	path := p.Arg0
	if !strings.ContainsRune(path, filepath.Separator) {
		return ""
	}
	if !filepath.IsAbs(path) {
		if p.Cwd == "" {
			return ""
		}
		path = filepath.Join(p.Cwd, path)
	}
	if path = filepath.Clean(path); path == p.Exe || !p.leadsHere(path) {
		return ""
	}
	return path
}

// shimTime is how long a shim may take to start what it stands for.
const shimTime = 3 * time.Second

// isShim tells whether a program on PATH starts this one, as those of version managers do: it says that it is the same build, where a client
// would start it, in a folder that chooses no version and with HOME and PATH alone.
func (p Program) isShim(ctx context.Context, path string) bool {
	ctx, cancel := context.WithTimeout(ctx, shimTime)
	defer cancel()
	tell := func(path string) []byte {
		cmd := exec.CommandContext(ctx, path, "version", "--json")
		cmd.Dir, cmd.WaitDelay = string(filepath.Separator), time.Second
		cmd.Env = []string{"HOME=" + p.Home, "PATH=" + p.Path}
		out, err := cmd.Output()
		if err != nil {
			return nil
		}
		return bytes.TrimSpace(out)
	}
	is := tell(path)
	return len(is) > 0 && bytes.Equal(is, tell(p.Exe))
}
