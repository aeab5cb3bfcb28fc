package ingest

import "strings"

// plainValues reads the lines "key: value" and "key = value" of a block that its own language does not take, such as
// "title: Tides: a survey". Values that go on over several lines are left out.
func plainValues(block []byte) map[string][]string {
	values := make(map[string][]string)
	for line := range strings.Lines(readable(block)) {
		at := strings.IndexAny(line, ":=")
		if at < 1 || !keyLine.MatchString(line) {
			continue
		}
		key, value := strings.ToLower(strings.TrimSpace(line[:at])), strings.TrimSpace(line[at+1:])
		list := []string{value}
		if inner, ok := strings.CutPrefix(value, "["); ok {
			list = strings.Split(strings.TrimSuffix(inner, "]"), ",")
		}
		for _, v := range list {
			if v = strings.Trim(v, " \t\"'"); v != "" {
				values[key] = append(values[key], v)
			}
		}
	}
	return values
}
