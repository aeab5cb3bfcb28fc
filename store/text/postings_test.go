package text

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/store"
)

func FuzzPostings(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint32(7))
	f.Fuzz(func(t *testing.T, data []byte, seek uint32) {
		var list []posting
		doc := uint32(0)
		for i, b := range data {
			doc += uint32(b)*uint32(b)%7001 + 1
			list = append(list, posting{doc, uint32(b)<<(i%9) + 1})
		}
		packed := appendPostings(nil, list)
		if d := cmp.Diff(list, newCursor(packed).all(), cmp.AllowUnexported(posting{})); d != "" && len(list) > 0 {
			t.Fatal(d)
		}
		c := newCursor(packed)
		c.seek(seek)
		want := uint32(noDoc)
		if i := slices.IndexFunc(list, func(p posting) bool { return p.doc >= seek }); i >= 0 {
			want = list[i].doc
		}
		if c.doc != want {
			t.Fatalf("seek %d: %d, want %d", seek, c.doc, want)
		}
		newCursor(data).seek(seek) // any bytes end
		_ = decodeEntries(data)
		_, _ = unpackChunks(store.Seal(data))
		_, _ = unpackDirectory(store.Seal(data))
	})
}

// Positions come back posting by posting, in whatever steps they are asked for, and any bytes end.
func FuzzPositions(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0, 200, 255, 7}, 3)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		var want [][]uint32
		var raw []byte
		for i := 0; i < len(data); {
			n := min(1+int(data[i]%5), len(data)-i)
			var positions []uint32
			at := uint32(0)
			for _, b := range data[i : i+n] {
				at += uint32(b)*uint32(b) + 1
				positions = append(positions, at)
			}
			want, raw = append(want, positions), appendPositions(raw, positions)
			i += n
		}
		c := positionCursor{data: appendPositionBlocks(nil, raw)}
		for i := 0; i < len(want); i += 1 + (step&0xff)*i%300 {
			encoded := c.at(i)
			got, rest := decodePositions(nil, encoded)
			if !slices.Equal(got, want[i]) || len(encoded)-len(rest) != skipPositions(encoded) {
				t.Fatalf("posting %d: %v, want %v", i, got, want[i])
			}
		}
		damaged := positionCursor{data: data}
		_, _ = decodePositions(nil, damaged.at(step&0xfff))
	})
}

func FuzzExpr(f *testing.F) {
	f.Add(`("a" OR ("b c"* NOT "d"))`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text)
		if err == nil && len(n.positive()) == 0 {
			t.Errorf("%q looks for nothing", text)
		}
	})
}

// all decodes the rest of a list.
func (c *cursor) all() []posting {
	var list []posting
	for ; c.doc != noDoc; c.next() {
		list = append(list, posting{c.doc, c.weight})
	}
	return list
}
