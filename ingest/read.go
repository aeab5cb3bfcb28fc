package ingest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"amalfa/notes/files"
)

var errChanging = errors.New("changes while it is read")

// content is one file as it was at one moment.
type content struct {
	data []byte
	hash string
	info fs.FileInfo
}

// readFile reads a whole file of at most limit bytes. It tries again, twice, when the file changes under it.
func readFile(root *os.Root, id string, limit int64) (content, error) {
	err := errChanging
	for try := 0; try < 3 && errors.Is(err, errChanging); try++ {
		var c content
		if c, err = readOnce(root, id, limit); err == nil {
			return c, nil
		}
	}
	return content{}, err
}

func readOnce(root *os.Root, id string, limit int64) (content, error) {
	f, before, err := files.OpenNoLink(root, id)
	if errors.Is(err, files.ErrNotRegular) {
		err = notText(err.Error())
	}
	if err != nil {
		return content{}, err
	}
	defer f.Close()
	if before.Size() > limit {
		return content{}, tooLarge(before.Size(), limit)
	}
	data := make([]byte, before.Size()+1)
	n, err := io.ReadFull(f, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return content{}, err
	}
	after, err := f.Stat()
	if err != nil {
		return content{}, err
	}
	if int64(n) != before.Size() || stampOf(before) != stampOf(after) {
		return content{}, errChanging
	}
	return content{data: data[:n], hash: files.Hash(data[:n]), info: before}, nil
}

func tooLarge(size, limit int64) error {
	return notText(fmt.Sprintf("%.1f MB, over the limit of %.1f MB", float64(size)/1e6, float64(limit)/1e6))
}

// reasonOf is an error in the words of a report: without the path, which stands beside it.
func reasonOf(err error) string {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &p):
		return p.Err.Error()
	}
	return err.Error()
}
