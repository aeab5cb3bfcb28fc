package models

import (
	"math"
	"testing"
)

func TestReads(t *testing.T) {
	english, chinese, many := Model{Languages: english}, Model{Languages: "zh, en"}, Model{Languages: manyLanguages}
	for _, c := range []struct {
		model Model
		text  string
		want  float64
	}{
		{english, "high water", 1}, {english, "Ünïcode façade", 1}, {english, "満潮は二回", 0}, {english, "прилив tide", 4.0 / 10}, {english, "→ 12 €", 1},
		{english, "", 1}, {chinese, "潮汐 tide", 1}, {chinese, "прилив", 0}, {many, "прилив", 1}, {Model{}, "прилив", 1},
	} {
		if got := c.model.Reads(c.text); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%q: %.3f, want %.3f", c.text, got, c.want)
		}
	}
}
