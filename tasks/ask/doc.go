// Package ask answers questions over the notes by a language model, and holds each sentence of the answer against the lines that it
// cites. What the model writes is data: it is cut into sentences, its citations count only where they name passages that were
// put before it, and no sentence is changed or left out: one that its lines do not support is marked.
package ask
