package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/folkmoot/folkmoot/protocol"
)

func (s *server) bodies(r *http.Request) (any, error) {
	q, err := query(r, "after", "limit")
	if err != nil {
		return nil, err
	}
	after, err := bodyParam("after", q.Get("after"))
	if err != nil {
		return nil, err
	}
	limit, err := limitParam(q)
	if err != nil {
		return nil, err
	}
	page, err := s.Reader.Bodies(after, limit)
	for i := range page.Bodies {
		s.proven(&page.Bodies[i])
	}
	return page, err
}

func (s *server) body(r *http.Request) (any, error) {
	id, err := bodyParam("the path", r.PathValue("body"))
	if err != nil {
		return nil, err
	}
	if err := s.visible(id, protocol.EntryID{}); err != nil {
		return nil, err
	}
	b, err := s.Reader.Body(id)
	s.proven(&b)
	return b, err
}

func (s *server) log(r *http.Request) (any, error) {
	id, err := bodyParam("the path", r.PathValue("body"))
	if err != nil {
		return nil, err
	}
	q, err := query(r, "after", "limit")
	if err != nil {
		return nil, err
	}
	limit, err := limitParam(q)
	if err != nil {
		return nil, err
	}
	from := uint64(0)
	if q.Has("after") {
		after, err := numberParam(q, "after")
		if err != nil {
			return nil, err
		}
		from = after + 1
	}
	return s.Reader.Log(id, from, limit)
}

func (s *server) entries(r *http.Request) (any, error) {
	q, err := query(r, "after", "limit", "kind", "body")
	if err != nil {
		return nil, err
	}
	var eq EventQuery
	if eq.After, err = numberParam(q, "after"); err != nil {
		return nil, err
	}
	if eq.Limit, err = limitParam(q); err != nil {
		return nil, err
	}
	if eq.Body, err = bodyParam("body", q.Get("body")); err != nil {
		return nil, err
	}
	if q.Has("kind") {
		if eq.Kind, err = protocol.ParseKind(q.Get("kind")); err != nil {
			return nil, badRequest("The kind is not one: use 1 to %d of a to z and _.", protocol.MaxKind)
		}
	}
	return s.Reader.Events(eq)
}

func (s *server) entry(r *http.Request) (any, error) {
	id, err := s.entryAsked(r)
	if err != nil {
		return nil, err
	}
	return s.Reader.Entry(id)
}

// raw answers with the entry's encoding, as nodes exchange it.
func (s *server) raw(w http.ResponseWriter, r *http.Request) {
	id, err := s.entryAsked(r)
	if err != nil {
		fail(w, r, s.Logger, err)
		return
	}
	ev, err := s.Ledger.Entry(id)
	if err != nil {
		fail(w, r, s.Logger, fmt.Errorf("entry %s: %w", id, err))
		return
	}
	b := ev.Entry.Encode()
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.cbor"`, id))
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	if r.Method != http.MethodHead {
		// A failure to write is the reader's: there is nobody left to tell.
		_, _ = w.Write(b)
	}
}

func (s *server) live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	if missing := s.Node.Missing(); len(missing) > 0 {
		p := newProblem(http.StatusServiceUnavailable, CodeNotReady, "The node is not ready yet. Ask again in a few seconds.")
		p.Missing = missing
		fail(w, r, s.Logger, p)
		return
	}
	s.live(w, r)
}

// query reads the parameters and refuses those that are not known: a filter
// that was misspelt must not answer with everything.
func query(r *http.Request, names ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("The query cannot be read. Encode it as a URL asks for.")
	}
	for name, values := range q {
		known := false
		for _, n := range names {
			known = known || n == name
		}
		if !known {
			return nil, badRequest("There is no parameter %q. Use %s.", clip(name), strings.Join(names, ", "))
		}
		if len(values) != 1 {
			return nil, badRequest("The parameter %q is given %d times. Give it once.", name, len(values))
		}
	}
	return q, nil
}

func limitParam(q url.Values) (int, error) {
	if !q.Has("limit") {
		return DefaultLimit, nil
	}
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil || n < 1 || n > MaxLimit {
		return 0, badRequest("The limit is a number from 1 to %d.", MaxLimit)
	}
	return n, nil
}

func numberParam(q url.Values, name string) (uint64, error) {
	if !q.Has(name) {
		return 0, nil
	}
	n, err := strconv.ParseUint(q.Get(name), 10, 64)
	if err != nil || n > protocol.MaxInt {
		return 0, badRequest("%q is a whole number.", name)
	}
	return n, nil
}

func bodyParam(where, s string) (protocol.BodyID, error) {
	if s == "" {
		return protocol.BodyID{}, nil
	}
	id, err := protocol.ParseBodyID(s)
	if err != nil {
		return id, badRequest("In %s %s. Take it from /api/v1/bodies.", where, err)
	}
	return id, nil
}

func entryParam(s string) (protocol.EntryID, error) {
	id, err := protocol.ParseEntryID(s)
	if err != nil {
		return id, badRequest("In the path %s. Take it from /api/v1/entries.", err)
	}
	return id, nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}
