// Package consent decides what of the notes may leave this machine, and for whom.
//
// Whatever puts text of notes before a language model asks a [Policy] twice: [Policy.Permit] whether the provider may be asked at
// all for this purpose, and [Policy.Release] which passages may go there. A provider on this machine sees everything. What is
// held back from another one is named, by path, lines and kind, and never quoted.
package consent
