//go:build amalfa_full

package models

import "embed"

//go:embed assets
var carriedAssets embed.FS

// carried returns the files that go generate put into the binary.
func carried() (embed.FS, bool) { return carriedAssets, true }
