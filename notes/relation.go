package notes

import (
	"slices"
	"strings"
	"unicode"
)

// Types of edges that are no relation: what a plain link, an embed and a tag make, and what the graph adds by itself.
const (
	LinksTo   = "LINKS_TO"    // [text](note.md)
	Cites     = "CITES"       // [[note]]
	Embeds    = "EMBEDS"      // ![[note]]
	TaggedAs  = "TAGGED_AS"   // #tag and its other forms
	ExampleOf = "EXEMPLIFIES" // tag-name
	Follows   = "FOLLOWS"     // made from dates, written by nobody
	AppearsIn = "APPEARS_IN"  // from a term to a note that speaks of it
	Defines   = "DEFINES"     // from a note to a term
)

// TermPrefix marks the node of a term: "term:tide gauge".
const TermPrefix = "term:"

// IsTerm tells whether a node is a term.
func IsTerm(node string) bool { return strings.HasPrefix(node, TermPrefix) }

// maxRelation bounds the name of a relation, in bytes.
const maxRelation = 40

// Relations that people know by name. Statements are made of nothing but notes, so that one to a note that is not there is a broken
// link wherever it stands. Directions are words of everyday use too: "[NEXT: call Bob]". They are those of Breadcrumbs, of themes of
// Jekyll and VitePress (parent, prev, next), of the earlier program (EXTENDS, SUPPORTS, CONTRADICTS, REFERENCES, DUPLICATE), of SKOS
// and Dublin Core.
var (
	statements = strings.Fields(`EXTENDS EXTENDED_BY SUPPORTS SUPPORTED_BY CONTRADICTS CONTRADICTED_BY REFINES REFINED_BY REFUTES REFUTED_BY
		SUPERSEDES SUPERSEDED_BY REPLACES REPLACED_BY IS_REPLACED_BY REFERENCES REFERENCED_BY CITES CITED_BY DEPENDS_ON REQUIRED_BY IMPLEMENTS
		IMPLEMENTED_BY DUPLICATE_OF DUPLICATES DUPLICATE DERIVED_FROM BASED_ON INSPIRED_BY PART_OF IS_PART_OF HAS_PART RELATED_TO RELATES_TO SIMILAR_TO
		EXAMPLE_OF INSTANCE_OF BELONGS_TO BLOCKED_BY FOLLOWED_BY PRECEDED_BY PRECEDES VERSION_OF`)
	directions = strings.Fields(`UP DOWN SAME NEXT PREV PREVIOUS PARENT PARENTS CHILD CHILDREN SIBLING SIBLINGS RELATED SEE SEE_ALSO REQUIRES BLOCKS OPPOSES
		BROADER NARROWER JUMP`)
	// callouts begin remarks in brackets: "[NOTE: tides]" names no note.
	callouts = strings.Fields(`NOTE NOTES TODO FIXME TIP HINT WARNING IMPORTANT CAUTION DANGER INFO HACK XXX BUG DONE WIP TBD TBC EDIT UPDATE UPDATED ED NB PS
		EXAMPLE QUESTION ANSWER ABSTRACT SUMMARY IMAGE FIGURE VIDEO AUDIO MUSIC LAUGHTER ERROR WARN DEBUG FATAL TRACE`)
)

// relationTypes are the relations known by name, by plainKey.
var relationTypes = func() map[string]string {
	types := map[string]string{}
	for _, t := range slices.Concat(statements, directions) {
		types[plainKey(t)] = t
	}
	return types
}()

// KnownRelation is the type of a relation that people know by name, however its words are joined: "seeAlso" and "see-also" are SEE_ALSO. ok is
// false for any other.
func KnownRelation(name string) (kind string, ok bool) {
	kind, ok = relationTypes[plainKey(name)]
	return kind, ok
}

// IsStatement tells whether a type of edge is a relation to a note even where no note answers.
func IsStatement(kind string) bool { return slices.Contains(statements, kind) }

// IsCallout tells whether a word in capitals begins a remark.
func IsCallout(word string) bool { return slices.Contains(callouts, word) }

// RelationOf is the type of edge that the links in the value of a key make: the key in capitals, "_" between its words. Of a key below
// another one ("a.b") the last part counts. ok is false for a key that says something about the note itself (OwnKey), for what is no
// name, and for the types that links cannot have: those links are plain ones.
func RelationOf(key string) (kind string, ok bool) {
	last := key[strings.LastIndexByte(key, '.')+1:]
	if OwnKey(key) || OwnKey(last) {
		return "", false
	}
	kind, ok = RelationType(EdgeType(last))
	return kind, ok && !slices.Contains([]string{TaggedAs, ExampleOf, Follows}, kind)
}

// EdgeType is the type of edges that people mean by a name: "see also" and "See_Also" are SEE_ALSO, "cites" is CITES. What can be none is
// itself, and no edge has it.
func EdgeType(name string) string {
	kind, ok := KnownRelation(name)
	if !ok {
		kind, ok = RelationType(name)
	}
	if !ok {
		return name
	}
	return kind
}

// RelationType is a name as a type of edge: in capitals, "_" for the blanks and dashes between its words. ok is false where it does not
// begin with a letter, holds anything else than letters, digits and those, or is longer than 40 bytes.
func RelationType(name string) (kind string, ok bool) {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '_' })
	kind = strings.ToUpper(strings.Join(words, "_"))
	for i, r := range kind {
		if !unicode.IsLetter(r) && (i == 0 || r != '_' && !unicode.IsDigit(r) && !unicode.IsMark(r)) {
			return "", false
		}
	}
	return kind, kind != "" && len(kind) <= maxRelation
}
