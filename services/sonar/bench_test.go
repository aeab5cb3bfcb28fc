package sonar

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/llm"
	"amalfa/services"
	"amalfa/testdata/testllm"
)

// benchRole names the variable that makes the test binary a process of BenchmarkProxy: "provider", or "proxy ADDRESS".
const benchRole = "AMALFA_BENCH_SONAR"

// benchEvent is one event of a stream as a chunk on the wire. 300 bytes is what one word costs in OpenAI's dialect.
var benchEvent = func() string {
	data := `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"` + strings.Repeat("x", 194) + `"}}]}` + "\n\n"
	return fmt.Sprintf("%x\r\n%s\r\n", len(data), data)
}()

// A benchStream is the order that a request gives the provider, who writes each event by itself.
type benchStream struct {
	Model  string        `json:"model"`
	Stream bool          `json:"stream"`
	Events int           `json:"events"`
	Every  time.Duration `json:"every"` // between two events; 0 for as fast as they are read
}

// BenchmarkProxy compares sonar with calling its provider directly, each in a process of its own beside this one, which is the
// client, both ways in turns: the time to the first byte of one stream after another; the time of 100 streams at once at 100
// events a second, about what a fast model says; and of 100 as fast as the machine does it, which is the same cores three
// times over and no more than a bound.
func BenchmarkProxy(b *testing.B) {
	provider := startRole(b, "provider")
	proxy := startRole(b, "proxy "+provider.address)
	urls := [2]string{"http://" + provider.address, "http://" + proxy.address}
	hc := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128, ReadBufferSize: 32 << 10}}
	for b.Loop() {
		var first [2][]time.Duration
		for range 300 {
			for i, u := range urls {
				d, _ := readBench(b, hc, u, benchStream{Events: 24})
				first[i] = append(first[i], d)
			}
		}
		for i, name := range []string{"direct", "proxy"} {
			slices.Sort(first[i])
			b.ReportMetric(first[i][len(first[i])/2].Seconds()*1e3, "ms-first-byte-"+name)
			b.ReportMetric(first[i][len(first[i])*99/100].Seconds()*1e3, "ms-first-byte-p99-"+name)
		}
		paced := ratioOf(b, hc, urls, 3, benchStream{Events: 200, Every: 10 * time.Millisecond})
		b.ReportMetric(100*(paced-1), "%-time-added-at-100/s")
		before := proxy.memory(b)
		began, cpu := time.Now(), proxy.cpu(b)
		full := ratioOf(b, hc, urls, 5, benchStream{Events: 4000})
		b.ReportMetric(full, "x-time-unpaced")
		b.ReportMetric((proxy.cpu(b)-cpu).Seconds()/time.Since(began).Seconds()*2, "cores-of-proxy")
		b.ReportMetric(before, "MB-proxy-paced")
		b.ReportMetric(proxy.memory(b), "MB-proxy-unpaced")
	}
}

// ratioOf returns by how much longer 100 streams at once take by the second address than by the first, by medians.
func ratioOf(b *testing.B, hc *http.Client, urls [2]string, rounds int, s benchStream) float64 {
	var all [2][]time.Duration
	for range rounds {
		for i, u := range urls {
			began := time.Now()
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					if _, n := readBench(b, hc, u, s); n != int64(s.Events*(len(benchEvent)-len("12c\r\n\r\n"))) {
						b.Errorf("a stream of %d events had %d bytes", s.Events, n)
					}
				})
			}
			wg.Wait()
			all[i] = append(all[i], time.Since(began))
		}
	}
	for i := range all {
		slices.Sort(all[i])
	}
	return float64(all[1][rounds/2]) / float64(all[0][rounds/2])
}

// readBench reads one stream and returns the time to its first byte and its length.
func readBench(b *testing.B, hc *http.Client, url string, s benchStream) (first time.Duration, n int64) {
	s.Model, s.Stream = "m", true
	began := time.Now()
	resp, err := hc.Post(url+"/v1/chat/completions", "application/json", bytes.NewReader(testllm.JSON(s)))
	if err != nil {
		b.Error(err)
		return 0, 0
	}
	defer resp.Body.Close()
	buf := make([]byte, 32<<10)
	for {
		got, err := resp.Body.Read(buf)
		if n == 0 && got > 0 {
			first = time.Since(began)
		}
		if n += int64(got); err != nil {
			return first, n
		}
	}
}

// A benchProcess is this test binary in one of its roles.
type benchProcess struct {
	address string
	pid     int
}

func startRole(b *testing.B, role string) benchProcess {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchRole+"="+role)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
		b.Fatal(err, err1, err2)
	}
	b.Cleanup(func() {
		in.Close() // tells it to end
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return benchProcess{strings.TrimSpace(address), cmd.Process.Pid}
}

// memory is what the process holds, in MB, and cpu what it has worked; both 0 where the machine does not tell.
func (p benchProcess) memory(b *testing.B) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	_, after, ok := strings.Cut(string(data), "VmRSS:")
	var kB float64
	if err != nil || !ok {
		return 0
	}
	if _, err := fmt.Sscan(after, &kB); err != nil {
		b.Error(err)
	}
	return kB / 1e3
}

func (p benchProcess) cpu(b *testing.B) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Error(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // Linux counts them in 1/100 s
}

// playRole is the whole life of such a process: it ends with its standard input.
func playRole(role string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
		ln.Close()
	}()
	name, address, _ := strings.Cut(role, " ")
	if name == "provider" {
		provideBench(ln)
		return
	}
	c := llm.Config{Provider: llm.OpenAI, BaseURL: "http://" + address + "/v1", Key: testllm.Canary, Model: "m", Source: "settings"}
	srv := services.New(services.Info{Service: "sonar"}, services.Options{Token: token, SameUser: true})
	if err := Serve(ctx, srv, Options{Config: c}, ln); err != nil {
		panic(err)
	}
}

// provideBench answers on the sockets themselves, so that as little as can be of the time is the provider's.
func provideBench(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			for in := bufio.NewReader(conn); provideStream(conn, in) == nil; {
			}
		}()
	}
}

func provideStream(conn net.Conn, in *bufio.Reader) error {
	r, err := http.ReadRequest(in)
	if err != nil {
		return err
	}
	var s benchStream
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil { // a question for its models
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n"+`{"data":[{"id":"m"}]}`)
		return err
	}
	piece := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	next := time.Now()
	for range s.Events {
		if _, err := io.WriteString(conn, piece+benchEvent); err != nil {
			return err
		}
		piece = ""
		if s.Every > 0 {
			next = next.Add(s.Every)
			time.Sleep(time.Until(next))
		}
	}
	_, err = io.WriteString(conn, "0\r\n\r\n")
	return err
}
