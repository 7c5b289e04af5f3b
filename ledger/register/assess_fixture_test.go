package register_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
)

// moot is a place where everything goes as it should, but for what a story
// twists: a council gives a forum a mandate, the forum raises a challenge, opens
// a process and decides, the council answers, and neighbours vouch for it. The
// root knows all of them.
type moot struct {
	root, council, forum, friend, checker *vectors.Author
	// extra are bodies that a story adds.
	extra []*vectors.Author
	// listings are whom domains of public bodies name.
	listings []register.Listing
	method   string
	twist    twist
	// The steps; nil for one that is left out.
	mandate, acceptance, challenge, opening, decision, response, attestation *protocol.Entry
}

// twist changes fields of steps, by the names of both; a field that is nil is
// left out, and so is a step whose fields are nil.
type twist map[string]map[string]any

type fields = map[string]any

func newMoot(method string, t twist) *moot { return newMootIn("", method, t) }

// newMootIn makes a moot of bodies whose names end in where.
func newMootIn(where, method string, t twist) *moot {
	m := &moot{
		method: method, twist: t,
		root:    vectors.NewAuthor("County Association (example)"+where, 0, nil),
		council: vectors.NewAuthor("Hexby Council (example)"+where, 1, nil),
		forum:   vectors.NewAuthor("Hexby Forum (example)"+where, 1, nil),
		friend:  vectors.NewAuthor("Hexby Neighbours (example)"+where, 1, nil),
		checker: vectors.NewAuthor("Hexby College (example)"+where, 1, nil),
	}
	m.step("root", m.root, "2026-01-02", record.KindBody, fields{"name": "root", "role": "observer"})
	for name, a := range map[string]*vectors.Author{"council": m.council, "forum": m.forum, "friend": m.friend, "checker": m.checker} {
		role := map[string]string{"council": "council", "forum": "community_body", "friend": "community_body", "checker": "evaluator"}[name]
		f := fields{"name": name, "role": role}
		if name == "forum" {
			f["legal_form"], f["identifiers"] = "cio", list(fields{"scheme": "GB-CHC", "id": "1"})
		}
		m.step(name, a, "2026-01-03", record.KindBody, f)
	}
	for _, s := range []struct {
		name string
		of   *vectors.Author
	}{{"council", m.council}, {"forum", m.forum}, {"friend", m.friend}, {"checker", m.checker}} {
		m.step("know "+s.name, m.root, "2026-01-04", record.KindAttestation, fields{
			"subject": s.of, "claim": record.ClaimIdentity, "basis": "we met", "interest": "none",
		})
	}
	return m
}

func (m *moot) step(name string, by *vectors.Author, day string, kind protocol.Kind, f fields) *protocol.Entry {
	twist, ok := m.twist[name]
	if ok && twist == nil {
		return nil
	}
	f = maps.Clone(f)
	maps.Copy(f, twist)
	if d, ok := f["day"].(string); ok {
		day = d
		delete(f, "day")
	}
	var pairs []any
	for _, k := range slices.Sorted(maps.Keys(f)) {
		if e, ok := f[k].(*protocol.Entry); f[k] != nil && (!ok || e != nil) {
			pairs = append(pairs, k, f[k])
		}
	}
	return on(by, day, kind, pairs...)
}

func cited(entries ...*protocol.Entry) []*protocol.Entry {
	return slices.DeleteFunc(entries, func(e *protocol.Entry) bool { return e == nil })
}

// goodChecks answers every check of formal governance.
func goodChecks(pairs ...any) fields {
	f := fields{
		"members_share": "80", "votes_share": "75", "conflicts_policy": "declared", "finances_to": "public", "finances_every": "yearly",
		"asset_lock": "constitutional", "on_failure": "to_grantor", "complaints": "to the chair", "rotation": "every 3 years", "review": "2029",
	}
	for n := 0; n < len(pairs); n += 2 {
		name, _ := pairs[n].(string)
		f[name] = pairs[n+1]
	}
	return f
}

func goodProcess(pairs ...any) fields {
	f := fields{
		"agenda_set_by": "community", "opened": "2026-02-10", "recruitment": "open", "inclusion": []any{"childcare"}, "facilitation": "independent",
	}
	for n := 0; n < len(pairs); n += 2 {
		name, _ := pairs[n].(string)
		if f[name] = pairs[n+1]; pairs[n+1] == nil {
			delete(f, name)
		}
	}
	return f
}

// tell publishes the whole story.
func (m *moot) tell() *moot { return m.tellWith(func() {}) }

