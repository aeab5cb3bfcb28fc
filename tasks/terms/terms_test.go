package terms

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExtract(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"The tide gauge at the quay is new. A tide gauge measures height. Our Tide Gauges drift.", "tide gauge"},
		{"Die Ebbe kommt. Der Pegelmesser zeigt die Ebbe an, der Pegelmesser misst.", "pegelmesser"},
		{"潮汐表を見る。潮汐表は港にある。", "潮汐表"},
		{"メンテナンスは毎週。メンテナンス", "メンテナンス"},
		{"Прилив измеряет мареограф. Старый мареограф сломан.", "мареограф"},
		{"We call `parseHead` before parseHead is ready", "parseHead"},
	} {
		all := Extract(row.text)
		if len(all) == 0 || !slices.ContainsFunc(all[:min(3, len(all))], func(x Term) bool { return strings.EqualFold(x.Text, row.want) }) {
			t.Errorf("%q: %+v", row.text, all)
		}
	}
	if Key("Tide gauges") != Key("tide gauge") {
		t.Error("a plural is another term")
	}
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{"", "a b", "潮汐表", "ที่ทดสอบ", "C++ node.js it's", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, x := range Extract(s) {
			if x.Count < 1 || x.Words < 1 || x.Words > MaxWords || x.Key == "" || utf8.ValidString(s) && !utf8.ValidString(x.Text) {
				t.Fatalf("%+v", x)
			}
		}
	})
}
