package sonar

import (
	"context"
	"errors"
	"net/http"

	"amalfa/graph"
	"amalfa/services"
	"amalfa/store"
)

// withIndex runs an answer over the index. Its error says what is wrong with it, if that is what kept the answer away.
func withIndex(ctx context.Context, open func(context.Context) (store.Store, error), answer func(store.Store) error) error {
	if open == nil {
		return indexError(store.ErrNoIndex)
	}
	st, err := open(ctx)
	if err != nil {
		return indexError(err)
	}
	defer st.Close()
	return indexError(answer(st))
}

// indexError names the true cause. What is no fault of the index stays as it is.
func indexError(err error) error {
	e := &services.Error{Status: http.StatusServiceUnavailable, Advice: "run amalfa init"}
	switch {
	case errors.Is(err, store.ErrNoIndex):
		e.Kind, e.Message = "no_index", "there is no index"
	case errors.Is(err, graph.ErrNoVectors):
		e.Kind, e.Message = "no_vectors", "the index has no vectors yet"
	case errors.Is(err, store.ErrCorrupt):
		e.Kind, e.Message = "index_damaged", "the index is damaged"
	case errors.Is(err, store.ErrNewer):
		e.Kind, e.Message, e.Advice = "index_newer", "a newer amalfa has made the index", "restart Sonar as that version: amalfa sonar restart"
	case errors.Is(err, store.ErrBusy):
		e.Kind, e.Message, e.Advice = "index_busy", "another process holds the index", "ask again"
	default:
		return err
	}
	return e
}

// referenceError is for a name that means no note, or several; another error stays as it is.
func referenceError(err error) error {
	if many, ok := errors.AsType[*store.AmbiguousError](err); ok {
		return &services.Error{Status: http.StatusBadRequest, Kind: "ambiguous", Message: many.Error(), Advice: many.Hint()}
	}
	if errors.Is(err, store.ErrNotFound) {
		return &services.Error{Status: http.StatusNotFound, Kind: "not_found", Message: err.Error(), Advice: "an id is the path of a note in the workspace"}
	}
	return err
}
