//go:build !amalfa_full

package models

import "embed"

// carried says that this build holds no assets.
func carried() (embed.FS, bool) { return embed.FS{}, false }
