package ledger

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// Approvals is what a body's officers said of an entry that stands in its log.
type Approvals struct {
	// Needed is how many officers the control in force asks for; 0 for none.
	Needed uint64
	// Verdicts are those on the entry's approvals, in their order, and Offices
	// those of the officers whose approval counts.
	Verdicts []protocol.ApprovalVerdict
	Offices  []string
}

// Short reports whether fewer officers approved than must. Such an entry is
// valid, and is to be shown as unapproved.
func (a Approvals) Short() bool { return uint64(len(a.Offices)) < a.Needed }

// Approvals judges the approvals of an entry that stands in its body's log
// (SPEC.md section 6.1). Of a `charter` and a `keys` entry, which are valid only
// with their authority, it says nothing. It returns [ErrNotFound] for an entry
// that is in no log here.
func (l *Ledger) Approvals(e *protocol.Entry) (Approvals, error) {
	if e.Envelope.Kind.IsControl() {
		return Approvals{}, nil
	}
	var out Approvals
	err := l.db.View(func(txn *badger.Txn) error {
		in, err := inLog(txn, e)
		if err != nil {
			return err
		}
		if !in {
			return ErrNotFound
		}
		t, err := l.tipOf(txn, e.Body())
		if err != nil {
			return err
		}
		out, err = approvals(txn, t, e)
		return err
	})
	if err != nil {
		return Approvals{}, fmt.Errorf("approvals of %s: %w", e.ID, err)
	}
	return out, nil
}

func approvals(txn *badger.Txn, t *tip, e *protocol.Entry) (Approvals, error) {
	env := &e.Envelope
	controls := t.chain.Controls()
	i := slices.IndexFunc(controls, func(f protocol.InForce) bool { return f.Seq == env.Under })
	if i < 0 {
		return Approvals{}, fmt.Errorf("no control stands at %d: %w", env.Under, ErrDamaged)
	}
	out := Approvals{Needed: controls[i].Control.Quorum[env.Kind]}
	if len(env.Approvals) == 0 {
		return out, nil
	}
	replayed, err := replays(txn, e)
	if err != nil {
		return Approvals{}, err
	}
	out.Verdicts = protocol.JudgeApprovals(env, e.Body(), &controls[i], replayed)
	for n, v := range out.Verdicts {
		if v != protocol.ApprovalCounts {
			continue
		}
		out.Offices = append(out.Offices, controls[i].Control.OfficeOf(env.Approvals[n].Key))
	}
	return out, nil
}

// replays reports whether an earlier entry of the log, under the same control,
// says the same and carried approvals: those cannot be used twice.
func replays(txn *badger.Txn, e *protocol.Entry) (bool, error) {
	found := false
	err := scan(txn, approvedPrefix(e.Body(), e.Envelope.Digest()), nil, func(key, _ []byte) error {
		ev, err := readEvent(txn, lastNumber(key))
		if err != nil {
			return err
		}
		if ev.Entry == nil {
			return nil // the log was dropped since
		}
		env := &ev.Entry.Envelope
		if env.Seq >= e.Envelope.Seq || env.Kind != e.Envelope.Kind || env.Under != e.Envelope.Under {
			return nil
		}
		if found, err = inLog(txn, ev.Entry); err == nil && found {
			return errStop
		}
		return err
	})
	return found, err
}

// approvedPrefix begins the keys of the entries with approvals whose content, or
// act, has a digest.
func approvedPrefix(body protocol.BodyID, digest protocol.Digest) []byte {
	return append(bodyKey(keyApproved, body), digest[:]...)
}

func approvedKey(e *protocol.Entry, event uint64) []byte {
	return binary.BigEndian.AppendUint64(approvedPrefix(e.Body(), e.Envelope.Digest()), event)
}

// Approved returns the entry of a body's log that carries approvals of a content,
// or of an act, with a digest; [ErrNotFound] when there is none.
func (l *Ledger) Approved(body protocol.BodyID, digest protocol.Digest) (protocol.EntryID, error) {
	var found protocol.EntryID
	err := l.db.View(func(txn *badger.Txn) error {
		return scan(txn, approvedPrefix(body, digest), nil, func(key, _ []byte) error {
			ev, err := readEvent(txn, lastNumber(key))
			if err != nil {
				return err
			}
			if ev.Entry == nil {
				return nil // the log was dropped since
			}
			in, err := inLog(txn, ev.Entry)
			if err != nil || !in {
				return err
			}
			found = ev.Entry.ID
			return errStop
		})
	})
	if err == nil && found.IsZero() {
		err = ErrNotFound
	}
	if err != nil {
		return found, fmt.Errorf("entry of %s with the digest %x: %w", body, digest[:4], err)
	}
	return found, nil
}
