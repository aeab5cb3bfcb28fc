package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unsafe"
)

// The file of a view, vectors-<digest>.bin beside the database: a header of viewHeader bytes, then the chunk ids (int64), the
// codes (uint64), the checksums of the vectors (uint32) and the vectors (float32), all little-endian, as they lie in memory. It
// is derived from the database: whoever finds it missing, foreign, damaged or too old makes it again, under another name first.

const (
	viewMagic  = "amalfa vectors 2"
	viewHeader = 4096 // a page, so that the rest is aligned
)

// viewHead is the header, followed by its own checksum.
type viewHead struct {
	Magic      [16]byte
	Stamp      [32]byte // SHA-256 of the index's stamp: a file beside another index says nothing
	Generation int64
	Rows, Dim  int64
	Sum        uint32 // CRC-32C of all between the header and the vectors
}

// sections are where the parts of the file end, each where the next begins.
type sections struct{ ids, codes, sums, data int64 }

func (h viewHead) sections() sections {
	s := sections{ids: viewHeader + 8*h.Rows}
	s.codes = s.ids + 8*h.Rows*int64(codeWords(int(h.Dim)))
	s.sums = s.codes + 4*h.Rows
	s.data = s.sums + 4*h.Rows*h.Dim
	return s
}

var plainDigest = regexp.MustCompile(`^[0-9A-Za-z-]{1,80}$`)

// viewPath is where the vectors of a model are kept.
func (s *SQLite) viewPath(digest string) string {
	if !plainDigest.MatchString(digest) {
		sum := sha256.Sum256([]byte(digest))
		digest = hex.EncodeToString(sum[:])
	}
	return filepath.Join(filepath.Dir(s.path), "vectors-"+digest+".bin")
}

// removeViews removes the files of all other models. One that stays wastes space and is never read.
func (s *SQLite) removeViews(except string) {
	files, _ := filepath.Glob(filepath.Join(globEscape(filepath.Dir(s.path)), "vectors-*.bin"))
	for _, file := range files {
		if file != s.viewPath(except) {
			_ = os.Remove(file)
		}
	}
}

// globEscape takes the meaning from what stands in the name of a folder.
func globEscape(dir string) string {
	if filepath.Separator == '\\' {
		return dir // Windows has no escape, and no such names but with "["
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

func (s *SQLite) viewHead(v *View, sums []uint32) viewHead {
	h := viewHead{Stamp: sha256.Sum256([]byte(s.stamp)), Generation: v.generation, Rows: int64(len(v.base.ids)), Dim: int64(v.Model.Dim)}
	copy(h.Magic[:], viewMagic)
	for _, part := range [][]byte{rawBytes(v.base.ids), rawBytes(v.base.codes), rawBytes(sums)} {
		h.Sum = crc32.Update(h.Sum, castagnoli, part)
	}
	return h
}

func (h viewHead) encode() []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, h) // a fixed size, into memory
	page := make([]byte, viewHeader)
	copy(page, seal(b.Bytes()))
	return page
}

// writeView puts the file of a view in its place.
func (s *SQLite) writeView(v *View) error {
	if !littleEndian() {
		return errors.ErrUnsupported
	}
	path := s.viewPath(v.Model.Digest)
	f, err := os.CreateTemp(filepath.Dir(path), ".vectors-*")
	if err != nil {
		return err
	}
	sums := sumsOf(v.base.data, v.Model.Dim)
	for _, part := range [][]byte{s.viewHead(v, sums).encode(), rawBytes(v.base.ids), rawBytes(v.base.codes), rawBytes(sums), rawBytes(v.base.data)} {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// mapView returns the view in the file, or nil when there is no sound one of this index and model.
func (s *SQLite) mapView(m Model) *View {
	file, err := mapFile(s.viewPath(m.Digest))
	if err != nil || len(file.data) < viewHeader {
		return nil
	}
	var h viewHead
	size := binary.Size(h)
	head, err := unseal(file.data[:size+4])
	if err != nil || binary.Read(bytes.NewReader(head), binary.LittleEndian, &h) != nil {
		return nil
	}
	at := h.sections()
	if string(h.Magic[:]) != viewMagic || h.Stamp != sha256.Sum256([]byte(s.stamp)) || h.Dim != int64(m.Dim) || !littleEndian() ||
		h.Rows < 1 || h.Rows > int64(len(file.data)) || int64(len(file.data)) != at.data {
		return nil
	}
	if crc32.Checksum(file.data[viewHeader:at.sums], castagnoli) != h.Sum {
		return nil
	}
	return &View{Model: m, generation: h.Generation, base: &table{
		dim:   m.Dim,
		ids:   castBytes[int64](file.data[viewHeader:at.ids]),
		codes: castBytes[uint64](file.data[at.ids:at.codes]),
		proof: newProof(castBytes[uint32](file.data[at.codes:at.sums])),
		data:  castBytes[float32](file.data[at.sums:]),
		file:  file,
	}}
}

func littleEndian() bool {
	return binary.NativeEndian.Uint16([]byte{1, 0}) == 1
}

// rawBytes is the memory of a list.
func rawBytes[T int64 | uint64 | uint32 | float32](list []T) []byte {
	if len(list) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&list[0])), len(list)*int(unsafe.Sizeof(list[0])))
}

// castBytes is the list in some memory, which is aligned for it.
func castBytes[T int64 | uint64 | uint32 | float32](data []byte) []T {
	if len(data) == 0 {
		return nil
	}
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), len(data)/int(unsafe.Sizeof(one)))
}
