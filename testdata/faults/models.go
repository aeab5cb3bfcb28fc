//go:build unix

package faults

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// modelName is a model whose files are pinned, in its small form.
const modelName = "BAAI/bge-small-en-v1.5"

// A mirror is a hub of models on this machine. The n-th request for the model's weights is answered by bad[n], later ones honestly.
type mirror struct {
	dir   string
	bad   []http.HandlerFunc
	asked atomic.Int64
	url   string
}

func (m *mirror) serve(w http.ResponseWriter, req *http.Request) {
	name := filepath.Base(req.URL.Path)
	if name == "tokenizer.json" {
		http.ServeFile(w, req, filepath.Join(m.dir, name))
		return
	}
	if !strings.HasSuffix(name, ".onnx") {
		http.NotFound(w, req)
		return
	}
	if req.Method == http.MethodHead {
		http.ServeFile(w, req, filepath.Join(m.dir, "model.onnx"))
		return
	}
	if n := int(m.asked.Add(1)) - 1; n < len(m.bad) {
		m.bad[n](w, req)
		return
	}
	http.ServeFile(w, req, filepath.Join(m.dir, "model.onnx"))
}

// mirror starts one; the files are those that the program carries.
func (r *R) mirror(bad ...http.HandlerFunc) *mirror {
	r.Helper()
	w := r.realWorld()
	s := w.must("models", "path", modelName, "--precision", "int8")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	m := &mirror{dir: strings.TrimSpace(s.out), bad: bad, url: "http://" + ln.Addr().String()}
	srv := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(m.serve)}
	go func() { _ = srv.Serve(ln) }()
	r.Cleanup(func() { _ = srv.Close() })
	return m
}

// puller is a user of the program that carries nothing, who gets models from a mirror.
func (r *R) puller(m *mirror) *world {
	r.Helper()
	bin, err := r.Plain()
	if err != nil {
		r.Fatal(err)
	}
	w := r.realWorld()
	w.bin = bin
	w.env["AMALFA_OFFLINE"], w.env["HF_ENDPOINT"], w.env["AMALFA_CACHE_DIR"] = "", m.url, filepath.Join(w.home, "models")
	w.env["AMALFA_ORT_LIB"] = r.runtime()
	return w
}

// runtime is the library that the program unpacked.
func (r *R) runtime() string {
	r.Helper()
	var found string
	_ = filepath.WalkDir(r.Cache, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(d.Name(), "onnxruntime") && !strings.HasSuffix(path, ".lock") {
			found = path
		}
		return nil
	})
	if found == "" {
		r.Fatal("the runtime is not unpacked in " + r.Cache)
	}
	return found
}

func (w *world) pull() said { return w.amalfa("models", "pull", modelName, "--precision", "int8") }

// noWrong fails if a file with a final name is not the right one.
func (w *world) noWrong(m *mirror) error {
	want, err := os.Stat(filepath.Join(m.dir, "model.onnx"))
	if err != nil {
		return err
	}
	return filepath.WalkDir(w.env["AMALFA_CACHE_DIR"], func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".onnx" {
			return nil
		}
		fi, err := d.Info()
		if err == nil && fi.Size() != want.Size() {
			err = fmt.Errorf("a wrong file at its final name: %s of %d bytes", path, fi.Size())
		}
		return err
	})
}

// cutAt sends a share of what was asked for, and hangs up.
func (m *mirror) cutAt(share float64) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		data, err := os.ReadFile(filepath.Join(m.dir, "model.onnx"))
		if err != nil {
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data[:int(float64(len(data))*share)])
		panic(http.ErrAbortHandler)
	}
}

