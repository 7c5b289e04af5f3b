package domain

import (
	"slices"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// When a domain is asked again, and how long its word counts.
const (
	// Every is how often a domain is asked that names the bodies which name it.
	Every = 7 * 24 * time.Hour
	// Lapse is how long a proof counts that could not be checked since.
	Lapse = 30 * 24 * time.Hour
	// RetryFirst and RetryMost are how soon one is asked again that does not.
	RetryFirst = time.Hour
	RetryMost  = 24 * time.Hour
	// Patience is how often in a row a domain is asked so; one that answers and
	// names nobody is then asked every week.
	Patience = 12
	// skew is how far ahead of the clock a proof may be dated.
	skew = 24 * time.Hour
)

// Ways in which a domain names a body.
const (
	ByFile = "file"
	ByDNS  = "dns"
)

// State is what is remembered of a domain.
type State struct {
	Name Name `json:"name"`
	// File and DNS are what each said when it last answered.
	File Witness `json:"file"`
	DNS  Witness `json:"dns"`
	// Tried is when it was last asked, Next when it is to be asked again.
	Tried time.Time `json:"tried,omitzero"`
	Next  time.Time `json:"next,omitzero"`
	// Failures is how often in a row it named none of those who name it.
	Failures int `json:"failures,omitempty"`
}

// Witness is what one way of asking said.
type Witness struct {
	Where  string            `json:"where,omitempty"`
	Bodies []protocol.BodyID `json:"bodies,omitempty"`
	// Heard is when it last answered, zero for never.
	Heard time.Time `json:"heard,omitzero"`
	// Problems are those of the last attempt.
	Problems []string `json:"problems,omitempty"`
}

// Proof says that a domain names a body.
type Proof struct {
	Name Name
	// By is [ByFile] or [ByDNS]; On is when it was last seen.
	By string
	On time.Time
}

// Take takes in what was found at a time. claims reports whether a body names the
// domain as its own; spread, from 0 to 1, sets nodes apart that would ask at the
// same time.
func (s *State) Take(found Found, claims func(protocol.BodyID) bool, now time.Time, spread float64) {
	s.File.take(found.File, now)
	s.DNS.take(found.DNS, now)
	s.Tried = now
	wait := Every
	if slices.ContainsFunc(found.File.Bodies, claims) || slices.ContainsFunc(found.DNS.Bodies, claims) {
		s.Failures = 0
	} else {
		if s.Failures < Patience || !found.File.Heard {
			wait = min(RetryFirst<<min(s.Failures, 5), RetryMost)
		}
		s.Failures++
	}
	// Between nine tenths and all of it, so that no wait is longer than said.
	s.Next = now.Add(wait - time.Duration(spread*float64(wait)/10))
}

func (w *Witness) take(a Answer, now time.Time) {
	w.Where, w.Problems = a.Where, a.Problems
	if a.Heard {
		w.Bodies, w.Heard = a.Bodies, now
	}
}

// Hasten has the domain asked a day after the last time at the latest, since a
// body names it that did not before.
func (s *State) Hasten() {
	if soon := s.Tried.Add(RetryMost); soon.Before(s.Next) {
		s.Next = soon
	}
}

// Due reports whether the domain is to be asked. A clock that was set back does
// not put it off.
func (s *State) Due(now time.Time) bool { return !now.Before(s.Next) || s.Tried.After(now) }

// Names returns how the domain names a body, and false if it does not, or if that
// is too long ago.
func (s *State) Names(body protocol.BodyID, now time.Time) (Proof, bool) {
	for _, w := range []struct {
		by string
		*Witness
	}{{ByFile, &s.File}, {ByDNS, &s.DNS}} {
		if w.fresh(now) && slices.Contains(w.Bodies, body) {
			return Proof{Name: s.Name, By: w.by, On: w.Heard}, true
		}
	}
	return Proof{}, false
}

// Named lists the bodies that the domain names now, each once.
func (s *State) Named(now time.Time) []protocol.BodyID {
	var out []protocol.BodyID
	for _, w := range []*Witness{&s.File, &s.DNS} {
		if w.fresh(now) {
			out = append(out, w.Bodies...)
		}
	}
	slices.SortFunc(out, func(a, b protocol.BodyID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(out)
}

func (w *Witness) fresh(now time.Time) bool {
	age := now.Sub(w.Heard)
	return !w.Heard.IsZero() && age < Lapse && age > -skew
}
