package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/protocol"
)

// Config is what the handlers answer from.
type Config struct {
	// Ledger and Reader are required; the reader reads from the ledger.
	Ledger *ledger.Ledger
	Reader *Reader
	// Hidden is what lists leave out; required.
	Hidden Hidden
	// Search answers searches.
	Search Searcher
	// Register answers what is owed, and whose word counts.
	Register Register
	// Domains knows whom the websites of bodies name.
	Domains Domains
	// Node does what only the local handler lets be done, and knows its state.
	Node Node
	// Casebook has the drafts; only the local handler opens it.
	Casebook *casebook.Casebook
	// Network is the node's; exports name it.
	Network string
	// Gatherer has the metrics; nil leaves them out.
	Gatherer prometheus.Gatherer
	// Home answers the page at / and the files that it needs; nil leaves it out.
	Home http.Handler
	// Now tells the time; required.
	Now func() time.Time
	// Logger takes failures of the node's own; required.
	Logger *slog.Logger
}

// Searcher searches the catalogue.
type Searcher interface {
	// Search returns one page of entries, best first.
	Search(ctx context.Context, q SearchQuery) (SearchPage, error)
	// Facets counts all that a query finds.
	Facets(ctx context.Context, q SearchQuery) (Facets, error)
}

// Node is what the handlers need of the node beyond its ledger.
type Node interface {
	// Missing says in words what keeps the node from being ready; nothing when
	// it is.
	Missing() []string
	// Status describes the node.
	Status(ctx context.Context) (Status, error)
	// Peers lists the nodes that this one is connected to.
	Peers() ([]Peer, error)
	// Doctor looks for what is wrong with the node; deep reads and verifies every
	// byte, and tells progress.
	Doctor(ctx context.Context, deep bool, tell func(VerifyProgress) error) (Health, error)
	// Invite makes a link with which another node joins.
	Invite(ctx context.Context) (Invite, error)
	// Join follows such a link; it does not wait for the connection.
	Join(ctx context.Context, link string) error
	Keeping
	// Publish signs a record as a person wrote it, in a format of package
	// casebook or in the one that the text has, and puts it in the body's log,
	// durably.
	Publish(ctx context.Context, text []byte, format string, how Publishing) (Published, error)
	// Erase erases entries of the node's body, durably, or says what that would do.
	Erase(ctx context.Context, e Erasing) (Erased, error)
	// PublishDraft does so with a revision of a draft, which must be the present
	// one; 0 takes that.
	PublishDraft(ctx context.Context, id string, revision int, how Publishing) (Published, error)
	// ProposeDraft and ProposeControl put an entry before those who must approve
	// it; Approve adds what one of them signed; PublishProposal signs it as the
	// body, and with unapproved also where approvals are short and the entry is
	// valid without. A proposal is named by the beginning of its ID.
	ProposeDraft(ctx context.Context, id string, revision int, how Publishing) (Proposal, error)
	ProposeControl(ctx context.Context, edit ControlEdit) (Proposal, error)
	Proposal(ctx context.Context, id string) (Proposal, error)
	Proposals(ctx context.Context, state casebook.ProposalState) ([]Proposal, error)
	Approve(ctx context.Context, id string, signed []byte) (Proposal, error)
	WithdrawProposal(ctx context.Context, id string) (Proposal, error)
	PublishProposal(ctx context.Context, id string, unapproved bool) (Proposal, error)
	// Confirm takes an officer's word for what the node cannot know.
	Confirm(ctx context.Context, a Assurance) error
	// Backup writes everything that the node has to w, with key the signing key
	// too.
	Backup(ctx context.Context, w io.Writer, key bool) error
}

// Limits of requests and answers.
const (
	// DefaultLimit and MaxLimit are how many items a page has.
	DefaultLimit = 100
	MaxLimit     = 1000
	// MaxRequest is the longest request body: a record as JSON is longer than
	// as content.
	MaxRequest = 4 * protocol.MaxContent
	// writeTimeout is how long an answer may take; streams extend it while they
	// get on.
	writeTimeout = 30 * time.Second
	// maxExports is how many exports go on at once; further ones are put off.
	maxExports = 4
)

type server struct {
	Config
	// owner is true where only the node's owner asks.
	owner bool
	// boot sets this process's tags apart from those of another, whose events
	// may have the same numbers.
	boot string
	// exports holds a token for each export that goes on; capacity maxExports,
	// and one that finds it full is refused. It is never closed.
	exports chan struct{}
	// heavies holds a token for each answer that goes through many entries;
	// capacity maxHeavy, and one that finds it full waits for heavyWait. It is
	// never closed.
	heavies chan struct{}
	// document is the description of this API as JSON.
	document func() ([]byte, error)
}

func newServer(cfg Config) *server {
	return &server{
		Config: cfg, boot: rand.Text()[:8], exports: make(chan struct{}, maxExports),
		heavies: make(chan struct{}, maxHeavy), document: sync.OnceValues(OpenAPI),
	}
}

// NewServer returns an HTTP server with the timeouts that the handlers rely on.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Public answers anybody who can reach it.
func Public(cfg Config) http.Handler {
	s := newServer(cfg)
	return s.public(s.publicMux())
}

// route is a pattern of [http.ServeMux] and what answers it.
type route struct {
	pattern string
	handler http.Handler
}

func (s *server) publicMux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range s.publicRoutes() {
		mux.Handle(r.pattern, r.handler)
	}
	if s.Home != nil {
		mux.Handle(homePattern, s.Home)
	}
	return mux
}

