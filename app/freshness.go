package app

import (
	"context"
	"errors"
	"time"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/services"
)

// A Freshness is how far an index is: behind the disk, and with its vectors.
type Freshness struct {
	Vectors search.Share
	Lag     Lag
	Making  *ingest.VectorProgress // of the process that makes vectors, nil where none does
}

// Freshness looks at the index for lagTime at most; store.ErrNoIndex where there is none.
func (w *Workspace) Freshness(ctx context.Context) (f Freshness, err error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return f, err
	}
	defer st.Close()
	if p, ok := w.VectorProgress(); ok {
		f.Making = &p
	}
	f.Vectors, err = search.VectorShare(ctx, st)
	lag, lagErr := w.LagWithin(ctx, st, lagTime)
	f.Lag = lag
	return f, errors.Join(err, lagErr)
}

// scrapeTime is how long a look at `/metrics` waits for the index: the scrape timeout of Prometheus is 10 s, and what its other values
// say should come in any case.
const scrapeTime = 2 * time.Second

// indexGauges is what `/metrics` shows of the index of this workspace; nothing where there is none or where it cannot be read now.
func (w *Workspace) indexGauges() []services.Gauge {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	f, err := w.Freshness(ctx)
	if err != nil {
		return nil
	}
	gauges := []services.Gauge{
		{Name: "amalfa_index_passages", Help: "Passages in the index.", Value: float64(f.Vectors.Of)},
		{Name: "amalfa_index_vectors", Help: "Passages in the index that have a vector.", Value: float64(f.Vectors.Have)},
		{Name: "amalfa_index_lag_files", Help: "Files on disk that the index does not hold as they are; of a large tree without a watcher, at least.", Value: float64(f.Lag.Files)},
	}
	if f.Making != nil && f.Making.Rate > 0 { // not yet known: 0 s left would be wrong
		gauges = append(gauges,
			services.Gauge{Name: "amalfa_vectors_tokens_per_second", Help: "Tokens that are embedded a second, while vectors are made.", Value: f.Making.Rate},
			services.Gauge{Name: "amalfa_vectors_left_seconds", Help: "Seconds until all vectors are made, while they are.", Value: f.Making.Left.Seconds()})
	}
	return gauges
}
