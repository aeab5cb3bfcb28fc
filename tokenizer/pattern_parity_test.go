package tokenizer

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
)

// TestParityPatterns cuts at patterns that try what the published ones do not, one for each rule of
// Oniguruma's that other engines read differently.
func TestParityPatterns(t *testing.T) {
	for _, expr := range []string{
		`\p{N}{1,2}+a?`,                     // after an interval, + repeats
		`\p{N}{1,3}*\s|a`,                   // repetition of a repetition
		`\p{N}{,2}[a-z]`,                    // {,2} is {0,2}
		`[a-z]++\s?+`,                       // possessive
		`(?>[a-z]+|[A-Z])\d|e`,              // no way back into a group
		`(ab|a)(?:bc|c)?|(?i:THE|'LL|k)`,    // the first alternative that leads to a match
		`(?i)[sk]|'[a-f]`,                   // case folding beyond ASCII
		`[^\S\r\n]+|\D\d?`,                  // complements in a set
		`[\p{^L}&]+|\P{^Ll}`,                // inverse properties
		`\P{L}{2,}(?=\p{Ll})|\p{Lu}(?!\s)`,  // looking ahead
		`[a-c[x-z][^a-y\p{L}]]+`,            // sets in a set
		`[-+.]|[+\-]|[a-]\]`,                // hyphens
		`.{3}|\n+`,                          // a dot is no line feed
		`\p{Cn}|\p{Co}+|\p{Sm}|\p{Nd}{3}|Ġ`, // categories
		`(a?){3}b|(?:e|é|中){2}|\.\.`,        // groups, a few times
	} {
		t.Run(expr, func(t *testing.T) {
			quoted, err := json.Marshal(expr)
			if err != nil {
				t.Fatal(err)
			}
			p := newParity(t, variant(t, filepath.Join(trainedPairs(t), "roberta.json"), map[string]string{"pre_tokenizer": fmt.Sprintf(
				`{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":%s},"behavior":"Isolated","invert":false},
				{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":false}]}`, quoted)}))
			p.singles("generated", newGenerator(16).texts(1500))
			p.singles("blanks", newGenerator(17).blanks(1500))
			p.singles("code points", everyNth(codePoints(), 10))
		})
	}
}

// TestPatternsRefused: what means something else elsewhere is never guessed at.
func TestPatternsRefused(t *testing.T) {
	for _, expr := range []string{
		`\w+`, `\bx`, `^a`, `a$`, `\h`, `\R`, `\X`, `(a)\1`, `a+?`, `a{2}?`, `a{2`, `(?<=a)b`, `(?<!a)b`, `(?m:a)`, `(?<n>a)`, `(ab)+`, `(?=a)+b`,
		`[a&&b]`, `[[:alpha:]]`, `[a`, `[]`, `[]a]`, `[z-a]`, `[\s-a]`, `[a-\s]`, `[a-c-e]`, `\p{Han}`, `\p{L`, `\pL`, `(a`, `a)`, `*a`, `]`, `}`, `a\`,
		`(?i:ß)`, `(?i:ss)`, `(?i:é)`, `(?i:\p{Lu})`, `a*`, `a?|b`, `(?!a)`, ``, `a|`, `a{5001}`, `((a{99}b){99}c){99}`,
	} {
		if _, err := newRegex(expr); err == nil {
			t.Errorf("%q is accepted", expr)
		}
	}
}
