package services

import (
	"bufio"
	"encoding/hex"
	"math"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// refuseNew binds the listening socket to an interface that does not exist: the kernel then finds no listener for a new
// connection and refuses it, while those in the backlog stay. It needs no privilege (Linux 5.7). Where it fails, connections
// of the last milliseconds are reset, as everywhere else.
func refuseNew(l *net.TCPListener) {
	raw, err := l.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, math.MaxInt32)
	})
}

// backlog returns how many connections wait to be accepted, 0 if that is not known.
func backlog(l *net.TCPListener) int {
	raw, err := l.SyscallConn()
	if err != nil {
		return 0
	}
	waiting := 0
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			waiting = int(info.Unacked) // what this field means for a listening socket
		}
	})
	return waiting
}

// established is TCP_ESTABLISHED. Rows in other states may say uid 0 for sockets that belong to nobody any more.
const established = "01"

// isOwnSocket reports whether the connected socket from client to server
// belongs to our user, as the kernel's table of this network namespace says;
// known tells whether it stands there.
func isOwnSocket(client, server netip.AddrPort) (ours, known bool) {
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		if uid, ok := socketUser(table, client, server); ok {
			return uid == os.Geteuid(), true
		}
	}
	return false, false
}

func socketUser(table string, local, remote netip.AddrPort) (uid int, ok bool) {
	f, err := os.Open(table)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// sl local remote state tx:rx tr:when retransmits uid …
		cols := strings.Fields(lines.Text())
		if len(cols) < 8 || cols[3] != established || !sameEndpoint(cols[1], local) || !sameEndpoint(cols[2], remote) {
			continue
		}
		uid, err := strconv.Atoi(cols[7])
		return uid, err == nil
	}
	return 0, false
}

// sameEndpoint compares "0100007F:0BC2" with an address: the words of the
// address are in the machine's byte order, the port is plain.
func sameEndpoint(entry string, want netip.AddrPort) bool {
	addr, port, _ := strings.Cut(entry, ":")
	p, err := strconv.ParseUint(port, 16, 16)
	if err != nil || uint16(p) != want.Port() {
		return false
	}
	raw, err := hex.DecodeString(addr)
	if err != nil {
		return false
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word) // every platform we support is little-endian
	}
	ip, ok := netip.AddrFromSlice(raw)
	return ok && ip.Unmap() == want.Addr().Unmap()
}
