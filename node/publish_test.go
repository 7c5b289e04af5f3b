package node

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// asking is the challenge with another question.
func asking(question string) string {
	return strings.Replace(challenge, "How can people get home after six?", question, 1)
}

// founded is an offline node with a body, and its local API.
func founded(t *testing.T) (*Node, *api.Client) {
	t.Helper()
	dir := t.TempDir()
	if _, err := Init(t.Context(), dir, forum()); err != nil {
		t.Fatal(err)
	}
	n := offline(t, dir, vectors.NetworkName)
	return n, api.InProcess(n.Local())
}

func confirmations(t *testing.T, c *api.Client, entry protocol.EntryID) []casebook.Confirmation {
	t.Helper()
	list, err := c.Confirmations(t.Context(), entry)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// refusal is the one that a record with personal data gets.
func refusal(t *testing.T, err error, passages ...string) *api.PrivacyError {
	t.Helper()
	var p *api.Problem
	var refused *api.PrivacyError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v", err)
	}
	if errors.As(err, &p) && (p.Status != http.StatusUnprocessableEntity || p.Code != api.CodePersonal || len(p.Hits) != len(refused.Hits)) {
		t.Errorf("%+v", p)
	}
	var got []string
	for _, h := range refused.Hits {
		got = append(got, h.Passage)
		if strings.Contains(err.Error(), h.Passage) || !strings.Contains(err.Error(), h.Field) {
			t.Errorf("the message should name the field and not repeat the passage: %v", err)
		}
	}
	if strings.Join(got, "|") != strings.Join(passages, "|") {
		t.Fatalf("refused for %q, not for %q", got, passages)
	}
	return refused
}

func TestPersonalDataNeedsAConfirmation(t *testing.T) {
	n, c := founded(t)
	ctx := t.Context()
	text := []byte(asking("Ring 0113 496 0182 to say what would help."))
	before := n.ledger.Last()
	checked, err := c.Publish(ctx, text, true)
	if err != nil || checked.Entry != nil || len(checked.Hits) != 1 || len(checked.Confirmed) != 0 {
		t.Fatalf("%+v, %v", checked, err)
	}
	_, err = c.Publish(ctx, text, false)
	hit := refusal(t, err, "0113 496 0182").Hits[0]
	if hit.Field != "question" || hit.Rule != "telephone" || hit.ID != checked.Hits[0].ID {
		t.Errorf("%+v", hit)
	}
	rec, err := record.FromJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Publish(ctx, rec, api.Confirm{})
	refusal(t, err, "0113 496 0182")
	_, err = c.PublishConfirmed(ctx, text, api.Confirm{Hits: []string{"another", ""}})
	refusal(t, err, "0113 496 0182")
	if n.ledger.Last() != before || len(confirmations(t, c, protocol.EntryID{})) != 0 {
		t.Fatal("something was written")
	}
	out, err := c.PublishConfirmed(ctx, text, api.Confirm{Hits: []string{hit.ID}, Reason: "the forum's own line", By: "clerk"})
	if err != nil || out.Entry == nil || len(out.Confirmed) != 1 || out.Confirmed[0] != hit.ID {
		t.Fatalf("%+v, %v", out, err)
	}
	want := casebook.Confirmation{
		Hit: hit.ID, Excerpt: "0113 496 0182", Field: "question", Rule: "telephone",
		Reason: "the forum's own line", By: "clerk", Entry: out.Entry.ID,
	}
	list := confirmations(t, c, out.Entry.ID)
	if len(list) != 1 || time.Since(list[0].At).Abs() > time.Hour {
		t.Fatalf("%+v", list)
	}
	list[0].At = time.Time{}
	if list[0] != want {
		t.Errorf("%+v", list[0])
	}
	// It was confirmed for that publication alone.
	_, err = c.Publish(ctx, text, false)
	refusal(t, err, "0113 496 0182")
	ev, err := n.Publish(ctx, rec, api.Confirm{Hits: []string{hit.ID}})
	if err != nil || len(confirmations(t, c, ev.Entry.ID)) != 1 || len(confirmations(t, c, protocol.EntryID{})) != 2 {
		t.Errorf("%v", err)
	}
}

