package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"unsafe"

	"amalfa/store"
)

// File is where the base of a snapshot lies: a header of headerSize bytes, then the chunk ids (int64), the
// codes (uint64), the checksums of the vectors (uint32) and the vectors (float32), all little-endian, as they lie in memory. It
// is derived from the index: whoever finds it missing, foreign, damaged or too old makes it again, under another name first.
type File struct {
	Path  string
	Stamp string // of the index: a file beside another index says nothing
}

const (
	fileMagic  = "amalfa vectors 2"
	headerSize = 4096 // a page, so that the rest is aligned
)

// header is the header, followed by its own checksum.
type header struct {
	Magic      [16]byte
	Stamp      [32]byte // SHA-256 of the index's stamp: a file beside another index says nothing
	Generation int64
	Rows, Dim  int64
	Sum        uint32 // CRC-32C of all between the header and the vectors
}

// sections are where the parts of the file end, each where the next begins.
type sections struct{ ids, codes, sums, data int64 }

func (h header) sections() sections {
	s := sections{ids: headerSize + 8*h.Rows}
	s.codes = s.ids + 8*h.Rows*int64(codeWords(int(h.Dim)))
	s.sums = s.codes + 4*h.Rows
	s.data = s.sums + 4*h.Rows*h.Dim
	return s
}

func (f File) header(v *Snapshot, sums []uint32) header {
	h := header{Stamp: sha256.Sum256([]byte(f.Stamp)), Generation: v.Generation, Rows: int64(len(v.base.ids)), Dim: int64(v.Model.Dim)}
	copy(h.Magic[:], fileMagic)
	h.Sum = store.Checksum(rawBytes(v.base.ids), rawBytes(v.base.codes), rawBytes(sums))
	return h
}

func (h header) encode() []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, h) // a fixed size, into memory
	page := make([]byte, headerSize)
	copy(page, store.Seal(b.Bytes()))
	return page
}

// Write puts a file with the base of a snapshot in its place.
func (f File) Write(v *Snapshot) error {
	if !littleEndian() {
		return errors.ErrUnsupported
	}
	temp, err := os.CreateTemp(filepath.Dir(f.Path), ".vectors-*")
	if err != nil {
		return err
	}
	sums := sumsOf(v.base.data, v.Model.Dim)
	for _, part := range [][]byte{f.header(v, sums).encode(), rawBytes(v.base.ids), rawBytes(v.base.codes), rawBytes(sums), rawBytes(v.base.data)} {
		if err == nil {
			_, err = temp.Write(part)
		}
	}
	if err := errors.Join(err, temp.Close()); err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	if err := os.Rename(temp.Name(), f.Path); err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// Map returns the snapshot in the file, or nil when there is no sound one of this index and model.
func (f File) Map(m store.Model) *Snapshot {
	file, err := mapFile(f.Path)
	if err != nil || len(file.data) < headerSize {
		return nil
	}
	h, ok := f.decode(file.data)
	at := h.sections()
	if !ok || h.Dim != int64(m.Dim) || !littleEndian() ||
		h.Rows < 1 || h.Rows > int64(len(file.data)) || int64(len(file.data)) != at.data {
		return nil
	}
	if store.Checksum(file.data[headerSize:at.sums]) != h.Sum {
		return nil
	}
	return &Snapshot{Model: m, Generation: h.Generation, base: &table{
		dim:       m.Dim,
		ids:       castBytes[int64](file.data[headerSize:at.ids]),
		codes:     castBytes[uint64](file.data[at.ids:at.codes]),
		checksums: newChecksums(castBytes[uint32](file.data[at.codes:at.sums])),
		data:      castBytes[float32](file.data[at.sums:]),
		file:      file,
	}}
}

// Rows returns how many chunks the file has vectors of, where it is sound and of one generation of the index. It reads the header only.
func (f File) Rows(generation int64) (n int, ok bool) {
	file, err := os.Open(f.Path)
	if err != nil {
		return 0, false
	}
	defer file.Close()
	page := make([]byte, headerSize)
	if _, err := io.ReadFull(file, page); err != nil {
		return 0, false
	}
	h, ok := f.decode(page)
	return int(h.Rows), ok && h.Generation == generation
}

// decode reads the header at the start of data; ok is false when it is damaged or that of another index.
func (f File) decode(data []byte) (h header, ok bool) {
	head, err := store.Unseal(data[:binary.Size(h)+4])
	if err != nil || binary.Read(bytes.NewReader(head), binary.LittleEndian, &h) != nil {
		return h, false
	}
	return h, string(h.Magic[:]) == fileMagic && h.Stamp == sha256.Sum256([]byte(f.Stamp))
}

func littleEndian() bool {
	return binary.NativeEndian.Uint16([]byte{1, 0}) == 1
}

// rawBytes is the memory of a list.
func rawBytes[T int64 | uint64 | uint32 | float32](list []T) []byte {
	if len(list) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&list[0])), len(list)*int(unsafe.Sizeof(list[0]))) // #nosec G103 -- numbers as bytes, in the order of this machine, within the slice
}

// castBytes is the list in some memory, which is aligned for it.
func castBytes[T int64 | uint64 | uint32 | float32](data []byte) []T {
	if len(data) == 0 {
		return nil
	}
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), len(data)/int(unsafe.Sizeof(one))) // #nosec G103 -- as many numbers as the bytes hold
}