// tellWith publishes the whole story, and calls between after the challenge.
func (m *moot) tellWith(between func()) *moot {
	place := list(fields{"scheme": "gss", "code": "E04000001", "name": "Hexby"})
	service := fields{"label": "Youth work", "duty": "discretionary"}
	m.mandate = m.step("mandate", m.council, "2026-02-01", record.KindMandate, fields{
		"to": m.forum, "method": m.method, "scope": "youth work", "basis": "statute", "basis_ref": "s.1", "from": "2026-02-01", "until": "2027-02-01",
		"threshold": fields{"kind": "majority"}, "implementation_days": 90, "reserved_powers": "none", "places": place, "service": service,
		"checks": goodChecks(),
	})
	m.acceptance = m.step("acceptance", m.forum, "2026-02-02", record.KindAcceptance, fields{"mandate": m.mandate, "accepted": "yes"})
	m.challenge = m.step("challenge", m.forum, "2026-02-03", record.KindChallenge, fields{"question": "Where can the young go?", "raised_by": "community"})
	between()
	m.opening = m.step("opening", m.forum, "2026-02-10", record.KindDecision, fields{
		"challenges": cited(m.challenge), "mandate": m.mandate, "stage": "analyse", "decision": "we open",
	})
	m.decision = m.step("decision", m.forum, "2026-03-10", record.KindDecision, fields{
		"decided_on": "2026-03-10", "decision": "open the hall", "reasons": "need", "challenges": cited(m.challenge), "mandate": m.mandate,
		"method": m.method, "stage": "plan", "process": goodProcess(), "support": fields{"for": "30", "against": "4", "how": "vote"},
		"minority_view": "none", "asks": asks("a", m.council), "places": place, "service": service,
	})
	m.response = m.step("response", m.council, "2026-03-20", record.KindResponse, fields{
		"decision": m.decision, "answers": list(reply("a", "accept", "2026-05-01")),
	})
	m.attestation = m.step("attestation", m.friend, "2026-03-25", record.KindAttestation, fields{
		"subject": m.decision, "claim": record.ClaimAgenda, "basis": "we were there", "interest": "none",
	})
	return m
}

func (m *moot) authors() []*vectors.Author {
	return append([]*vectors.Author{m.root, m.council, m.forum, m.friend, m.checker}, m.extra...)
}

// dispute publishes a dispute of the decision.
func (m *moot) dispute(by *vectors.Author, interest string) *protocol.Entry {
	return on(by, "2026-04-01", record.KindAttestation, "subject", m.decision, "claim", record.ClaimDisputed, "basis", "we were not asked", "interest", interest)
}

// stranger founds a body that nobody knows.
func (m *moot) stranger(name, role string) *vectors.Author {
	a := vectors.NewAuthor(name, 1, nil)
	m.extra = append(m.extra, a)
	on(a, "2026-01-03", record.KindBody, "name", name, "role", role)
	return a
}

// web is what a node that trusts the root makes of the logs.
func (m *moot) web() *register.Web {
	edges, keys := m.known()
	return register.NewWeb([]protocol.BodyID{m.root.Body()}, 0, edges, keys, m.listings)
}

// known are the edges and keys that the logs hold.
func (m *moot) known() ([]register.Edge, []register.KeyUse) {
	var edges []register.Edge
	var keys []register.KeyUse
	for _, a := range m.authors() {
		for _, e := range a.Log {
			if c := e.Control(); c != nil {
				for _, k := range register.KeysOf(c) {
					keys = append(keys, register.KeyUse{Key: k, Body: a.Body()})
				}
				continue
			}
			r, err := record.Decode(e.Envelope.Kind, e.Content)
			if err != nil {
				continue
			}
			if edge, ok := register.EdgeOf(&register.Item{Body: a.Body(), Kind: r.Kind, Record: r, State: register.Standing}); ok {
				edges = append(edges, edge)
			}
		}
	}
	return edges, keys
}

const today = "2026-06-01"

func (m *moot) assessOn(t testing.TB, day string) *register.Assessment {
	t.Helper()
	got, err := register.Assess(holding(t, m.authors()...), m.web(), m.decision.ID, date(day).Start())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (m *moot) assess(t testing.TB) *register.Assessment { return m.assessOn(t, today) }

// found is the finding of a rule; the first where there are several.
func found(a *register.Assessment, rule string) register.Finding {
	n := slices.IndexFunc(a.Findings, func(f register.Finding) bool { return f.Rule == rule })
	if n < 0 {
		return register.Finding{}
	}
	return a.Findings[n]
}

func day(s string) time.Time { return date(s).Start() }
