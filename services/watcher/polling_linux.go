package watcher

import "syscall"

// remoteKind names the file system of a folder whose files others may change without an event here, "" for any other. The numbers are
// those of statfs(2) and of the kernel's magic.h.
func remoteKind(dir string) string {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return ""
	}
	switch uint32(st.Type) {
	case 0x6969:
		return "NFS"
	case 0x517b, 0xff534d42, 0xfe534d42:
		return "SMB"
	case 0x65735546:
		return "FUSE"
	case 0x01021997:
		return "9p"
	case 0x5346414f, 0x6b414653:
		return "AFS"
	case 0x73757245:
		return "Coda"
	case 0x00c36400:
		return "Ceph"
	case 0x786f4256:
		return "a shared folder of VirtualBox"
	case 0x0bd00bd0:
		return "Lustre"
	}
	return ""
}
