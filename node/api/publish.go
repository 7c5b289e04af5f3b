package api

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// Published says what became of a record.
type Published struct {
	// Entry is absent when the record was only checked.
	Entry *Entry `json:"entry,omitempty"`
	// Findings are gaps, what was left out to protect people, and, when the
	// record was only checked, what must be mended.
	Findings []Finding `json:"findings"`
	// Hits are the passages that may be somebody's personal data, and Confirmed
	// names those of them that somebody lets stand.
	Hits      []record.Hit `json:"hits,omitempty"`
	Confirmed []string     `json:"confirmed,omitempty"`
	// Draft is what was published or checked; absent without one.
	Draft *casebook.Draft `json:"draft,omitempty"`
}

// CodeLogShort is the code of [ErrLogShort], which only local calls return.
const CodeLogShort Code = "log_short"

// MaxConfirm is how many passages are confirmed in one request.
const MaxConfirm = 500

// Confirm names passages that a person looked at and lets stand.
type Confirm struct {
	// Hits are their identifiers: [record.Hit].ID. At most [MaxConfirm].
	Hits []string
	// Reason is why they may stand, By the office or account that says so. Either
	// may be empty.
	Reason, By string
	// Unapproved lets the entry be published though officers have still to approve
	// it, which every reader is shown.
	Unapproved bool
	// Alone, if it is not empty, is the office's word that nobody holds later
	// entries of the body: an [Assurance] of [ConfirmAlone].
	Alone string
}

// Publishing says how a record is published.
type Publishing struct {
	// Check says only what the findings are; nothing is written.
	Check   bool
	Confirm Confirm
}

// query is the form of it in a request.
func (p *Publishing) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"confirm": strings.Join(p.Confirm.Hits, ","), "reason": p.Confirm.Reason, "by": p.Confirm.By, "alone": p.Confirm.Alone,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if p.Check {
		q.Set("check", "1")
	}
	if p.Confirm.Unapproved {
		q.Set("unapproved", "1")
	}
	return q
}

func publishingOf(q url.Values) (Publishing, error) {
	p := Publishing{Confirm: Confirm{Reason: q.Get("reason"), By: q.Get("by"), Alone: q.Get("alone")}}
	switch q.Get("check") {
	case "", "0":
	case "1":
		p.Check = true
	default:
		return p, badRequest(`"check" is 1 to check only, or left out.`)
	}
	var err error
	if p.Confirm.Unapproved, err = flagParam(q, "unapproved"); err != nil {
		return p, err
	}
	for hit := range strings.SplitSeq(q.Get("confirm"), ",") {
		if hit = strings.TrimSpace(hit); hit != "" {
			p.Confirm.Hits = append(p.Confirm.Hits, hit)
		}
	}
	if len(p.Confirm.Hits) > MaxConfirm {
		return p, badRequest("At most %d passages are confirmed at once. Keep the record as a draft, and confirm them there in parts.", MaxConfirm)
	}
	return p, nil
}

func (s *server) publish(r *http.Request) (any, error) {
	q, err := query(r, "check", "confirm", "reason", "by", "unapproved", "alone")
	if err != nil {
		return nil, err
	}
	how, err := publishingOf(q)
	if err != nil {
		return nil, err
	}
	text, format, err := readText(r)
	if err != nil {
		return nil, err
	}
	return s.Node.Publish(r.Context(), text, format, how)
}

// readText reads a record as a person wrote it, and the format that the request
// names; empty when it names none that says.
func readText(r *http.Request) (text []byte, format string, err error) {
	if text, err = io.ReadAll(r.Body); err != nil {
		return nil, "", fmt.Errorf("read the record: %w", err)
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return text, "", nil //nolint:nilerr // the text says what it is
	}
	switch media {
	case mediaJSON:
		return text, casebook.FormatJSON, nil
	case mediaYAML, "application/x-yaml", "text/yaml", "text/x-yaml":
		return text, casebook.FormatYAML, nil
	}
	return text, "", nil
}

// Media types of records.
const (
	mediaJSON = "application/json"
	mediaYAML = "application/yaml"
	mediaText = "text/plain; charset=utf-8"
)

// mediaOf is the media type of a format.
func mediaOf(format string) string {
	switch format {
	case casebook.FormatJSON:
		return mediaJSON
	case casebook.FormatYAML:
		return mediaYAML
	}
	return mediaText
}

// CodePersonal is the code of a [PrivacyError], which only the local calls have.
const CodePersonal Code = "personal_data"

// PrivacyError refuses a record for passages that may be somebody's personal
// data, and that nobody has confirmed.
type PrivacyError struct {
	// Hits are the passages that are left to decide on.
	Hits []record.Hit
	// Findings are those of the record besides.
	Findings []Finding
}

// maxNamed is how many passages the text of a [PrivacyError] names.
const maxNamed = 5

// Error says where they are; it does not repeat them.
func (e *PrivacyError) Error() string {
	var where []string
	for _, h := range e.Hits[:min(len(e.Hits), maxNamed)] {
		where = append(where, fmt.Sprintf("%s (%s)", h.Field, strings.ReplaceAll(h.Rule, "_", " ")))
	}
	if more := len(e.Hits) - maxNamed; more > 0 {
		where = append(where, fmt.Sprintf("and %d more", more))
	}
	what := "one passage that may be personal data"
	if len(e.Hits) != 1 {
		what = fmt.Sprintf("%d passages that may be personal data", len(e.Hits))
	}
	return fmt.Sprintf("the record is not published: it has %s: %s", what, strings.Join(where, ", "))
}

// Publish signs a record, given as JSON or YAML with its `kind`, and puts it in
// the log of the node's body. With check it only says what the findings are. It
// returns a [PrivacyError] when passages are to be confirmed first:
// [Client.PublishConfirmed].
func (c *Client) Publish(ctx context.Context, text []byte, check bool) (Published, error) {
	return c.publishText(ctx, text, Publishing{Check: check})
}

// PublishConfirmed is Publish where a person lets passages stand that the
// privacy check pointed out. They are confirmed for this publication alone.
func (c *Client) PublishConfirmed(ctx context.Context, text []byte, confirm Confirm) (Published, error) {
	return c.publishText(ctx, text, Publishing{Confirm: confirm})
}

func (c *Client) publishText(ctx context.Context, text []byte, how Publishing) (Published, error) {
	return post[Published](ctx, c, "/local/v1/publish", how.query(), &sent{mediaText, text})
}
