package ignore

import "strings"

// A class is a set of bytes.
type class [256]bool

var notSlash = func() (c class) {
	for b := range c {
		c[b] = b != '/'
	}
	return c
}()

func (c *class) has(b byte) bool { return c[b] }

// add takes in the bytes from lo to hi. Where case does not count, texts are in lower case already, and a letter stands for both.
func (c *class) add(lo, hi byte, fold bool) {
	for b := int(lo); b <= int(hi); b++ {
		c[b] = true
		c[lower(byte(b), fold)] = true
	}
}

// parseClass reads what stands behind a "[", up to behind the "]" that closes it, which may not come first.
func parseClass(p string, i int, fold bool) (c *class, end int, ok bool) {
	c = new(class)
	negated := i < len(p) && (p[i] == '!' || p[i] == '^')
	if negated {
		i++
	}
	var last byte // the byte before, of which a range may begin; 0: none
	for first := true; i < len(p) && (first || p[i] != ']'); first = false {
		if last, i, ok = c.item(p, i, last, fold); !ok {
			return nil, 0, false
		}
	}
	if i >= len(p) {
		return nil, 0, false
	}
	for b := range c {
		c[b] = c[b] != negated && b != '/'
	}
	return c, i + 1, true
}

// item reads one byte, range or named class, and returns where the next begins.
func (c *class) item(p string, i int, last byte, fold bool) (now byte, next int, ok bool) {
	switch {
	case p[i] == '-' && last != 0 && i+1 < len(p) && p[i+1] != ']':
		hi, next, ok := escaped(p, i+1)
		c.add(last, hi, fold)
		return 0, next, ok
	case strings.HasPrefix(p[i:], "[:"):
		closing := strings.IndexByte(p[i+2:], ']') + i + 2
		if closing < i+2 {
			return 0, 0, false
		}
		if closing > i+2 && p[closing-1] == ':' {
			return 0, closing + 1, c.named(p[i+2:closing-1], fold)
		}
	}
	now, next, ok = escaped(p, i)
	c[now] = true
	return now, next, ok
}

// escaped is the byte at i, or the one behind a backslash there.
func escaped(p string, i int) (b byte, next int, ok bool) {
	if i < len(p) && p[i] == '\\' {
		i++
	}
	if i >= len(p) {
		return 0, 0, false
	}
	return p[i], i + 1, true
}

// members are the classes that have a name, as ranges: git's own, which know ASCII alone and no vertical tab among the spaces.
var members = map[string]string{
	"alnum": "09AZaz", "alpha": "AZaz", "blank": "  \t\t", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09", "graph": "!~", "lower": "az",
	"print": " ~", "punct": "!/:@[`{~", "space": "  \t\n\r\r", "upper": "AZ", "xdigit": "09AFaf",
}

func (c *class) named(name string, fold bool) bool {
	ranges, ok := members[name]
	for ; ranges != ""; ranges = ranges[2:] {
		c.add(ranges[0], ranges[1], fold && name == "upper")
	}
	return ok
}
