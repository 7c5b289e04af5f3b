package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/protocol"
)

// The calls about drafts name a draft by its ID or by the first three or more
// characters of it. Their errors unwrap to those of package casebook.

// CreateDraft adds a draft: the text as far as it is written, its format (empty
// lets the text decide), and who writes it.
func (c *Client) CreateDraft(ctx context.Context, r casebook.Revision) (casebook.Draft, error) {
	return post[casebook.Draft](ctx, c, "/local/v1/drafts", byQuery(r.By), &sent{mediaOf(r.Format), []byte(r.Text)})
}

// SaveDraft adds a revision to a draft that the caller last saw at revision base.
// It returns a [casebook.ConflictError] when somebody else saved meanwhile.
func (c *Client) SaveDraft(ctx context.Context, id string, base int, r casebook.Revision) (casebook.Draft, error) {
	q := byQuery(r.By)
	q.Set("base", strconv.Itoa(base))
	return call[casebook.Draft](ctx, c, http.MethodPut, draftPath(id, ""), q, &sent{mediaOf(r.Format), []byte(r.Text)})
}

// Drafts lists the drafts in a state, or all of them if it is empty.
func (c *Client) Drafts(ctx context.Context, state casebook.DraftState) ([]casebook.Draft, error) {
	q := url.Values{}
	if state != "" {
		q.Set("state", string(state))
	}
	d, err := get[Drafts](ctx, c, "/local/v1/drafts", q)
	return d.Drafts, err
}

// Draft returns a draft with one of its revisions, the present one if revision
// is 0.
func (c *Client) Draft(ctx context.Context, id string, revision int) (DraftText, error) {
	return get[DraftText](ctx, c, draftPath(id, ""), revisionQuery(revision))
}

// DraftHistory lists what was saved of a draft, without the texts.
func (c *Client) DraftHistory(ctx context.Context, id string) ([]casebook.Revision, error) {
	h, err := get[DraftHistory](ctx, c, draftPath(id, "/history"), nil)
	return h.Revisions, err
}

// DiscardDraft puts a draft aside.
func (c *Client) DiscardDraft(ctx context.Context, id string) (casebook.Draft, error) {
	return post[casebook.Draft](ctx, c, draftPath(id, "/discard"), nil, nil)
}

// ReopenDraft undoes DiscardDraft.
func (c *Client) ReopenDraft(ctx context.Context, id string) (casebook.Draft, error) {
	return post[casebook.Draft](ctx, c, draftPath(id, "/reopen"), nil, nil)
}

// CheckDraft says what publishing a draft would find. Nothing is written.
func (c *Client) CheckDraft(ctx context.Context, id string) (Published, error) {
	return get[Published](ctx, c, draftPath(id, "/check"), nil)
}

// PublishDraft publishes a draft. revision is the one that the caller saw, so
// that nobody publishes what he has not read; 0 takes whatever is present. What
// is confirmed stays so for this draft while the passage stays as it is, also
// when the record is refused for something else.
func (c *Client) PublishDraft(ctx context.Context, id string, revision int, confirm Confirm) (Published, error) {
	how := Publishing{Confirm: confirm}
	q := how.query()
	for name, values := range revisionQuery(revision) {
		q[name] = values
	}
	return post[Published](ctx, c, draftPath(id, "/publish"), q, nil)
}

// Confirmations lists what was confirmed in one entry, or all if it is zero.
func (c *Client) Confirmations(ctx context.Context, entry protocol.EntryID) ([]casebook.Confirmation, error) {
	q := url.Values{}
	if !entry.IsZero() {
		q.Set("entry", entry.String())
	}
	l, err := get[Confirmations](ctx, c, "/local/v1/confirmations", q)
	return l.Confirmations, err
}

// ConfirmedIn lists what was confirmed in a draft.
func (c *Client) ConfirmedIn(ctx context.Context, draft string) ([]casebook.Confirmation, error) {
	l, err := get[Confirmations](ctx, c, "/local/v1/confirmations", url.Values{"draft": {draft}})
	return l.Confirmations, err
}

func draftPath(id, rest string) string { return "/local/v1/drafts/" + url.PathEscape(id) + rest }

func byQuery(by string) url.Values {
	q := url.Values{}
	if by != "" {
		q.Set("by", by)
	}
	return q
}

func revisionQuery(n int) url.Values {
	q := url.Values{}
	if n != 0 {
		q.Set("revision", strconv.Itoa(n))
	}
	return q
}