// F13: a download breaks off.
func halfDownload(r *R) {
	m := r.mirror()
	resumed := 0
	for _, share := range []float64{0.01, 0.5, 0.99} {
		r.try(fmt.Sprintf("cut at %.0f %%", 100*share), func() error {
			m.asked.Store(0)
			m.bad = []http.HandlerFunc{m.cutAt(share)}
			w := r.puller(m)
			s := w.pull()
			if err := w.noWrong(m); err != nil {
				return err
			}
			if s.code != 0 { // it may give up, and then the next one goes on
				s = w.pull()
			}
			if s.code != 0 {
				return fmt.Errorf("%v", s)
			}
			resumed++
			return w.noWrong(m)
		})
	}
	stalls := r.stalls() // each for as long as a server may be silent, meanwhile the others are tried
	for i := range r.rounds(2, 20) {
		r.try("killed in the middle", func() error {
			m.asked.Store(0)
			m.bad = []http.HandlerFunc{func(w http.ResponseWriter, req *http.Request) {
				data, _ := os.ReadFile(filepath.Join(m.dir, "model.onnx"))
				w.Header().Set("Content-Length", strconv.Itoa(len(data)))
				_, _ = w.Write(data[:len(data)/(2+i)])
				w.(http.Flusher).Flush()
				<-req.Context().Done()
			}}
			w := r.puller(m)
			cmd := w.command(context.Background(), nil, "models", "pull", modelName, "--precision", "int8")
			if err := cmd.Start(); err != nil {
				return err
			}
			_, err := eventually(patience, func() error {
				if m.asked.Load() == 0 {
					return fmt.Errorf("it asks for nothing")
				}
				return nil
			})
			<-time.After(100 * time.Millisecond)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			if err != nil {
				return err
			}
			if err := w.noWrong(m); err != nil {
				return err
			}
			if s := w.pull(); s.code != 0 {
				return fmt.Errorf("%v", s)
			}
			resumed++
			return w.noWrong(m)
		})
	}
	resumed += stalls()
	r.figure("%d went on; wrong files at a final name 0", resumed)
}

// stalls lets mirrors stand still, before the first byte and in the middle, and once more be honest; what it returns waits for the end.
func (r *R) stalls() (wait func() int) {
	var wg sync.WaitGroup
	var resumed atomic.Int64
	for what, share := range map[string]int64{"stands still before the first byte": 0, "stands still in the middle": 2} {
		m := r.mirror()
		m.bad = []http.HandlerFunc{func(w http.ResponseWriter, req *http.Request) {
			data, _ := os.ReadFile(filepath.Join(m.dir, "model.onnx"))
			if share > 0 {
				w.Header().Set("Content-Length", strconv.Itoa(len(data)))
				_, _ = w.Write(data[:int64(len(data))/share])
				w.(http.Flusher).Flush()
			}
			<-req.Context().Done()
		}}
		w := r.puller(m)
		wg.Go(func() {
			r.try(what, func() error {
				s := w.pull()
				if s.code != 0 {
					return fmt.Errorf("%v", s)
				}
				if n := m.asked.Load(); n < 2 {
					return fmt.Errorf("asked %d times", n)
				}
				resumed.Add(1)
				return w.noWrong(m)
			})
		})
	}
	return func() int { wg.Wait(); return int(resumed.Load()) }
}

