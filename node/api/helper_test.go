package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// fixture is a node without a network that holds some invented logs.
type fixture struct {
	node *node.Node
	url  string
	// council cites the forum's entry; rogue contradicts itself.
	forum, council, rogue *vectors.Author
}

func open(t testing.TB) *fixture {
	t.Helper()
	f := openEmpty(t)
	f.forum = vectors.NewAuthor("forum", 0, nil)
	f.forum.Publish("body", map[string]any{
		"title": "Forum (example)", "name": "Forum (example)", "role": "community_body",
		"lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk",
	})
	f.forum.PublishN(7, 120)
	f.council = vectors.NewAuthor("council", 2, nil)
	f.council.Publish("response", map[string]any{
		"title": "<script>alert(1)</script>", "lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk",
		"decision": f.forum.Log[3].ID.String(), "answers": []any{},
	})
	f.council.Recover(0, 0, "rotation")
	f.council.Publish("from_a_later_version", map[string]any{"title": "Not known here", "odd": []byte{1, 2, 3}})
	f.rogue = vectors.NewAuthor("rogue", 0, nil)
	f.rogue.PublishN(2, 80)
	branch := f.rogue.Clone()
	branch.Publish("decision", map[string]any{"title": "One thing"})
	f.rogue.Publish("decision", map[string]any{"title": "Another"})
	f.join(t, f.forum.Log, f.council.Log, f.rogue.Log, branch.Log)
	return f
}

// openEmpty is a node that holds nothing.
func openEmpty(t testing.TB) *fixture {
	t.Helper()
	cfg := node.DefaultConfig()
	cfg.Data, cfg.Network, cfg.Offline = t.TempDir(), vectors.NetworkName, true
	n, err := node.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(checked(t, n.Public()))
	t.Cleanup(func() {
		server.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return &fixture{node: n, url: server.URL}
}

func (f *fixture) join(t testing.TB, runs ...ledger.Run) {
	t.Helper()
	outcomes, err := f.node.Ledger().Join(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
}

// do asks the node, and returns the answer with its body.
func (f *fixture) do(t testing.TB, method, path string, header map[string]string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp, b
}

// get asks for JSON.
func get[T any](t testing.TB, f *fixture, path string) T {
	t.Helper()
	resp, b := f.do(t, http.MethodGet, path, nil)
	var v T
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %d %s", path, resp.StatusCode, b)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (f *fixture) client() *api.Client { return api.Remote(http.DefaultClient, f.url) }
