package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/folkmoot/folkmoot/ledger/catalogue"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Register answers what the questions about duties, paths and methods need
// besides the ledger. It is safe for concurrent use.
type Register interface {
	// Seen returns who vouches for whom. It may be a second old, and takes long
	// only for the first asker and for one a second at most.
	Seen(ctx context.Context) (Seen, error)
	// Cursor is the event that the catalogue has come to.
	Cursor() uint64
	// Owed and OwedSums read the index of what is due, Named finds what happened
	// in a place, and Summarise counts; each as the method of the same name of
	// [catalogue.Catalogue].
	Owed(ctx context.Context, q catalogue.OwedQuery) (catalogue.OwedPage, error)
	OwedSums(ctx context.Context, q catalogue.OwedQuery) ([]catalogue.OwedSum, error)
	Named(ctx context.Context, place, service string) (ids []protocol.EntryID, more bool, err error)
	Summarise(ctx context.Context, q catalogue.SummaryQuery) (*catalogue.Summary, error)
}

// Seen is who vouches for whom, as seen from a node's roots of trust.
type Seen struct {
	Web   *register.Web
	Roots []protocol.BodyID
	// Version is another for another web, within one process.
	Version uint64
}

// SeenFrom says whose judgement an answer depends on: another node, with other
// roots, may answer otherwise.
type SeenFrom struct {
	// Count is how many roots of trust the node has, Roots who they are.
	Count int     `json:"count"`
	Roots []Party `json:"roots"`
	Note  string  `json:"note"`
}

// seenNote is the Note of a [SeenFrom]; noRoots that of a node without roots.
const (
	seenNote = "As seen from this node's roots. Another node may see it otherwise."
	noRoots  = "As seen from this node, which has no roots, so that a role is verified only at the domain of a public body. Name bodies that you trust in the setting roots."
)

// Party is a body as one side of a record.
type Party struct {
	ID protocol.BodyID `json:"id"`
	// Name and Role are by the body's own word; empty when it has none.
	Name string `json:"name,omitempty"`
	Role string `json:"role,omitempty"`
	// Verified: others whom the node has reason to believe say that it is who it
	// says. RoleShown is to be shown beside a role: RoleOwnWord, or what begins
	// with RoleVerified and says at which domain, where it was at one.
	Verified  bool   `json:"verified"`
	RoleShown string `json:"role_shown,omitempty"`
}

// How a role is shown.
const (
	RoleVerified = "verified"
	RoleOwnWord  = "by its own word"
)

// Cited is an entry that an answer names.
type Cited struct {
	ID protocol.EntryID `json:"id"`
	// Held reports whether the entry is held here; the rest is of one that is.
	Held     bool             `json:"held"`
	Kind     protocol.Kind    `json:"kind,omitempty"`
	Title    string           `json:"title,omitempty"`
	Body     *protocol.BodyID `json:"body,omitempty"`
	BodyName string           `json:"body_name,omitempty"`
	// At is the author's clock: a claim.
	At *Timestamp `json:"at,omitempty"`
	// Content is one of ContentHeld, ContentNone, ContentGone and ContentMissing.
	Content string `json:"content,omitempty"`
	// Unapproved reports that fewer officers approved it than must.
	Unapproved bool `json:"unapproved,omitempty"`
	// Hidden reports that the operator hides it: its title is left out.
	Hidden bool `json:"hidden,omitempty"`
}

// maxCited is how many entries one list of an answer names; further ones are
// counted.
const maxCited = 50

// teller puts what the register says in the form of this API. It serves one
// answer, and reads each entry and body once for it.
type teller struct {
	s       *server
	web     *register.Web
	cited   map[protocol.EntryID]Cited
	parties map[protocol.BodyID]Party
}

func (s *server) teller(web *register.Web) *teller {
	return &teller{s: s, web: web, cited: make(map[protocol.EntryID]Cited), parties: make(map[protocol.BodyID]Party)}
}

// seenFrom describes the roots of the web.
func (t *teller) seenFrom(seen Seen) (SeenFrom, error) {
	out := SeenFrom{Count: len(seen.Roots), Roots: []Party{}, Note: seenNote}
	if out.Count == 0 {
		out.Note = noRoots
	}
	for _, id := range seen.Roots {
		p, err := t.party(id)
		if err != nil {
			return SeenFrom{}, err
		}
		out.Roots = append(out.Roots, p)
	}
	return out, nil
}

