package main

import (
	_ "embed"
	"io"
	"os"
)

//go:embed notice.txt
var notice string

// writeNotice puts our own page and then the runtime's notices for its parts into one text.
func writeNotice(path, notices string) error {
	return replace(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, notice); err != nil || notices == "" {
			return err
		}
		f, err := os.Open(notices)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}
