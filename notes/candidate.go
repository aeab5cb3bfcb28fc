package notes

import (
	"path"
	"slices"
	"strings"
)

// Named is what has a name: a note of an index.
type Named interface{ Name() Name }

// A candidate is a note or a file, with the forms in which it is compared, made once for all references.
type candidate struct {
	Name
	isFile, pathOnly bool
	stem             string // the id without its extension; of a file only where it may be a note
	unified          string // the id, unified
	unifiedStem      string
	folder           string // the folder for which the note stands, unified; "" where it stands for none
}

func newCandidate(n Name, file *File) candidate {
	c := candidate{Name: n, stem: n.ID, unified: FoldPath(n.ID), isFile: file != nil, pathOnly: file != nil && file.PathOnly}
	if !c.isFile || IsMarkdown(n.ID) {
		c.stem = TrimExtension(n.ID)
	}
	c.unifiedStem = FoldPath(c.stem)
	if folder, ok := n.indexOf(); ok {
		c.folder = FoldPath(folder)
	}
	return c
}

func (c candidate) compare(other candidate) int {
	switch {
	case c.isFile == other.isFile:
		return strings.Compare(c.ID, other.ID)
	case c.isFile:
		return 1
	}
	return -1
}

// indexRank orders the notes that stand for one folder.
func (c candidate) indexRank() int {
	return slices.Index(indexNames, path.Base(c.unifiedStem))
}

// A reference is a name as it is written, in the forms in which it is compared.
type reference struct {
	text, unified, loose string
	slug                 string // "" where it is none
}

func newReference(text string) reference {
	text = strings.TrimSuffix(text, "/")
	ref := reference{text: text, unified: FoldPath(text), loose: loosen(text)}
	if slug := Slug(text); slug == text && strings.Contains(slug, "-") {
		ref.slug = slug
	}
	return ref
}

// A way is how a candidate answers to a name.
type way int

// Ways, best first. A path may stand for all that end with it.
const (
	byFile        way = iota // the path with its extension
	byStem                   // the path without it
	byUnifiedFile            // the same without regard to case and composition
	byUnifiedStem
	byFolder // the folder for which the note stands
	byTitle
	byAlias
	byPlainFile // the path of a file that has no extension
	byLoose     // path, title or alias, with accents and the blanks between words left to the writer
	bySlug      // the slug of a path
	bySymbol    // what it documents: all that is filed under the key of a symbol answers to it
)

// byAnything is the rule for what people type.
const byAnything Rule = -1

// ways are those in which names count under each rule.
var ways = map[Rule][]way{
	byAnything:     {byFile, byStem, byUnifiedFile, byUnifiedStem, byFolder, byTitle, byAlias, byLoose, bySlug},
	ByName:         {byFile, byStem, byUnifiedFile, byUnifiedStem, byFolder, byTitle, byAlias, byPlainFile, byLoose, bySlug},
	ByPathThenName: {byStem, byUnifiedStem, byTitle, byAlias, byLoose, bySlug},
	ByObsidian:     {byUnifiedFile, byUnifiedStem, byTitle, byAlias, byPlainFile, byLoose, bySlug},
	ByPage:         {byTitle, byAlias},
	ByFile:         {byFile, byStem, byUnifiedFile, byUnifiedStem, byAlias},
	ByAddress:      {byAlias},
	BySymbol:       {bySymbol},
}

// answers tells whether a candidate answers to a name in one way.
func (c candidate) answers(w way, ref reference) bool {
	switch {
	case c.pathOnly || ref.text == "":
		return false
	case c.isFile:
		return c.answersAsFile(w, ref)
	}
	switch w {
	case byFile:
		return hasPathSuffix(c.ID, ref.text)
	case byStem:
		return hasPathSuffix(c.stem, ref.text)
	case byUnifiedFile:
		return hasPathSuffix(c.unified, ref.unified)
	case byUnifiedStem:
		return hasPathSuffix(c.unifiedStem, ref.unified)
	case byFolder:
		return hasPathSuffix(c.folder, ref.unified)
	case byTitle:
		return FoldPath(c.Title) == ref.unified
	case byAlias:
		return slices.ContainsFunc(c.Aliases, func(a string) bool { return FoldPath(strings.TrimSuffix(a, "/")) == ref.unified })
	case byLoose:
		return c.answersLoosely(ref)
	case bySymbol:
		return true
	case bySlug:
		return ref.slug != "" && (Slug(c.stem) == ref.slug || Slug(path.Base(c.stem)) == ref.slug)
	}
	return false
}

// answersAsFile is for what is no note. Only an ending of notes may be left out.
func (c candidate) answersAsFile(w way, ref reference) bool {
	plain := path.Ext(c.ID) == ""
	switch w {
	case byFile:
		return !plain && hasPathSuffix(c.ID, ref.text)
	case byStem:
		return c.stem != c.ID && hasPathSuffix(c.stem, ref.text)
	case byUnifiedFile:
		return !plain && hasPathSuffix(c.unified, ref.unified)
	case byUnifiedStem:
		return c.stem != c.ID && hasPathSuffix(c.unifiedStem, ref.unified)
	case byPlainFile:
		return plain && hasPathSuffix(c.unified, ref.unified)
	}
	return false
}

func (c candidate) answersLoosely(ref reference) bool {
	return hasPathSuffix(loosen(c.stem), ref.loose) || hasPathSuffix(loosen(c.ID), ref.loose) || loosen(c.Title) == ref.loose ||
		slices.ContainsFunc(c.Aliases, func(a string) bool { return loosen(a) == ref.loose })
}
