package ingest

import "amalfa/notes"

// vaults are the vaults of a workspace. Of two of which one lies in the other, the inner one comes first.
type vaults []notes.Vault

// of returns the vault of a note: the zero value where none holds it.
func (v vaults) of(id string) notes.Vault {
	for _, vault := range v {
		if vault.Root == "" || under(id, vault.Root) {
			return vault
		}
	}
	return notes.Vault{}
}
