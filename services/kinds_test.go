package services

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/onnx"
)

func TestKinds(t *testing.T) {
	kinds := Kinds{
		http.StatusServiceUnavailable:    {inference.ErrNoModel},
		http.StatusTooManyRequests:       {inference.ErrBusy},
		http.StatusRequestEntityTooLarge: {inference.ErrTooLarge},
	}
	missing := &models.MissingError{What: "model x", Files: []string{"model.onnx"}, Put: "/cache/x", Fetch: "amalfa models pull x"}
	for name, test := range map[string]struct {
		err, is error
		want    Error
	}{
		"plain": {fmt.Errorf("text 3: %w", inference.ErrTooLarge), inference.ErrTooLarge,
			Error{Status: 413, Kind: "too_large", Message: "text 3: too large", Advice: "send smaller requests"}},
		"busy": {inference.ErrBusy, inference.ErrBusy,
			Error{Status: 429, Kind: "busy", Message: "too many requests are waiting", Advice: "try again in a moment", RetryAfter: time.Second}},
		"outermost": {fmt.Errorf("%w: %w", inference.ErrBusy, inference.LoadError("embedding", missing)), inference.ErrBusy,
			Error{Status: 429, Kind: "busy", Message: "too many requests are waiting: no embedding model: " + missing.Error(), Advice: "try again in a moment", RetryAfter: time.Second}},
		"missing": {inference.LoadError("embedding", missing), inference.ErrNoModel,
			Error{Status: 503, Kind: "no_model", Message: "no embedding model: " + missing.Error(), Advice: missing.Hint()}},
		"no hint of its own": {inference.LoadError("embedding", models.ErrUnknown), inference.ErrNoModel,
			Error{Status: 503, Kind: "no_model", Message: "no embedding model: " + models.ErrUnknown.Error(), Advice: inference.ErrNoModel.Hint()}},
		"no runtime": {inference.LoadError("reranking", onnx.ErrUnsupported), inference.ErrNoModel, Error{Status: 503, Kind: "no_model",
			Message: "no reranking model: " + onnx.ErrUnsupported.Error(), Advice: "build amalfa again where a C compiler is installed"}},
	} {
		t.Run(name, func(t *testing.T) {
			var sent *Error
			for range 20 { // whatever the order of the statuses
				if !errors.As(kinds.Encode(test.err), &sent) {
					t.Fatalf("got %v", kinds.Encode(test.err))
				}
				if diff := cmp.Diff(test.want, *sent); diff != "" {
					t.Fatal(diff)
				}
			}
			back := kinds.Decode(fmt.Errorf("ask: %w", sent))
			if !errors.Is(back, test.is) || !errors.Is(back, sent) || back.Error() != "ask: "+sent.Message {
				t.Errorf("came back as %q", back)
			}
		})
	}
	for _, err := range []error{errors.New("unknown"), &Error{Kind: "unknown"}} {
		if kinds.Encode(err) != err || kinds.Decode(err) != err {
			t.Errorf("%v is not as it was", err)
		}
	}
}