// F14: a model rots on disk, its time unchanged.
func rottenModel(r *R) {
	m := r.mirror()
	w := r.puller(m)
	if s := w.pull(); s.code != 0 {
		r.Fatal(s)
	}
	w.write(filepath.Join(w.env["XDG_CONFIG_HOME"], "amalfa", "settings.json"), `{"embeddings":{"precision":"int8"}}`)
	var path string
	_ = filepath.WalkDir(w.env["AMALFA_CACHE_DIR"], func(p string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(p) == ".onnx" {
			path = p
		}
		return nil
	})
	fi, err := os.Stat(path)
	if err != nil {
		r.Fatal(err)
	}
	sum := func() string {
		s := w.must("vector", "start")
		return s.out
	}
	r.try("sound", func() error {
		if out := sum(); !strings.Contains(out, "ready") {
			return fmt.Errorf("%s", out)
		}
		w.must("vector", "stop")
		return nil
	})
	r.try("one bit", func() error {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		at, one := int64(r.intn(int(fi.Size()))), make([]byte, 1)
		_, err = f.ReadAt(one, at)
		if err == nil {
			one[0] ^= 1
			_, err = f.WriteAt(one, at)
		}
		if err := f.Close(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		if err := os.Chtimes(path, fi.ModTime(), fi.ModTime()); err != nil {
			return err
		}
		w.env["AMALFA_OFFLINE"] = "1"
		s := w.amalfa("vector", "start")
		return s.expect(`(?i)(checksum|digest|sha256|does not match|damaged|broken|degraded|not on this machine)`, 0, 1, 4)
	})
	r.try("fetched again", func() error {
		w.amalfa("vector", "stop")
		w.env["AMALFA_OFFLINE"] = ""
		if s := w.pull(); s.code != 0 {
			return fmt.Errorf("%v", s)
		}
		if out := sum(); !strings.Contains(out, "ready") {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
	r.figure("detected: yes")
}

// T8: a mirror that lies.
func hostileMirror(r *R) {
	m := r.mirror()
	data, err := os.ReadFile(filepath.Join(m.dir, "model.onnx"))
	if err != nil {
		r.Fatal(err)
	}
	flipped := append([]byte(nil), data...)
	flipped[len(flipped)/2] ^= 1
	send := func(body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
	}
	var bomb bytes.Buffer // 100 MB of zeros
	zip := gzip.NewWriter(&bomb)
	for range 100 {
		if _, err := zip.Write(make([]byte, 1<<20)); err != nil {
			r.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		r.Fatal(err)
	}
	elsewhere := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, to, http.StatusFound) }
	}
	for name, bad := range map[string]http.HandlerFunc{
		"other bytes": send([]byte(strings.Repeat("x", len(data)))), "one bit": send(flipped), "short": send(data[:1000]), "empty": send(nil),
		"endless": func(w http.ResponseWriter, req *http.Request) {
			for req.Context().Err() == nil {
				if _, err := w.Write(flipped); err != nil {
					return
				}
			}
		},
		"to plain http": elsewhere("http://192.0.2.1/model.onnx"),
		"to a file":     elsewhere("file:///etc/passwd"),
		"a lying range": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 5-9/10")
			w.WriteHeader(206)
			_, _ = io.WriteString(w, "12345")
		},
		"a gzip header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(data[:5000])
		},
		"a gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
		"a lying length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(10*len(data)))
			_, _ = w.Write(data)
			panic(http.ErrAbortHandler)
		},
		"round and round": func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, req.URL.Path, http.StatusFound) },
		"a web page":      func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>sign in</html>") },
		"not found":       http.NotFound,
	} {
		r.try(name, func() error {
			m.asked.Store(0)
			m.bad = nil
			for range 200 { // every try of this run, and each redirect of a try
				m.bad = append(m.bad, bad)
			}
			w := r.puller(m)
			s := w.pull()
			if s.code == 0 {
				return fmt.Errorf("taken: %v", s)
			}
			cause := `\S`
			if name == "other bytes" || name == "one bit" || name == "endless" {
				cause = `[0-9a-f]{64}|bytes` // what was expected, or how much
			}
			if err := s.expect(cause, s.code); err != nil || strings.TrimSpace(s.err) == "" {
				return fmt.Errorf("no cause: %v", s)
			}
			if s.rss > 400<<20 {
				return fmt.Errorf("took %d MB", s.rss>>20)
			}
			if err := w.noWrong(m); err != nil {
				return err
			}
			m.bad = nil
			if s := w.pull(); s.code != 0 {
				return fmt.Errorf("an honest one is not taken afterwards: %v", s)
			}
			return w.noWrong(m)
		})
	}
	r.figure("wrong files at a final name 0; each went on with an honest mirror")
}

func modelRows() []row {
	return []row{
		{"F13", "a model's download breaks off", false, halfDownload},
		{"F14", "a model rots on disk", false, rottenModel},
	}
}