// TestFindingsComeWithHits tells all at once what is to be done.
func TestFindingsComeWithHits(t *testing.T) {
	_, c := founded(t)
	text := strings.Replace(asking("Ring 0113 496 0182."), `"signed_as": "secretary",`, "", 1)
	_, err := c.Publish(t.Context(), []byte(text), false)
	var p *api.Problem
	var findings *api.FindingsError
	if !errors.As(err, &findings) || !errors.As(err, &p) || p.Code != api.CodeFindings || len(findings.Hits) != 1 || len(findings.Findings) == 0 {
		t.Errorf("%+v", err)
	}
}

// TestPeriodsThatHaveNotEnded are looked at with the node's own clock.
func TestPeriodsThatHaveNotEnded(t *testing.T) {
	dir := t.TempDir()
	p := forum()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p.Now = func() time.Time { return at }
	if _, err := Init(t.Context(), dir, p); err != nil {
		t.Fatal(err)
	}
	cfg := loopback(dir)
	cfg.Now = p.Now
	n, err := NewOffline(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := api.InProcess(n.Local())
	text := outcome(`"start": "2026-01", "end": "2026-03", "actual": "5"`)
	var refused *api.FindingsError
	if _, err := c.Publish(t.Context(), []byte(text), false); !errors.As(err, &refused) {
		t.Errorf("a result from before the end of its period: %v", err)
	}
	at = at.AddDate(0, 2, 0)
	if _, err := c.Publish(t.Context(), []byte(text), false); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// outcome is a record of one indicator with one period.
func outcome(period string) string {
	return `{"kind": "outcome", "title": "Buses after six (example)", "lang": "en", "signed_as": "secretary",
		"service": {"label": "Buses"}, "about": ["` + entryName + `"], "direction": "better", "harms": "none known",
		"evaluator": "self", "indicators": [{"title": "Journeys", "measure": "unit", "periods": [{` + period + `}]}]}`
}

var entryName = protocol.EntryID(protocol.HashOf([]byte("a decision"))).String()

// TestSmallCountsAreLeftOut publishes a breakdown in which a person could be
// recognised.
func TestSmallCountsAreLeftOut(t *testing.T) {
	_, c := founded(t)
	text := outcome(`"start": "2025", "end": "2025", "actual": "90", "by": [
		{"dimension": "age", "value": "under 18", "actual": "3"}, {"dimension": "age", "value": "18 to 64", "actual": "20"}, {"dimension": "age", "value": "over 64", "actual": "67"}]`)
	checked, err := c.Publish(t.Context(), []byte(text), true)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Publish(t.Context(), []byte(text), false)
	if err != nil || out.Entry == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	told := false
	for _, f := range out.Findings {
		told = told || strings.Contains(f.Field, "by[0]")
	}
	if !told || asJSON(t, checked.Findings) != asJSON(t, out.Findings) {
		t.Errorf("what was left out is not told: %+v", out.Findings)
	}
	detail, err := c.Entry(t.Context(), out.Entry.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := asJSON(t, detail.Record); strings.Contains(got, `"3"`) || strings.Contains(got, `"20"`) || !strings.Contains(got, `"67"`) || !strings.Contains(got, "under 18") {
		t.Errorf("published: %s", got)
	}
}

func TestPublishYAML(t *testing.T) {
	_, c := founded(t)
	text := "# What we ask\nkind: challenge\ntitle: Buses after six\nlang: en\nsigned_as: secretary\nraised_by: community\nquestion: |\n  How can people\n  get home after six?\n"
	out, err := c.Publish(t.Context(), []byte(text), false)
	if err != nil || out.Entry == nil || out.Entry.Title != "Buses after six" {
		t.Fatalf("%+v, %v", out, err)
	}
	var p *api.Problem
	if _, err := c.Publish(t.Context(), []byte("kind: challenge\n  title: x"), false); !errors.As(err, &p) || p.Code != api.CodeBadRequest || !strings.Contains(p.Detail, "line 2") {
		t.Errorf("error %v", err)
	}
}

// TestCrashWhilePublishing stops a node at each step between casebook and log.
func TestCrashWhilePublishing(t *testing.T) {
	for name, appended := range map[string]bool{"before the log": false, "after the log": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := Init(t.Context(), dir, forum()); err != nil {
				t.Fatal(err)
			}
			n, err := NewOffline(loopback(dir))
			if err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			text := asking("Ring 0113 496 0182.")
			d, err := n.casebook.Create(ctx, casebook.Revision{Text: text})
			if err != nil {
				t.Fatal(err)
			}
			entry := halfPublished(t, n, d, text, appended)
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = offline(t, dir, vectors.NetworkName)
			length, err := n.length()
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := n.casebook.Draft(ctx, d.ID)
			if err != nil {
				t.Fatal(err)
			}
			if left, err := n.casebook.Attempts(ctx, ""); err != nil || len(left) != 0 {
				t.Errorf("left behind: %+v, %v", left, err)
			}
			c := api.InProcess(n.Local())
			out, err := c.PublishDraft(ctx, d.ID, 1, api.Confirm{})
			after, headErr := n.length()
			if headErr != nil {
				t.Fatal(headErr)
			}
			if appended {
				if got.State != casebook.StatePublished || got.Entry != entry || !errors.Is(err, casebook.ErrState) || after != length {
					t.Errorf("%+v; published again: %v", got, err)
				}
			} else {
				if got.State != casebook.StateOpen || err != nil || after != length+1 {
					t.Fatalf("%+v; published: %v", got, err)
				}
				entry = out.Entry.ID
			}
			if list := confirmations(t, c, entry); len(list) != 1 || list[0].Draft != d.ID {
				t.Errorf("%+v", list)
			}
		})
	}
}

// TestUncertainPublicationIsFound has a draft in the log and not in the casebook,
// while the node goes on.
func TestUncertainPublicationIsFound(t *testing.T) {
	n, c := founded(t)
	text := asking("Ring 0113 496 0182.")
	d, err := n.casebook.Create(t.Context(), casebook.Revision{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	entry := halfPublished(t, n, d, text, true)
	before := n.ledger.Last()
	if _, err := c.PublishDraft(t.Context(), d.ID, 0, api.Confirm{}); !errors.Is(err, casebook.ErrState) || !strings.Contains(err.Error(), entry.String()) {
		t.Errorf("error %v", err)
	}
	if n.ledger.Last() != before {
		t.Error("it was published twice")
	}
}

// halfPublished does what author does, up to the point where the log has the
// record, or just before that.
func halfPublished(t *testing.T, n *Node, d casebook.Draft, text string, appended bool) protocol.EntryID {
	t.Helper()
	rec, err := record.FromJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r := n.review(rec)
	if len(r.hits) != 1 {
		t.Fatalf("hits %+v", r.hits)
	}
	if err := n.confirmIn(t.Context(), r, d.ID, api.Publishing{Confirm: api.Confirm{Hits: []string{r.hits[0].ID}}}); err != nil {
		t.Fatal(err)
	}
	content, err := r.record.Encode(protocol.NewSalt())
	if err != nil {
		t.Fatal(err)
	}
	position, err := n.length()
	if err != nil {
		t.Fatal(err)
	}
	a := casebook.Attempt{Content: protocol.HashOf(content), Draft: d.ID, Revision: d.Revision, Position: position}
	if err := n.casebook.Begin(t.Context(), a, r.confirmed); err != nil {
		t.Fatal(err)
	}
	if !appended {
		return protocol.EntryID{}
	}
	ev, err := n.ledger.Append(t.Context(), n.own().body, func(chain *protocol.Chain) (*protocol.Entry, error) {
		return (&signing{kind: rec.Kind, payload: content}).sign(n.own().key, chain, unixNow(time.Now))
	})
	if err != nil {
		t.Fatal(err)
	}
	// Others come after it.
	if _, err := n.Publish(t.Context(), mustRecord(t, challenge), api.Confirm{}); err != nil {
		t.Fatal(err)
	}
	return ev.Entry.ID
}

func mustRecord(t *testing.T, text string) *record.Record {
	t.Helper()
	rec, err := record.FromJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}
