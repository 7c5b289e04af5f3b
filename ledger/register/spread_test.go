package register_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

func TestSpreadCounts(t *testing.T) {
	adopt := func(a *vectors.Author, l *protocol.Entry, status string) *protocol.Entry {
		return on(a, "2026-03-01", record.KindAdoption, "lesson", l, "status", status, "why", "it floods here too")
	}
	for name, c := range map[string]struct {
		tell   func(w *town, l *protocol.Entry)
		bodies int
		says   string
	}{
		"adopted":     {func(w *town, l *protocol.Entry) { adopt(w.other, l, "adopted") }, 1, ""},
		"adapted":     {func(w *town, l *protocol.Entry) { adopt(w.other, l, "adapted") }, 1, ""},
		"considering": {func(w *town, l *protocol.Entry) { adopt(w.other, l, "considering") }, 0, "still considering"},
		"rejected":    {func(w *town, l *protocol.Entry) { adopt(w.other, l, "rejected") }, 0, "decided against"},
		"stopped":     {func(w *town, l *protocol.Entry) { adopt(w.other, l, "tried_and_stopped") }, 0, "stopped"},
		"no status":   {func(w *town, l *protocol.Entry) { adopt(w.other, l, "") }, 0, "does not say"},
		"its author":  {func(w *town, l *protocol.Entry) { adopt(w.forum, l, "adopted") }, 0, "itself"},
		"withdrawn":   {func(w *town, l *protocol.Entry) { withdraw(w.other, "2026-03-02", adopt(w.other, l, "adopted")) }, 0, "withdrew"},
		"erased":      {func(w *town, l *protocol.Entry) { erase(w.other, adopt(w.other, l, "adopted")) }, 0, "erased"},
		"the last word": {func(w *town, l *protocol.Entry) {
			adopt(w.other, l, "adopted")
			adopt(w.other, l, "rejected")
		}, 0, "decided against"},
		"the last that stands": {func(w *town, l *protocol.Entry) {
			adopt(w.other, l, "adopted")
			withdraw(w.other, "2026-03-02", adopt(w.other, l, "rejected"))
		}, 1, ""},
		"the fiscal host": {func(w *town, l *protocol.Entry) {
			on(w.forum, "2026-02-01", record.KindBody, "fiscal_host", w.other)
			adopt(w.other, l, "adopted")
		}, 0, "holds the money"},
		"a fiscal host no more": {func(w *town, l *protocol.Entry) {
			b := on(w.forum, "2026-02-01", record.KindBody, "fiscal_host", w.other)
			on(w.forum, "2026-02-02", record.KindBody, "revises", b)
			adopt(w.other, l, "adopted")
		}, 1, ""},
		"funded by the author": {func(w *town, l *protocol.Entry) {
			on(w.forum, "2026-02-01", record.KindDecision, "award", map[string]any{"to": map[string]any{"body": w.other.Body().String()}})
			adopt(w.other, l, "adopted")
		}, 0, "The author of the lesson gave the body"},
		"an award withdrawn": {func(w *town, l *protocol.Entry) {
			withdraw(w.forum, "2026-02-02", on(w.forum, "2026-02-01", record.KindDecision,
				"award", map[string]any{"to": map[string]any{"body": w.other.Body().String()}}))
			adopt(w.other, l, "adopted")
		}, 1, ""},
		"mandated by the author": {func(w *town, l *protocol.Entry) {
			on(w.forum, "2026-02-01", record.KindMandate, "to", w.other)
			adopt(w.other, l, "adopted")
		}, 0, "The author of the lesson gave the body"},
		"a funder of the author": {func(w *town, l *protocol.Entry) {
			on(w.other, "2026-02-01", record.KindDecision, "award", map[string]any{"to": map[string]any{"body": w.forum.Body().String()}})
			adopt(w.other, l, "adopted")
		}, 0, "The body gave the author"},
		"funded by a third": {func(w *town, l *protocol.Entry) {
			on(w.council, "2026-02-01", record.KindMandate, "to", w.other)
			adopt(w.other, l, "adopted")
		}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown()
			l := on(w.forum, "2026-01-10", record.KindLesson, "worked", "yes")
			c.tell(w, l)
			s, err := register.ReadSpread(holding(t, w.authors()...), nil, l.ID)
			if err != nil || len(s.Tries) != 1 {
				t.Fatalf("%+v, %v", s, err)
			}
			try := s.Tries[0]
			if s.Bodies != c.bodies || try.Adopts != (c.bodies == 1) || !strings.Contains(try.Excluded, c.says) || (c.says == "") != (try.Excluded == "") {
				t.Errorf("%d bodies, adopts %v: %q", s.Bodies, try.Adopts, try.Excluded)
			}
		})
	}
}

