package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"syscall"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Errors that callers branch on, besides those of package ledger.
var (
	// ErrNoBody: the node is an observer; it has no body to author as.
	ErrNoBody = errors.New("this node has no body: it observes and publishes nothing")
	// ErrKeyRetired: the node's signing key is not the one in force for its body.
	ErrKeyRetired = errors.New("the signing key here is not the body's any more")
	// ErrClock: the clock here and that of the log's last entry disagree.
	ErrClock = errors.New("the clocks disagree")
	// ErrUnapproved: too few officers approved what is to be published.
	ErrUnapproved = errors.New("officers have still to approve it")
	// ErrLogShort: the end of the body's own log has to come back from other nodes.
	ErrLogShort = errors.New("the end of the body's own log is lacking here")
	// ErrOffline: what was asked for needs a node that runs.
	ErrOffline = errors.New("no node is running")
)

// Code is the machine-readable name of a [Problem]. New ones may be added.
type Code string

// Codes of problems. Those that only the local calls have stand with them.
const (
	CodeBadRequest  Code = "bad_request"
	CodeNotFound    Code = "not_found"
	CodeMethod      Code = "method_not_allowed"
	CodeKind        Code = "wrong_kind"
	CodeTooLarge    Code = "too_large"
	CodeFindings    Code = "findings"
	CodeRejected    Code = "rejected"
	CodeNoBody      Code = "no_body"
	CodeKeyRetired  Code = "key_retired"
	CodeClock       Code = "clock"
	CodeFrozen      Code = "frozen"
	CodeDiskFloor   Code = "disk_floor"
	CodeDamaged     Code = "damaged"
	CodeCorrupt     Code = "corrupt"
	CodeOffline     Code = "offline"
	CodeNotReady    Code = "not_ready"
	CodeUnavailable Code = "unavailable"
	CodeHidden      Code = "hidden"
	CodeInternal    Code = "internal"
)

