//go:build unix

package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// F9: files whose times lie, and a process whose clocks are a day ahead.
func clocks(r *R) {
	w := r.world()
	w.notes(30)
	w.must("init", "--quiet")
	now := time.Now()
	reindexed := func() (int, error) {
		var v struct{ Indexed, Unchanged int }
		s := w.must("init", "--json")
		return v.Indexed, json.Unmarshal([]byte(s.out), &v)
	}
	for what, day := range map[string]time.Duration{"a day ahead": 24 * time.Hour, "a day back": -24 * time.Hour, "in 1970": -now.Sub(time.Unix(1, 0))} {
		r.try("times "+what, func() error {
			for i := range 30 {
				if err := os.Chtimes(w.path(fmt.Sprintf("n%d.md", i)), now.Add(day), now.Add(day)); err != nil {
					return err
				}
			}
			if n, err := reindexed(); err != nil || n > 0 {
				return fmt.Errorf("%d notes of the same bytes were made again: %v", n, err)
			}
			w.note("n3.md", noteText(3, 30, " and jumped"+strings.ReplaceAll(what, " ", "")))
			if err := os.Chtimes(w.path("n3.md"), now.Add(day), now.Add(day)); err != nil {
				return err
			}
			if err := w.whole(); err != nil {
				return err
			}
			return w.finds("jumped"+strings.ReplaceAll(what, " ", ""), "n3.md")
		})
	}
	for i := range r.rounds(5, 100) {
		r.try("same size and time", func() error {
			path := w.path("same.md")
			w.note("same.md", fmt.Sprintf("# Same\n\nThe aaaa%03dx note.\n", i))
			fi, err := os.Stat(path)
			if err != nil {
				return err
			}
			w.must("init", "--quiet")
			w.note("same.md", fmt.Sprintf("# Same\n\nThe bbbb%03dx note.\n", i))
			if err := os.Chtimes(path, fi.ModTime(), fi.ModTime()); err != nil {
				return err
			}
			w.must("init", "--quiet")
			return w.finds(fmt.Sprintf("bbbb%03dx", i), "same.md")
		})
	}
	r.try("cp -p over a note", func() error {
		w.note("other.txt", "# Other\n\nA copied grebe.\n")
		if err := os.Chtimes(w.path("other.txt"), now.Add(-time.Hour), now.Add(-time.Hour)); err != nil {
			return err
		}
		if out, err := exec.Command("cp", "-p", w.path("other.txt"), w.path("n4.md")).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		w.must("init", "--quiet")
		return w.finds("grebe", "n4.md")
	})
	const ahead = `"$0" init --quiet && "$0" watcher start >/dev/null && cp later n6.md
for i in $(seq 100); do "$0" search --mode keyword aheadofwatcher | grep -q n6.md && break; sleep 0.1; done
"$0" validate --quiet && "$0" stop-all --all >/dev/null && [ $i -lt 100 ]`
	aDayAhead := []string{"unshare", "--time", "--fork", "--monotonic", "86400", "--boottime", "86400"}
	if err := works(aDayAhead[0], append(aDayAhead[1:], "true")...); err != nil {
		r.leave("a monotonic clock a day ahead", err.Error())
	} else {
		r.try("a monotonic clock a day ahead", func() error {
			w.end()
			w.note("n5.md", noteText(5, 30, " and ahead"))
			w.note("later", noteText(6, 30, " and aheadofwatcher"))
			cmd := exec.Command(aDayAhead[0], append(aDayAhead[1:], "sh", "-c", ahead, w.Bin)...)
			cmd.Dir, cmd.Env = w.root, w.environ()
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return w.sound()
		})
	}
	r.figure("files missed 0, made again without need 0")
}

// F16: very many files.
func manyFiles(r *R) {
	w := r.world()
	n := r.rounds(2000, 100000)
	for i := range n {
		w.note(fmt.Sprintf("d%d/n%d.md", i%(n/20), i), noteText(i, n, "")+strings.Repeat("Rope and tar and salt again. ", 60))
	}
	var s said
	r.try("init", func() error {
		w.end()
		w.env["AMALFA_RERANKER_MODEL"] = ""
		s = w.must("init", "--quiet")
		if s.rss > 2<<30 {
			return fmt.Errorf("%d MB", s.rss>>20)
		}
		return w.sound()
	})
	r.try("search", func() error {
		return w.finds(fmt.Sprintf("word%dx", n-1), fmt.Sprintf("d%d/n%d.md", (n-1)%(n/20), n-1))
	})
	r.try("nothing changed", func() error { return w.amalfa("init", "--json").expect(fmt.Sprintf(`"unchanged": %d`, n), 0) })
	var times []time.Duration
	for i := range 20 {
		r.try("search among many", func() error {
			s := w.amalfa("search", "--json", "--mode", "hybrid", fmt.Sprintf("rope and word%dx", i*n/20))
			times = append(times, s.took)
			return s.expect(`"id"`, 0)
		})
	}
	r.figure("%d files, %.0f files/s with vectors of a small model, peak %d MB; search p50 %d ms, p95 %d ms", n, float64(n)/s.took.Seconds(), s.rss>>20,
		percentile(times, 0.5).Milliseconds(), percentile(times, 0.95).Milliseconds())
	r.try("one watch a folder, and rest", func() error {
		st := w.start("watcher")
		if _, err := eventually(patience, func() error { return w.amalfa("watcher", "status").expect(`\bready\b`, 0) }); err != nil {
			return err
		}
		if _, err := eventually(patience, func() error { return w.lives(time.Now()) }); err != nil {
			return err
		}
		watches, folders := watchesOf(st.PID), n/20+1
		if watches < folders || watches > folders+folders/10+10 {
			return fmt.Errorf("%d watches for %d folders", watches, folders)
		}
		share := 0.0
		_, err := eventually(patience, func() error { // it may still have something to do
			const rest = 2 * time.Second
			before := processor(st.PID)
			<-time.After(rest)
			if share = float64(processor(st.PID)-before) / float64(rest); share > 0.1 {
				return fmt.Errorf("the idle watcher takes %.0f %% of a processor", 100*share)
			}
			return nil
		})
		r.figure("%d watches for %d folders, idle watcher %.1f %% of a processor", watches, folders, 100*share)
		return err
	})
	if !r.Full {
		r.leave("100,000 files", "for lack of time: task soak has them")
	}
}

