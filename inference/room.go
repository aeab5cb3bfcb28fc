package inference

import (
	"fmt"
	"os"
	"path/filepath"

	"amalfa/models"
)

// makeRoom unloads other models until size more bytes fit. A model that is in
// use stays, so room may have to be waited for; one model alone always fits.
func (p *Pool[M]) makeRoom(m *pooled[M], size int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	others := p.recent.Values() // used longest ago first
	total := size
	for _, other := range others {
		if other != m {
			total += other.size.Load()
		}
	}
	for _, other := range others {
		if total <= p.o.Bytes {
			break
		}
		if freed := other.size.Load(); other != m && other.Unload() {
			total -= freed
		}
	}
	if total > p.o.Bytes && total > size {
		return fmt.Errorf("%w: the models in use fill the memory limit of %d MB", ErrBusy, p.o.Bytes>>20)
	}
	m.size.Store(size)
	return nil
}

// fileSize is what a model takes in memory, nearly: its file and the data
// files beside it. Measured for the fp32 default model: 133 MB of files, 146 MB.
func fileSize(files models.Files) int64 {
	var size int64
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(files.ModelPath), "*.onnx_data*"))
	if err != nil {
		paths = nil // a folder's name that looks like a broken pattern
	}
	for _, path := range append(paths, files.ModelPath) {
		if info, err := os.Stat(path); err == nil {
			size += info.Size()
		}
	}
	return size
}
