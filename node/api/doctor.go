package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Gravity says how bad a [Defect] is.
type Gravity string

// Gravities.
const (
	// GravitySevere: something is lost, or will be, or nothing can be published,
	// until somebody acts.
	GravitySevere Gravity = "severe"
	// GravityWarning: the node goes on, but not as it should.
	GravityWarning Gravity = "warning"
)

// Defect is something about a node that is not as it must be.
type Defect struct {
	// Area is "disk", "keys", "body", "ledger", "catalogue" or "casebook".
	Area    string  `json:"area"`
	Gravity Gravity `json:"gravity"`
	// What says what was found, Means what follows from it, and Mend what to do,
	// with the command where there is one. Each is a sentence or more.
	What  string `json:"what"`
	Means string `json:"means"`
	Mend  string `json:"mend"`
}

// Health is what a look at a node found.
type Health struct {
	// Deep says that every byte was read and verified.
	Deep bool `json:"deep"`
	// Entries is how many entries were verified; 0 unless Deep.
	Entries uint64 `json:"entries"`
	// Defects is empty when all is well.
	Defects []Defect `json:"defects"`
}

// OK reports whether nothing severe was found.
func (h *Health) OK() bool {
	for _, d := range h.Defects {
		if d.Gravity == GravitySevere {
			return false
		}
	}
	return true
}

// doctorLine is one line of the stream: progress, and in the end the health or the
// problem.
type doctorLine struct {
	Progress *VerifyProgress `json:"progress,omitempty"`
	Health   *Health         `json:"health,omitempty"`
	Problem  *Problem        `json:"problem,omitempty"`
}

func (s *server) doctor(w http.ResponseWriter, r *http.Request) {
	q, err := query(r, "deep")
	deep := false
	if err == nil {
		deep, err = flagParam(q, "deep")
	}
	if err != nil {
		fail(w, r, s.Logger, err)
		return
	}
	inLines(w, r, func(ctx context.Context, line func(any) error) any {
		health, err := s.Node.Doctor(ctx, deep, func(p VerifyProgress) error { return line(doctorLine{Progress: &p}) })
		if err != nil {
			return doctorLine{Problem: problemOf(err)}
		}
		return doctorLine{Health: &health}
	})
}

// Doctor looks for what is wrong with the node; deep reads and verifies every
// byte, and tells progress as it goes.
func (c *Client) Doctor(ctx context.Context, deep bool, progress func(VerifyProgress)) (Health, error) {
	q := url.Values{}
	if deep {
		q.Set("deep", "1")
	}
	r, err := c.do(ctx, http.MethodGet, "/local/v1/doctor", q, nil)
	if err != nil {
		return Health{}, err
	}
	// The stream was read to its last line, or gave up: closing cannot fail in
	// a way that matters.
	defer func() { _ = r.Close() }()
	for d := json.NewDecoder(r); ; {
		var line doctorLine
		if err := d.Decode(&line); err != nil {
			return Health{}, fmt.Errorf("doctor: the node broke off: %w", err)
		}
		switch {
		case line.Problem != nil:
			return Health{}, line.Problem
		case line.Health != nil:
			return *line.Health, nil
		case line.Progress != nil && progress != nil:
			progress(*line.Progress)
		}
	}
}
