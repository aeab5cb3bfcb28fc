package watcher

import "syscall"

// mntLocal is MNT_LOCAL of mount(2): the file system is on this machine.
const mntLocal = 0x1000

// remoteKind names the file system of a folder whose files others may change without an event here, "" for any other.
func remoteKind(dir string) string {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil || st.Flags&mntLocal != 0 {
		return ""
	}
	var name []byte
	for _, c := range st.Fstypename {
		if c == 0 {
			break
		}
		name = append(name, byte(c))
	}
	return string(name)
}
