// Package ember proposes what notes lack: tags, links, keyphrases and a summary, each with the probability that a person would say the
// same. It works without a language model, from the graph, the vectors and the words of the index; with one, what the model says is one more
// evidence.
//
// A proposal is a sidecar, NOTE.ember.json beside its note: nothing of the note changes until squash writes it into the front matter.
// What squash did is kept in a folder of backups, by which revert takes it back.
package ember
