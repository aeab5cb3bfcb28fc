package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Export writes the documents as notes below dir, and returns the document of each note's id.
func (c Collection) Export(dir string) (map[string]string, error) {
	ids := make(map[string]string, len(c.Documents))
	for i, d := range c.Documents {
		folder := fmt.Sprintf("c%03d", i/perFolder)
		if i%perFolder == 0 {
			if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
				return nil, err
			}
		}
		name := fmt.Sprintf("%s/d%06d.md", folder, i)
		ids[name] = d.ID
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(d.note()), 0o600); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// perFolder keeps folders small.
const perFolder = 1000

func (d Document) note() string {
	title := strings.Join(strings.Fields(d.Title), " ")
	if title == "" {
		return d.Text + "\n"
	}
	return "# " + title + "\n\n" + d.Text + "\n"
}
