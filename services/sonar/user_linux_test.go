package sonar

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"amalfa/llm"

	"github.com/google/go-cmp/cmp"
)

// strangerURL names the variable that makes this test program visit a service as another user, and print what it got.
const strangerURL = "AMALFA_TEST_STRANGER_URL"

func visitAsStranger(url string) {
	for _, auth := range []string{"", "Bearer wrong", "Bearer " + token} {
		for _, path := range []string{"/health", "/v1/models", "/chat", "/v1/chat/completions"} {
			method, body := http.MethodGet, ""
			if strings.HasSuffix(path, "chat") || strings.HasSuffix(path, "completions") {
				method, body = http.MethodPost, `{"message":"x",`+oneMessage+`}`
			}
			req, _ := http.NewRequest(method, url+path, strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			if auth != "" {
				req.Header.Set("Authorization", auth)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				fmt.Println(path, err)
				continue
			}
			resp.Body.Close()
			fmt.Println(path, resp.StatusCode)
		}
	}
}

func TestAnotherUserNeedsTheToken(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	u := newUpstream(t, saying("hi"))
	d := start(t, Options{Config: u.config(llm.Ollama), Search: tides})
	d.state("ready")
	// /proc/self/exe, since another user may not enter the folder that holds this program
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{strangerURL + "=" + d.url}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := strings.Repeat("/health 200\n/v1/models 401\n/chat 401\n/v1/chat/completions 401\n", 2) +
		"/health 200\n/v1/models 200\n/chat 200\n/v1/chat/completions 200\n"
	if d := cmp.Diff(want, string(out)); d != "" {
		t.Error(d)
	}
	if bodies, _ := u.asked(); len(bodies) != 2 {
		t.Errorf("the provider was asked %d times, want only by the two requests with the token", len(bodies))
	}
}
