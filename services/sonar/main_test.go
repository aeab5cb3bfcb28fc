package sonar

import (
	"io"
	"log"
	"testing"

	"go.uber.org/goleak"
)

var discard = log.New(io.Discard, "", 0)

// TestMain fails the package when a goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