func (t *teller) party(id protocol.BodyID) (Party, error) {
	if p, ok := t.parties[id]; ok {
		return p, nil
	}
	name, role, err := t.s.Reader.Profile(id)
	if err != nil {
		return Party{}, err
	}
	p := Party{ID: id, Name: name, Role: role, Verified: t.web.Verified(id)}
	if p.Verified {
		p.RoleShown = t.roleShown(id)
	} else if role != "" {
		p.RoleShown = RoleOwnWord
	}
	t.parties[id] = p
	return p, nil
}

// partyOrNone is party for what may be nobody.
func (t *teller) partyOrNone(id protocol.BodyID) (*Party, error) {
	if id.IsZero() {
		return nil, nil
	}
	p, err := t.party(id)
	return &p, err
}

// cite names an entry, held or not.
func (t *teller) cite(id protocol.EntryID) (Cited, error) {
	if c, ok := t.cited[id]; ok {
		return c, nil
	}
	c, err := t.read(id)
	if err != nil {
		return Cited{}, fmt.Errorf("entry %s: %w", id, err)
	}
	t.cited[id] = c
	return c, nil
}

func (t *teller) read(id protocol.EntryID) (Cited, error) {
	ev, err := t.s.Ledger.Entry(id)
	if err != nil {
		if held(err) {
			return Cited{}, err
		}
		return Cited{ID: id}, nil
	}
	e, err := t.s.Reader.Listed(ev)
	if err != nil {
		return Cited{}, err
	}
	c := Cited{ID: id, Held: true, Kind: e.Kind, Title: e.Title, Body: &e.Body, BodyName: e.BodyName, At: &e.At, Content: e.Content}
	c.Unapproved = e.Approvals != nil && e.Approvals.Unapproved
	// Content that was erased may not have been deleted yet.
	if _, err := t.s.Ledger.Erasure(e.Body, e.Seq); err == nil {
		c.Title, c.Content = "", ContentGone
	} else if held(err) {
		return Cited{}, err
	}
	return t.veiled(c), nil
}

// veiled leaves out what an entry says if it is hidden.
func (t *teller) veiled(c Cited) Cited {
	if t.s.Hidden.Hides(*c.Body, c.ID) {
		c.Title, c.Hidden = "", true
	}
	return c
}

// citeOrNone is cite for what may be nothing.
func (t *teller) citeOrNone(id protocol.EntryID) (*Cited, error) {
	if id.IsZero() {
		return nil, nil
	}
	c, err := t.cite(id)
	return &c, err
}

// citeAll names the first maxCited of a list, and counts the others.
func (t *teller) citeAll(ids []protocol.EntryID) (list []Cited, more int, err error) {
	list = []Cited{}
	for _, id := range ids[:min(len(ids), maxCited)] {
		c, err := t.cite(id)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, c)
	}
	return list, len(ids) - len(list), nil
}

// item names what the register has read already.
func (t *teller) item(i *register.Item) (Cited, error) {
	if i.State == register.Missing {
		return Cited{ID: i.ID}, nil
	}
	name, _, err := t.s.Reader.Profile(i.Body)
	if err != nil {
		return Cited{}, err
	}
	at := Timestamp(i.At)
	c := Cited{ID: i.ID, Held: true, Kind: i.Kind, Body: &i.Body, BodyName: name, At: &at, Content: ContentHeld}
	switch {
	case i.Kind.HasAct():
		c.Content = ContentNone
	case i.State == register.Erased:
		c.Content = ContentGone
	case i.Record != nil:
		c.Title = text(i.Record.Fields, record.FieldTitle)
	default:
		// Content that cannot be read, or that never came.
		return t.cite(i.ID)
	}
	e := Entry{ID: i.ID, Body: i.Body}
	if i.State != register.Disowned {
		err = t.s.Reader.Approved(&e)
	}
	c.Unapproved = e.Approvals != nil && e.Approvals.Unapproved
	return t.veiled(c), err
}

