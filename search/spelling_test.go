package search

import (
	"slices"
	"strings"
	"testing"
)

// TestSpellings asks in one spelling for what a note writes in another.
func TestSpellings(t *testing.T) {
	const hash, uuid = "7e4ac07f3b2d9c1a5e6f708192a3b4c5d6e7f809", "550e8400-e29b-41d4-a716-446655440000"
	for _, c := range []struct {
		note  string
		texts []string
	}{
		{"see RFC 9110 there", []string{"RFC9110", "rfc9110", "RFC-9110", "rfc 9110", "RFC9110?"}},
		{"see RFC9110 there", []string{"RFC 9110", "RFC-9110", "rfc_9110"}},
		{"cells of HEK-293 grow", []string{"HEK293", "HEK 293", "hek293"}}, {"cells of HEK293 grow", []string{"HEK-293", "HEK 293"}},
		{"runs on Windows 11 and Python3", []string{"Windows11", "Python 3", "windows 11"}},
		{"GPT-4 and COVID-19 and ISO 8601", []string{"GPT4", "COVID19", "ISO8601", "gpt 4", "covid 19", "ISO-8601"}},
		{"weighs 10kg", []string{"10 kg", "10-kg"}}, {"weighs 10 kg", []string{"10kg"}},
		{"release v1.5 is out", []string{"v1.5", "v 1.5", "V1.5"}},
		{"Commit " + hash, []string{hash[:7], hash[:12], strings.ToUpper(hash[:10]), hash, hash[:7] + ",", "sha1:" + hash[:9]}},
		{"Commit " + hash[:8] + " mends it", []string{hash, hash[:7], strings.ToUpper(hash)}},
		{"COMMIT " + strings.ToUpper(hash), []string{hash[:7]}},
		{"image sha256:" + hash, []string{"sha256:" + hash[:12], hash[:12]}},
		{"id " + uuid, []string{uuid, uuid[:8], strings.ToUpper(uuid)}},
		{"rev 1234567890abcdef and 1234567", []string{"1234567"}},
		{"كتاب قديم", []string{"کتاب", "کِتاب", "كـتاب", "قدیم"}}, {"در سال ۱۴۰۳ نوشته", []string{"1403", "١٤٠٣"}}, {"พ.ศ. ๒๕๖๗", []string{"2567"}},
		{"می\u200cخواهم بروم", []string{"ميخواهم", "میخواهم"}}, {"المدرسة الكبرى", []string{"المدرسه", "الکبری"}},
	} {
		s := New(vault(t, note("k.md", "K", c.note), note("o.md", "O", "another text, of letters and 12 digits")), nil, nil)
		for _, text := range c.texts {
			a := ask(t, s, Query{Text: text, Mode: Keyword})
			if got := idsOf(a); !slices.Contains(got, "k.md") || got[0] != "k.md" {
				t.Errorf("%q finds %v, not %q", text, got, c.note)
			}
		}
	}
	s := New(vault(t, note("k.md", "K", "the façade0 and 1234567 and abcdefa and 7e4a07f1")), nil, nil)
	for _, text := range []string{"facades", "123456", "abcdef", "7e4ac07", "7e4a07e"} {
		if got := idsOf(ask(t, s, Query{Text: text, Mode: Keyword})); len(got) > 0 {
			t.Errorf("%q finds %v", text, got)
		}
	}
}

// TestSnippetOfASpelling shows what was asked for, however it is written.
func TestSnippetOfASpelling(t *testing.T) {
	far := strings.Repeat("words that say nothing about it at all ", 30)
	s := New(vault(t, note("k.md", "K", far+"see RFC 9110 and 7e4ac07f3b2d9c1a5e6f708192a3b4c5d6e7f809 "+far)), nil, nil)
	for text, want := range map[string]string{"RFC9110": "RFC 9110", "7e4ac07": "7e4ac07f3b", "rfc-9110": "RFC 9110"} {
		a := ask(t, s, Query{Text: text, Mode: Keyword})
		if len(a.Results) != 1 || !strings.Contains(a.Results[0].Snippet, want) {
			t.Errorf("%s: %+v", text, a.Results)
		}
	}
}
