package notes

import "unicode"

// IsInvisible reports characters that a reader of the rendered note does not see and a model does: control and format
// characters (bidirectional controls, zero-width space, byte order mark), those that display as nothing, and the plane of tags,
// which spell invisible ASCII. Line feed and tab have a use, as have the joiners, which Persian, Indic scripts and emoji need, and
// the soft hyphen.
func IsInvisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d' || r == '\u00ad':
		return false
	case r >= 0x13430 && r <= 0x1345f, unicode.Is(unicode.Prepended_Concatenation_Mark, r): // format characters with a glyph
		return false
	}
	return r>>12 == 0xe0 || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}
