package api_test

import (
	"net/http"
	"testing"

	"github.com/folkmoot/folkmoot/node/api"
)

// TestKept asks what everybody may know of whose logs a node keeps.
func TestKept(t *testing.T) {
	f := open(t)
	kept := get[api.Kept](t, f, "/api/v1/trust")
	if kept.Policy != "vouched" || kept.Hops != 4 || kept.NotHeld == nil {
		t.Errorf("%+v", kept)
	}
	if resp, b := f.do(t, http.MethodGet, "/api/v1/trust?all=1", nil); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a parameter that there is not: %d %s", resp.StatusCode, b)
	}
	for _, path := range []string{"/local/v1/trust", "/local/v1/block"} {
		if resp, _ := f.do(t, http.MethodGet, path, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers the public: %d", path, resp.StatusCode)
		}
	}
}
