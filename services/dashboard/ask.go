package dashboard

import (
	"net/http"
	"strings"

	"amalfa/services"
)

// An AskReply is POST /api/ask: what the language model says of the notes, each sentence with the lines that it cites.
type AskReply struct {
	Sentences  []AskSentence `json:"sentences"`
	Model      string        `json:"model"`
	Confidence string        `json:"confidence"`
	Degraded   []string      `json:"degraded"`
}

// An AskSentence is one of an answer. Supported says that its citations hold it.
type AskSentence struct {
	Text      string        `json:"text"`
	Supported bool          `json:"supported"`
	Citations []AskCitation `json:"citations"`
}

// An AskCitation is lines of a note, and the address of its page there.
type AskCitation struct {
	ID    string `json:"id"`
	Lines [2]int `json:"lines"`
	Href  string `json:"href"`
}

// NewCitation returns the citation of lines.
func NewCitation(id string, lines [2]int) AskCitation {
	return AskCitation{id, lines, docHref(id, lines[0])}
}

type askRequest struct {
	Question string `json:"question"`
}

// apiAsk puts a question to Sonar. It may spend money, so only a page of this service may.
func (p *pages) apiAsk(w http.ResponseWriter, r *http.Request) error {
	var q askRequest
	if err := p.checkPage(r); err != nil {
		return err
	}
	if err := services.ReadJSON(r, &q); err != nil {
		return err
	}
	if strings.TrimSpace(q.Question) == "" {
		return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: "the question is empty"}
	}
	reply, err := p.Ask(r.Context(), q.Question)
	if err != nil {
		return err
	}
	reply.Sentences, reply.Degraded = list(reply.Sentences), list(reply.Degraded)
	services.WriteJSON(w, http.StatusOK, reply)
	return nil
}

// checkPage refuses a write that comes from no page of ours.
func (p *pages) checkPage(r *http.Request) error {
	if p.Access.isFromPage(r) {
		return nil
	}
	return &services.Error{Status: http.StatusForbidden, Kind: "page", Message: "only a page of the dashboard may ask for this", Advice: "load the page again"}
}
