package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// entryData is one entry with all that hangs together with it.
type entryData struct {
	api.Detail
	// KindLabel is what people read for the kind.
	KindLabel string
	// Summary is what the record says in short; Fields are the others but the title.
	Summary string
	Fields  []fieldView
	// Thread is everything from mandate to adoption; Stages its steps by stage.
	Thread *api.Thread
	Stages []stage
	// Assessment is of a decision, Spread of a lesson.
	Assessment *api.Assessment
	Spread     *api.Spread
}

// stage is a run of steps at the same place in the chain.
type stage struct {
	Name  string
	Steps []step
}

type step struct {
	api.ThreadStep
	KindLabel string
	// Here is the entry that the page is about.
	Here bool
}

// asked is the entry that the address of a page names.
func (s *site) asked(r *http.Request) (api.Detail, error) {
	id, err := protocol.ParseEntryID(r.PathValue("id"))
	if err != nil {
		return api.Detail{}, errNoPage
	}
	return s.cfg.API.Entry(r.Context(), id)
}

func (s *site) entry(r *http.Request, w *words) (*view, error) {
	ctx := r.Context()
	d, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	data := s.detail(w, d)
	if d.InLog && !d.Kind.HasAct() {
		thread, err := s.cfg.API.Thread(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		data.Thread, data.Stages = &thread, stagesOf(w, &thread, d.ID)
	}
	switch d.Kind {
	case record.KindDecision:
		a, err := s.cfg.API.Assessment(ctx, d.ID, time.Time{})
		if err != nil {
			return nil, err
		}
		data.Assessment = &a
	case record.KindLesson:
		spread, err := s.cfg.API.Spread(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		data.Spread = &spread
	}
	return &view{name: "entry", title: s.titleOf(w, data), section: "search", data: data}, nil
}

// detail prepares an entry to be shown.
func (s *site) detail(w *words, d api.Detail) *entryData {
	data := &entryData{Detail: d, KindLabel: kindLabel(d.Kind)}
	titles := make(map[string]api.Reference, len(d.Refers))
	for _, ref := range d.Refers {
		titles[ref.ID.String()] = ref
	}
	data.Summary, _ = d.Record[record.FieldSummary].(string)
	data.Fields = fieldsOf(w, d.Kind, d.Record, titles)
	return data
}

func (s *site) titleOf(w *words, d *entryData) string {
	switch {
	case d.Title != "":
		return d.Title
	case d.Content == api.ContentGone:
		return w.T("entry.erased", "Kind", d.KindLabel)
	default:
		return w.T("entry.untitled", "Kind", d.KindLabel, "ID", short(d.ID))
	}
}

func kindLabel(kind protocol.Kind) string {
	if info, ok := record.Describe(kind); ok {
		return info.Label
	}
	return string(kind)
}

func stagesOf(w *words, t *api.Thread, here protocol.EntryID) (out []stage) {
	last := register.Stage("")
	for _, found := range t.Steps {
		if found.Stage != last || len(out) == 0 {
			last = found.Stage
			out = append(out, stage{Name: w.T("stage." + string(last))})
		}
		in := &out[len(out)-1]
		in.Steps = append(in.Steps, step{found, kindLabel(found.Kind), found.ID == here})
	}
	return out
}

// proofData is what lets anybody check an entry.
type proofData struct {
	*entryData
	Envelope, Signature, Content string
	// Controls are those of the log, of which one signed.
	Key string
	// Command checks it from a folkmoot of one's own.
	Command string
}

func (s *site) proof(r *http.Request, w *words) (*view, error) {
	d, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	data := proofData{
		entryData: s.detail(w, d), Envelope: base64.StdEncoding.EncodeToString(d.Raw.Envelope),
		Signature: base64.StdEncoding.EncodeToString(d.Raw.Signature), Content: base64.StdEncoding.EncodeToString(d.Raw.Content),
		Command: "folkmoot verify " + d.ID.String(),
	}
	controls, err := s.cfg.API.Controls(r.Context(), d.Body)
	var p *api.Problem
	if err != nil && !errors.As(err, &p) {
		return nil, err
	}
	for _, c := range controls.Controls {
		if c.Seq <= d.Seq {
			data.Key = c.Control.Key
		}
	}
	return &view{name: "proof", title: w.T("proof.title", "Title", s.titleOf(w, data.entryData)), section: "search", data: data}, nil
}
