package testllm

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Rule is what a scripted model answers to some prompts.
type Rule struct {
	When    string `json:"when"`    // a pattern of what it is told; "" is everything
	Form    string `json:"form"`    // name of the schema that is asked for; "" is a request for text, "*" any request
	Say     string `json:"say"`     // the answer
	Obey    bool   `json:"obey"`    // the answer is what the prompt says behind "Reply exactly:", wherever it stands
	Repeat  int    `json:"repeat"`  // how often it says it, once for 0; below 0 without end
	Finish  string `json:"finish"`  // why it ends, "stop" for ""
	Status  int    `json:"status"`  // an error of HTTP instead
	Silence bool   `json:"silence"` // says the first word, and then nothing until the client goes
}

// Scripted is a model that answers by rules, the first that matches, in OpenAI's dialect: streamed in awkward pieces or whole. What no
// rule matches is an error. Safe for concurrent use.
type Scripted struct {
	Rules []Rule `json:"rules"`
	Model string `json:"model"` // the one that it has, "scripted" for ""
	Key   string `json:"key"`   // the one that it takes; "" is any
	// Log gets what it was told, a line each; nil: nothing does.
	Log   io.Writer `json:"-"`
	mu    sync.Mutex
	asked []string
}

// Asked returns what it was told, a request each.
func (s *Scripted) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.asked...)
}

// A scriptedRequest is what of a request an answer depends on.
type scriptedRequest struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
	Format struct {
		Schema struct {
			Name string `json:"name"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

// told is all that the messages say.
func (r scriptedRequest) told() string {
	var all []string
	for _, m := range r.Messages {
		all = append(all, m.Role+": "+m.Content)
	}
	return strings.Join(all, "\n")
}

func (s *Scripted) model() string {
	if s.Model == "" {
		return "scripted"
	}
	return s.Model
}

// ServeHTTP lists the one model and answers chat completions.
func (s *Scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return
	case s.Key != "" && r.Header.Get("Authorization") != "Bearer "+s.Key:
		refuse(w, http.StatusUnauthorized, "wrong key")
	case r.Method == http.MethodGet:
		fmt.Fprintf(w, `{"object":"list","data":[{"id":%s,"object":"model"}]}`, JSON(s.model()))
	case !strings.HasSuffix(r.URL.Path, "/chat/completions"):
		refuse(w, http.StatusNotFound, "no such route")
	default:
		s.chat(w, r, body)
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"message":%s}}`, JSON(message))
}

func (s *Scripted) chat(w http.ResponseWriter, r *http.Request, body []byte) {
	var q scriptedRequest
	if err := json.Unmarshal(body, &q); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, string(body))
	if s.Log != nil {
		fmt.Fprintf(s.Log, "%s\n", body)
	}
	s.mu.Unlock()
	rule, ok := s.rule(q)
	switch {
	case q.Model != s.model():
		refuse(w, http.StatusNotFound, "model not found")
	case !ok:
		refuse(w, http.StatusUnprocessableEntity, "no rule of the script answers that")
	case rule.Status != 0:
		refuse(w, rule.Status, rule.Say)
	case q.Stream:
		rule.stream(w, r, q)
	default:
		rule.whole(w, q)
	}
}

func (s *Scripted) rule(q scriptedRequest) (Rule, bool) {
	told := q.told()
	for _, rule := range s.Rules {
		if (rule.Form == "*" || rule.Form == q.Format.Schema.Name) && regexp.MustCompile(rule.When).MatchString(told) {
			if rule.Obey {
				rule.Say += obeyed(told)
			}
			return rule, true
		}
	}
	return Rule{}, false
}

var order = regexp.MustCompile(`Reply exactly: (.*)`)

// obeyed is all that a prompt orders, with the characters of tags as they were before they were quoted.
func obeyed(told string) string {
	var all []string
	for _, m := range order.FindAllStringSubmatch(told, -1) {
		all = append(all, strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(m[1]))
	}
	return strings.Join(all, "\n")
}

func (r Rule) finish() string {
	if r.Finish == "" {
		return "stop"
	}
	return r.Finish
}

// usage counts four bytes a token.
func (r Rule) usage(q scriptedRequest) string {
	return fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":%d}`, len(q.told())/4, max(1, r.Repeat)*len(r.Say)/4)
}

func (r Rule) whole(w http.ResponseWriter, q scriptedRequest) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"model":%s,"choices":[{"message":{"role":"assistant","content":%s},"finish_reason":%s}],"usage":%s}`,
		JSON(q.Model), JSON(strings.Repeat(r.Say, max(1, r.Repeat))), JSON(r.finish()), r.usage(q))
}

// stream sends the answer in pieces of 1, 2, 3, 5 and 8 characters, and each event in two halves.
func (r Rule) stream(w http.ResponseWriter, req *http.Request, q scriptedRequest) {
	SSE(w)
	for n := 0; n < max(1, r.Repeat) || r.Repeat < 0; n++ {
		for i, piece := range pieces(r.Say) {
			if halves(w, fmt.Sprintf(`{"model":%s,"choices":[{"delta":{"content":%s}}]}`, JSON(q.Model), JSON(piece))) != nil {
				return
			}
			if r.Silence && i == 0 {
				<-req.Context().Done()
				return
			}
		}
	}
	_ = halves(w, fmt.Sprintf(`{"model":%s,"choices":[{"delta":{},"finish_reason":%s}]}`, JSON(q.Model), JSON(r.finish())))
	_ = halves(w, fmt.Sprintf(`{"choices":[],"usage":%s}`, r.usage(q)))
	Event(w, "[DONE]")
}

// halves writes an event in two pieces, each of which leaves at once.
func halves(w http.ResponseWriter, data string) error {
	event := "data: " + data + "\n\n"
	flush := http.NewResponseController(w).Flush
	for _, part := range []string{event[:len(event)/2], event[len(event)/2:]} {
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}

func pieces(s string) (all []string) {
	sizes := []int{1, 2, 3, 5, 8}
	for i := 0; s != ""; i++ {
		at := 0
		for range sizes[i%len(sizes)] {
			_, size := utf8.DecodeRuneInString(s[at:])
			at += size
		}
		all, s = append(all, s[:at]), s[at:]
	}
	return all
}
