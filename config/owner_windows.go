package config

import "io/fs"

// owner is not known from a FileInfo on Windows; the profile folder's ACL keeps others out.
func owner(fs.FileInfo) (int, bool) { return 0, false }

func device(fs.FileInfo) uint64 { return 0 }
