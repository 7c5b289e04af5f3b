package register

import (
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// raisedByCommunity are the challenges that the community raised.
func (q *inquiry) raisedByCommunity() []*Item {
	var out []*Item
	for _, c := range q.challenges {
		if c.why == "" {
			out = append(out, c.Item)
		}
	}
	return out
}

// whyNone says why no challenge counts as the community's.
func (q *inquiry) whyNone() (string, []protocol.EntryID) {
	if len(q.challenges) == 0 {
		return "the decision cites no challenge", nil
	}
	c := q.challenges[0]
	return titled("the challenge", c.Item) + " " + c.why, []protocol.EntryID{c.ID}
}

// agenda is rule OE1.
func (q *inquiry) agenda() error {
	switch by := q.decision.Process.AgendaSetBy; by {
	case community, joint:
	case publicBody:
		q.find("OE1", Unmet, "The public body set the agenda, so that this is shown as a consultation.", q.item.ID)
		return nil
	default:
		q.find("OE1", Unmet, "The decision does not say who set the agenda.", q.item.ID)
		return nil
	}
	list := q.raisedByCommunity()
	if len(list) == 0 {
		why, evidence := q.whyNone()
		q.find("OE1", Unmet, "No challenge counts as raised by the community: "+why+".", evidence...)
		return nil
	}
	q.find("OE1", Holds, "The community set the agenda, alone or jointly, and raised "+titled("the challenge", list[0])+".", ids(list)...)
	return nil
}

// share is rule OE2.
func (q *inquiry) share() error {
	list := q.raisedByCommunity()
	if len(q.challenges) == 0 {
		q.find("OE2", Unmet, "The decision cites no challenge.", q.item.ID)
		return nil
	}
	sentence := fmt.Sprintf("The community raised %d of the %d challenges that the decision cites.", len(list), len(q.challenges))
	q.told("OE2", 2*len(list) >= len(q.challenges), sentence, sentence, ids(list)...)
	return nil
}

// ours is rule OE3.
func (q *inquiry) ours() error {
	list, err := q.vouches(q.item, record.ClaimAgenda)
	if err != nil {
		return err
	}
	for n := range list {
		p, err := q.profile(list[n].Body)
		if err != nil {
			return err
		}
		if list[n].why == "" && p.body.Role != record.RoleCommunityBody {
			list[n].why = "its signer is no community body"
		}
		if list[n].why == "" {
			q.word(list[n].Body, p)
		}
	}
	counted := q.counted(list, "An attestation that the agenda was the community's own")
	q.told("OE3", len(counted) > 0,
		"A community body without an interest attests that the agenda was its own.",
		"No community body without an interest attests that the agenda was its own.", ids(counted)...)
	return nil
}

// earlier is rule NB1.
func (q *inquiry) earlier() error {
	list := q.raisedByCommunity()
	if len(list) == 0 {
		why, evidence := q.whyNone()
		q.find("NB1", Unmet, "No challenge counts as raised by the community: "+why+".", evidence...)
		return nil
	}
	if q.decision.Process.Opened.IsZero() {
		q.find("NB1", Unmet, "The decision does not say when its process opened.", q.item.ID)
		return nil
	}
	own := protocol.EntryID{}
	for _, c := range list {
		versions, err := q.v.versions(c)
		if err != nil {
			return err
		}
		// What was taken back or erased is no challenge of that time.
		versions = slices.DeleteFunc(versions, func(i *Item) bool { return i.State != Standing && i.State != Amended })
		verdict, by, err := q.before(versions, "challenges")
		if err != nil {
			return err
		}
		switch {
		case verdict == Holds:
			q.find("NB1", Holds, "The community raised "+titled("the challenge", c)+" before the process opened, as another record proves.", c.ID, by)
			return nil
		case verdict == ByOwnDates && own.IsZero():
			own = c.ID
		}
	}
	if own.IsZero() {
		q.find("NB1", Unmet, "No challenge of the community is older than the process.", ids(list)...)
		return nil
	}
	q.find("NB1", ByOwnDates, "The community raised a challenge before the process opened, by the dates that its authors give.", own)
	return nil
}
