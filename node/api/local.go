package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Status describes a node.
type Status struct {
	Version string `json:"version"`
	Network string `json:"network"`
	Data    string `json:"data"`
	PID     int    `json:"pid"`
	// Running is false when a command opened the data directory by itself.
	Running bool      `json:"running"`
	Started Timestamp `json:"started"`
	// Body is absent for an observer.
	Body     *protocol.BodyID `json:"body,omitempty"`
	BodyName string           `json:"body_name,omitempty"`
	BodyRole string           `json:"body_role,omitempty"`
	// Peer is the node's libp2p identifier, Addrs the multiaddrs on which it
	// listens, HTTP the address of its pages; empty when it does not run.
	Peer  string   `json:"peer,omitempty"`
	Addrs []string `json:"addrs,omitempty"`
	HTTP  string   `json:"http,omitempty"`
	// Peers is how many nodes it is connected to.
	Peers   int    `json:"peers"`
	Bodies  uint64 `json:"bodies"`
	Entries uint64 `json:"entries"`
	Events  uint64 `json:"events"`
	Frozen  uint64 `json:"frozen"`
	// Erased is how many entries of the node's own body have been erased.
	Erased uint64 `json:"erased"`
	// Behind is how many events the catalogue has still to take in.
	Behind    uint64 `json:"behind"`
	DiskBytes uint64 `json:"disk_bytes"`
	FreeBytes uint64 `json:"free_bytes"`
	// Trust is how the node chooses whose logs it keeps; Stored is how many bytes of
	// all bodies it holds, StorageCap how many of others it may, 0 for no cap.
	Trust      string `json:"trust"`
	Stored     uint64 `json:"stored"`
	StorageCap uint64 `json:"storage_cap"`
	// Waiting is how many strangers' logs wait, Heard how many other bodies were
	// heard of; Blocked and Hidden how many bodies and entries the operator hides.
	Waiting int `json:"waiting"`
	Heard   int `json:"heard"`
	Blocked int `json:"blocked"`
	Hidden  int `json:"hidden"`
	// Held is what keeps the node from publishing for its body, in sentences that
	// say what to do; nothing when it may, and for an observer.
	Held []string `json:"held,omitempty"`
	// Missing is what keeps the node from being ready.
	Missing []string `json:"missing,omitempty"`
}

// Peer is another node that this one is connected to.
type Peer struct {
	ID    string   `json:"id"`
	Addrs []string `json:"addrs,omitempty"`
	// Body is the body that the peer has proved it serves.
	Body     *protocol.BodyID `json:"body,omitempty"`
	BodyName string           `json:"body_name,omitempty"`
	// Direction is "outbound" if this node dialled, else "inbound"; Named says
	// that its operator named the peer.
	Direction string `json:"direction"`
	Named     bool   `json:"named,omitempty"`
	// Since is when it connected, LastPull when the last reconcile with it
	// ended well.
	Since    Timestamp `json:"since,omitzero"`
	LastPull Timestamp `json:"last_pull,omitzero"`
	// Entries is how many entries it brought that were new here; Agrees says
	// that both held the same at the last pull.
	Entries  uint64  `json:"entries"`
	Agrees   bool    `json:"agrees"`
	Score    float64 `json:"score"`
	Software string  `json:"software,omitempty"`
}

// Peers is the list of them.
type Peers struct {
	Peers []Peer `json:"peers"`
}

// Invite is a link with which another node joins the network.
type Invite struct {
	Link string `json:"link"`
}

// joinRequest is what is sent to follow a link.
type joinRequest struct {
	Link string `json:"link"`
}

// Local answers the node's owner: all that is public, and the local calls.
// Whoever reaches it may publish in the body's name, so it belongs on a socket
// that only the owner can open.
func Local(cfg Config) http.Handler {
	s := newServer(cfg)
	s.owner = true
	mux := s.publicMux()
	mux.Handle("GET /local/v1/status", s.fresh(s.answer(func(r *http.Request) (any, error) { return s.Node.Status(r.Context()) })))
	mux.Handle("GET /local/v1/peers", s.fresh(s.answer(func(*http.Request) (any, error) {
		peers, err := s.Node.Peers()
		return Peers{Peers: noNil(peers)}, err
	})))
	mux.Handle("POST /local/v1/invite", s.fresh(s.answer(func(r *http.Request) (any, error) { return s.Node.Invite(r.Context()) })))
	mux.Handle("POST /local/v1/join", s.fresh(s.answer(s.join)))
	mux.Handle("POST /local/v1/publish", s.fresh(s.answer(s.publish)))
	mux.Handle("POST /local/v1/erase", s.fresh(s.answer(s.erase)))
	mux.Handle("POST /local/v1/confirm", s.fresh(s.answer(s.confirm)))
	mux.Handle("GET /local/v1/backup", s.fresh(s.backup))
	mux.Handle("GET /local/v1/verify", s.fresh(s.verify))
	mux.Handle("GET /local/v1/doctor", s.fresh(s.doctor))
	s.drafts(mux)
	s.proposals(mux)
	s.keeping(mux)
	s.domains(mux)
	return s.public(mux)
}

func (s *server) join(r *http.Request) (any, error) {
	var req joinRequest
	if err := readJSON(r, &req); err != nil || req.Link == "" {
		return nil, badRequest(`Send the link as {"link": "..."}.`)
	}
	// A peer that does not answer must not outlast the answer's own deadline.
	ctx, cancel := context.WithTimeout(r.Context(), writeTimeout-5*time.Second)
	defer cancel()
	if err := s.Node.Join(ctx, req.Link); err != nil {
		return nil, err
	}
	return struct{}{}, nil
}

// verifyLine is one line of the stream: progress, and in the end the report or
// the problem.
type verifyLine struct {
	Progress *VerifyProgress `json:"progress,omitempty"`
	Report   *VerifyReport   `json:"report,omitempty"`
	Problem  *Problem        `json:"problem,omitempty"`
}

func (s *server) verify(w http.ResponseWriter, r *http.Request) {
	scope, err := verifyScope(r)
	if err != nil {
		fail(w, r, s.Logger, err)
		return
	}
	inLines(w, r, func(ctx context.Context, line func(any) error) any {
		report, err := VerifyLedger(ctx, s.Ledger, scope, func(p VerifyProgress) error { return line(verifyLine{Progress: &p}) })
		if err != nil {
			return verifyLine{Problem: problemOf(err)}
		}
		return verifyLine{Report: &report}
	})
}

// inLines answers with a line of JSON for whatever work sends, as soon as it does,
// and one for what it returns.
func inLines(w http.ResponseWriter, r *http.Request, work func(ctx context.Context, line func(any) error) (last any)) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	if r.Method == http.MethodHead {
		return
	}
	out := newStream(w)
	enc := json.NewEncoder(out)
	line := func(v any) error {
		if err := enc.Encode(v); err != nil {
			return err
		}
		return out.Flush()
	}
	if err := line(work(r.Context(), line)); err != nil {
		out.abort()
	}
}

func verifyScope(r *http.Request) (VerifyScope, error) {
	var scope VerifyScope
	q, err := query(r, "id", "body")
	if err != nil {
		return scope, err
	}
	if scope.Body, err = bodyParam("body", q.Get("body")); err != nil {
		return scope, err
	}
	if q.Has("id") {
		if scope.Entry, err = protocol.ParseEntryID(q.Get("id")); err != nil {
			return scope, badRequest("In id %s.", err)
		}
	}
	return scope, nil
}
