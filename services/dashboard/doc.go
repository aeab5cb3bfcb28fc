// Package dashboard is the page on which a person looks at a workspace: search, notes, the graph, and how services and index are. Pages are
// made here, of templates, and load nothing but what the program holds. Its links lead to notes, and only what stands in a note leads
// outside.
//
// A page is HTML; a part is a piece of one that its script fetches again, as an answer under a question that is being typed.
package dashboard
