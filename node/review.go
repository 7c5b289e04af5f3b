package node

import (
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/ledger/casebook"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// review is all that is said of a record before it is signed.
type review struct {
	// record is what would be signed: what was written, without the counts that
	// could point at somebody.
	record *record.Record
	// findings are those of the rules and what was left out; hits are the
	// passages of record that may be personal data.
	findings []record.Finding
	hits     []record.Hit
	// confirmed is what somebody lets stand, and stands has the names of it.
	confirmed []casebook.Confirmation
	stands    map[string]bool
	at        time.Time
}

// review checks a record. It writes nothing.
func (n *Node) review(rec *record.Record) *review {
	r := &review{at: n.cfg.Now(), stands: map[string]bool{}}
	r.findings = record.CheckAt(rec, r.at)
	var left []record.Finding
	r.record, left = record.Suppress(rec)
	if len(left) > 0 {
		// What is signed must hold as well, whatever was left out of it. Gaps
		// that come from that alone are no news.
		for _, f := range record.CheckAt(r.record, r.at) {
			if f.Severity == record.Must && !slices.Contains(r.findings, f) {
				r.findings = append(r.findings, f)
			}
		}
	}
	r.findings = append(r.findings, left...)
	r.hits = record.Privacy(r.record)
	return r
}

// confirm takes in what a person lets stand; names of passages that the record
// does not have say nothing. draft is empty without one.
func (r *review) confirm(draft string, c api.Confirm) {
	for _, h := range r.hits {
		if slices.Contains(c.Hits, h.ID) {
			r.stand(casebook.Confirmation{
				Hit: h.ID, Draft: draft, Excerpt: h.Passage, Field: h.Field, Rule: h.Rule, Reason: c.Reason, By: c.By, At: r.at,
			})
		}
	}
}

// recall takes in what was confirmed before, as far as the record still has it.
func (r *review) recall(list []casebook.Confirmation) {
	before := make(map[string]casebook.Confirmation, len(list))
	for _, k := range list {
		before[k.Hit] = k
	}
	for _, h := range r.hits {
		if k, ok := before[h.ID]; ok {
			r.stand(k)
		}
	}
}

func (r *review) stand(k casebook.Confirmation) {
	if !r.stands[k.Hit] {
		r.stands[k.Hit] = true
		r.confirmed = append(r.confirmed, k)
	}
}

// refused returns why the record is not signed: an [api.FindingsError], an
// [api.PrivacyError], or nil.
func (r *review) refused() error {
	var open []record.Hit
	for _, h := range r.hits {
		if !r.stands[h.ID] {
			open = append(open, h)
		}
	}
	findings := api.FindingsOf(r.findings)
	switch {
	case record.HasMust(r.findings):
		return &api.FindingsError{Findings: findings, Hits: open}
	case len(open) > 0:
		return &api.PrivacyError{Findings: findings, Hits: open}
	}
	return nil
}

// published is what the review says, before there is an entry.
func (r *review) published() api.Published {
	out := api.Published{Findings: api.FindingsOf(r.findings), Hits: r.hits}
	for _, h := range r.hits {
		if r.stands[h.ID] {
			out.Confirmed = append(out.Confirmed, h.ID)
		}
	}
	return out
}
