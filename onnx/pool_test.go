package onnx

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPool(t *testing.T) {
	perToken := Output{Data: []float32{1, 2, 3, 4, 5, 9}, Rows: 3, Width: 2, PerToken: true}
	pooled := Output{Data: []float32{7, 8}, Rows: 1, Width: 2}
	for _, test := range []struct {
		name string
		out  Output
		how  Pooling
		want []float32
	}{
		{"cls", perToken, CLS, []float32{1, 2}},
		{"last", perToken, Last, []float32{5, 9}},
		{"mean", perToken, Mean, []float32{3, 5}}, // (1+3+5)/3, (2+4+9)/3
		{"pooled by the model", pooled, Mean, []float32{7, 8}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, pool(test.out, test.how)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNormalize(t *testing.T) {
	v := []float32{3, 4}
	Normalize(v)
	if diff := cmp.Diff([]float32{0.6, 0.8}, v); diff != "" {
		t.Error(diff)
	}
	zero := []float32{0, 0}
	Normalize(zero)
	if diff := cmp.Diff([]float32{0, 0}, zero); diff != "" {
		t.Error(diff)
	}
}

func TestParsePooling(t *testing.T) {
	for name, want := range map[string]Pooling{"cls": CLS, "mean": Mean, "last": Last} {
		if got, err := ParsePooling(name); got != want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := ParsePooling("max"); err == nil {
		t.Error("max was accepted")
	}
}

func TestFromHalf(t *testing.T) {
	for bits, want := range map[uint16]float32{
		0x0000: 0,
		0x3c00: 1,
		0xc000: -2,
		0x3555: 0.33325195, // the nearest to a third
		0x7bff: 65504,      // the largest
		0x0400: 6.1035156e-5,
		0x0001: 5.9604645e-8, // the smallest subnormal, 2⁻²⁴
		0x7c00: float32(math.Inf(1)),
		0xfc00: float32(math.Inf(-1)),
	} {
		if got := fromHalf(bits); got != want {
			t.Errorf("%#04x: %v, want %v", bits, got, want)
		}
	}
	if got := fromHalf(0x7e00); got == got {
		t.Errorf("NaN became %v", got)
	}
	if got := fromHalf(0x8000); math.Float32bits(got) != 1<<31 {
		t.Errorf("negative zero became %v", got)
	}
}

func TestFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if finite([]float32{1, float32(bad)}) {
			t.Errorf("%v passed", bad)
		}
	}
	if !finite([]float32{0, -1, math.MaxFloat32}) {
		t.Error("finite numbers were refused")
	}
}