// F17: files of 200 MB.
func hugeFiles(r *R) {
	w := r.world()
	w.notes(5)
	small := w.must("init", "--quiet")
	const size = 200 << 20
	written := map[string]int{}
	for name, text := range map[string]string{"words.md": "word after word after word\n", "line.md": "one line only "} {
		f, err := os.Create(w.path(name))
		if err != nil {
			r.Fatal(err)
		}
		for part := strings.Repeat(text, (1<<20)/len(text)); size > written[name]; written[name] += len(part) {
			if _, err := f.WriteString(part); err != nil {
				r.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			r.Fatal(err)
		}
	}
	r.try("skipped, with the reason", func() error {
		s := w.must("init", "--json")
		r.figure("peak %d MB, %d MB without, %.1f s", s.rss>>20, small.rss>>20, s.took.Seconds())
		if s.rss > small.rss+(50<<20) {
			return fmt.Errorf("%d MB more than without", (s.rss-small.rss)>>20)
		}
		return s.expect(`words\.md[\s\S]*over the limit`, 0)
	})
	r.try("the others", func() error {
		if err := w.sound(); err != nil {
			return err
		}
		return w.finds("word3x", "n3.md")
	})
}

// F18, F19: files that are no text, or not in UTF-8, or badly named.
func notText(r *R) {
	w := r.world()
	w.notes(5)
	bytes := make([]byte, 20000)
	for i := range bytes {
		bytes[i] = byte(rand.IntN(256))
	}
	bytes[100] = 0
	plain := strings.Repeat("A plain line of text.\n", 1000) // more than the 8 KiB that are looked at for what is no text
	binary := map[string]string{
		"random.md": string(bytes), "picture.md": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "base.md": "SQLite format 3\x00" + string(bytes), "nul.md": "# A\n\x00\n",
		"elf.md": "\x7fELF\x02\x01\x01\x00" + string(bytes[:200]), "packed.md": "\x1f\x8b\x08\x00" + string(bytes[:500]), "zeros.md": strings.Repeat("\x00", 9000),
	}
	late := plain + "A late corncrake.\n\x00\x01\x02" + plain
	for name, text := range binary {
		w.note(name, text)
	}
	w.note("late.md", late)
	w.must("init", "--quiet")
	states, err := w.indexed()
	if err != nil {
		r.Fatal(err)
	}
	for name := range binary {
		r.try(name+" is skipped and counted", func() error {
			if states[name] != "skipped" {
				return fmt.Errorf("it is %q", states[name])
			}
			return w.amalfa("coverage").expect(regexp.QuoteMeta(name)+`.*\S`, 0)
		})
	}
	r.try("text with a NUL far behind", func() error {
		if states["late.md"] == "skipped" { // said, so not lost
			return nil
		}
		return w.finds("corncrake", "late.md")
	})
	r.try("the others", w.sound)
	r.figure("%d binary files named .md are listed with a reason", len(binary))
}

func badUTF8(r *R) {
	w := r.world()
	w.notes(5)
	w.note("latin.md", "# Caf\xe9\n\nA lapwing au lait, and enough of plain text to be text after all.\n")
	w.note("cesu.md", "# Pair\n\nA pipit \xed\xa0\x80\xed\xb0\x80 with a lone half, and enough of plain text to be text.\n")
	r.try("texts", func() error {
		s := w.must("init", "--json")
		if err := s.expect(`latin\.md`, 0); err != nil {
			return err
		}
		if err := w.finds("lapwing", "latin.md"); err != nil {
			return err
		}
		return w.finds("pipit", "cesu.md")
	})
	bad := w.path("n\xff.md")
	if err := os.WriteFile(bad, []byte("# Bad name\n\nA knot.\n"), 0o644); err != nil {
		r.leave("a name in bytes", "this file system refuses it: "+err.Error())
	} else {
		r.try("a name in bytes", func() error {
			s := w.must("init", "--json")
			if err := s.expect(`(?i)(name|UTF-8|\\ufffd|\\xff)`, 0); err != nil {
				return err
			}
			return os.Remove(bad)
		})
	}
	r.try("the others", w.whole)
	r.figure("indexed and warned of")
}

// F20: links that go round, or out.
func linkLoops(r *R) {
	w := r.world()
	w.notes(5)
	outside := r.TempDir()
	r.write(filepath.Join(outside, "secret.md"), "# Secret\n\nA hidden dotterel.\n")
	for name, to := range map[string]string{"loop": ".", "loop2": "loop2", "up": "..", "out": outside, "file.md": filepath.Join(outside, "secret.md"), "a/b": "../a"} {
		if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
			r.Fatal(err)
		}
		if err := os.Symlink(to, w.path(name)); err != nil {
			r.Fatal(err)
		}
	}
	r.try("ends, and stays inside", func() error {
		if err := w.whole(); err != nil {
			return err
		}
		f, err := w.search("dotterel")
		if err == nil && len(f.Results) > 0 {
			err = fmt.Errorf("%v was read outside", f.ids())
		}
		return err
	})
	r.figure("0 files from outside")
}