// Problem is the answer to a request that failed, in the form of RFC 9457, and
// the error that [Client] returns for it. It unwraps to the sentinel of packages
// ledger, casebook or this one that its code stands for, or to a
// [FindingsError], a [PrivacyError] or a [casebook.ConflictError].
type Problem struct {
	// Type is "about:blank": the code says more.
	Type string `json:"type"`
	// Title is the phrase of the HTTP status, Status its number.
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says what is wrong and what to do, in a sentence.
	Detail string `json:"detail"`
	// Code is for programs.
	Code Code `json:"code"`
	// Findings are those for which a record was refused.
	Findings []Finding `json:"findings,omitempty"`
	// Hits are passages that may be personal data; only the node's owner sees
	// them.
	Hits []record.Hit `json:"hits,omitempty"`
	// Conflict has both texts when a draft was saved meanwhile.
	Conflict *DraftConflict `json:"conflict,omitempty"`
	// Candidates are the IDs that the beginning of one may mean.
	Candidates []string `json:"candidates,omitempty"`
	// Missing is what keeps a node from being ready.
	Missing []string `json:"missing,omitempty"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// Unwrap returns the error that the code stands for, or nil.
func (p *Problem) Unwrap() error {
	if p.Code == CodeFindings {
		return &FindingsError{Findings: p.Findings, Hits: p.Hits}
	}
	if p.Code == CodePersonal {
		return &PrivacyError{Findings: p.Findings, Hits: p.Hits}
	}
	if err := casebookError(p); err != nil {
		return err
	}
	for _, k := range known {
		if k.code == p.Code {
			return k.err
		}
	}
	return nil
}

// known are the errors that have a code, with what to do about each.
var known = []struct {
	err    error
	code   Code
	status int
	advice string
}{
	{ErrNoBody, CodeNoBody, http.StatusConflict, "Make a body with \"folkmoot init\" to publish."},
	{ErrKeyRetired, CodeKeyRetired, http.StatusConflict, "Control changed since; publish from where the new key is."},
	{ErrClock, CodeClock, http.StatusConflict, "Set the clock right, or wait, and publish again."},
	{ErrUnapproved, CodeUnapproved, http.StatusConflict, "Gather their approvals, or publish it as unapproved, which every reader will see."},
	{ErrAskFirst, CodeAskFirst, http.StatusConflict, "Wait until they have answered, name more of them with \"folkmoot join\", or, if you are certain that nobody holds later entries, say so: \"folkmoot confirm alone --reason WORDS\", or \"folkmoot publish --alone WORDS\" while no node runs."},
	{ErrTwoWriters, CodeTwoWriters, http.StatusConflict, "Stop one of the two for good, and then start the other again: it asks its peers for what is missing before it publishes."},
	{ErrKeyNew, CodeKeyNew, http.StatusConflict, "Take the body up with \"folkmoot keys recover --reason restore\" and a set of recovery words."},
	{ErrLogShort, CodeLogShort, http.StatusConflict, "Keep the node connected to others; publish when the log has come back."},
	{ErrOffline, CodeOffline, http.StatusServiceUnavailable, "Start it with \"folkmoot serve\" and try again."},
	{ledger.ErrNotFound, CodeNotFound, http.StatusNotFound, "Check the identifier, or ask another node."},
	{register.ErrKind, CodeKind, http.StatusConflict, "Ask it of an entry of the kind that the question is about."},
	{ledger.ErrFrozen, CodeFrozen, http.StatusConflict, "It stays so until a recovery key decides which branch holds; look at the body's page for the proof."},
	{ledger.ErrDiskFloor, CodeDiskFloor, http.StatusInsufficientStorage, "Free some space and try again; reading goes on meanwhile."},
	{syscall.ENOSPC, CodeDiskFloor, http.StatusInsufficientStorage, "Free some space and try again; reading goes on meanwhile."},
	{ledger.ErrDamaged, CodeDamaged, http.StatusInternalServerError, "Run \"folkmoot verify\" to see how much is concerned; other nodes hold a copy."},
	{ledger.ErrCorrupt, CodeCorrupt, http.StatusInternalServerError, "Stop the node, keep the data directory as it is, and restore a backup."},
}

// FindingsError refuses a record for findings of the severe class.
type FindingsError struct {
	Findings []Finding
	// Hits are the passages that will have to be looked at as well.
	Hits []record.Hit
}

// Error lists what must be mended.
func (e *FindingsError) Error() string {
	var what []string
	for _, f := range e.Findings {
		if f.Severity == SeverityMust {
			what = append(what, strings.TrimSpace(f.Field+" "+f.Means))
		}
	}
	return "the record cannot be published: " + strings.Join(what, "; ")
}

// BadRequest is a problem with what was sent; detail says what and what to do.
func BadRequest(detail string) *Problem {
	return newProblem(http.StatusBadRequest, CodeBadRequest, detail)
}

func badRequest(format string, args ...any) *Problem {
	return BadRequest(fmt.Sprintf(format, args...))
}

func newProblem(status int, code Code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// problemOf turns any error into a problem. What it does not know is internal,
// and its text, which may name files, is kept from the public.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var refused *FindingsError
	if errors.As(err, &refused) {
		p := newProblem(http.StatusUnprocessableEntity, CodeFindings, refused.Error()+". Mend them and publish again.")
		p.Findings, p.Hits = refused.Findings, refused.Hits
		return p
	}
	var personal *PrivacyError
	if errors.As(err, &personal) {
		p := newProblem(http.StatusUnprocessableEntity, CodePersonal,
			sentence(personal.Error())+" Change the text, or confirm each passage that may be read by everybody for ever.")
		p.Findings, p.Hits = personal.Findings, personal.Hits
		return p
	}
	var input *record.InputError
	if errors.As(err, &input) {
		return BadRequest(input.Error())
	}
	if p := casebookProblem(err); p != nil {
		return p
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return newProblem(k.status, k.code, sentence(err.Error())+" "+k.advice)
		}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return newProblem(http.StatusRequestEntityTooLarge, CodeTooLarge, fmt.Sprintf("The request is longer than %d bytes. Shorten the record; its content can have %d bytes.", tooLarge.Limit, protocol.MaxContent))
	}
	var later *ledger.DeferredError
	if errors.As(err, &later) {
		return newProblem(http.StatusServiceUnavailable, CodeUnavailable, sentence(err.Error())+" Nothing was written; try again then.")
	}
	if protocol.CodeOf(err) != 0 {
		return newProblem(http.StatusUnprocessableEntity, CodeRejected, sentence(err.Error())+" Nothing was written.")
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return newProblem(http.StatusServiceUnavailable, CodeUnavailable, "The request was given up before it was done. Try again.")
	}
	return newProblem(http.StatusInternalServerError, CodeInternal, "Something went wrong in the node. Its log says what; try again, and tell the operator if it happens again.")
}

// sentence makes a sentence of an error's text.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimRight(s[1:], ".") + "."
}

// fail answers with the problem that err is.
func fail(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError && p.Code != CodeNotReady {
		log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	h := w.Header()
	h.Del("ETag")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		// A failure to write is the reader's: there is nobody left to tell.
		_ = json.NewEncoder(w).Encode(p)
	}
}
