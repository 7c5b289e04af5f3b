package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
	"github.com/folkmoot/folkmoot/protocol/vectors"
	"github.com/folkmoot/folkmoot/sharing/domain"
)

// affair is a node that holds one case from mandate to adoption and trusts the
// council in it. Nobody answers the second ask.
type affair struct {
	*fixture
	// web is what is at addresses on the web.
	web                                                                files
	mandate, challenge, decision, response, progress, lesson, adoption *protocol.Entry
}

// told publishes a record at noon of a day.
func told(t testing.TB, a *vectors.Author, day string, kind protocol.Kind, fields map[string]any) *protocol.Entry {
	t.Helper()
	d, err := record.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	a.Clock = max(a.Clock, uint64(d.Start().Unix())+12*3600)
	all := map[string]any{"title": string(kind) + " (example)", "lang": "en", "licence": "CC-BY-4.0", "signed_as": "clerk"}
	if info, _ := record.Describe(kind); info.Filed {
		all["places"] = []any{map[string]any{"scheme": "gss", "code": "E08000032", "name": "Bradford"}}
		all["service"] = map[string]any{"label": "Footpaths", "duty": "mixed"}
	}
	for name, v := range fields {
		if e, ok := v.(*protocol.Entry); ok {
			v = e.ID.String()
		}
		all[name] = v
	}
	return a.Publish(kind, all)
}

