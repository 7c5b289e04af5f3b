package api_test

import (
	"net/http"
	"testing"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// TestControls asks who may speak for bodies: one that changed its keys, one that
// contradicts itself, and one that took its log back without a word.
func TestControls(t *testing.T) {
	f := open(t)
	path := func(b protocol.BodyID) string { return "/api/v1/bodies/" + b.String() + "/control" }
	c := get[api.Controls](t, f, path(f.council.Body()))
	if len(c.Controls) != 2 || c.Controls[1].By != "recovery 1" || *c.Controls[1].Under != 0 || c.Controls[1].Control.Reason != "rotation" || c.Frozen || len(c.GivenUp) != 0 {
		t.Errorf("%+v", c)
	}
	if c = get[api.Controls](t, f, path(f.rogue.Body())); !c.Frozen || len(c.GivenUp) != 1 || c.GivenUp[0].By != nil || c.GivenUp[0].Parting != 3 {
		t.Errorf("%+v", c)
	}
	quiet := vectors.NewAuthor("quiet", 0, nil)
	before := quiet.Clone()
	quiet.PublishN(2, 40)
	f.join(t, quiet.Log)
	keys := before.Recover(0, 0, protocol.ReasonRotation)
	f.join(t, before.Log)
	if c = get[api.Controls](t, f, path(quiet.Body())); len(c.GivenUp) != 2 || c.GivenUp[0].Disclosed || c.GivenUp[0].By.ID != keys.ID {
		t.Errorf("%+v", c)
	}
	for bad, status := range map[string]int{
		path(protocol.BodyID{1}): http.StatusNotFound, "/api/v1/bodies/x/control": http.StatusBadRequest,
		path(quiet.Body()) + "?x=1": http.StatusBadRequest,
	} {
		if resp, b := f.do(t, http.MethodGet, bad, nil); resp.StatusCode != status {
			t.Errorf("%s: %d %s", bad, resp.StatusCode, b)
		}
	}
}
