package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Whoever must wait, since his log was contradicted too often, is told until when.
func TestDeferredIsSaid(t *testing.T) {
	err := &ledger.DeferredError{Body: protocol.BodyID{1}, Until: time.Unix(1_800_000_000, 0)}
	p := problemOf(fmt.Errorf("change control: %w", err))
	if p.Status != http.StatusServiceUnavailable || p.Code != CodeUnavailable || !strings.Contains(p.Detail, "2027-01-15T08:00:00Z") {
		t.Errorf("%+v", p)
	}
}
