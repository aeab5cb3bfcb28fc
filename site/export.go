package site

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"path"
	"slices"
	"strings"

	"amalfa/notes"
)

//go:embed assets
var assets embed.FS

// An Entry is a note of a site, as its other pages know it.
type Entry struct {
	ID, Title string
	Tags      []string
	Linkers   []string // notes that link to it, by id
}

// A Site writes notes as files that a browser opens without a server.
type Site struct {
	Name    string // in the title of each page
	Source  string // what it was made from
	Entries []Entry
	// Load returns what a note's page is made of, but for Href; ok is false for one that is not there any more.
	Load func(id string) (n Note, ok bool, err error)
	// Create makes a file of the site, by its path with slashes.
	Create func(name string, data []byte) error
	// Done is told after each note.
	Done func()

	renderer *Renderer
	titles   map[string]string          // of what has a page
	parts    map[string]map[string]bool // of pages that links led into: the ids of their elements
	search   [][3]string
}

// Style is the style sheet of notes, for pages of others that show them. It holds the colours of a light and a dark page as variables.
func Style() []byte {
	data, _ := assets.ReadFile("assets/style.css") // embedded: it is there
	return data
}

// Export writes the pages, the index and what they share, and returns how many notes have a page. Two exports of the same notes are the same.
func (s *Site) Export() (int, error) {
	s.renderer, s.titles, s.parts = NewRenderer(), map[string]string{}, map[string]map[string]bool{}
	slices.SortFunc(s.Entries, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	for _, e := range s.Entries {
		s.titles[e.ID] = e.Title
	}
	page, err := layout("note.html.tmpl")
	if err != nil {
		return 0, err
	}
	for _, e := range s.Entries {
		if err := s.note(page, e); err != nil {
			return 0, fmt.Errorf("%s: %w", e.ID, err)
		}
		if s.Done != nil {
			s.Done()
		}
	}
	return len(s.search), s.shared()
}

func layout(name string) (*template.Template, error) {
	return template.ParseFS(assets, "assets/page.html.tmpl", "assets/"+name)
}

// frame is what every page has.
type frame struct{ Title, Site, Source, Top string }

func (s *Site) frame(title, file string) frame {
	return frame{title, s.Name, s.Source, strings.Repeat("../", strings.Count(file, "/"))}
}

// noteLink is a link to a note's page.
type noteLink struct{ ID, Title, Href string }

func (s *Site) note(page *template.Template, e Entry) error {
	n, ok, err := s.load(e.ID)
	if err != nil || !ok {
		return err
	}
	n.Has = s.has
	made := s.renderer.Render(n)
	data := struct {
		frame
		ID       string
		HasTitle bool
		Page     Page
		Linkers  []noteLink
	}{s.frame(e.Title, e.ID), e.ID, hasTitle(made), made, s.linkers(e)}
	said := strings.Join(slices.Concat(headings(made), e.Tags, []string{e.ID}), " ")
	s.search = append(s.search, [3]string{address(e.ID), e.Title, said})
	return s.render(page, file(e.ID), data)
}

func (s *Site) load(id string) (n Note, ok bool, err error) {
	n, ok, err = s.Load(id)
	if err != nil || !ok {
		return n, false, err
	}
	n.ID, n.Title, n.Leads = id, s.titles[id], s.within(n.Leads)
	n.Href = func(to string) string { return between(id, to) }
	return n, true, nil
}

// has tells whether a note's page has an element of that id. Its page is made for that, once.
func (s *Site) has(id, part string) bool {
	if s.parts[id] == nil {
		s.parts[id] = map[string]bool{}
		if n, ok, err := s.load(id); err == nil && ok {
			s.parts[id] = idsOf([]byte(s.renderer.Render(n).Body))
		}
	}
	return s.parts[id][part]
}

// within lets links lead only to what has a page.
func (s *Site) within(leads func(notes.Target) notes.Answer) func(notes.Target) notes.Answer {
	return func(to notes.Target) notes.Answer {
		a := leads(to)
		if _, ok := s.titles[a.ID]; !ok && !a.IsFile {
			return notes.Answer{}
		}
		return a
	}
}

// headings are the words of a page's headings.
func headings(p Page) (all []string) {
	for _, h := range p.Contents {
		all = append(all, h.Text)
	}
	return all
}

// hasTitle tells whether a page's text begins with its title.
func hasTitle(p Page) bool { return len(p.Contents) > 0 && p.Contents[0].Level == 1 }

func (s *Site) linkers(e Entry) (all []noteLink) {
	for _, id := range e.Linkers {
		if title, ok := s.titles[id]; ok {
			all = append(all, noteLink{id, title, between(e.ID, id)})
		}
	}
	return all
}

func (s *Site) render(t *template.Template, name string, data any) error {
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return err
	}
	return s.Create(name, out.Bytes())
}

// shared writes the index and what all pages load.
func (s *Site) shared() error {
	index, err := layout("index.html.tmpl")
	if err != nil {
		return err
	}
	data := struct {
		frame
		Folders []folder
	}{s.frame(s.Name, ""), s.folders()}
	if err := s.render(index, "index"+Extension, data); err != nil {
		return err
	}
	list, err := json.Marshal(s.search)
	if err != nil {
		return err
	}
	if err := s.Create("_amalfa/notes.js", fmt.Appendf(nil, "globalThis.amalfaNotes = %s;\n", list)); err != nil {
		return err
	}
	for _, name := range []string{"style.css", "search.js"} {
		f, err := assets.Open("assets/" + name)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		if err := s.Create("_amalfa/"+name, data); err != nil {
			return err
		}
	}
	return nil
}

// A folder is a part of the index.
type folder struct {
	Name  string
	Notes []noteLink
}

func (s *Site) folders() (all []folder) {
	for _, e := range s.Entries {
		name := strings.TrimSuffix(path.Dir(e.ID), ".")
		i := slices.IndexFunc(all, func(f folder) bool { return f.Name == name })
		if i < 0 {
			all = append(all, folder{Name: name})
			i = len(all) - 1
		}
		all[i].Notes = append(all[i].Notes, noteLink{e.ID, e.Title, address(e.ID)})
	}
	slices.SortFunc(all, func(a, b folder) int { return strings.Compare(a.Name, b.Name) })
	return all
}
