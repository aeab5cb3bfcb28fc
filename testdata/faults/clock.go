//go:build unix

package faults

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// jumpClock moves the wall clock of a running process, and of no other: the first bytes of clock_gettime in its vDSO (vdso(7)), which
// all that Go knows of time goes through, are made a jump to code at the end of that page that asks the kernel and adds to the answer.
func jumpClock(pid int, by time.Duration) error {
	if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" {
		return fmt.Errorf("the code is for Linux on amd64")
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return err
	}
	var from, to uint64
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(strings.TrimSpace(line), "[vdso]") {
			_, err = fmt.Sscanf(line, "%x-%x", &from, &to)
		}
	}
	if err != nil || from == 0 {
		return fmt.Errorf("no vDSO: %w", err)
	}
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer mem.Close()
	image := make([]byte, to-from)
	if _, err := mem.ReadAt(image, int64(from)); err != nil {
		return err
	}
	entry, err := clockSymbol(image)
	if err != nil {
		return err
	}
	const room = 64
	place := uint64(len(image)) - room // zeroes up to the page's end
	if len(bytes.Trim(image[place:], "\x00")) != 0 && image[place] != 0xb8 {
		return fmt.Errorf("no room in the vDSO")
	}
	code := []byte{0xb8, 228, 0, 0, 0, 0x0f, 0x05, 0x85, 0xff, 0x75, 0x07, 0x48, 0x81, 0x06} // mov $228,%eax; syscall; test %edi,%edi; jne +7; addq $by,(%rsi)
	code = binary.LittleEndian.AppendUint32(code, uint32(int32(by/time.Second)))
	code = append(code, 0xc3) // ret
	jump := binary.LittleEndian.AppendUint32([]byte{0xe9}, uint32(int32(int64(place)-int64(entry)-5)))
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	if _, err := mem.WriteAt(code, int64(from+place)); err != nil {
		return err
	}
	_, err = mem.WriteAt(jump, int64(from+entry))
	return err
}

// clockSymbol is where clock_gettime begins in a vDSO.
func clockSymbol(image []byte) (uint64, error) {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return 0, err
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return 0, err
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" {
			return s.Value, nil
		}
	}
	return 0, fmt.Errorf("the vDSO has no clock_gettime")
}

// lives fails unless the watcher wrote something of late, by its own clock.
func (w *world) lives(now time.Time) error {
	data, err := os.ReadFile(w.path(".amalfa/runtime/watcher.json"))
	if err != nil {
		return err
	}
	var v struct{ LastIngest time.Time }
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	if d := now.Sub(v.LastIngest).Abs(); d > time.Hour {
		return fmt.Errorf("the watcher's clock is %v away from what it was set to", d)
	}
	return nil
}

// X6: the wall clock of running services jumps a day, forth and back.
func clockJumps(r *R) {
	r.needLinux("to move one process's clock")
	w := r.world()
	w.notes(10)
	w.must("init", "--quiet")
	services := map[string]status{"vector": w.start("vector"), "watcher": w.start("watcher"), "sonar": w.start("sonar"), "dashboard": w.start("dashboard")}
	agent := w.mcp()
	for i, by := range []time.Duration{24 * time.Hour, -24 * time.Hour, 0} {
		r.try(fmt.Sprintf("by %v", by), func() error {
			for name, st := range services {
				if err := jumpClock(st.PID, by); err != nil {
					r.notTried("the clock of " + name + " cannot be moved here: " + err.Error())
				}
			}
			if err := jumpClock(agent.cmd.Process.Pid, by); err != nil {
				return err
			}
			word := fmt.Sprintf("jumped%dx", i)
			w.note("jump.md", "# Jump\n\nThe clock "+word+".\n")
			if _, err := eventually(patience, func() error { return w.finds(word, "jump.md") }); err != nil {
				return err
			}
			// Or the clock was not moved at all. The file is written a moment after the note is found.
			if _, err := eventually(patience, func() error { return w.lives(time.Now().Add(by)) }); err != nil {
				return err
			}
			result, err := agent.call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": word}})
			if err != nil {
				return err
			}
			if !strings.Contains(string(result), "jump.md") {
				return fmt.Errorf("the agent is told %.300s", result)
			}
			if err := shows(services["dashboard"].Port, "/?mode=keyword&q="+word, 200, "jump.md"); err != nil {
				return err
			}
			<-time.After(500 * time.Millisecond) // an idle limit on the wall clock would end them now
			for name, st := range services {
				if now := w.status(name); now.PID != st.PID || now.State == "stopped" || now.State == "failed" {
					return fmt.Errorf("%s is %s, pid %d, was pid %d", name, now.State, now.PID, st.PID)
				}
			}
			_, err = vector(services["vector"].Port, word)
			return err
		})
	}
	r.try("the agent ends", agent.close)
	r.try("sound", w.whole)
	r.figure("vector, watcher, sonar, dashboard and an agent: +24 h, -24 h, none ended, notes missed 0")
}