func openAffair(t testing.TB) *affair {
	t.Helper()
	council, forum, trust := vectors.NewAuthor("council", 0, nil), vectors.NewAuthor("forum", 0, nil), vectors.NewAuthor("trust", 0, nil)
	cfg := node.DefaultConfig()
	cfg.Data, cfg.Network, cfg.Offline = t.TempDir(), vectors.NetworkName, true
	cfg.Roots = []string{council.Body().String()}
	a := &affair{web: files{}}
	cfg.Now = func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	cfg.Domains = domain.Checker{Client: a.web, Resolver: a.web}
	for author, role := range map[*vectors.Author]string{council: "council", forum: "community_body", trust: "community_body"} {
		says := map[string]any{"name": author.Name + " (example)", "role": role}
		if author == council {
			says["website"] = "https://www.hexby.gov.uk/moot"
		}
		told(t, author, "2026-01-02", record.KindBody, says)
	}
	told(t, council, "2026-01-03", record.KindAttestation, map[string]any{
		"subject": trust.Log[0], "claim": record.ClaimIdentity, "basis": "we met", "interest": "none",
	})
	a.mandate = told(t, council, "2026-01-05", record.KindMandate, map[string]any{
		"to": forum.Body().String(), "method": record.NonBindingDeliberation, "scope": "paths", "basis": "statute", "from": "2026-01-05",
		"reserved_powers": "none", "response_days": int64(60),
	})
	told(t, forum, "2026-01-06", record.KindAcceptance, map[string]any{"mandate": a.mandate, "accepted": "yes"})
	a.challenge = told(t, forum, "2026-01-07", record.KindChallenge, map[string]any{"question": "Which path?", "raised_by": "community"})
	ask := func(ref string) any {
		return map[string]any{"ref": ref, "of": council.Body().String(), "action": "mend the " + ref}
	}
	a.decision = told(t, forum, "2026-02-10", record.KindDecision, map[string]any{
		"decided_on": "2026-02-10", "decision": "lamps", "reasons": "need", "alternatives": []any{}, "interests": []any{},
		"method": record.NonBindingDeliberation, "mandate": a.mandate, "challenges": []any{a.challenge.ID.String()},
		"asks": []any{ask("lamps"), ask("drain")}, "process": map[string]any{"opened": "2026-01-20", "depth": "involve"},
	})
	a.response = told(t, council, "2026-03-01", record.KindResponse, map[string]any{"decision": a.decision, "answers": []any{
		map[string]any{"ref": "lamps", "answer": "accept", "commitment": map[string]any{"action": "mend", "due": "2026-05-01", "office": "lighting"}},
	}})
	a.progress = told(t, council, "2026-04-20", record.KindProgress, map[string]any{
		"response": a.response, "ref": "lamps", "status": "started", "as_of": "2026-04-20", "due": "2026-06-01", "reasons": "no lamps to be had",
	})
	a.lesson = told(t, forum, "2026-09-01", record.KindLesson, map[string]any{
		"from": []any{a.decision.ID.String()}, "worked": "partly", "learned": "ask for less", "would_do": "count",
	})
	a.adoption = told(t, trust, "2026-10-01", record.KindAdoption, map[string]any{
		"lesson": a.lesson, "status": "adapted", "why": "no answers", "changes": "a handrail",
	})
	n, err := node.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a.fixture = &fixture{node: n, forum: forum, council: council}
	a.join(t, council.Log, forum.Log, trust.Log)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	// Opened anew its catalogue has taken everything in.
	if a.node, err = node.NewOffline(cfg); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(checked(t, a.node.Public()))
	a.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := a.node.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestAssessmentCall(t *testing.T) {
	a := openAffair(t)
	c := a.client()
	out, err := c.Assessment(t.Context(), a.decision.ID, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]register.Verdict{}
	for _, f := range out.Findings {
		verdicts[f.Rule] = f.Verdict
		if f.Meaning == "" || f.Sentence == "" {
			t.Errorf("%+v", f)
		}
	}
	if out.Result != register.Partly || verdicts["NB1"] != register.ByOwnDates || verdicts["NB2"] != register.Unmet || verdicts["NB3"] != register.Holds {
		t.Errorf("%s, %v", out.Result, verdicts)
	}
	if out.MethodLabel != "Non-binding deliberation" || out.Mandate.ID != a.mandate.ID || !out.Body.Verified && out.Body.RoleShown != api.RoleOwnWord ||
		out.AsSeenFrom.Count != 1 || out.AsSeenFrom.Roots[0].Name != "council (example)" || len(out.Duties) != 3 {
		t.Errorf("%+v", out)
	}
	early, err := c.Assessment(t.Context(), a.decision.ID, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	if err != nil || early.Until == nil || early.Until.Time().Format("2006-01-02") != "2026-04-12" {
		t.Errorf("in March: %+v, %v", early.Until, err)
	}
}

func TestOwedCalls(t *testing.T) {
	a := openAffair(t)
	c := a.client()
	late, err := c.Owed(t.Context(), api.OwedQuery{Late: true})
	if err != nil || len(late.Duties) != 2 {
		t.Fatalf("%+v, %v", late, err)
	}
	drain, lamps := late.Duties[0], late.Duties[1]
	if drain.State != register.NoResponse || drain.Due.String() != "2026-04-11" || drain.By.Name != "council (example)" || drain.To.Name != "forum (example)" {
		t.Errorf("%+v", drain)
	}
	if lamps.State != register.Overdue || lamps.Due.String() != "2026-05-01" || len(lamps.Moved) != 1 || lamps.Moved[0].Due.String() != "2026-06-01" {
		t.Errorf("%+v", lamps)
	}
	var paged []api.Duty
	for q := (api.OwedQuery{All: true, Limit: 1}); ; {
		page, err := c.Owed(t.Context(), q)
		if err != nil || len(page.Duties) > 1 || len(paged) > 3 {
			t.Fatalf("%+v, %v", page, err)
		}
		paged = append(paged, page.Duties...)
		if q.After = page.Next; page.Next == "" {
			break
		}
	}
	if len(paged) != 3 {
		t.Errorf("%d duties in pages", len(paged))
	}
	for name, q := range map[string]api.OwedQuery{
		"by another":        {By: a.forum.Body()},
		"another place":     {Place: "E08000035"},
		"another state":     {State: register.Met},
		"due later":         {DueFrom: "2027"},
		"before it was due": {Late: true, At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if page, err := c.Owed(t.Context(), q); err != nil || len(page.Duties) != 0 {
			t.Errorf("%s: %+v, %v", name, page.Duties, err)
		}
	}
	sums, err := c.OwedSums(t.Context(), api.OwedQuery{})
	if err != nil || len(sums.Bodies) != 1 {
		t.Fatalf("%+v, %v", sums, err)
	}
	if s := sums.Bodies[0]; s.Late != 2 || s.NoResponse != 1 || s.Overdue != 1 || s.Open != 2 || s.Settled != 1 || s.Moved != 1 || s.Body.ID != a.council.Body() {
		t.Errorf("%+v", s)
	}
}

func TestThreadCall(t *testing.T) {
	a := openAffair(t)
	want := []*protocol.Entry{a.mandate, a.challenge, a.decision, a.response, a.progress, a.lesson, a.adoption}
	for _, start := range want {
		thread, err := a.client().Thread(t.Context(), start.ID)
		if err != nil || thread.Start.ID != start.ID || thread.More {
			t.Fatalf("%+v, %v", thread, err)
		}
		at := -1
		for _, e := range want {
			found := -1
			for i, s := range thread.Steps {
				if s.ID == e.ID {
					found = i
				}
			}
			if found <= at {
				t.Errorf("from %s: the %s stands at %d, after %d", start.Envelope.Kind, e.Envelope.Kind, found, at)
			}
			at = found
		}
	}
	nobody := protocol.EntryID(protocol.HashOf([]byte("nobody")))
	if _, err := a.client().Thread(t.Context(), nobody); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("of an entry that nobody has or names: %v", err)
	}
}

func TestPathSpreadAndSummaryCalls(t *testing.T) {
	a := openAffair(t)
	c := a.client()
	path, err := c.Path(t.Context(), "E08000032", "Footpaths")
	if err != nil || len(path.Steps) != 1 || path.Steps[0].ID != a.mandate.ID || path.Steps[0].Decisions != 1 || path.Steps[0].From.String() != "2026-01-05" {
		t.Errorf("%+v, %v", path, err)
	}
	if path, err = c.Path(t.Context(), "E08000035", ""); err != nil || len(path.Steps) != 0 {
		t.Errorf("another place: %+v, %v", path, err)
	}
	spread, err := c.Spread(t.Context(), a.lesson.ID)
	if err != nil || spread.Bodies != 1 || spread.Known != 1 || len(spread.Tries) != 1 || spread.Tries[0].Changes != "a handrail" || !spread.Tries[0].Known {
		t.Errorf("%+v, %v", spread, err)
	}
	summary, err := c.Summary(t.Context(), api.SummaryQuery{})
	if err != nil || summary.Total != 1 || summary.Method.Counts[0].Value != record.NonBindingDeliberation || summary.Method.Counts[0].Label != "Non-binding deliberation" ||
		summary.Depth.Counts[0].Share != 1 || summary.Network.Missing != 1 || summary.Network.MissingShare != 1 {
		t.Errorf("%+v, %v", summary, err)
	}
	if summary, err = c.Summary(t.Context(), api.SummaryQuery{From: "2027"}); err != nil || summary.Total != 0 {
		t.Errorf("of 2027: %+v, %v", summary, err)
	}
}

func TestVocabularyCalls(t *testing.T) {
	f := openEmpty(t)
	c := f.client()
	rules, err := c.Rules(t.Context())
	if err != nil || len(rules.Rules) != 26 {
		t.Errorf("%d rules, %v", len(rules.Rules), err)
	}
	codes, err := c.Codes(t.Context())
	if err != nil || len(codes.Lists) != len(record.Lists()) {
		t.Errorf("%d lists, %v", len(codes.Lists), err)
	}
	all, err := c.Schema(t.Context(), "")
	if err != nil || !strings.Contains(string(all), record.SchemaID("")) {
		t.Errorf("%.80s, %v", all, err)
	}
	one, err := c.Schema(t.Context(), record.KindLesson)
	if err != nil || !strings.Contains(string(one), record.SchemaID(record.KindLesson)) {
		t.Errorf("%.80s, %v", one, err)
	}
	if _, err := c.OpenAPI(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestRegisterProblems misuses every question. The answers say what to do, and
// keep to the description like all others.
func TestRegisterProblems(t *testing.T) {
	a := openAffair(t)
	nobody := protocol.EntryID(protocol.HashOf([]byte("nobody"))).String()
	decision, lesson := "/api/v1/entries/"+a.decision.ID.String(), "/api/v1/entries/"+a.lesson.ID.String()
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/api/v1/entries/" + nobody + "/assessment": {http.StatusNotFound, ""},
		"/api/v1/entries/x/assessment":              {http.StatusBadRequest, ""},
		lesson + "/assessment":                      {http.StatusConflict, "/thread"},
		decision + "/assessment?at=yesterday":       {http.StatusBadRequest, "at"},
		decision + "/assessment?on=2026-01-01":      {http.StatusBadRequest, "on"},
		decision + "/spread":                        {http.StatusConflict, "/thread"},
		decision + "/thread?limit=3":                {http.StatusBadRequest, "limit"},
		"/api/v1/owed?state=overdu":                 {http.StatusBadRequest, "overdue"},
		"/api/v1/owed?by=council":                   {http.StatusBadRequest, "by"},
		"/api/v1/owed?limit=1000":                   {http.StatusBadRequest, "200"},
		"/api/v1/owed?late=maybe":                   {http.StatusBadRequest, "late"},
		"/api/v1/owed?due_from=May":                 {http.StatusBadRequest, "due_from"},
		"/api/v1/owed?after=x":                      {http.StatusBadRequest, "next"},
		"/api/v1/owed/sums?late=1":                  {http.StatusBadRequest, "late"},
		"/api/v1/path":                              {http.StatusBadRequest, "place="},
		"/api/v1/summary?method=binding":            {http.StatusBadRequest, "binding_deliberation"},
		"/api/v1/summary?kind=De-cision":            {http.StatusBadRequest, "kind"},
		"/api/v1/schema/decission":                  {http.StatusNotFound, "decision"},
		"/api/v1/rules?x=1":                         {http.StatusBadRequest, "x"},
	} {
		resp, body := a.do(t, http.MethodGet, path, nil)
		if resp.StatusCode != want.status || !strings.Contains(string(body), want.says) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}

// TestRegisterTags asks again with the tag of the answer.
func TestRegisterTags(t *testing.T) {
	a := openAffair(t)
	decision := "/api/v1/entries/" + a.decision.ID.String()
	for path, tagged := range map[string]bool{
		decision + "/assessment": false, decision + "/assessment?at=2026-05-01": true, decision + "/thread": true,
		"/api/v1/owed": false, "/api/v1/rules": true, "/api/v1/codes": true, "/api/v1/schema/lesson": true, "/api/v1/openapi.json": true,
	} {
		resp, body := a.do(t, http.MethodGet, path, nil)
		tag := resp.Header.Get("ETag")
		if resp.StatusCode != http.StatusOK || (tag != "") != tagged {
			t.Errorf("%s: %d, tag %q: %.200s", path, resp.StatusCode, tag, body)
			continue
		}
		if again, _ := a.do(t, http.MethodGet, path, map[string]string{"If-None-Match": tag}); tagged && again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d", path, again.StatusCode)
		}
	}
}
