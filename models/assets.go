package models

//go:generate go run ./fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/klauspost/compress/zstd"

	"amalfa/models/pack"
	"amalfa/models/pinned"
)

// AssetDir and AssetIndex are the folder that go generate fills, beside this file, and the list in it.
const (
	AssetDir   = "assets"
	AssetIndex = "index.json"
)

// An Asset is one file that the full build carries, compressed.
type Asset struct {
	Name   string      // in AssetDir
	Half   bool        // packed by package pack below zstd
	Packed pinned.File // the bytes of the asset itself
	Sum    pinned.File // the bytes it expands to
}

// Assets says for which platform the assets of a full build are, and lists them.
type Assets struct {
	OS, Arch string
	Files    []Asset
}

// ParseAssets reads the list that go generate writes. It refuses names that leave the folder.
func ParseAssets(data []byte) (Assets, error) {
	var a Assets
	if err := json.Unmarshal(data, &a); err != nil {
		return Assets{}, fmt.Errorf("list of assets: %w", err)
	}
	for _, f := range a.Files {
		if !plainName(f.Name) || !isSum(f.Sum.SHA256) || !isSum(f.Packed.SHA256) || f.Sum.Size <= 0 || f.Packed.Size <= 0 {
			return Assets{}, fmt.Errorf("list of assets: entry %q is not usable", f.Name)
		}
	}
	return a, nil
}

// Expand writes the file that a holds to dst, verified. dst's folder must exist.
func (a Asset) Expand(dir fs.FS, dst string, perm fs.FileMode) error {
	r, err := a.open(dir)
	if err != nil {
		return fmt.Errorf("expand %s: %w", a.Name, err)
	}
	defer r.Close()
	if err := pinned.Write(dst, a.Sum, perm, r); err != nil {
		return diskError(dst, fmt.Errorf("expand %s: %w", a.Name, err))
	}
	return nil
}

// Check returns nil when a expands to the bytes that it stands for.
func (a Asset) Check(dir fs.FS) error {
	r, err := a.open(dir)
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != a.Sum.SHA256 {
		return &pinned.MismatchError{Path: a.Name, Want: a.Sum.SHA256, Got: got}
	}
	return nil
}

// open returns the bytes that a expands to; whoever reads them holds them against a.Sum.
func (a Asset) open(dir fs.FS) (io.ReadCloser, error) {
	f, err := dir.Open(a.Name)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<28))
	if err != nil {
		f.Close()
		return nil, err
	}
	out := &expanding{Reader: z, z: z, file: f}
	if a.Half {
		if out.Reader, err = pack.NewReader(z); err != nil {
			out.Close()
			return nil, err
		}
	}
	return out, nil
}

type expanding struct {
	io.Reader
	z    *zstd.Decoder
	file io.Closer
}

func (e *expanding) Close() error {
	e.z.Close()
	return e.file.Close()
}

// embedded returns the binary's assets and their list; ok is false in a plain build.
func embedded() (dir fs.FS, list Assets, ok bool) {
	all, ok := carried()
	if !ok {
		return nil, Assets{}, false
	}
	data, err := fs.ReadFile(all, path.Join(AssetDir, AssetIndex))
	if err != nil {
		return nil, Assets{}, false
	}
	list, err = ParseAssets(data)
	if err != nil {
		return nil, Assets{}, false
	}
	dir, err = fs.Sub(all, AssetDir)
	return dir, list, err == nil
}

// find returns the asset that expands to the bytes with this digest.
func (a Assets) find(sum string) (Asset, bool) {
	for _, f := range a.Files {
		if f.Sum.SHA256 == sum {
			return f, true
		}
	}
	return Asset{}, false
}

// WriteNotice copies the licence notices of what a full build carries; ok is false in a plain build.
func WriteNotice(w io.Writer) (ok bool, err error) {
	all, ok := carried()
	if !ok {
		return false, nil
	}
	data, err := fs.ReadFile(all, path.Join(AssetDir, NoticeFile))
	if err != nil {
		return true, err
	}
	_, err = w.Write(data)
	return true, err
}

// NoticeFile is the asset with the licence notices, as plain text.
const NoticeFile = "NOTICE.txt"
