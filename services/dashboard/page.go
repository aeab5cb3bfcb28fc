package dashboard

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"amalfa/search"
	"amalfa/services"
	"amalfa/site"
	"amalfa/store"
)

//go:embed assets
var embedded embed.FS

// policy lets a page load nothing but what this service serves, and run no script and no style that stands in it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// pages makes the answers. Safe for concurrent use.
type pages struct {
	Options
	templates *template.Template
	assets    map[string][]byte
	digest    string // of all assets
	renderer  *site.Renderer
	kept      keeper
	overview  overviews
	live      live
	heard     hearing
}

func newPages(o Options) *pages {
	p := &pages{Options: o, renderer: site.NewRenderer(), kept: keeper{path: o.Map}, assets: map[string][]byte{"note.css": site.Style()}}
	p.templates = template.Must(template.New("").Funcs(template.FuncMap{
		"doc": docHref, "marked": marked, "percent": percent, "bytes": megabytes, "roughly": roughly, "number": number, "ago": ago, "count": count, "join": strings.Join,
	}).ParseFS(embedded, "assets/*.tmpl"))
	sum := sha256.New()
	_ = fs.WalkDir(embedded, "assets", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(name, ".tmpl") {
			return err
		}
		data, err := embedded.ReadFile(name)
		p.assets[strings.TrimPrefix(name, "assets/")] = data
		sum.Write(data)
		return err
	})
	p.digest = hex.EncodeToString(sum.Sum(nil))[:12]
	return p
}

// frame is what every page has.
type frame struct {
	Title, Workspace, View, Version string
	Assets                          string // digest in the addresses of what a page loads
	Token                           string // of this page, for its writes
}

func (p *pages) frame(title, view string) frame {
	return frame{title, p.Name, view, p.Version, p.digest, p.Access.newPageToken()}
}

// show writes a page, or a part of one.
func (p *pages) show(w http.ResponseWriter, status int, name string, data any) error {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, name, data); err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the reader has gone: nobody is left to tell
	return nil
}

// writeError shows an error as a page.
func (p *pages) writeError(w http.ResponseWriter, err error) {
	e := services.Report(w, err)
	data := struct {
		frame
		*services.Error
	}{p.frame(http.StatusText(e.Status), ""), e}
	if err := p.show(w, e.Status, "error.html.tmpl", data); err != nil {
		services.WriteError(w, err)
	}
}

func notFound(message, advice string) error {
	return &services.Error{Status: http.StatusNotFound, Kind: "not_found", Message: message, Advice: advice}
}

// sayFault is what a person may know of an error, and the error itself where that is nothing.
func sayFault(err error) error {
	unavailable := func(kind, message, advice string) *services.Error {
		return &services.Error{Status: http.StatusServiceUnavailable, Kind: kind, Message: message, Advice: advice}
	}
	var own *services.Error
	switch {
	case errors.As(err, &own) && own.Status == 0: // told within a stream
		return unavailable(own.Kind, own.Message, own.Advice)
	case errors.As(err, &own):
		return own
	case errors.Is(err, search.ErrQuery):
		return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: err.Error()}
	case errors.Is(err, store.ErrNoIndex):
		return unavailable("no_index", "there is no index yet", "run amalfa init in the folder of the notes")
	case errors.Is(err, store.ErrCorrupt):
		return unavailable("index_damaged", "the index is damaged", "run amalfa init, which builds it again")
	case errors.Is(err, store.ErrNewer):
		return unavailable("index_newer", "the index was made by a newer amalfa", "run amalfa dashboard restart as that version")
	case errors.Is(err, store.ErrBusy):
		return unavailable("index_busy", "the index is being written", "try again in a moment")
	case errors.Is(err, search.ErrNoVectors):
		return unavailable("no_vectors", "nothing can be compared by meaning yet", "choose the mode keyword, or wait for the vectors")
	case errors.Is(err, context.DeadlineExceeded):
		return unavailable("timeout", "it took too long", "try again in a moment")
	case errors.Is(err, context.Canceled), errors.Is(err, services.ErrStopping):
		return unavailable("stopping", "the service is stopping", "try again in a moment")
	}
	return err
}

// sentence is sayFault as a text.
func sentence(err error) string {
	var e *services.Error
	if errors.As(sayFault(err), &e) {
		return e.Sentence()
	}
	return err.Error()
}

// asset serves what pages load. Its address changes with it.
func (p *pages) asset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	data, ok := p.assets[name]
	if !ok {
		return notFound("there is no such file", "")
	}
	h := w.Header()
	h.Set("Content-Type", cmp.Or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream"))
	h.Set("Content-Security-Policy", "default-src 'none'")
	if r.URL.Query().Get("v") == p.digest {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	_, _ = w.Write(data)
	return nil
}

// docHref is the address of a note's page.
func docHref(id string, line int) string {
	href := (&url.URL{Path: "/doc/" + id}).EscapedPath()
	if line > 0 {
		href += fmt.Sprintf("?line=%d#L%d", line, line)
	}
	return href
}

// A piece is a part of a text that is marked or not.
type piece struct {
	Text string
	Mark bool
}

// marked cuts a text at its marks.
func marked(text string, marks []search.Span) (out []piece) {
	done := 0
	for _, m := range marks {
		if m.From < done || m.To > len(text) || m.From >= m.To {
			continue
		}
		if m.From > done {
			out = append(out, piece{text[done:m.From], false})
		}
		out, done = append(out, piece{text[m.From:m.To], true}), m.To
	}
	return append(out, piece{text[done:], false})
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// roughly is megabytes of what changes all the time.
func roughly(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// number prints what may be missing, with so many digits behind the point: templates hand pointers on as they are.
func number(digits int, v *float64) string { return strconv.FormatFloat(*v, 'f', digits, 64) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// ago says how long ago something was, roughly.
func ago(t time.Time) string {
	d := time.Since(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}
