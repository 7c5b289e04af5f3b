package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

// What an officer can confirm where the node itself cannot know.
const (
	// ConfirmAlone: there are no peers to ask, and this is the only place with the
	// latest entries of the body.
	ConfirmAlone = "alone"
	// ConfirmClock: the clock of this machine is right, and those of its peers are
	// not.
	ConfirmClock = "clock"
)

// Errors that keep a node from signing for its body, with [ErrClock].
var (
	// ErrAskFirst: the log was shared, so that it may be longer elsewhere, and
	// peers have not answered for it yet.
	ErrAskFirst = errors.New("the log of this node's body may be longer elsewhere")
	// ErrTwoWriters: another process serves the body at the same time.
	ErrTwoWriters = errors.New("another process publishes for this body")
	// ErrKeyNew: the signing key here was never the body's.
	ErrKeyNew = errors.New("the signing key here is not the body's yet")
)

// Codes of those errors.
const (
	CodeAskFirst   Code = "ask_first"
	CodeTwoWriters Code = "two_writers"
	CodeKeyNew     Code = "key_new"
)

// Assurance is an officer's word, which holds until the node stops.
type Assurance struct {
	// What is [ConfirmAlone] or [ConfirmClock].
	What string `json:"what"`
	// Reason says why it is so, in words, up to 2,000 characters; By is the office
	// that says it and may be empty. Both go to the node's log.
	Reason string `json:"reason"`
	By     string `json:"by,omitempty"`
}

// maxAssurance is the longest text of an assurance, in characters.
const maxAssurance = 2000

// Check returns a [Problem] when the assurance says nothing.
func (a *Assurance) Check() error {
	if a.What != ConfirmAlone && a.What != ConfirmClock {
		return badRequest("What is confirmed is %q or %q.", ConfirmAlone, ConfirmClock)
	}
	if strings.TrimSpace(a.Reason) == "" {
		return badRequest("Say in words why it is so: the words stay in the node's log.")
	}
	if utf8.RuneCountInString(a.Reason) > maxAssurance || utf8.RuneCountInString(a.By) > maxAssurance {
		return badRequest("The words are longer than %d characters.", maxAssurance)
	}
	return nil
}

// Advise says what err means and what to do about it, in sentences.
func Advise(err error) string { return problemOf(err).Detail }

func (s *server) confirm(r *http.Request) (any, error) {
	var a Assurance
	if err := readJSON(r, &a); err != nil {
		return nil, badRequest(`Send the officer's word as {"what": "alone", "reason": "..."}.`)
	}
	return struct{}{}, s.Node.Confirm(r.Context(), a)
}

// readJSON reads a request that has these fields and no others.
func readJSON(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// Confirm gives the node an officer's word for what it cannot know.
func (c *Client) Confirm(ctx context.Context, a Assurance) error {
	_, err := postJSON[struct{}](ctx, c, "/local/v1/confirm", a)
	return err
}

func postJSON[T any](ctx context.Context, c *Client, path string, v any) (T, error) {
	b, err := json.Marshal(v)
	if err != nil {
		var none T
		return none, err
	}
	return post[T](ctx, c, path, nil, &sent{mediaJSON, b})
}
