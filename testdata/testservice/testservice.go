// Package testservice runs a service on a free port for a test and talks JSON
// to it.
package testservice

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"amalfa/services"
)

// A Service is a running one.
type Service struct {
	URL    string
	Client *http.Client
	Server *services.Server
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // how serve ended; read after ended
}

// Start serves until the test ends or Stop is called, and fails the test if
// serve returns an error.
func Start(t testing.TB, name string, o services.Options, serve func(context.Context, *services.Server, net.Listener) error) *Service {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Service{
		URL: "http://" + listener.Addr().String(), Client: services.LoopbackClient(), cancel: cancel,
		Server: services.New(services.Info{Service: name, Instance: "i"}, o), ended: make(chan struct{}),
	}
	go func() { defer close(s.ended); s.err = serve(ctx, s.Server, listener) }()
	t.Cleanup(func() {
		s.Client.CloseIdleConnections()
		s.Stop()
		if err := s.Wait(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Stop tells the service to end.
func (s *Service) Stop() { s.cancel() }

// Wait returns what serve returned.
func (s *Service) Wait() error { <-s.ended; return s.err }

// Post sends a body, JSON text or a value, and returns the status and the
// decoded answer.
func (s *Service) Post(t testing.TB, path string, body any) (int, any) {
	t.Helper()
	status, _, v := s.Ask(t, path, body)
	return status, v
}

// Ask is Post with the headers of the answer.
func (s *Service) Ask(t testing.TB, path string, body any) (int, http.Header, any) {
	t.Helper()
	text, ok := body.(string)
	if !ok {
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
	}
	resp, err := s.Client.Post(s.URL+path, "application/json", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return Decode(t, resp)
}

// Get returns the status and the decoded answer.
func (s *Service) Get(t testing.TB, path string) (int, any) {
	t.Helper()
	resp, err := s.Client.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	status, _, v := Decode(t, resp)
	return status, v
}

// Decode reads an answer to its end.
func Decode(t testing.TB, resp *http.Response) (int, http.Header, any) {
	t.Helper()
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return resp.StatusCode, resp.Header, v
}
