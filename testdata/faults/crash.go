//go:build unix

package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// crashNotes are enough that a first index of them takes a while, and few enough for many rounds.
const crashNotes = 120

// clean returns what an undisturbed index of the notes of a world holds.
func (w *world) clean() map[string]string {
	w.Helper()
	other := w.R.world()
	other.env["EMBEDDING_MODEL"] = w.env["EMBEDDING_MODEL"]
	if err := os.CopyFS(other.root, os.DirFS(w.root)); err != nil {
		w.Fatal(err)
	}
	if err := os.RemoveAll(other.path(".amalfa")); err != nil {
		w.Fatal(err)
	}
	other.must("init", "--quiet")
	want, err := other.export()
	if err != nil {
		w.Fatal(err)
	}
	other.end()
	return want
}

// F1: each program that writes or serves is killed at random moments.
func killed(r *R) {
	w := r.world()
	w.notes(r.rounds(crashNotes, 2000))
	want := w.clean()
	from := time.Now()
	w.must("init", "--quiet")
	whole := time.Since(from)
	rounds := r.rounds(9, 200)
	var slowest time.Duration
	for i := range rounds {
		r.try(fmt.Sprintf("round %d", i), func() error {
			switch i % 3 {
			case 0:
				return w.killInit(whole, want)
			case 1:
				return w.killWatcher(i, &slowest)
			default:
				return w.killVector(whole, want)
			}
		})
		if i%3 == 1 {
			want = w.clean()
		}
	}
	for _, service := range []string{"sonar", "reranker", "vector", "watcher", "dashboard"} {
		r.try(service, func() error {
			st := w.start(service)
			w.kill(st.PID, syscall.SIGKILL)
			if _, err := gone(st.PID, patience); err != nil {
				return err
			}
			from := time.Now()
			st = w.start(service)
			slowest = max(slowest, time.Since(from))
			if st.State != "ready" && st.State != "degraded" {
				return fmt.Errorf("%s is %s", service, st.State)
			}
			return nil
		})
	}
	r.figure("slowest recovery of a killed daemon %.2f s", slowest.Seconds())
}

func (w *world) forget() error { return os.RemoveAll(w.path(".amalfa")) }

// killInit kills a first index, which the next one completes.
func (w *world) killInit(whole time.Duration, want map[string]string) error {
	w.end() // before its folder goes
	if err := w.forget(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.some(whole))
	defer cancel()
	_, _ = w.run(w.command(ctx, nil, "init", "--quiet"))
	if err := w.whole(); err != nil {
		return err
	}
	return w.equal(want)
}

// killWatcher kills the watcher while notes are saved; the next one finds them all.
func (w *world) killWatcher(round int, slowest *time.Duration) error {
	w.must("init", "--quiet")
	st := w.start("watcher")
	for i := range 20 {
		w.note(fmt.Sprintf("saved%d/n%d.md", round, i), fmt.Sprintf("# Saved\n\nIn round%dx, number%dx.\n", round, i))
	}
	<-time.After(w.some(time.Second))
	w.kill(st.PID, syscall.SIGKILL)
	if _, err := gone(st.PID, patience); err != nil {
		return err
	}
	from := time.Now()
	w.start("watcher")
	*slowest = max(*slowest, time.Since(from))
	_, err := eventually(patience, func() error {
		f, err := w.search(fmt.Sprintf("round%dx", round))
		if err == nil && len(f.Results) != 20 {
			err = fmt.Errorf("%d of 20 notes are found", len(f.Results))
		}
		return err
	})
	if err != nil {
		return err
	}
	w.must("watcher", "stop")
	return w.whole()
}

// killVector kills the service that makes the vectors while they are made.
func (w *world) killVector(whole time.Duration, want map[string]string) error {
	w.end()
	if err := w.forget(); err != nil {
		return err
	}
	st := w.start("vector")
	cmd := w.command(context.Background(), nil, "init", "--quiet")
	if err := cmd.Start(); err != nil {
		return err
	}
	<-time.After(w.some(whole))
	w.kill(st.PID, syscall.SIGKILL)
	_ = cmd.Wait() // it may say that vectors are lacking
	if err := w.whole(); err != nil {
		return err
	}
	return w.equal(want)
}

// imageMB is the size of the disk whose power is cut; modelsMB that of one which takes the runtime and a model, and parts of them.
const imageMB, modelsMB = 64, 300

