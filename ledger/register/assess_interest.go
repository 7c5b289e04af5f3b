package register

import (
	"cmp"
	"errors"
	"slices"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// vouch is an attestation. why says why it counts for nothing; empty when it
// counts.
type vouch struct {
	*Item
	why string
}

// vouches lists the standing attestations of a claim about a record, in any of
// its versions, and weighs each (G2). others are parties beside those to the
// decision. Where there are more than [maxAttestations], those of bodies that
// are reached come first.
func (q *inquiry) vouches(of *Item, claim string, others ...protocol.BodyID) ([]vouch, error) {
	list, err := q.v.referringBy(of, func(ref ledger.Reference) bool { return ref.Kind == record.KindAttestation }, "subject")
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(i *Item) bool {
		return !i.Counts() || record.Read[record.Attestation](i.Record).Claim != claim
	})
	rank := func(i *Item) int {
		if q.w.Reached(i.Body) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b *Item) int { return cmp.Compare(rank(a), rank(b)) })
	if len(list) > maxAttestations {
		list = list[:maxAttestations]
	}
	parties := slices.Concat(q.parties, others)
	out := make([]vouch, len(list))
	for n, i := range list {
		why, err := q.interested(i, parties)
		if err != nil {
			return nil, err
		}
		out[n] = vouch{i, why}
	}
	return out, nil
}

// interested says why the signer of an attestation does not count as
// disinterested.
func (q *inquiry) interested(i *Item, parties []protocol.BodyID) (string, error) {
	if slices.Contains(parties, i.Body) {
		return "a party signed it itself", nil
	}
	if slices.ContainsFunc(parties, func(p protocol.BodyID) bool { return q.w.Same(p, i.Body) }) {
		q.both("An attestation was signed by a body that shares a key with a party.", i.ID)
		return "its signer shares a key with a party", nil
	}
	switch interest := record.Read[record.Attestation](i.Record).Interest; {
	case i.Kind == record.KindAttestation && interest == "":
		return "it does not say whether its signer has an interest", nil
	case i.Kind == record.KindAttestation && interest != none:
		return "its signer declares an interest", nil
	case slices.ContainsFunc(q.asked, func(b protocol.BodyID) bool { return q.w.Same(b, i.Body) }):
		return "the decision asks something of its signer", nil
	case q.w.Same(q.decision.Award.To.Body, i.Body):
		return "the decision makes an award to its signer", nil
	case !q.w.Reached(i.Body, parties...):
		return "its signer is not known here without the parties' help", nil
	}
	deals, err := q.dealings(i.Body, parties)
	if err != nil || !deals {
		return "", err
	}
	return "the ledger holds a mandate or an award between its signer and a party", nil
}

var errFound = errors.New("found")

// dealings reports whether the ledger holds an award or a mandate between a body
// and a party, either way, declared or not and whether it still stands. What was
// erased is known by nobody.
func (q *inquiry) dealings(body protocol.BodyID, parties []protocol.BodyID) (bool, error) {
	among := func(b protocol.BodyID, list []protocol.BodyID) bool {
		return slices.ContainsFunc(list, func(p protocol.BodyID) bool { return q.w.Same(p, b) })
	}
	between := func(receiver protocol.BodyID, givers []protocol.BodyID) error {
		return q.v.naming(receiver.Charter(), func(ref ledger.Reference) error {
			if k := ref.Kind; k != record.KindMandate && k != record.KindDecision || !among(ref.Body, givers) {
				return nil
			}
			i, err := q.v.read(ref.From)
			if err != nil {
				return err
			}
			to := record.Read[record.Mandate](i.Record).To
			if i.Kind == record.KindDecision {
				to = record.Read[record.Decision](i.Record).Award.To.Body
			}
			if to == receiver {
				return errFound
			}
			return nil
		}, "award", "to")
	}
	err := between(body, parties)
	for n := 0; err == nil && n < len(parties); n++ {
		err = between(parties[n], []protocol.BodyID{body})
	}
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// counted splits attestations into those that count and the rest, and notes the
// rest (G2), one finding for each reason.
func (q *inquiry) counted(list []vouch, what string) []*Item {
	var out []*Item
	var reasons []string
	rest := map[string][]*Item{}
	for _, a := range list {
		if a.why == "" {
			out = append(out, a.Item)
			continue
		}
		if rest[a.why] == nil {
			reasons = append(reasons, a.why)
		}
		rest[a.why] = append(rest[a.why], a.Item)
	}
	slices.Sort(reasons)
	for _, why := range reasons {
		q.find("G2", Noted, what+" was not counted: "+why+".", ids(rest[why])...)
	}
	return out
}

// disputes looks for a dispute that counts.
func (q *inquiry) disputes() error {
	list, err := q.vouches(q.item, record.ClaimDisputed)
	if err != nil {
		return err
	}
	counted := q.counted(list, "A dispute")
	q.contested = len(counted) > 0
	if q.contested {
		q.find("G2", Noted, "A body without an interest disputes the decision.", ids(counted)...)
	}
	return nil
}
