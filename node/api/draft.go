package api

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"syscall"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/protocol"
)

// DraftText is a draft with one of its revisions, the present one unless another
// was asked for.
type DraftText struct {
	Draft    casebook.Draft    `json:"draft"`
	Revision casebook.Revision `json:"revision"`
}

// Drafts is a list of drafts, the last changed first.
type Drafts struct {
	Drafts []casebook.Draft `json:"drafts"`
}

// DraftHistory is what was saved of a draft, the first first, without the texts.
type DraftHistory struct {
	Revisions []casebook.Revision `json:"revisions"`
}

// Confirmations is what people let stand, the last first.
type Confirmations struct {
	Confirmations []casebook.Confirmation `json:"confirmations"`
}

// DraftConflict is what a [Problem] says of a draft that was saved meanwhile.
type DraftConflict struct {
	Draft   casebook.Draft    `json:"draft"`
	Present casebook.Revision `json:"present"`
	// Kept is the number of the revision that has the text which was not taken.
	Kept int `json:"kept"`
}

// drafts adds the calls about drafts and confirmations, which are the owner's
// alone.
func (s *server) drafts(mux *http.ServeMux) {
	local := func(pattern string, h func(*http.Request) (any, error)) {
		mux.Handle(pattern, s.fresh(s.answer(h)))
	}
	local("GET /local/v1/drafts", s.listDrafts)
	local("POST /local/v1/drafts", s.createDraft)
	local("GET /local/v1/drafts/{id}", s.showDraft)
	local("PUT /local/v1/drafts/{id}", s.saveDraft)
	local("GET /local/v1/drafts/{id}/history", s.draftHistory)
	local("POST /local/v1/drafts/{id}/discard", s.plain(func(r *http.Request, id string) (any, error) {
		return s.Casebook.Discard(r.Context(), id)
	}))
	local("POST /local/v1/drafts/{id}/reopen", s.plain(func(r *http.Request, id string) (any, error) {
		return s.Casebook.Reopen(r.Context(), id)
	}))
	local("GET /local/v1/drafts/{id}/check", s.plain(func(r *http.Request, id string) (any, error) {
		return s.Node.PublishDraft(r.Context(), id, 0, Publishing{Check: true})
	}))
	local("POST /local/v1/drafts/{id}/publish", s.publishDraft)
	local("GET /local/v1/confirmations", s.confirmations)
}

// plain answers a call about a draft that has no parameters.
func (s *server) plain(h func(r *http.Request, id string) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		if r.URL.RawQuery != "" {
			return nil, badRequest("This call has no parameters. Leave out what stands after the question mark.")
		}
		return h(r, r.PathValue("id"))
	}
}

func (s *server) listDrafts(r *http.Request) (any, error) {
	state, err := stateParam(r, casebook.StateOpen, casebook.StatePublished, casebook.StateDiscarded)
	if err != nil {
		return nil, err
	}
	list, err := s.Casebook.Drafts(r.Context(), state)
	return Drafts{Drafts: noNil(list)}, err
}

// stateParam reads the only parameter of a list, one of three states, or none.
func stateParam[T ~string](r *http.Request, first, second, third T) (T, error) {
	q, err := query(r, "state")
	if err != nil {
		return "", err
	}
	switch state := T(q.Get("state")); state {
	case "", first, second, third:
		return state, nil
	default:
		return "", badRequest(`"state" is %s, %s or %s, or left out for all.`, first, second, third)
	}
}

func (s *server) createDraft(r *http.Request) (any, error) {
	q, err := query(r, "by")
	if err != nil {
		return nil, err
	}
	text, format, err := readText(r)
	if err != nil {
		return nil, err
	}
	return s.Casebook.Create(r.Context(), casebook.Revision{Text: string(text), Format: format, By: q.Get("by")})
}

func (s *server) showDraft(r *http.Request) (any, error) {
	q, err := query(r, "revision")
	if err != nil {
		return nil, err
	}
	n, err := revisionParam(q, "revision")
	if err != nil {
		return nil, err
	}
	var out DraftText
	if n == 0 {
		out.Draft, out.Revision, err = s.Casebook.Draft(r.Context(), r.PathValue("id"))
	} else {
		out.Draft, out.Revision, err = s.Casebook.Revision(r.Context(), r.PathValue("id"), n)
	}
	return out, err
}

