package notes

import "testing"

func TestIsInvisible(t *testing.T) {
	for _, r := range "\x00\x1b\r\x7f\u0085\u034f\u061c\u115f\u180e\u200b\u200e\u202e\u2060\u2066\u3164\ufeff\uffa0\ufff9\U0001d173\U000e0041\U000e0100" {
		if !IsInvisible(r) {
			t.Errorf("%U counts as visible", r)
		}
	}
	for _, r := range "a \n\té日潮\u00a0\u00ad\u0600\u200c\u200d\u2013\ufe0f\ufffd\U0001f600\U00013430" {
		if IsInvisible(r) {
			t.Errorf("%U counts as invisible", r)
		}
	}
}
