package watcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// folders are the watches of one workspace. Ids are as in ingest; "." is the workspace. Safe for concurrent use: listing the folders of a
// large workspace takes a second, and events must not wait for it.
type folders struct {
	root   string
	source notifier
	list   func(ctx context.Context, below []string) ([]string, error)
	polled func(dir string) string // why a folder is polled by choice, "" for one that is not; nil: none is

	mu        sync.Mutex
	watched   map[string]bool
	unwatched map[string]bool // polled instead
	reason    string          // why some cannot be watched; "" when all can
	choice    string          // why some are polled that could be watched; "" when none are
	warned    bool
}

func newFolders(root string, source notifier, list func(ctx context.Context, below []string) ([]string, error)) *folders {
	return &folders{root: root, source: source, list: list, watched: make(map[string]bool), unwatched: make(map[string]bool)}
}

func (f *folders) count() (watched, unwatched int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.watched), len(f.unwatched)
}

// chosen tells why folders are polled that could be watched, "" when none are.
func (f *folders) chosen() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.choice
}

// why tells why folders cannot be watched, "" when all can.
func (f *folders) why() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reason
}

// maxTurns bounds follow where folders appear as fast as they are listed.
const maxTurns = 20

// follow watches the folders at and below some. It lists again after adding watches until nothing new shows up: every folder
// has then been listed while it was watched, so that whatever appears in it later is reported.
func (f *folders) follow(ctx context.Context, below []string) error {
	for range maxTurns {
		list, err := f.list(ctx, below)
		if err != nil {
			return err
		}
		if f.addAll(list) == 0 {
			return nil
		}
	}
	return errors.New("folders appear faster than they can be watched")
}

// addAll watches those that are not watched yet and returns their number.
func (f *folders) addAll(list []string) (news int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range list {
		if !f.watched[id] && !f.unwatched[id] {
			f.add(id)
			news++
		}
	}
	return news
}

func (f *folders) add(id string) {
	dir := filepath.Join(f.root, filepath.FromSlash(id))
	if f.polled != nil {
		if why := f.polled(dir); why != "" {
			f.unwatched[id], f.choice = true, "folders are polled: "+why
			return
		}
	}
	err := f.source.Add(dir)
	switch {
	case err == nil:
		f.watched[id] = true
	case errors.Is(err, fs.ErrNotExist):
	default:
		f.refuse(id, err)
	}
}

// refuse makes a folder polled. Its callers hold the lock, or are alone.
func (f *folders) refuse(id string, err error) {
	f.unwatched[id] = true
	if f.reason == "" {
		f.reason = "folders are polled: " + explain(err)
	}
}

func explain(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the limit of inotify watches is reached; raise it with: sudo sysctl fs.inotify.max_user_watches=524288"
	case errors.Is(err, syscall.EMFILE):
		return "the limit of inotify instances is reached; raise it with: sudo sysctl fs.inotify.max_user_instances=512"
	}
	return fmt.Sprintf("cannot watch: %v", err)
}

// retry watches the folders that could not be watched and can be by now (their permissions came back, the limit was raised), and
// returns them.
func (f *folders) retry() (watched []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reason == "" {
		return nil
	}
	f.reason = ""
	for id := range f.unwatched {
		dir := filepath.Join(f.root, filepath.FromSlash(id))
		if f.polled != nil && f.polled(dir) != "" {
			continue
		}
		switch err := f.source.Add(dir); {
		case err == nil:
			delete(f.unwatched, id)
			f.watched[id] = true
			watched = append(watched, id)
		case errors.Is(err, fs.ErrNotExist):
			delete(f.unwatched, id)
		default:
			f.refuse(id, err)
		}
	}
	return watched
}

// forget drops a folder that was removed or renamed, with all below it. After a rename its watches would report old names.
func (f *folders) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.watched[id] && !f.unwatched[id] {
		return
	}
	for _, set := range []map[string]bool{f.watched, f.unwatched} {
		for dir := range set {
			if dir == id || strings.HasPrefix(dir, id+"/") {
				delete(set, dir)
				_ = f.source.Remove(filepath.Join(f.root, filepath.FromSlash(dir))) // gone already, most often
			}
		}
	}
}

// renew watches everything that should be and nothing else, whatever was believed before.
func (f *folders) renew(ctx context.Context) error {
	list, err := f.list(ctx, []string{"."})
	if err != nil {
		return err
	}
	f.reset(list)
	return f.follow(ctx, []string{"."})
}

// reset watches these folders anew, and no others.
func (f *folders) reset(list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wanted := make(map[string]bool, len(list))
	for _, id := range list {
		wanted[id] = true
	}
	for id := range f.watched {
		if !wanted[id] {
			_ = f.source.Remove(filepath.Join(f.root, filepath.FromSlash(id)))
		}
	}
	clear(f.watched)
	clear(f.unwatched)
	f.reason, f.choice = "", ""
	for _, id := range list {
		f.add(id)
	}
}

// unwatchedTops are the polled folders without those inside another one, sorted.
func (f *folders) unwatchedTops() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var tops []string
	for id := range f.unwatched {
		tops = append(tops, id)
	}
	slices.Sort(tops)
	return slices.Compact(slices.DeleteFunc(tops, func(id string) bool {
		return id != "." && (f.unwatched["."] || insideAnother(f.unwatched, id))
	}))
}

func insideAnother(set map[string]bool, id string) bool {
	for i, c := range id {
		if c == '/' && set[id[:i]] {
			return true
		}
	}
	return false
}
