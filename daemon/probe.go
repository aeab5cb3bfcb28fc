package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"amalfa/lifecycle"

	psnet "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
)

const (
	probeDelay = time.Second
	probeLimit = 64 << 10 // bytes of a `/health` answer
)

// health is what we read of a `/health` answer.
type health struct {
	Instance string          `json:"instance"`
	State    lifecycle.State `json:"state"`
	Reason   string          `json:"reason"`
	Model    string          `json:"model"`
	Requests int64           `json:"requests"`
	Latency  float64         `json:"latency_ms"`
	Runs     int64           `json:"runs"`
}

// errSilent reports that a service has the port and does not answer in time.
var errSilent = errors.New("no answer")

// Ping asks a service that was trusted a moment ago whether it still answers within limit, and returns how often its model
// has run.
func Ping(ctx context.Context, st Status, limit time.Duration) (runs int64, err error) {
	h, err := getHealth(ctx, st.Address, limit)
	if err == nil && h.Instance != st.Instance {
		err = fmt.Errorf("%s answers as another instance", st.Address)
	}
	return h.Runs, err
}

// probe asks the service at the record's address, once it is certain that the record's process listens there. The answer
// proves that the process lives and is ours; it tells the state only where the record did not.
func (st *Status) probe(ctx context.Context, limit time.Duration, recorded bool) error {
	h, err := st.askHealth(ctx, limit)
	switch {
	case err == nil:
		st.Trusted, st.Model, st.Requests, st.Latency = true, h.Model, h.Requests, h.Latency
		if !recorded {
			st.State, st.Error = h.State, h.Reason
		}
	case st.State != lifecycle.Stopping:
		st.State, st.Error, st.Silent = lifecycle.Failed, err.Error(), errors.Is(err, errSilent)
	}
	return err
}

func (st *Status) askHealth(ctx context.Context, limit time.Duration) (health, error) {
	port, err := loopbackPort(st.Address)
	if err != nil {
		return health{}, err
	}
	st.Port = port
	if !listens(ctx, st.PID, st.Address) {
		return health{}, fmt.Errorf("pid %d does not listen on port %d any more", st.PID, port)
	}
	h, err := getHealth(ctx, st.Address, limit)
	if err == nil && h.Instance != st.Instance {
		err = fmt.Errorf("port %d answers as another instance", port)
	}
	return h, err
}

// loopbackPort returns the port of an address that is not reachable from other machines, and an error for any other.
func loopbackPort(address string) (int, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !ap.Addr().IsLoopback() || ap.Port() == 0 {
		return 0, fmt.Errorf("address %q is not on loopback", address)
	}
	return int(ap.Port()), nil
}

// listens reports whether pid, of our user, owns the socket that listens at address.
func listens(ctx context.Context, pid int, address string) bool {
	if !isOurProcess(&process.Process{Pid: int32(pid)}) {
		return false
	}
	conns, err := psnet.ConnectionsPidWithContext(ctx, "tcp", int32(pid))
	return err == nil && slices.ContainsFunc(conns, func(c psnet.ConnectionStat) bool {
		return c.Status == "LISTEN" && net.JoinHostPort(c.Laddr.IP, strconv.Itoa(int(c.Laddr.Port))) == address
	})
}

// isOurProcess compares users where the system has them.
func isOurProcess(p *process.Process) bool {
	if os.Geteuid() < 0 {
		return true
	}
	uids, err := p.Uids()
	return err == nil && len(uids) > 1 && int(uids[1]) == os.Geteuid()
}

func getHealth(ctx context.Context, address string, limit time.Duration) (health, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/health", nil)
	if err != nil {
		return health{}, err
	}
	client := &http.Client{
		Transport: &http.Transport{
			Proxy:             nil, // a proxy must not learn or answer this
			DisableKeepAlives: true,
			DialContext:       (&net.Dialer{}).DialContext,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if errors.Is(err, context.DeadlineExceeded) {
		return health{}, fmt.Errorf("%w from %s within %s", errSilent, address, limit)
	}
	if err != nil {
		return health{}, fmt.Errorf("ask %s: %w", address, err)
	}
	defer resp.Body.Close()
	var h health
	if err := json.NewDecoder(io.LimitReader(resp.Body, probeLimit)).Decode(&h); err != nil || resp.StatusCode != http.StatusOK {
		return health{}, fmt.Errorf("%s answers %s and not as one of our services", address, resp.Status)
	}
	return h, nil
}
