package app

import (
	"cmp"

	"amalfa/store"
)

// CoverageReason says what a file lacks in the index, "" for nothing; refused is why the model took none of its passages.
func CoverageReason(f store.File, refused string) string {
	lacks := cmp.Or(refused, "no vectors yet")
	switch {
	case !f.HasNote() || f.Chunks == 0 || f.Vectors != "":
		return f.Reason
	case f.Reason == "":
		return lacks
	}
	return f.Reason + "; " + lacks
}
