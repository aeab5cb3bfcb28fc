package pack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"amalfa/testdata/assets"
)

func TestHalfRoundTripsEveryValue(t *testing.T) {
	for i := range 1 << 16 {
		h, ok := toHalf(fromHalf(uint16(i)))
		if !ok || h != uint16(i) {
			t.Fatalf("float16 %#04x came back as %#04x, %v", i, h, ok)
		}
	}
}

func TestHalfHasTheFloatsValue(t *testing.T) {
	cases := []struct {
		value float32
		half  uint16
		exact bool
	}{
		{0, 0, true}, {float32(math.Copysign(0, -1)), 0x8000, true},
		{1, 0x3c00, true}, {-2, 0xc000, true}, {65504, 0x7bff, true}, {65536, 0, false},
		{6.103515625e-05, 0x0400, true},       // 2^-14, the least normal one
		{5.960464477539063e-08, 0x0001, true}, // 2^-24, the least one of all
		{2.9802322387695312e-08, 0, false},    // 2^-25
		{6.097555160522461e-05, 0x03ff, true}, // the greatest subnormal one
		{0.1, 0, false}, {1.0009765625, 0x3c01, true}, {1.00048828125, 0, false},
		{float32(math.Inf(1)), 0x7c00, true}, {math.SmallestNonzeroFloat32, 0, false},
	}
	for _, c := range cases {
		half, exact := toHalf(math.Float32bits(c.value))
		if exact != c.exact || exact && half != c.half {
			t.Errorf("toHalf(%g) = %#04x, %v; want %#04x, %v", c.value, half, exact, c.half, c.exact)
		}
		if exact && math.Float32frombits(fromHalf(half)) != c.value {
			t.Errorf("fromHalf(%#04x) is not %g", half, c.value)
		}
	}
}

// message builds a record of bytes.
func message(num protowire.Number, body ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), bytes.Join(body, nil))
}

func floats(values ...float32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

func tensor(dataType byte, num protowire.Number, data []byte) []byte {
	return message(graphInitializer, []byte{tensorDataType << 3, dataType}, message(num, data))
}

func TestFloatSpans(t *testing.T) {
	exact, other := floats(1, -2, 0.5), floats(7, 8)
	model := bytes.Join([][]byte{
		message(2, []byte("producer")),
		message(modelGraph, tensor(1, tensorRawData, exact), tensor(7, tensorRawData, other), tensor(1, tensorFloatData, other)),
	}, nil)
	spans, err := floatSpans(model)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]byte
	for _, s := range spans {
		got = append(got, model[s.start:s.end])
	}
	if diff := cmp.Diff([][]byte{exact, other}, got); diff != "" {
		t.Error(diff)
	}
}

func roundTrip(t testing.TB, model []byte) (packed, back []byte) {
	t.Helper()
	var buf bytes.Buffer
	if err := Pack(&buf, model); err != nil {
		t.Fatal(err)
	}
	packed = bytes.Clone(buf.Bytes())
	r, err := NewReader(iotest.HalfReader(&buf))
	if err != nil {
		t.Fatal(err)
	}
	back, err = io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return packed, back
}

func TestPackKeepsEveryBit(t *testing.T) {
	big := make([]float32, 3*maxHalf/8) // one segment and a half
	for i := range big {
		big[i] = float32(i % 1000)
	}
	inexact := floats(append([]float32{0.1}, big...)...)
	cases := map[string][]byte{
		"empty":              nil,
		"half of it packs":   message(modelGraph, tensor(1, tensorRawData, floats(big...))),
		"one value too fine": message(modelGraph, tensor(1, tensorRawData, inexact)),
		"NaN payload":        message(modelGraph, tensor(1, tensorRawData, []byte{1, 0, 0x80, 0x7f})),
	}
	for name, model := range cases {
		t.Run(name, func(t *testing.T) {
			if _, back := roundTrip(t, model); !bytes.Equal(back, model) {
				t.Error("unpacked bytes differ from the original")
			}
		})
	}
	if packed, _ := roundTrip(t, cases["half of it packs"]); len(packed) > len(big)*2+100 {
		t.Errorf("%d values packed into %d bytes, want about 2 bytes each", len(big), len(packed))
	}
}

func TestRealModel(t *testing.T) {
	if testing.Short() {
		t.Skip("works on a file of 133 MB")
	}
	path, _ := assets.Model(t, "bge-small-en-v1.5")
	model, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	packed, back := roundTrip(t, model)
	if !bytes.Equal(back, model) {
		t.Error("unpacked model differs from the original")
	}
	if len(packed) > 67_000_000 { // 33,212,160 weights at 2 bytes, and the graph
		t.Errorf("packed model is %d bytes; all its weights should fit in float16", len(packed))
	}
}

func TestReaderRefusesBrokenStreams(t *testing.T) {
	model := message(modelGraph, tensor(1, tensorRawData, floats(1, 2, 3)))
	packed, _ := roundTrip(t, model)
	for cut := range len(packed) {
		r, err := NewReader(bytes.NewReader(packed[:cut]))
		if err != nil {
			continue
		}
		back, err := io.ReadAll(r)
		if err == nil && bytes.Equal(back, model) {
			t.Errorf("a stream cut at byte %d gave the whole model", cut)
		}
		if err != nil && !errors.Is(err, ErrFormat) {
			t.Errorf("cut at byte %d: %v, want ErrFormat", cut, err)
		}
	}
}

func FuzzPack(f *testing.F) {
	f.Add(message(modelGraph, tensor(1, tensorRawData, floats(1, 2, 0.1))))
	f.Add([]byte{0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, model []byte) {
		var buf bytes.Buffer
		if err := Pack(&buf, model); err != nil {
			if !errors.Is(err, errMalformed) {
				t.Fatalf("unexpected error %v", err)
			}
			return
		}
		r, err := NewReader(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, model) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	packed, _ := roundTrip(f, message(modelGraph, tensor(1, tensorRawData, floats(1, 2))))
	f.Add(packed)
	f.Fuzz(func(t *testing.T, stream []byte) {
		r, err := NewReader(bytes.NewReader(stream))
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r); err != nil && !errors.Is(err, ErrFormat) {
			t.Fatalf("unexpected error %v", err)
		}
	})
}
