package files

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"amalfa/notes"
)

// What one answer reads of contexts, at most: that many folders are looked at, and so many bytes read of each.
const (
	MaxContextFolders = 256
	maxContextRead    = 4 * notes.MaxContext // white space and what is cut away included
)

// Contexts returns what the folders of notes say, and those above, outer ones first. It looks at the first MaxContextFolders of
// them. A file that is a link, or that cannot be read, says nothing.
func Contexts(workspace string, ids []string) []notes.Context {
	return ContextsIn(workspace, notes.Folders(ids, MaxContextFolders))
}

// ContextsIn returns what folders say, in the order given.
func ContextsIn(workspace string, folders []string) []notes.Context {
	found := []notes.Context{}
	root, err := os.OpenRoot(workspace)
	if err != nil {
		return found
	}
	defer root.Close()
	for _, folder := range folders {
		if text := readContext(root, folder); text != "" {
			found = append(found, notes.Context{Folder: folder, Text: text})
		}
	}
	return found
}

func readContext(root *os.Root, folder string) string {
	f, _, err := OpenNoLink(root, path.Join(folder, notes.ContextName))
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxContextRead))
	if err != nil {
		return ""
	}
	return notes.ParseContext(data)
}

// SetContext makes text what a folder says, and returns it as it is told.
func (f *Folder) SetContext(folder, text string) (notes.Context, error) {
	name, err := f.contextFile(folder)
	if err != nil {
		return notes.Context{}, err
	}
	said := notes.ParseContext([]byte(text))
	switch {
	case said == "":
		return notes.Context{}, fmt.Errorf("write %s: %w: the text is empty", name, ErrRefused)
	case len(text) > notes.MaxContext:
		return notes.Context{}, fmt.Errorf("write %s: %w: %d bytes, at most %d are told", name, ErrRefused, len(text), notes.MaxContext)
	}
	return notes.Context{Folder: folder, Text: said}, f.put(name, []byte(said+"\n"), 0o644, func() error { return nil })
}

// RemoveContext removes what a folder says. Where it says nothing, the error is fs.ErrNotExist.
func (f *Folder) RemoveContext(folder string) error {
	name, err := f.contextFile(folder)
	if err != nil {
		return err
	}
	if err := f.root.Remove(filepath.FromSlash(name)); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// contextFile is the path of a folder's context, which may be there only as a regular file.
func (f *Folder) contextFile(folder string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(folder)) || strings.HasPrefix(folder, ".") && folder != "." || strings.Contains(folder, "/.") {
		return "", fmt.Errorf("%q: %w: not a folder of notes", folder, ErrRefused)
	}
	info, err := f.root.Stat(filepath.FromSlash(folder))
	switch {
	case err != nil:
		return "", fmt.Errorf("folder %s: %w", folder, err)
	case !info.IsDir():
		return "", fmt.Errorf("%q: %w: not a folder", folder, ErrRefused)
	}
	name := path.Join(folder, notes.ContextName)
	if info, err := f.root.Lstat(filepath.FromSlash(name)); err == nil && info.Mode().Type() != fs.FileMode(0) {
		return "", fmt.Errorf("%q: %w: %w", name, ErrRefused, ErrNotRegular)
	}
	return name, nil
}
