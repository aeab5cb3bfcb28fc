package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// ErrSettings reports settings that cannot be used. The message names the file, the line, the setting and the reason.
var ErrSettings = errors.New("settings not usable")

// A Loaded is the outcome of reading the settings files and variables.
type Loaded struct {
	Settings
	Values   []Value         // of every key, in the order of Keys
	Ignored  []Ignored       // what stands somewhere and has no effect, or one under another name
	Problems []Problem       // what cannot be used; the key has its value from elsewhere
	Project  map[string]bool // keys that the project's file set
	Files    []string        // that were read
}

// A Value is what a key has, and why.
type Value struct {
	Key
	Value  any // as JSON has it
	Origin Origin
	Hidden []Origin // where it stands as well, without effect
}

// An Origin is where a value stands: in a file, in a variable, or, empty, nowhere: it is the default.
type Origin struct {
	Variable string
	File     string
	Position
}

// String is "FILE:LINE:COLUMN", the variable, or "default".
func (o Origin) String() string {
	switch {
	case o.Variable != "":
		return o.Variable
	case o.File != "" && o.Line > 0:
		return fmt.Sprintf("%s:%d:%d", o.File, o.Line, o.Column)
	case o.File != "":
		return o.File
	}
	return "default"
}

// An Ignored is a name that has no effect where it stands, or has it under another name.
type Ignored struct {
	Name   string
	Origin Origin
	Why    string
	Hint   string // what to do about it, "" for nothing
	Moved  bool   // it counts, as another key
	// Silent: nothing is lost by it, or it may be meant for another program. Only who asks is told.
	Silent bool
	Same   bool // it says what counts anyway
	gone   bool // it is of the earlier system
}

// A Problem is a value that cannot be used.
type Problem struct {
	Name   string // key, "" for a whole file
	Origin Origin
	Err    error
}

func (p Problem) Error() string {
	if p.Name == "" || p.Origin.Variable != "" {
		return fmt.Sprintf("%v: %v: %v", ErrSettings, p.Origin, p.Err)
	}
	return fmt.Sprintf("%v: %v: %s: %v", ErrSettings, p.Origin, p.Name, p.Err)
}

// Unwrap makes errors.Is(p, ErrSettings) true.
func (p Problem) Unwrap() []error { return []error{ErrSettings, p.Err} }

// Hint says in one line what to do about it.
func (p Problem) Hint() string {
	switch {
	case p.Origin.Variable != "":
		return "correct or unset the variable"
	case p.Name == "":
		return `correct the file, with "amalfa config edit" or by hand, or remove it`
	}
	return fmt.Sprintf(`correct the file, or run "amalfa config unset %s"`, p.Name)
}

// Load reads the user's file, then the project's over it, then the variables. The project's file may be a stranger's: only keys marked
// Project count there. A missing file is fine; what cannot be used is among the Problems, and everything else counts.
func Load(w Workspace, p Places, getenv func(string) string) Loaded {
	l := newLoaded()
	l.file(p.Settings(), false)
	l.file(w.Settings(), true)
	l.variables(getenv)
	return *l
}

// LoadText is what Load would make of a text in the place of a file alone.
func LoadText(path string, data []byte, stranger bool) Loaded {
	l := newLoaded()
	leaves, err := parse(data)
	l.leaves(path, leaves, err, stranger)
	return *l
}

func newLoaded() *Loaded {
	l := &Loaded{Settings: Defaults(), Project: map[string]bool{}}
	for _, k := range Keys() {
		l.Values = append(l.Values, Value{Key: k, Value: k.Default})
	}
	return l
}

func (l *Loaded) file(path string, stranger bool) {
	leaves, err := read(path)
	if leaves != nil || err != nil {
		l.Files = append(l.Files, path)
	}
	l.leaves(path, leaves, err, stranger)
}

func (l *Loaded) leaves(path string, leaves []leaf, err error, stranger bool) {
	if err != nil {
		at := Origin{File: path}
		var syntax *syntaxError
		if errors.As(err, &syntax) {
			at.Position = syntax.at
		}
		l.Problems = append(l.Problems, Problem{"", at, err})
		return
	}
	f := file{Loaded: l, path: path, stranger: stranger, all: map[string]any{}, last: map[string]int{}, rows: EarlierNames()}
	for i, leaf := range leaves {
		f.all[leaf.Path], f.last[leaf.Path] = leaf.Value, i
	}
	for i, leaf := range leaves {
		f.leaf(i, leaf)
	}
	for _, t := range f.translated { // after what they may stand over
		f.translate(t.row, t.origin)
	}
}

// A file is one settings file while it is read.
type file struct {
	*Loaded
	path     string
	stranger bool
	all      map[string]any
	last     map[string]int // number of the leaf that counts, by path
	rows     []Earlier
	// translated are the names of the earlier system that are keys under another name now.
	translated []translated
}

type translated struct {
	row    Earlier
	origin Origin
}

