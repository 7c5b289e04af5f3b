package register

import (
	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

const (
	fieldLesson = "lesson"
	fieldFrom   = "from"
	fieldAward  = "award"
	fieldTo     = "to"
	fieldHost   = "fiscal_host"
)

// excluded says why an adoption does not count (G2, G6); empty when it does.
func (s *spreader) excluded(i *Item, status string) (string, error) {
	switch {
	case i.State == Withdrawn:
		return "The body withdrew its adoption.", nil
	case i.State == Erased:
		return "The body erased its adoption.", nil
	case !i.Counts():
		return "The adoption does not stand.", nil
	case i.Body == s.author:
		return "The body wrote the lesson itself.", nil
	case s.same(i.Body, s.author):
		return "The body shares a key with the author of the lesson, and counts as one with it.", nil
	}
	switch status {
	case "adopted", "adapted":
	case "considering":
		return "The body is still considering it.", nil
	case "rejected":
		return "The body decided against it.", nil
	case "tried_and_stopped":
		return "The body tried it and stopped.", nil
	default:
		return "The body does not say that it adopted it.", nil
	}
	hosts, err := s.hosts(i.Body)
	if err != nil {
		return "", err
	}
	funded, err := s.funding(i.Body, &s.author)
	if err != nil {
		return "", err
	}
	switch {
	case hosts:
		return "The body holds the money of the author of the lesson.", nil
	case funded[s.author]:
		return "The author of the lesson gave the body an award or a mandate.", nil
	case s.funders[i.Body]:
		return "The body gave the author of the lesson an award or a mandate.", nil
	}
	return "", nil
}

// hosts reports whether the author names a body as its fiscal host.
func (s *spreader) hosts(body protocol.BodyID) (bool, error) {
	found := false
	err := s.v.naming(body.Charter(), func(ref ledger.Reference) error {
		if found || ref.Kind != record.KindBody || ref.Body != s.author {
			return nil
		}
		i, err := s.v.item(ref.From)
		if err != nil {
			return err
		}
		found = i.Counts() && record.Read[record.Body](i.Record).FiscalHost == body
		return nil
	}, fieldHost)
	return found, err
}

// funding lists the bodies that fund a body: by an award in a decision that
// stands, or by a mandate. by is nil for any body, or the only one asked about.
func (s *spreader) funding(body protocol.BodyID, by *protocol.BodyID) (map[protocol.BodyID]bool, error) {
	out := map[protocol.BodyID]bool{}
	err := s.v.naming(body.Charter(), func(ref ledger.Reference) error {
		kind := ref.Kind
		if out[ref.Body] || by != nil && ref.Body != *by || kind != record.KindDecision && kind != record.KindMandate {
			return nil
		}
		i, err := s.v.item(ref.From)
		if err != nil || !i.Counts() {
			return err
		}
		if kind == record.KindMandate {
			out[ref.Body] = record.Read[record.Mandate](i.Record).To == body
		} else {
			out[ref.Body] = record.Read[record.Decision](i.Record).Award.To.Body == body
		}
		return nil
	}, fieldAward, fieldTo)
	return out, err
}
