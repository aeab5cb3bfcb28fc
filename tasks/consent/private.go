package consent

import "amalfa/notes"

// IsPrivate tells whether a note is marked as private: by a pattern of the settings, or by itself.
func (p *Policy) IsPrivate(id string, file []byte) bool {
	return p.isPrivatePath(id) || notes.IsPrivate(file)
}
