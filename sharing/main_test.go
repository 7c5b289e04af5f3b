package sharing

import (
	"testing"

	"go.uber.org/goleak"
)

// No goroutine may outlive the tests, but for those that libraries start once in
// a process.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
