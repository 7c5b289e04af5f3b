package domain_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/domain"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func heard(bodies ...protocol.BodyID) domain.Answer {
	return domain.Answer{Heard: true, Bodies: bodies}
}

func silent() domain.Answer { return domain.Answer{Problems: []string{"it did not answer in time"}} }

func TestProofEndsAndLapses(t *testing.T) {
	us, ours := []protocol.BodyID{body(1)}, func(b protocol.BodyID) bool { return b == body(1) }
	s := domain.State{Name: name(t, "leeds.gov.uk")}
	if _, ok := s.Names(us[0], start); ok || !s.Due(start) {
		t.Fatal("a domain that was never asked names a body, or is not to be asked")
	}
	s.Take(domain.Found{File: heard(us[0], body(2)), DNS: silent()}, ours, start, 0)
	p, ok := s.Names(us[0], start)
	if !ok || p.By != domain.ByFile || !p.On.Equal(start) || p.Name != s.Name {
		t.Fatalf("%+v, %v", p, ok)
	}
	if s.Due(start.Add(domain.Every-time.Second)) || !s.Due(start.Add(domain.Every)) || !s.Due(start.Add(-time.Second)) {
		t.Error("it is not asked once a week, or not after the clock was set back")
	}

	// What cannot be checked counts for thirty days.
	last := start
	for at := start.Add(domain.Every); at.Before(start.Add(domain.Lapse)); at = at.Add(domain.RetryMost) {
		s.Take(domain.Found{File: silent(), DNS: silent()}, ours, at, 0)
		last = at
		if p, ok := s.Names(us[0], at); !ok || !p.On.Equal(start) {
			t.Fatalf("after %s: %+v, %v", at.Sub(start), p, ok)
		}
	}
	if _, ok := s.Names(us[0], start.Add(domain.Lapse-time.Second)); !ok {
		t.Error("the proof lapsed early")
	}
	if _, ok := s.Names(us[0], start.Add(domain.Lapse)); ok || len(s.Named(start.Add(domain.Lapse))) > 0 {
		t.Error("a proof that was not checked for 30 days counts")
	}
	if _, ok := s.Names(us[0], start.Add(-48*time.Hour)); ok {
		t.Error("a proof dated two days ahead of the clock counts")
	}

	// An answer without the body ends it at once, and one with it begins it again.
	s.Take(domain.Found{File: heard(body(2)), DNS: silent()}, ours, last, 0)
	if _, ok := s.Names(us[0], last); ok {
		t.Error("a file that does not name the body is no end")
	}
	s.Take(domain.Found{File: heard(), DNS: heard(us[0])}, ours, last, 0)
	if p, ok := s.Names(us[0], last); !ok || p.By != domain.ByDNS {
		t.Errorf("%+v, %v", p, ok)
	}
	// The other way that stays silent does not keep it alive, nor does it end it.
	s.Take(domain.Found{File: silent(), DNS: heard()}, ours, last, 0)
	if _, ok := s.Names(us[0], last); ok {
		t.Error("records that do not name the body any more are no end")
	}
}

func TestBackOff(t *testing.T) {
	us, ours := []protocol.BodyID{body(1)}, func(b protocol.BodyID) bool { return b == body(1) }
	waits := func(found domain.Found) []time.Duration {
		s := domain.State{Name: name(t, "leeds.gov.uk")}
		var out []time.Duration
		for at := start; len(out) < 16; at = s.Next {
			s.Take(found, ours, at, 0)
			out = append(out, s.Next.Sub(at))
		}
		return out
	}
	h := time.Hour
	eager := []time.Duration{h, 2 * h, 4 * h, 8 * h, 16 * h, 24 * h, 24 * h, 24 * h, 24 * h, 24 * h, 24 * h, 24 * h}
	if got := waits(domain.Found{File: silent(), DNS: heard()}); !slices.Equal(got, append(slices.Clone(eager), 24*h, 24*h, 24*h, 24*h)) {
		t.Errorf("one that does not answer: %v", got)
	}
	w := domain.Every
	if got := waits(domain.Found{File: heard(body(2)), DNS: heard()}); !slices.Equal(got, append(slices.Clone(eager), w, w, w, w)) {
		t.Errorf("one that names somebody else: %v", got)
	}
	s := domain.State{Failures: 9}
	s.Take(domain.Found{File: silent(), DNS: heard(us[0])}, ours, start, 1)
	if s.Failures != 0 || s.Next.Sub(start) != w-w/10 {
		t.Errorf("after a success with the whole spread: %d failures, next in %s", s.Failures, s.Next.Sub(start))
	}
	for range 2 {
		if s.Hasten(); s.Next.Sub(start) != domain.RetryMost {
			t.Errorf("hastened it is asked in %s", s.Next.Sub(start))
		}
	}
	s.Next = start.Add(h)
	if s.Hasten(); s.Next.Sub(start) != h {
		t.Errorf("hastening puts it off by %s", s.Next.Sub(start))
	}
}

// The state is what a naive reading of all answers says, whatever they are.
func TestStateAgainstModel(t *testing.T) {
	leeds := name(t, "leeds.gov.uk")
	rapid.Check(t, func(t *rapid.T) {
		s := domain.State{Name: leeds}
		type answer struct {
			at   time.Time
			file bool
			domain.Answer
		}
		var all []answer
		at := start
		for range rapid.IntRange(1, 12).Draw(t, "checks") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(t, "hours")) * time.Hour)
			draw := func(what string) domain.Answer {
				if !rapid.Bool().Draw(t, what+" answers") {
					return silent()
				}
				var bodies []protocol.BodyID
				for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 0, 3, func(n int) int { return n }).Draw(t, what) {
					bodies = append(bodies, body(n))
				}
				return heard(bodies...)
			}
			found := domain.Found{File: draw("file"), DNS: draw("dns")}
			s.Take(found, func(b protocol.BodyID) bool { return b == body(0) }, at, rapid.Float64Range(0, 1).Draw(t, "spread"))
			all = append(all, answer{at, true, found.File}, answer{at, false, found.DNS})
			if wait := s.Next.Sub(at); wait > domain.Every || wait < domain.RetryFirst*9/10 {
				t.Fatalf("it is asked again after %s", wait)
			}
			raw, err := json.Marshal(s)
			var kept domain.State
			if err != nil || json.Unmarshal(raw, &kept) != nil || !reflect.DeepEqual(kept.Named(at), s.Named(at)) || !kept.Next.Equal(s.Next) {
				t.Fatalf("it is kept as %s (%v)", raw, err)
			}
		}
		at = at.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(t, "later")) * time.Hour)
		for n := range 4 {
			want := false
			for _, file := range []bool{true, false} {
				for i := len(all) - 1; i >= 0; i-- {
					if all[i].file == file && all[i].Heard {
						want = want || slices.Contains(all[i].Bodies, body(n)) && at.Sub(all[i].at) < domain.Lapse
						break
					}
				}
			}
			_, got := s.Names(body(n), at)
			if got != want || slices.Contains(s.Named(at), body(n)) != want {
				t.Fatalf("body %d is named: %v, want %v", n, got, want)
			}
		}
	})
}