func (s *server) saveDraft(r *http.Request) (any, error) {
	q, err := query(r, "base", "by")
	if err != nil {
		return nil, err
	}
	base, err := revisionParam(q, "base")
	if err != nil {
		return nil, err
	}
	if base == 0 {
		return nil, badRequest(`Say which revision was changed: "base" is its number.`)
	}
	text, format, err := readText(r)
	if err != nil {
		return nil, err
	}
	return s.Casebook.Save(r.Context(), r.PathValue("id"), base, casebook.Revision{Text: string(text), Format: format, By: q.Get("by")})
}

func (s *server) draftHistory(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	list, err := s.Casebook.History(r.Context(), r.PathValue("id"))
	return DraftHistory{Revisions: noNil(list)}, err
}

func (s *server) publishDraft(r *http.Request) (any, error) {
	q, err := query(r, "revision", "confirm", "reason", "by", "check", "unapproved", "alone")
	if err != nil {
		return nil, err
	}
	n, err := revisionParam(q, "revision")
	if err != nil {
		return nil, err
	}
	how, err := publishingOf(q)
	if err != nil {
		return nil, err
	}
	return s.Node.PublishDraft(r.Context(), r.PathValue("id"), n, how)
}

func (s *server) confirmations(r *http.Request) (any, error) {
	q, err := query(r, "entry", "draft")
	if err != nil {
		return nil, err
	}
	var list []casebook.Confirmation
	switch {
	case q.Has("entry") && q.Has("draft"):
		return nil, badRequest(`Ask by "entry" or by "draft", not by both.`)
	case q.Has("draft"):
		list, err = s.Casebook.ConfirmedIn(r.Context(), q.Get("draft"))
	default:
		var entry protocol.EntryID
		if q.Has("entry") {
			if entry, err = protocol.ParseEntryID(q.Get("entry")); err != nil {
				return nil, badRequest("In entry %s.", err)
			}
		}
		list, err = s.Casebook.Confirmations(r.Context(), entry)
	}
	return Confirmations{Confirmations: noNil(list)}, err
}

// revisionParam is the number of a revision; 0 when there is none.
func revisionParam(q url.Values, name string) (int, error) {
	if !q.Has(name) {
		return 0, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 1 {
		return 0, badRequest("%q is the number of a revision, from 1.", name)
	}
	return n, nil
}

// Codes of problems with drafts, which only the local calls have.
const (
	CodeNoDraft      Code = "no_draft"
	CodeAmbiguous    Code = "ambiguous"
	CodeConflict     Code = "conflict"
	CodeDraftClosed  Code = "draft_closed"
	CodeCasebookFull Code = "casebook_full"
	CodeNotWritten   Code = "not_written"
	CodeUnusable     Code = "casebook_unusable"
)

// casebookProblems are the errors of the casebook that have a code. Their texts
// say what to do.
var casebookProblems = []struct {
	err    error
	code   Code
	status int
}{
	{casebook.ErrNotFound, CodeNoDraft, http.StatusNotFound},
	{casebook.ErrAmbiguous, CodeAmbiguous, http.StatusConflict},
	{casebook.ErrConflict, CodeConflict, http.StatusConflict},
	{casebook.ErrState, CodeDraftClosed, http.StatusConflict},
	{casebook.ErrFull, CodeCasebookFull, http.StatusConflict},
	{casebook.ErrNotWritten, CodeNotWritten, http.StatusInsufficientStorage},
	{casebook.ErrUnusable, CodeUnusable, http.StatusInternalServerError},
}

// casebookProblem turns an error of the casebook into a problem, or returns nil.
func casebookProblem(err error) *Problem {
	for _, k := range casebookProblems {
		if !errors.Is(err, k.err) {
			continue
		}
		p := newProblem(k.status, k.code, sentence(err.Error()))
		if errors.Is(err, syscall.ENOSPC) {
			p.Code = CodeDiskFloor
		}
		var conflict *casebook.ConflictError
		if errors.As(err, &conflict) {
			p.Conflict = &DraftConflict{Draft: conflict.Draft, Present: conflict.Present, Kept: conflict.Kept}
		}
		var ambiguous *casebook.AmbiguousError
		if errors.As(err, &ambiguous) {
			p.Candidates = ambiguous.Candidates
		}
		return p
	}
	return nil
}

// casebookError is the error that a problem stands for, or nil.
func casebookError(p *Problem) error {
	if c := p.Conflict; c != nil {
		return &casebook.ConflictError{Draft: c.Draft, Present: c.Present, Kept: c.Kept}
	}
	for _, k := range casebookProblems {
		if k.code == p.Code {
			return k.err
		}
	}
	return nil
}
