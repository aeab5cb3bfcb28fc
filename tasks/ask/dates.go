package ask

import (
	"regexp"
	"strconv"
	"strings"
)

const monthNames = `jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero)?|m(?:ar(?:ch)?|ärz|aerz|ars)|apr(?:il)?|ma[iy]|jun[ie]?|jul[iy]?|aug(?:ust)?|sep(?:t|tember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?`

var wholeMonth = regexp.MustCompile(`^(?i)(?:` + monthNames + `)$`)

// monthOf reads a month, in figures or by the beginning of its name.
func monthOf(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	s = strings.ToLower(s)
	for i, starts := range []string{"jan", "feb", "mar mär mae", "apr", "mai may", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"} {
		for start := range strings.FieldsSeq(starts) {
			if strings.HasPrefix(s, start) && wholeMonth.MatchString(s) {
				return i + 1
			}
		}
	}
	return 0
}

// sameDate tells whether all that a says, b says too.
func sameDate(a, b [3]int) bool {
	for i := range a {
		if a[i] != 0 && a[i] != b[i] {
			return false
		}
	}
	return true
}