func TestSpreadOfBodiesThatCountAsOne(t *testing.T) {
	w := newTown()
	l := on(w.forum, "2026-01-10", record.KindLesson, "worked", "yes")
	on(w.other, "2026-03-01", record.KindAdoption, "lesson", l, "status", "adopted")
	on(w.council, "2026-03-02", record.KindAdoption, "lesson", l, "status", "adopted")
	r := holding(t, w.authors()...)
	key := protocol.HashOf([]byte("a shared key"))
	for _, c := range []struct {
		a, b   *vectors.Author
		bodies int
	}{{w.other, w.council, 1}, {w.forum, w.council, 1}, {w.forum, w.forum, 2}} {
		web := register.NewWeb(nil, 0, nil, []register.KeyUse{{Key: key, Body: c.a.Body()}, {Key: key, Body: c.b.Body()}}, nil)
		s, err := register.ReadSpread(r, web, l.ID)
		if err != nil || s.Bodies != c.bodies || len(s.Tries) != 2 {
			t.Errorf("%s and %s: %+v, %v", c.a.Name, c.b.Name, s, err)
		}
	}
}

func TestSpreadSaysWhoIsKnown(t *testing.T) {
	w := newTown()
	l := on(w.forum, "2026-01-10", record.KindLesson, "worked", "yes")
	on(w.other, "2026-03-01", record.KindAdoption, "lesson", l, "status", "adopted")
	on(w.council, "2026-03-02", record.KindAdoption, "lesson", l, "status", "rejected")
	r := holding(t, w.authors()...)
	vouches := func(by, of *vectors.Author) register.Edge { return register.Edge{From: by.Body(), To: of.Body()} }
	council, author := []protocol.BodyID{w.council.Body()}, []protocol.BodyID{w.forum.Body()}
	for name, c := range map[string]struct {
		web    *register.Web
		known  int
		tried  bool
		bodies int
	}{
		"nobody is trusted":       {nil, 0, false, 1},
		"vouched for by a root":   {register.NewWeb(council, 0, []register.Edge{vouches(w.council, w.other)}, nil, nil), 1, true, 1},
		"vouched for by nobody":   {register.NewWeb(council, 0, nil, nil, nil), 0, false, 1},
		"only the author vouches": {register.NewWeb(author, 0, []register.Edge{vouches(w.forum, w.other)}, nil, nil), 0, false, 1},
	} {
		s, err := register.ReadSpread(r, c.web, l.ID)
		if err != nil || s.Known != c.known || s.Bodies != c.bodies || s.Tries[0].Known != c.tried {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestSpreadTellsWhatCameOfIt(t *testing.T) {
	w := newTown()
	l := on(w.forum, "2026-01-10", record.KindLesson, "worked", "yes")
	o := on(w.other, "2026-03-01", record.KindOutcome, "direction", "mixed")
	on(w.other, "2026-03-02", record.KindAdoption, "lesson", l, "status", "adapted", "why", "floods", "changes", "smaller", "outcome", o)
	on(w.other, "2026-03-03", record.KindLesson, "from", []*protocol.Entry{o}, "worked", "partly")
	on(w.forum, "2026-03-04", record.KindLesson, "from", []*protocol.Entry{o}, "worked", "no")
	s, err := register.ReadSpread(holding(t, w.authors()...), nil, l.ID)
	if err != nil || len(s.Tries) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	try := s.Tries[0]
	if try.Direction != "mixed" || try.Worked != "partly" || try.Changes != "smaller" || try.Why != "floods" || try.Outcome != o.ID {
		t.Errorf("%+v", try)
	}
	r := holding(t, w.other)
	if _, err := register.ReadSpread(r, nil, l.ID); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a lesson that is not held: %v", err)
	}
	if _, err := register.ReadSpread(r, nil, o.ID); !errors.Is(err, register.ErrKind) {
		t.Errorf("an outcome: %v", err)
	}
}
