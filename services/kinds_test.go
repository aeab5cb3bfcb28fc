package services

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/models"
	"amalfa/onnx"
)

var (
	errHungry = errors.New("hungry")
	errAway   = errors.New("away")
	testKinds = Kinds{
		{Err: errHungry, Word: "hungry", Status: http.StatusServiceUnavailable, Hint: "feed it", Retry: time.Second},
		{Err: errAway, Word: "away", Status: http.StatusNotFound},
	}
)

func TestKinds(t *testing.T) {
	missing := &models.MissingError{What: "model x", Files: []string{"model.onnx"}, Put: "/cache/x", Fetch: "amalfa models pull x"}
	for name, test := range map[string]struct {
		err, is error
		want    Error
	}{
		"plain":      {fmt.Errorf("cat: %w", errHungry), errHungry, Error{Status: 503, Kind: "hungry", Message: "cat: hungry", Hint: "feed it", RetryAfter: time.Second}},
		"other kind": {errAway, errAway, Error{Status: 404, Kind: "away", Message: "away"}},
		"missing":    {fmt.Errorf("%w: %w", errHungry, missing), errHungry, Error{Status: 503, Kind: "hungry", Message: "hungry: " + missing.Error(), Hint: missing.Hint(), RetryAfter: time.Second}},
		"no runtime": {fmt.Errorf("%w: %w", errHungry, onnx.ErrUnsupported), errHungry, Error{Status: 503, Kind: "hungry",
			Message: "hungry: " + onnx.ErrUnsupported.Error(), Hint: "build amalfa again where a C compiler is installed", RetryAfter: time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			var sent *Error
			if !errors.As(testKinds.Encode(test.err), &sent) {
				t.Fatalf("got %v", testKinds.Encode(test.err))
			}
			if diff := cmp.Diff(test.want, *sent); diff != "" {
				t.Error(diff)
			}
			back := testKinds.Decode(fmt.Errorf("ask: %w", sent))
			if !errors.Is(back, test.is) || !errors.Is(back, sent) || back.Error() != "ask: "+sent.Message {
				t.Errorf("came back as %q", back)
			}
		})
	}
	for _, err := range []error{errors.New("unknown"), &Error{Kind: "unknown"}} {
		if testKinds.Encode(err) != err || testKinds.Decode(err) != err {
			t.Errorf("%v is not as it was", err)
		}
	}
}