func (f *file) leaf(i int, at leaf) {
	origin := Origin{File: f.path, Position: at.At}
	key, known := f.key(at.Path)
	row, old := earlier(f.rows, at.Path)
	switch {
	case f.last[at.Path] != i:
		if known && (key.Project || !f.stranger) {
			v := &f.Values[f.index(at.Path)]
			v.Hidden = append(v.Hidden, origin)
		}
		f.ignore(Ignored{Name: at.Path, Origin: origin, Why: "it stands again below, which counts", Hint: "remove one of them"})
	case known && old && row.take != nil && !row.says(f.all):
		f.ignore(Ignored{Name: at.Path, Origin: origin, Why: row.Why, gone: true})
	case known:
		f.set(key, at.Value, origin, at.Path)
	case f.isGroup(at.Path):
		f.problem(at.Path, origin, fmt.Errorf("want an object, have %s", kindOf(at.Value)))
	case old && row.Now != "":
		f.translated = append(f.translated, translated{row, origin})
	case old:
		f.ignore(Ignored{Name: at.Path, Origin: origin, Why: row.Fate(), gone: true})
	default:
		f.unknown(at.Path, origin)
	}
}

func (f *file) key(path string) (Key, bool) {
	for _, v := range f.Values {
		if v.Path == path {
			return v.Key, true
		}
	}
	return Key{}, false
}

func (f *file) isGroup(path string) bool {
	return slices.ContainsFunc(f.Values, func(v Value) bool { return strings.HasPrefix(v.Path, path+".") })
}

// translate lets a name of the earlier system count as the key of now, unless that stands in the file itself and the name does not go before it.
func (f *file) translate(row Earlier, origin Origin) {
	value, says := f.all[row.Name], true
	if row.take != nil {
		value, says = row.take(f.all)
	}
	_, again := f.all[row.Now]
	switch key, _ := f.key(row.Now); {
	case !says:
		f.ignore(Ignored{Name: row.Name, Origin: origin, Why: "says nothing here (" + row.Fate() + ")", Silent: true})
	case again && !row.over:
		f.ignore(Ignored{Name: row.Name, Origin: origin, Why: row.Now + " stands in the same file, which counts", Hint: "remove it"})
	default:
		if f.set(key, value, origin, row.Name) {
			f.ignore(Ignored{Name: row.Name, Origin: origin, Why: row.Fate(), Hint: "call it " + row.Now, Moved: true, Silent: true})
		}
	}
}

func (f *file) unknown(path string, origin Origin) {
	ignored := Ignored{Name: path, Origin: origin, Why: "is not a setting", Hint: `"amalfa config list" has all`}
	if near := Near(path); near != "" {
		ignored.Hint = fmt.Sprintf("did you mean %s?", near)
	}
	f.ignore(ignored)
}

// set gives a key the value that a file has under a name, and reports whether it did. null is no value.
func (f *file) set(key Key, value any, origin Origin, name string) bool {
	if value == nil {
		return false
	}
	if f.stranger && !key.allows(value) {
		f.refuse(key, value, origin, name)
		return false
	}
	if err := key.set(&f.Settings, value); err != nil {
		f.problem(name, origin, err)
		return false
	}
	f.Project[key.Path] = f.stranger
	f.record(key, value, origin)
	return true
}

// refuse names what a project's file may not say. What the key has anyway is no loss.
func (f *file) refuse(key Key, value any, origin Origin, name string) {
	why := "is not for a project's file, which may be a stranger's"
	if key.Project {
		why = "may not name a folder in a project's file, which may be a stranger's"
	}
	now := f.Values[f.index(key.Path)].Value
	f.ignore(Ignored{Name: name, Origin: origin, Why: why, Silent: same(now, value), Same: same(now, value),
		Hint: "your own file takes it: amalfa config set --user KEY VALUE"})
}

// allows reports whether a stranger's file may set this key to this value: a model by its catalogue name, never by a path.
func (k Key) allows(v any) bool {
	name, isText := v.(string)
	if strings.HasSuffix(k.Path, ".model") && isText {
		return k.Project && !filepath.IsAbs(name) && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "~") && strings.Count(name, "/") <= 1 && !strings.ContainsAny(name, "\\\x00")
	}
	return k.Project
}

func (l *Loaded) index(path string) int {
	return slices.IndexFunc(l.Values, func(v Value) bool { return v.Path == path })
}

// Get returns what a key has; false for a path that is none.
func (l Loaded) Get(path string) (Value, bool) {
	if i := l.index(path); i >= 0 {
		return l.Values[i], true
	}
	return Value{}, false
}

// record notes what a key has now, and what that hides.
func (l *Loaded) record(key Key, value any, origin Origin) {
	v := &l.Values[l.index(key.Path)]
	if v.Origin != (Origin{}) && key.Path != dialectsKey && key.Path != privateKey {
		v.Hidden = append(v.Hidden, v.Origin)
	}
	v.Value, v.Origin = join(key.Path, v.Value, value), origin
}

func (l *Loaded) ignore(i Ignored) { l.Ignored = append(l.Ignored, i) }

func (l *Loaded) problem(name string, origin Origin, err error) {
	l.Problems = append(l.Problems, Problem{name, origin, err})
}

// Unheeded are the ignored names that somebody may miss, those of the earlier system last.
func (l Loaded) Unheeded() []Ignored {
	var missed, gone []Ignored
	for _, i := range l.Ignored {
		switch {
		case i.Silent:
		case i.gone:
			gone = append(gone, i)
		default:
			missed = append(missed, i)
		}
	}
	return append(missed, gone...)
}