// publicRoutes are those of the API; openapi.yaml describes each.
func (s *server) publicRoutes() []route {
	ledger := func(h func(*http.Request) (any, error)) http.Handler { return s.tagged(s.answer(h)) }
	trusted := func(h func(*http.Request) (any, error)) http.Handler { return s.trusted(false, s.answer(h)) }
	clock := func(h func(*http.Request) (any, error)) http.Handler { return s.trusted(true, s.answer(h)) }
	routes := []route{
		{"GET /api/v1/bodies", s.shown(s.answer(s.bodies))},
		{"GET /api/v1/bodies/{body}", s.shown(s.answer(s.body))},
		{"GET /api/v1/bodies/{body}/log", ledger(s.log)},
		{"GET /api/v1/bodies/{body}/control", ledger(s.controls)},
		{"GET /api/v1/entries", ledger(s.entries)},
		{"GET /api/v1/entries/{id}", ledger(s.entry)},
		{"GET /api/v1/entries/{id}/raw", s.tagged(s.raw)},
		{"GET /api/v1/entries/{id}/assessment", clock(s.assessment)},
		{"GET /api/v1/entries/{id}/thread", ledger(s.heavy(s.thread))},
		{"GET /api/v1/entries/{id}/spread", trusted(s.spread)},
		{"GET /api/v1/owed", clock(s.owed)},
		{"GET /api/v1/owed/sums", clock(s.heavy(s.owedSums))},
		{"GET /api/v1/path", trusted(s.heavy(s.path))},
		{"GET /api/v1/summary", trusted(s.heavy(s.summary))},
		{"GET /api/v1/trust", s.fresh(s.answer(s.kept))},
		{"GET /api/v1/rules", s.constant(s.rules)},
		{"GET /api/v1/codes", s.constant(s.codes)},
		{"GET /api/v1/schema", s.constant(s.schemas)},
		{"GET /api/v1/schema/{kind}", s.constant(s.schema)},
		{"GET /api/v1/openapi.json", s.constant(s.openAPI)},
		{"GET /api/v1/search", s.fresh(s.answer(s.search))},
		{"GET /api/v1/facets", s.fresh(s.answer(s.facets))},
		{"GET /api/v1/export", s.fresh(s.export)},
		{"GET /livez", s.fresh(s.live)},
		{"GET /readyz", s.fresh(s.ready)},
	}
	if s.Gatherer != nil {
		metrics := promhttp.HandlerFor(s.Gatherer, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
		routes = append(routes, route{"GET /metrics", s.fresh(metrics.ServeHTTP)})
	}
	return routes
}

// public wraps a mux in what every answer has in common.
func (s *server) public(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if isAPI(r.URL.Path) {
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Expose-Headers", "ETag")
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxRequest)
		handler, pattern := mux.Handler(r)
		switch {
		case pattern == "":
			s.unrouted(w, r, handler)
		case pattern == homePattern && (isAPI(r.URL.Path) || isLocal(r.URL.Path)):
			fail(w, r, s.Logger, errNothingHere)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// homePattern leaves every other path to the pages.
const homePattern = "GET /"

func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

func isLocal(path string) bool { return strings.HasPrefix(path, "/local/") }

// unrouted answers what no pattern matches, as a problem.
func (s *server) unrouted(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	probe := &headerProbe{header: make(http.Header)}
	handler.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		fail(w, r, s.Logger, newProblem(http.StatusMethodNotAllowed, CodeMethod,
			fmt.Sprintf("%s is not possible here. Use %s.", r.Method, probe.header.Get("Allow"))))
		return
	}
	fail(w, r, s.Logger, errNothingHere)
}

var errNothingHere = newProblem(http.StatusNotFound, CodeNotFound, "There is nothing here. The API begins at /api/v1/bodies.")

// headerProbe learns what the mux would answer without answering it.
type headerProbe struct {
	header http.Header
	status int
}

// Header implements [http.ResponseWriter].
func (p *headerProbe) Header() http.Header { return p.header }

// Write implements [http.ResponseWriter].
func (p *headerProbe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements [http.ResponseWriter].
func (p *headerProbe) WriteHeader(status int) { p.status = status }

// answer writes what h returns as JSON.
func (s *server) answer(h func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := h(r)
		if err != nil {
			fail(w, r, s.Logger, err)
			return
		}
		s.write(w, r, v)
	}
}

func (s *server) write(w http.ResponseWriter, r *http.Request, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		fail(w, r, s.Logger, fmt.Errorf("encode the answer: %w", err))
		return
	}
	writeJSON(w, r, "application/json", b)
}

func writeJSON(w http.ResponseWriter, r *http.Request, media string, b []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)+1))
	if r.Method != http.MethodHead {
		// A failure to write is the reader's: there is nobody left to tell.
		_, _ = w.Write(append(b, '\n'))
	}
}

// tagged lets readers ask whether anything changed: all that these handlers
// show follows from the ledger, and so from the number of its last event, and from
// what is hidden.
func (s *server) tagged(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unlessMatched(w, r, fmt.Sprintf(`W/"%s-%d-%d"`, s.boot, s.Ledger.Last(), s.Hidden.Version()), h)
	})
}

// unlessMatched answers with h unless the reader has what the tag stands for.
func unlessMatched(w http.ResponseWriter, r *http.Request, tag string, h http.HandlerFunc) {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h(w, r)
}

func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		if c := strings.TrimSpace(candidate); c == "*" || c == tag {
			return true
		}
	}
	return false
}

// fresh marks answers that nobody should keep.
func (s *server) fresh(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		h(w, r)
	})
}