// T5: notes made to cost much.
func bombs(r *R) {
	w := r.world()
	w.write(filepath.Join(w.env["XDG_CONFIG_HOME"], "amalfa", "settings.json"), `{"cache":{"maxBytes":0}}`) // a second try makes its vectors too
	w.notes(5)
	w.must("init", "--quiet")
	alias := "---\na: &a [x,x,x,x,x,x,x,x]\n"
	for i := range 30 {
		of := "*a"
		if i > 0 {
			of = fmt.Sprintf("*b%d", i-1)
		}
		alias += fmt.Sprintf("b%d: &b%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(of+",", 8), ","))
	}
	var links, list strings.Builder
	for i := range 100000 {
		fmt.Fprintf(&links, "[[n%d]] ", i)
	}
	for i := range 5000 {
		list.WriteString(strings.Repeat(" ", 2*(i%2500)) + "- x\n")
	}
	const limit = 2 * time.Second // for each
	files := map[string]string{
		"a": strings.Repeat("a", 100000), "brackets": strings.Repeat("[", 100000), "stars": strings.Repeat("*a ", 50000), "quotes": strings.Repeat(">", 100000),
		"list": list.String(), "line": strings.Repeat("word ", 200000), "alias": alias + "---\n", "links": links.String(), "crlf": strings.Repeat("\r\n\r\n", 50000),
		"nfd": strings.Repeat("e\u0301", 50000), "stroke": strings.Repeat("ȺȾ ", 20000), "fffd": strings.Repeat("\ufffd ", 20000), "sep": strings.Repeat("[SEP] </s> ", 2000),
		"items": strings.Repeat("- ", 50000) + "x", "emphasis": strings.Repeat("*", 100000) + "a", "underscores": strings.Repeat("_a", 50000), "deep YAML": "---\na: " + strings.Repeat("[", 50000) + "\n---\n# A\n",
		"references": strings.Repeat("[a]: b\n[a]\n", 20000), "images": strings.Repeat("![", 50000), "entities": strings.Repeat("&#x", 50000), "hashes": strings.Repeat("#", 100000),
		"ticks": strings.Repeat("`", 100001), "html": strings.Repeat("<!--", 30000), "table": strings.Repeat("|a", 30000) + "\n" + strings.Repeat("|-", 30000) + "\n",
	}
	var slowest time.Duration
	var worst string
	for name, text := range files {
		r.try(name, func() error {
			took, err := r.keeps(limit, func() (time.Duration, error) {
				w.note("bomb/"+name+".md", text+"\n")
				s := w.amalfa("init", "--quiet", "--json")
				if s.code != 0 {
					return 0, fmt.Errorf("%v", s)
				}
				if err := os.Remove(w.path("bomb/" + name + ".md")); err != nil {
					return 0, err
				}
				return s.took, w.amalfa("init", "--quiet").expect("", 0) // so that the next try reads it anew
			})
			if took > slowest {
				slowest, worst = took, name
			}
			return err
		})
	}
	r.try("the others", func() error {
		if err := w.whole(); err != nil {
			return err
		}
		return w.finds("word4x", "n4.md")
	})
	r.figure("%d texts; slowest %.1f s (%s), vectors by a small model included", len(files), slowest.Seconds(), worst)
}

func fileRows() []row {
	return []row{
		{"F9", "times of files and a clock that lie", false, clocks},
		{"F16", "very many files", false, manyFiles},
		{"F17", "200 MB in one file, in lines and in one line", false, hugeFiles},
		{"F18", "binary files named .md", false, notText},
		{"F19", "invalid UTF-8 in texts and names", false, badUTF8},
		{"F20", "links that go round, or out", false, linkLoops},
	}
}
