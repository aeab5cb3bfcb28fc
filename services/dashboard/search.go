package dashboard

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"amalfa/search"
	"amalfa/services"
	"amalfa/store"
)

// shownHits is how many answers a page has.
const shownHits = 20

// A searchPage is the first page: a question and its answer.
type searchPage struct {
	frame
	Query, Mode string
	Modes       []string
	results
}

// results are the answer to a question, the part that changes while one is typed.
type results struct {
	Asked  bool
	Found  Found
	Hits   []search.Hit
	Chips  []chip
	Narrow []chip          // filters that would narrow the answer
	Fault  *services.Error // why there is no answer
	Stats  *store.Stats    // of the index, where nothing was asked
	Newest []store.Note
}

// A chip is a filter, and the address of the page with or without it.
type chip struct{ Text, Href string }

func homeHref(query, mode string) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if mode != "" {
		v.Set("mode", mode)
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

// home is the page: what its view says.
func (p *pages) home(w http.ResponseWriter, r *http.Request) error {
	p.Access.welcome(w, r)
	q := r.URL.Query()
	switch q.Get("view") {
	case "graph":
		return p.show(w, http.StatusOK, "graph.html.tmpl", p.graphPage(r))
	case "health":
		return p.health(w, r)
	case "", "search":
	default:
		return notFound("there is no such view", "the views are search, graph and health")
	}
	page := searchPage{Query: q.Get("q"), Mode: q.Get("mode"), Modes: []string{search.Hybrid, search.Keyword, search.Vector}}
	typing := q.Get("part") == "results"
	page.results = p.results(r.Context(), page.Query, page.Mode, !typing)
	page.Mode = cmp.Or(page.Mode, p.Mode())
	if typing {
		return p.show(w, http.StatusOK, "results", page)
	}
	page.frame = p.frame(cmp.Or(page.Query, "Search"), "search")
	return p.show(w, http.StatusOK, "search.html.tmpl", page)
}

// results answers a question. What keeps it from an answer is part of the page, which still takes the next question.
func (p *pages) results(ctx context.Context, query, mode string, whole bool) (out results) {
	var err error
	if strings.TrimSpace(query) == "" {
		out.Stats, out.Newest, err = p.newest(ctx)
		out.Fault = p.faultOf(err)
		return out
	}
	out.Asked = true
	for _, f := range search.Filters(query) {
		out.Chips = append(out.Chips, chip{f.Text, homeHref(f.Without, mode)})
	}
	out.Found, err = p.Search(ctx, search.Query{Text: query, Mode: cmp.Or(mode, p.Mode()), Limit: shownHits}, whole)
	if out.Fault = p.faultOf(err); err != nil {
		return out
	}
	out.Hits = out.Found.Results
	out.Narrow = p.narrow(ctx, query, mode, out.Hits)
	return out
}

// faultOf is an error as it is shown within a page.
func (p *pages) faultOf(err error) *services.Error {
	if err == nil {
		return nil
	}
	return services.Report(discard{}, sayFault(err))
}

// discard is a response that nobody gets.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func (p *pages) withIndex(ctx context.Context, do func(store.Store) error) error {
	st, err := p.Index(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return do(st)
}

// shownNewest is how many notes stand on the page before a question.
const shownNewest = 10

func (p *pages) newest(ctx context.Context) (stats *store.Stats, newest []store.Note, err error) {
	err = p.withIndex(ctx, func(st store.Store) error {
		s, err := st.Stats(ctx)
		if err != nil {
			return err
		}
		stats = &s
		ids, err := st.Newest(ctx, nil, shownNewest)
		if err != nil {
			return err
		}
		chunks, err := st.ChunksByID(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			n, err := st.Get(ctx, chunks[id].Note)
			if err == nil {
				newest = append(newest, n)
			}
		}
		return nil
	})
	return stats, newest, err
}

// mostChips bounds the filters that are offered.
const mostChips = 6

// narrow offers the tags that some of the hits have, most of them first.
func (p *pages) narrow(ctx context.Context, query, mode string, hits []search.Hit) (out []chip) {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	var all map[string]store.Note
	err := p.withIndex(ctx, func(st store.Store) (err error) {
		all, err = st.GetAll(ctx, ids)
		return err
	})
	if err != nil {
		return nil // the answer stands without
	}
	counts := map[string]int{}
	for _, n := range all {
		for _, tag := range n.Tags {
			counts[tag]++
		}
	}
	var tags []string
	for tag, n := range counts {
		if n < len(all) && !strings.ContainsAny(tag, " \t\"',") && !strings.Contains(query, "tag:"+tag) {
			tags = append(tags, tag)
		}
	}
	slices.SortFunc(tags, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	for _, tag := range tags[:min(len(tags), mostChips)] {
		out = append(out, chip{"tag:" + tag, homeHref(strings.TrimSpace(query)+" tag:"+tag, mode)})
	}
	return out
}

// A SearchReply is GET /api/search: `amalfa search --json` with the keys of HTTP.
type SearchReply struct {
	Query      string       `json:"query"`
	Mode       string       `json:"mode"`
	Confidence string       `json:"confidence"`
	Results    []SearchHit  `json:"results"`
	Relaxed    []string     `json:"relaxed"`  // what the question asks for and some results lack
	Degraded   []string     `json:"degraded"` // what kept the answer from being the full one
	Vectors    search.Share `json:"vectors"`
	IndexLag   IndexLag     `json:"index_lag"`
	TookMS     int64        `json:"took_ms"`
}

// A SearchHit is one of its results.
type SearchHit struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Heading    []string      `json:"heading"`
	Lines      [2]int        `json:"lines"`
	Snippet    string        `json:"snippet"`
	Score      float64       `json:"score"`
	Confidence string        `json:"confidence"`
	Relaxed    bool          `json:"relaxed"`
	Scores     search.Scores `json:"scores"`
	Href       string        `json:"href"` // of its page
}

// An IndexLag is how many changed files the index does not hold yet.
type IndexLag struct {
	Files   int  `json:"files"`
	AtLeast bool `json:"at_least"`
}

func (p *pages) apiSearch(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	found, err := p.Search(r.Context(), search.Query{Text: q.Get("q"), Mode: cmp.Or(q.Get("mode"), p.Mode()), Limit: shownHits}, true)
	if err != nil {
		return err
	}
	reply := SearchReply{
		Query: found.Query, Mode: found.Mode, Confidence: found.Confidence, Results: []SearchHit{}, Relaxed: list(found.Relaxed), Degraded: list(found.Degraded),
		Vectors: found.Vectors, IndexLag: IndexLag{found.Behind, found.AtLeast}, TookMS: found.Took.Milliseconds(),
	}
	for _, h := range found.Results {
		reply.Results = append(reply.Results, SearchHit{h.ID, h.Title, list(h.Heading), h.Lines, h.Snippet, h.Score, h.Confidence, h.Relaxed, h.Scores, docHref(h.ID, h.Lines[0])})
	}
	services.WriteJSON(w, http.StatusOK, reply)
	return nil
}

// list is all, and empty instead of null.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// Millis is the time that a search took, as people read it.
func (f Found) Millis() int64 { return max(1, f.Took.Round(time.Millisecond).Milliseconds()) }