// errWrongKind says that a question cannot be asked of an entry, and what can.
func errWrongKind(id protocol.EntryID, kind protocol.Kind, want, instead string) *Problem {
	return newProblem(http.StatusConflict, CodeKind,
		fmt.Sprintf("The entry %s is of the kind %q, and this can only be asked of a %s. %s", id, kind, want, instead))
}

// ofKind returns nil if an entry is held and of a kind.
func (s *server) ofKind(id protocol.EntryID, kind protocol.Kind, instead string) error {
	ev, err := s.Ledger.Entry(id)
	if err != nil {
		return fmt.Errorf("entry %s: %w", id, err)
	}
	if got := ev.Entry.Envelope.Kind; got != kind {
		return errWrongKind(id, got, string(kind), instead)
	}
	return nil
}

// atParam is the time at which a question is asked: a time, or a date for its
// last second; now when it is left out.
func (s *server) atParam(text string) (time.Time, error) {
	if text == "" {
		return s.Now().UTC().Truncate(time.Second), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if d, notDate := record.ParseDate(text); notDate == nil {
		at, err = d.End().Add(-time.Second), nil
	}
	if err != nil || at.Unix() < 0 || at.Unix() > maxTimestamp {
		return time.Time{}, badRequest("The time in at cannot be read. Write a date such as 2026-05-14, or a time such as 2026-05-14T12:00:00Z; in a URL, a plus is written as %%2B.")
	}
	return at.UTC().Truncate(time.Second), nil
}

// dateParam is the first second of a date, or, where it ends something, the
// first after it; 0 when it is left out.
func dateParam(name, text string, end bool) (int64, error) {
	if text == "" {
		return 0, nil
	}
	d, err := record.ParseDate(text)
	if err != nil {
		return 0, badRequest("The date in %s cannot be read. Write it as 2026-05-14, or as 2026-05 or 2026.", name)
	}
	if end {
		return d.End().Unix(), nil
	}
	return d.Start().Unix(), nil
}

// codeParam refuses what is not a code of a list.
func codeParam(name, text string, codes record.Codes) error {
	if text == "" || codes.Has(text) {
		return nil
	}
	return badRequest("%q is not known for %s. Use %s.", clip(text), name, codes.String())
}

// momentOf is a time as answers show it: times that a date of a record leads to
// may lie outside of what JSON can say, and are cut to it.
func momentOf(t time.Time) Timestamp { return Timestamp(max(t.Unix(), 0)) }

func momentOrNone(t time.Time) *Timestamp {
	if t.IsZero() {
		return nil
	}
	m := momentOf(t)
	return &m
}

// maxFilter is the longest text of a filter, in bytes.
const maxFilter = 200

// filterParams refuses filters that nothing can match.
func filterParams(q interface{ Get(name string) string }, names ...string) error {
	for _, name := range names {
		if len(q.Get(name)) > maxFilter {
			return badRequest("The text in %s is too long. Use at most %d bytes.", name, maxFilter)
		}
	}
	return nil
}

// trusted lets readers ask whether anything changed of what also depends on the
// catalogue and on who vouches for whom. What depends on the clock must not be
// kept, unless its reader sets the clock with `at`.
func (s *server) trusted(clock bool, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clock && r.URL.Query().Get("at") == "" {
			w.Header().Set("Cache-Control", "no-store")
			h(w, r)
			return
		}
		seen, err := s.Register.Seen(r.Context())
		if err != nil {
			fail(w, r, s.Logger, err)
			return
		}
		tag := fmt.Sprintf(`W/"%s-%d-%d-%d-%d"`, s.boot, s.Ledger.Last(), s.Register.Cursor(), seen.Version, s.Hidden.Version())
		unlessMatched(w, r, tag, h)
	})
}

// maxHeavy is how many answers at once go through many entries, and heavyWait
// how long a further one waits for its turn.
const (
	maxHeavy  = 4
	heavyWait = 5 * time.Second
)

// heavy bounds how many answers that go through many entries are made at once.
func (s *server) heavy(h func(*http.Request) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		turn := time.NewTimer(heavyWait)
		defer turn.Stop()
		select {
		case s.heavies <- struct{}{}:
			defer func() { <-s.heavies }()
			return h(r)
		case <-turn.C:
			return nil, newProblem(http.StatusServiceUnavailable, CodeUnavailable, "Too many questions of this kind are being answered. Try again in a few seconds.")
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}
