package postgres_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/store/text"
	"amalfa/testdata/pgserver"
)

// fill takes all the room that a disk has left, and returns what gives it back.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	name := filepath.Join(disk, "filler")
	f, err := os.Create(name)
	check(t, err)
	for size := 1 << 20; size >= 512; size /= 2 { // to the last page
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	check(t, f.Close())
	return func() { check(t, os.Remove(name)) }
}

// bulky is a batch of a note of about 200 kB that compresses badly.
func bulky(i int) store.Batch {
	var texts []string
	for part := range 40 {
		var b strings.Builder
		for word := range 700 {
			fmt.Fprintf(&b, "w%x ", (i*40+part)*700+word*7919)
		}
		texts = append(texts, b.String())
	}
	id := fmt.Sprintf("bulky%d.md", i)
	p := storetest.Note(id, id, texts...)
	for i := range p.Chunks {
		p.Chunks[i].Hash = fmt.Sprint(id, i)
	}
	return store.Batch{Puts: []store.Put{p}}
}

// until writes notes until one is refused, of which there must be one among the first hundred. It returns how many were accepted.
func until(t *testing.T, s *postgres.Store, from int) (accepted int, refused error) {
	t.Helper()
	for i := from; i < from+100; i++ {
		if err := s.Apply(t.Context(), bulky(i)); err != nil {
			return i - from, err
		}
	}
	t.Fatal("a full disk takes all")
	return 0, nil
}

// whole fails the test unless exactly the notes below n are there, whole.
func whole(t *testing.T, s *postgres.Store, n int) {
	t.Helper()
	check(t, s.Check(t.Context()))
	all, err := s.List(t.Context(), "bulky", "", 0)
	if err != nil || len(all) != n {
		t.Fatalf("%d notes, want %d: %v", len(all), n, err)
	}
	for _, note := range all {
		if chunks, err := s.Chunks(t.Context(), note.ID); err != nil || len(chunks) != 40 {
			t.Errorf("%s: %d chunks, %v", note.ID, len(chunks), err)
		}
	}
}

// The disk of the server is full while notes are written, and while an index of vectors is built: both are refused in words, nothing of
// them is there, questions are answered, and once there is room the same handle goes on.
func TestServerDiskFull(t *testing.T) {
	srv := pgserver.Own(t)
	url := srv.Database(t)
	name := database(t, url)
	disk := srv.Disk(t, "48m")
	srv.SQL(t, "postgres", "CREATE TABLESPACE small LOCATION '"+disk+"'")
	srv.SQL(t, "postgres", "ALTER DATABASE "+name+" SET TABLESPACE small")
	s := open(t, url)
	m := store.Model{Digest: "d", Name: "n", Dim: 64}
	b := store.Batch{Model: m, Vectors: map[string][]float32{}, Puts: []store.Put{storetest.Note("a.md", "A", "text")}}
	b.Puts[0].Chunks, b.Vectors["a"] = []store.Chunk{{Hash: "a", Text: "text"}}, make([]float32, m.Dim)
	b.Vectors["a"][0] = 1
	for i := range 1500 {
		b.Vectors[fmt.Sprint("h", i)] = make([]float32, m.Dim)
		b.Vectors[fmt.Sprint("h", i)][i%m.Dim] = 1
		b.Puts[0].Chunks = append(b.Puts[0].Chunks, store.Chunk{Seq: i + 1, Hash: fmt.Sprint("h", i), Text: fmt.Sprint("t", i)})
	}
	storetest.Apply(t, s, b)
	free := fill(t, disk)
	full := func(what string, err error) {
		t.Helper()
		var told *postgres.Error
		if !errors.Is(err, store.ErrFull) || !errors.As(err, &told) || !strings.Contains(told.Error(), "the disk of the database server is full") || strings.Contains(told.Error(), "SQLSTATE") || !strings.Contains(told.Hint(), "make room") {
			t.Fatalf("%s: %v", what, err)
		}
	}
	full("the index", s.BuildIndex(t.Context(), m.Digest, 1))
	accepted, err := until(t, s, 0)
	full("a note", err)
	whole(t, s, accepted)
	if found, err := s.Keyword(t.Context(), text.Phrase("text"), 5); err != nil || len(found) != 1 {
		t.Errorf("a question: %v %v", found, err)
	}
	free()
	check(t, s.Apply(t.Context(), bulky(accepted)))
	whole(t, s, accepted+1)
	for i := range accepted + 1 { // no index is built while notes wait for their vectors
		check(t, s.Apply(t.Context(), store.Batch{Deletes: []string{fmt.Sprintf("bulky%d.md", i)}}))
	}
	check(t, s.BuildIndex(t.Context(), m.Digest, 1))
	if n := indexes(t, srv, url); n != "1" {
		t.Errorf("%s indexes", n)
	}
}

// The disk of the write-ahead log is full: the server falls and does not rise until there is room. What it accepted is there, and the
// same handle goes on.
func TestServerLogDiskFull(t *testing.T) {
	srv := pgserver.Own(t)
	url := srv.Database(t)
	disk := srv.Disk(t, "96m")
	check(t, srv.MoveWAL(disk))
	s := open(t, url)
	free := fill(t, disk)
	accepted, err := until(t, s, 0)
	if !errors.Is(err, store.ErrFull) && !refusedInWords(err) {
		t.Fatalf("a note: %v", err)
	}
	var told *postgres.Error
	if !errors.As(err, &told) || told.Hint() == "" {
		t.Errorf("no hint: %v", err)
	}
	t.Logf("%d notes, then: %v", accepted, err)
	free()
	_ = srv.Stop("immediate") // it may have fallen for good
	check(t, srv.Restart())
	again(t, s)
	if _, err := s.Get(t.Context(), fmt.Sprintf("bulky%d.md", accepted)); err == nil {
		accepted++ // it was committed, and the server fell before it said so
	}
	whole(t, s, accepted)
	check(t, s.Apply(t.Context(), bulky(accepted)))
	whole(t, s, accepted+1)
}
