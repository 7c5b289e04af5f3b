package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// VerifyScope says what to verify: one entry with the log before it, one log,
// or, when both are zero, every log.
type VerifyScope struct {
	Entry protocol.EntryID
	Body  protocol.BodyID
}

// VerifyProgress is told now and then.
type VerifyProgress struct {
	// Bodies and Entries are how much has been checked.
	Bodies  uint64 `json:"bodies"`
	Entries uint64 `json:"entries"`
	// Total is how many entries there are to check.
	Total uint64 `json:"total"`
}

// VerifyReport is what came out.
type VerifyReport struct {
	Bodies  uint64 `json:"bodies"`
	Entries uint64 `json:"entries"`
	// Erased is how many contents are gone, each with an `erase` that says so.
	Erased uint64 `json:"erased"`
	// Missing is how many entries came without their content, which is asked for
	// from other nodes.
	Missing uint64 `json:"missing,omitempty"`
	// Frozen is how many bodies contradicted themselves; the proof of each held.
	Frozen uint64 `json:"frozen"`
	// Problems is empty when all is sound.
	Problems []VerifyProblem `json:"problems"`
}

// OK reports whether everything was sound.
func (r *VerifyReport) OK() bool { return len(r.Problems) == 0 }

// VerifyProblem is a log that is not sound.
type VerifyProblem struct {
	Body   protocol.BodyID `json:"body"`
	Detail string          `json:"detail"`
}

// progressEvery is how many entries lie between two reports of progress.
const progressEvery = 2048

// VerifyLedger checks what is stored again from its bytes: envelopes,
// signatures, chains, roots, content and freeze proofs, without the indexes
// that lead to them. What is not sound is in the report; the error is that of
// ctx, of progress, or that what was asked for is not held.
func VerifyLedger(ctx context.Context, l *ledger.Ledger, scope VerifyScope, progress func(VerifyProgress) error) (VerifyReport, error) {
	v := &ledgerVerifier{ledger: l, checker: newChecker(), progress: progress}
	v.report.Problems = []VerifyProblem{}
	heads, err := v.heads(scope)
	if err != nil {
		return v.report, err
	}
	for _, h := range heads {
		if err := v.log(ctx, h, scope.Entry); err != nil {
			return v.report, err
		}
		v.report.Bodies++
	}
	v.report.Erased = v.checker.erased
	return v.report, v.tell()
}

type ledgerVerifier struct {
	ledger   *ledger.Ledger
	checker  *checker
	progress func(VerifyProgress) error
	report   VerifyReport
	total    uint64
}

// heads are the logs to check, each to the length at which it is now, or just
// past the one entry that was asked for.
func (v *ledgerVerifier) heads(scope VerifyScope) ([]ledger.Head, error) {
	if !scope.Entry.IsZero() {
		ev, err := v.ledger.Entry(scope.Entry)
		if err != nil {
			return nil, fmt.Errorf("entry %s: %w", scope.Entry, err)
		}
		head, err := v.ledger.Head(ev.Entry.Body())
		if err != nil {
			return nil, fmt.Errorf("body %s: %w", ev.Entry.Body(), err)
		}
		v.total = head.Length
		return []ledger.Head{head}, nil
	}
	if !scope.Body.IsZero() {
		head, err := v.ledger.Head(scope.Body)
		if err != nil {
			return nil, fmt.Errorf("body %s: %w", scope.Body, err)
		}
		v.total = head.Length
		return []ledger.Head{head}, nil
	}
	var heads []ledger.Head
	for head, err := range v.ledger.Heads() {
		if err != nil {
			return nil, fmt.Errorf("list bodies: %w", err)
		}
		heads = append(heads, head)
		v.total += head.Length
	}
	return heads, nil
}

// log checks one log. Its error is not of the log.
func (v *ledgerVerifier) log(ctx context.Context, head ledger.Head, want protocol.EntryID) error {
	v.checker.reset()
	found := want.IsZero()
	err := v.entries(ctx, head, func(e *protocol.Entry) { found = found || e.ID == want })
	var stop *stopError
	if errors.As(err, &stop) {
		return stop.err
	}
	if err == nil {
		err = v.end(head)
	}
	if err == nil && !found {
		err = fmt.Errorf("%s is held, but does not stand in its body's log", want)
	}
	if err != nil {
		v.report.Problems = append(v.report.Problems, VerifyProblem{Body: head.Body, Detail: err.Error()})
	}
	return nil
}

// stopError ends the whole verification.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }

func (v *ledgerVerifier) entries(ctx context.Context, head ledger.Head, see func(*protocol.Entry)) error {
	for ev, err := range v.ledger.Log(head.Body, 0, head.Length) {
		if err != nil {
			return fmt.Errorf("position %d of %s: %w", v.checker.length(), head.Body, err)
		}
		if err := ctx.Err(); err != nil {
			return &stopError{err}
		}
		e, err := protocol.NewEntry(ev.Entry.Raw, ev.Entry.Signature, ev.Entry.Content)
		if err != nil {
			return fmt.Errorf("position %d of %s: %w", v.checker.length(), head.Body, err)
		}
		if err := v.checker.add(e); err != nil {
			return err
		}
		see(e)
		v.report.Entries++
		if v.report.Entries%progressEvery == 0 {
			if err := v.tell(); err != nil {
				return &stopError{err}
			}
		}
	}
	return nil
}

func (v *ledgerVerifier) end(head ledger.Head) error {
	chain, missing, err := v.checker.end()
	if err != nil {
		return err
	}
	v.report.Missing += uint64(len(missing))
	if chain.Length() != head.Length || chain.Root() != head.Root {
		return fmt.Errorf("the log of %s has %d entries and the root %s, its head says %d and %s",
			head.Body, chain.Length(), chain.Root(), head.Length, head.Root)
	}
	if head.Freeze.Kind == protocol.NotFrozen {
		return nil
	}
	proof, err := v.ledger.FreezeProof(head.Body)
	if err != nil {
		return fmt.Errorf("freeze proof of %s: %w", head.Body, err)
	}
	f, err := checkFreeze(proof, head.Body, chain.Head())
	if err != nil {
		return fmt.Errorf("freeze proof of %s: %w", head.Body, err)
	}
	if f != head.Freeze {
		return fmt.Errorf("the freeze of %s is recorded as %s, the proof shows %s", head.Body, head.Freeze.Kind, f.Kind)
	}
	v.report.Frozen++
	return nil
}

func (v *ledgerVerifier) tell() error {
	return v.progress(VerifyProgress{Bodies: v.report.Bodies, Entries: v.report.Entries, Total: v.total})
}
