package daemon

import (
	"fmt"
	"os"
)

// Two files beside a record say what people want of a service while nobody holds its lock, or its holder cannot listen:
//
//	<name>.stop     names the process that was told to end: however it ends, it is not started again
//	<name>.revive   is the record of the process in whose place another one is about to be started; whoever was to do that may die too
//
// A third, <name>.keep, is [Keep]'s. Each tells its process by PID and start time, so that one left behind means no other.

// name tells a process from all others of this run of the machine.
func (r Record) name() string { return fmt.Sprintf("%d %s", r.PID, r.StartTime) }

// mark puts a file there that says text. It never writes through a link.
func mark(path, text string) error { return replaceFile(path, []byte(text)) }

// isMarked reports whether the file is there and says text.
func isMarked(path, text string) bool {
	f, err := openPlain(path, os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	buf := make([]byte, len(text)+1)
	n, _ := f.Read(buf) // a file of another length says something else
	return string(buf[:n]) == text
}

func (s Spec) stopPath() string   { return s.beside(".stop") }
func (s Spec) revivePath() string { return s.beside(".revive") }

// tellToEnd notes that the end of the process is wanted, before it is told so.
func (s Spec) tellToEnd(rec Record) { _ = mark(s.stopPath(), rec.name()) } // its folder may be gone: then nobody starts it again

func (s Spec) wasToldToEnd(rec Record) bool { return isMarked(s.stopPath(), rec.name()) }

// intend notes that another process is to be started in the place of the one that left the record.
func (s Spec) intend(rec Record) error {
	rec.Token = "" // nobody answers to it any more
	text, err := rec.text()
	if err != nil {
		return err
	}
	return replaceFile(s.revivePath(), text)
}

// intended is the record that intend left, the zero record for none.
func (s Spec) intended() Record {
	f, err := openPlain(s.revivePath(), os.O_RDONLY)
	if err != nil {
		return Record{}
	}
	defer f.Close()
	return readRecord(f)
}

// callOff keeps a service that has died from being started again.
func (s Spec) callOff() { _ = os.Remove(s.revivePath()) }
