package text

import "testing"

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"tide", "", 4}, {"", "tide", 4}, {"tide", "tide", 0}, {"tide", "tied", 1}, {"tide", "tides", 1}, {"tide", "tie", 1},
		{"timetable", "tmietbale", 2}, {"kitten", "sitting", 3}, {"прилив", "прилыв", 1}, {"ab", "ba", 1}, {"abc", "ca", 3},
	} {
		if got := Distance([]rune(tt.a), []rune(tt.b)); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
