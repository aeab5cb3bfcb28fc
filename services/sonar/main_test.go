package sonar

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the package when a goroutine outlives the tests.
func TestMain(m *testing.M) {
	if url := os.Getenv(strangerURL); url != "" {
		visitAsStranger(url)
		return
	}
	if role := os.Getenv(benchRole); role != "" {
		playRole(role)
		return
	}
	goleak.VerifyTestMain(m)
}