// F2: the power is cut while an index is made: what the disk had then is mounted in its place.
func powerCut(r *R) {
	r.needLinux("for loop devices")
	r.needRoot("to mount a disk")
	r.need("to make a disk", "mkfs.ext4", "-V")
	w := r.world()
	fast := r.TempDir()
	if dir, err := os.MkdirTemp("/dev/shm", "amalfa-faults-"); err == nil {
		fast = dir
		r.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	shell := func(script string) error {
		out, err := exec.Command("sh", "-ec", script).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", script, err, out)
		}
		return nil
	}
	commits := []int{1, 5, 1000} // seconds between two commits of the journal, as bbolt's tests have it
	var took time.Duration
	var want map[string]string
	for i := range r.rounds(3, 100) {
		disk := filepath.Join(fast, fmt.Sprintf("disk%d", i)) // the kernel may still let go of the last
		if err := shell(fmt.Sprintf("truncate -s %dM %s; mkfs.ext4 -q -F %s", imageMB, disk, disk)); err != nil {
			r.notTried(err.Error())
		}
		r.try(fmt.Sprintf("cut %d", i), func() error {
			mounting := fmt.Sprintf("mount -o loop,commit=%d %%s %s", commits[i%len(commits)], w.root)
			if err := shell(fmt.Sprintf(mounting, disk)); err != nil {
				r.notTried("cannot mount a loop device here: " + err.Error())
			}
			defer func() { _ = exec.Command("umount", "-l", w.root).Run() }()
			w.notes(crashNotes)
			if want == nil {
				want = w.clean()
			}
			if err := shell("sync -f " + w.root); err != nil {
				return err
			}
			cmd := w.command(context.Background(), nil, "init", "--quiet")
			if err := cmd.Start(); err != nil {
				return err
			}
			<-time.After(r.some(600 * time.Millisecond))
			if err := copyDisk(cmd.Process.Pid, disk, disk+".cut"); err != nil {
				return err
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			w.end() // what still has files open there
			if err := shell("umount -l " + w.root + "; e2fsck -fy " + disk + ".cut >/dev/null || [ $? -le 1 ]; " + fmt.Sprintf(mounting, disk+".cut")); err != nil {
				return err
			}
			defer func() { _ = exec.Command("umount", "-l", w.root).Run() }()
			from := time.Now()
			if err := w.whole(); err != nil {
				return err
			}
			took = max(took, time.Since(from))
			defer os.Remove(disk)
			defer os.Remove(disk + ".cut")
			defer w.end()
			return w.equal(want)
		})
	}
	for i := range r.rounds(1, 20) {
		r.try(fmt.Sprintf("cut %d while models are unpacked", i), func() error { return unpackedInTheDark(r, fast, commits[i%len(commits)]) })
	}
	r.figure("longest way back %.2f s; commit=1, 5, 1000 in turn", took.Seconds())
	r.leave("LazyFS", "its sources need a build of libfuse that this test does not make")
}

// unpackedInTheDark cuts the power while the program unpacks what it carries: whatever has its final name then is whole.
func unpackedInTheDark(r *R, fast string, commit int) error {
	w := r.realWorld()
	w.note("tides.md", "# Tides\n\nHigh water at the pier.\n")
	cache := filepath.Join(w.home, "models")
	w.env["AMALFA_CACHE_DIR"] = cache
	w.write(filepath.Join(w.env["XDG_CONFIG_HOME"], "amalfa", "settings.json"), `{"embeddings":{"precision":"int8"}}`)
	disk, err := os.CreateTemp(fast, "models-*")
	if err != nil {
		return err
	}
	defer os.Remove(disk.Name())
	defer os.Remove(disk.Name() + ".cut")
	defer disk.Close()
	mount := func(image string) error {
		out, err := exec.Command("sh", "-ec", `mkdir -p "$2"; mount -o loop,commit="$3" "$1" "$2"; chmod 700 "$2"`, "sh", image, cache, fmt.Sprint(commit)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("mount: %w: %s", err, out)
		}
		return nil
	}
	if out, err := exec.Command("sh", "-ec", `truncate -s "$2"M "$1"; mkfs.ext4 -q -F "$1"`, "sh", disk.Name(), fmt.Sprint(modelsMB)).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := mount(disk.Name()); err != nil {
		return err
	}
	defer func() { _ = exec.Command("umount", "-l", cache).Run() }()
	cmd := w.command(context.Background(), nil, "embed", "--no-daemon", "high water")
	if err := cmd.Start(); err != nil {
		return err
	}
	<-time.After(r.some(1500 * time.Millisecond))
	if err := copyDisk(cmd.Process.Pid, disk.Name(), disk.Name()+".cut"); err != nil {
		return err
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	w.end()
	if out, err := exec.Command("sh", "-c", `umount -l "$1"; e2fsck -fy "$2" >/dev/null; [ $? -le 1 ]`, "sh", cache, disk.Name()+".cut").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := mount(disk.Name() + ".cut"); err != nil {
		return err
	}
	defer func() { _ = exec.Command("umount", "-l", cache).Run() }()
	if err := w.whole(); err != nil {
		return err
	}
	if err := w.amalfa("models", "verify").expect("", 0); err != nil {
		return err
	}
	f, err := w.searchBy("vector", "when is the sea at its highest?")
	w.end()
	if err == nil && (len(f.Results) != 1 || len(f.Degraded) > 0) {
		err = fmt.Errorf("%v, degraded %v", f.ids(), f.Degraded)
	}
	return err
}

// copyDisk copies what a disk holds at one moment: the writer stands still, and a copy during which the kernel wrote is made again.
func copyDisk(pid int, disk, to string) error {
	_ = syscall.Kill(pid, syscall.SIGSTOP) // it may be done
	for range 20 {
		before := written(disk)
		if out, err := exec.Command("cp", "--sparse=always", disk, to).CombinedOutput(); err != nil {
			return fmt.Errorf("copy the disk: %w: %s", err, out)
		}
		if written(disk) == before {
			return nil
		}
	}
	return fmt.Errorf("the disk never stood still")
}

// written is what the kernel counted of writes to the loop device of a disk.
func written(disk string) string {
	out, err := exec.Command("losetup", "-n", "-O", "NAME", "-j", disk).Output()
	if err != nil {
		return ""
	}
	stat, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(strings.TrimSpace(string(out))), "stat"))
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(stat)) // Documentation/block/stat.rst: 5th writes, 7th sectors written
	return fields[4] + " " + fields[6]
}

func crashRows() []row {
	return []row{
		{"F1", "kill -9 of init, watcher, vector, reranker, sonar, dashboard", false, killed},
		{"F2", "power cut while the index is made", false, powerCut},
	}
}
