package models

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"amalfa/models/pinned"
)

// maxUnpacked bounds what is read of an archive in search of its member: the largest release unpacks to 0.4 GB.
const maxUnpacked = 2 << 30

func (a *archive) transfer(dir string, lib Library) (transfer, error) {
	u, err := url.Parse(a.url)
	if err != nil {
		return transfer{}, err
	}
	return transfer{name: "ONNX Runtime " + lib.Version, url: u, want: a.File, dst: filepath.Join(dir, path.Base(a.url)), perm: 0o600}, nil
}

// extract writes the one member with exactly that name to dst, verified. Links and folders do not count.
func extract(archive, member, dst string, want pinned.File) error {
	open := openTar
	if strings.HasSuffix(archive, ".zip") {
		open = openZip
	}
	r, closer, err := open(archive, member)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", archive, err)
	}
	defer closer.Close()
	if err := pinned.Write(dst, want, 0o700, r); err != nil {
		return fmt.Errorf("unpack %s: %w", archive, err)
	}
	return nil
}

var errNoMember = errors.New("the archive does not hold the library")

func openTar(archive, member string) (io.Reader, io.Closer, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	t := tar.NewReader(io.LimitReader(z, maxUnpacked))
	for {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			err = errNoMember
		}
		if err != nil {
			f.Close()
			return nil, nil, err
		}
		if head.Typeflag == tar.TypeReg && strings.TrimPrefix(head.Name, "./") == member {
			return t, f, nil
		}
	}
}

func openZip(archive, member string) (io.Reader, io.Closer, error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range z.File {
		if f.Name == member && f.Mode().IsRegular() {
			r, err := f.Open()
			if err != nil {
				z.Close()
				return nil, nil, err
			}
			return r, z, nil
		}
	}
	z.Close()
	return nil, nil, errNoMember
}
