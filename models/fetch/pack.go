package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/klauspost/compress/zstd"

	"amalfa/models"
	"amalfa/models/maven"
	"amalfa/models/pack"
	"amalfa/models/pinned"
)

// level gives 57.8 MB for the fp16 model in 0.2 s; the best level takes 7 s for 57.8 MB.
const level = zstd.SpeedBetterCompression

// run fills dir unless it is right already. Two runs at once wait for each other.
func run(ctx context.Context, dir, goos, goarch string) error {
	// #nosec G301 -- a folder of the source tree
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	if ok, err := lock.TryLockContext(ctx, 100*time.Millisecond); !ok {
		return fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	defer lock.Close()
	p, err := newPlan(goos, goarch)
	if err != nil {
		return err
	}
	if p.done(dir, goos, goarch) {
		say("nothing to fetch for %s/%s", goos, goarch)
		return nil
	}
	raw, err := os.MkdirTemp("", "amalfa-assets-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(raw)
	if err := p.fetch(ctx, raw, goos, goarch); err != nil {
		return err
	}
	return p.write(dir, goos, goarch)
}

// fetch uses Maven where it is installed, and the public sources for the rest.
func (p *plan) fetch(ctx context.Context, raw, goos, goarch string) error {
	err := p.fromMaven(ctx, raw)
	if errors.Is(err, maven.ErrNoClient) {
		say("%v; using the public sources", err)
		for _, s := range p.files() {
			s.path = ""
		}
		p.notices, err = "", nil
	}
	if err != nil {
		return err
	}
	l := &models.Locator{CacheDir: filepath.Join(raw, "cache"), Getenv: os.Getenv, Progress: tenths()}
	return p.fromPublic(ctx, l, goos, goarch)
}

// done says whether dir holds all of the plan, with the right bytes.
func (p *plan) done(dir, goos, goarch string) bool {
	data, err := os.ReadFile(filepath.Join(dir, models.AssetIndex))
	if err != nil {
		return false
	}
	list, err := models.ParseAssets(data)
	if err != nil || list.OS != goos || list.Arch != goarch || len(list.Files) != len(p.files()) {
		return false
	}
	wanted := map[string]bool{p.full.sum.SHA256: true, p.int8.sum.SHA256: true, p.tokenizer.sum.SHA256: true}
	for _, lib := range models.Libraries(goos, goarch) {
		wanted[lib.Sum.SHA256] = true
	}
	for _, f := range list.Files {
		if !wanted[f.Sum.SHA256] || pinned.Check(filepath.Join(dir, f.Name), f.Packed.SHA256) != nil {
			return false
		}
	}
	_, err = os.Stat(filepath.Join(dir, models.NoticeFile))
	return err == nil
}

// write compresses the plan's files into dir, and their list last: without it nothing counts.
func (p *plan) write(dir, goos, goarch string) error {
	list := models.Assets{OS: goos, Arch: goarch}
	for _, s := range p.files() {
		a, err := s.compress(dir)
		if err != nil {
			return fmt.Errorf("pack %s: %w", s.asset, err)
		}
		if err := a.Check(os.DirFS(dir)); err != nil {
			return fmt.Errorf("pack %s: it does not unpack to what it was: %w", s.asset, err)
		}
		say("packed %-27s %6.1f MB -> %5.1f MB", a.Name, float64(a.Sum.Size)/1e6, float64(a.Packed.Size)/1e6)
		list.Files = append(list.Files, a)
	}
	if err := writeNotice(filepath.Join(dir, models.NoticeFile), p.notices); err != nil {
		return err
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, models.AssetIndex), func(w io.Writer) error {
		_, err := w.Write(append(data, '\n'))
		return err
	})
}

// compress reads a source once: what is hashed is what is packed.
func (s *source) compress(dir string) (models.Asset, error) {
	if err := pinned.Check(s.path, s.sum.SHA256); err != nil {
		return models.Asset{}, err
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		return models.Asset{}, err
	}
	path := filepath.Join(dir, s.asset)
	err = replace(path, func(w io.Writer) error {
		z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(level))
		if err != nil {
			return err
		}
		if s.half {
			err = pack.Pack(z, data)
		} else {
			_, err = z.Write(data)
		}
		return errors.Join(err, z.Close())
	})
	if err != nil {
		return models.Asset{}, err
	}
	sum, size, err := pinned.Sum(path)
	return models.Asset{Name: s.asset, Half: s.half, Packed: pinned.File{SHA256: sum, Size: size},
		Sum: pinned.File{SHA256: s.sum.SHA256, Size: int64(len(data))}}, err
}

// replace writes a file under another name first, so that an interrupted run leaves no half of it.
func replace(path string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	if err := errors.Join(write(tmp), tmp.Chmod(0o644)); err != nil {
		tmp.Close()
		os.Remove(tmp.Name())
		return err
	}
	return pinned.Commit(tmp, path)
}

// tenths prints a line for each tenth of a download.
func tenths() func(string, int64, int64) {
	told := map[string]int64{}
	return func(name string, done, total int64) {
		if total <= 0 || done*10/total == told[name] {
			return
		}
		told[name] = done * 10 / total
		say("%s: %d %% of %.0f MB", name, told[name]*10, float64(total)/1e6)
	}
}
