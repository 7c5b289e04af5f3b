package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// maxDeletion is how many positions are deleted in one pass over the value log,
// unless a single `erase` names more.
const maxDeletion = 1024

// deletion is an `erase` entry whose time has come.
type deletion struct {
	// queued is its key in the queue.
	queued []byte
	body   protocol.BodyID
	erase  erasing
	// seqs and entries are the positions that it names and the entries there.
	seqs    []uint64
	entries []*protocol.Entry
	events  []uint64
	// damaged is how many more it names that cannot be read: it stays queued until
	// they are repaired.
	damaged int
}

// DeleteErased deletes the content of entries whose `erase` came here at least
// [Config.EraseAfter] ago and still stands in its log: from every file of the
// store, so that no reader of the disk finds it. It adds an [EventErased] for
// each `erase` when that is done. An `erase` that lost its place deletes nothing
// as long as it has none.
//
// It reads the whole value log when something is due, and returns when the next
// deletion is; zero when none is queued. After an error, or a crash at any point,
// the next call does what is left.
func (l *Ledger) DeleteErased(ctx context.Context) (next time.Time, err error) {
	halves := map[uint64]bool{}
	for {
		due, next, err := l.dueDeletions(halves)
		if err != nil || len(due) == 0 {
			return next, err
		}
		for _, d := range due {
			if d.damaged > 0 {
				halves[d.erase.event] = true
			}
		}
		if err := ctx.Err(); err != nil {
			return next, err
		}
		if err := l.deleteAll(due); err != nil {
			return next, fmt.Errorf("delete erased content: %w", err)
		}
	}
}

// dueDeletions lists what is due, up to a pass and without those that were done as
// far as they can be, and says when the next one after now is.
func (l *Ledger) dueDeletions(halves map[uint64]bool) (due []deletion, next time.Time, err error) {
	now := l.cfg.Now()
	positions := 0
	err = l.db.View(func(txn *badger.Txn) error {
		return scan(txn, []byte{keyQueue}, nil, func(key, _ []byte) error {
			at := time.Unix(int64(binary.BigEndian.Uint64(key[1:])), 0).Add(l.cfg.EraseAfter) //nolint:gosec // as it was written
			if at.After(now) {
				next = at
				return errStop
			}
			if halves[lastNumber(key)] {
				return nil
			}
			d, err := l.readDeletion(txn, key)
			if errors.Is(err, ErrDamaged) {
				l.cfg.Logger.Warn("an erasure cannot be read, and waits until it is repaired", "error", err)
				return nil
			}
			if err != nil || d == nil {
				return err
			}
			due = append(due, *d)
			if positions += len(d.seqs); positions >= maxDeletion {
				return errStop
			}
			return nil
		})
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("list what is to be deleted: %w", err)
	}
	return due, next, nil
}

// readDeletion reads what a queued `erase` names; nil when it does not stand.
func (l *Ledger) readDeletion(txn *badger.Txn, key []byte) (*deletion, error) {
	ev, err := readEvent(txn, lastNumber(key))
	if err != nil {
		return nil, err
	}
	if ev.Entry == nil {
		return nil, nil // the log was dropped since
	}
	in, err := inLog(txn, ev.Entry)
	if err != nil || !in {
		return nil, err
	}
	d := &deletion{
		queued: append([]byte(nil), key...), body: ev.Body,
		erase: erasing{event: ev.Seq, seq: ev.Entry.Envelope.Seq, id: ev.Entry.ID},
	}
	for _, seq := range ev.Entry.Erase().Positions {
		named, err := entryAt(txn, ev.Body, seq)
		if errors.Is(err, ErrDamaged) {
			l.cfg.Logger.Warn("erased content is damaged, and cannot be deleted until it is repaired", "error", err)
			d.damaged++
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("position %d of %s: %w", seq, ev.Body, err)
		}
		d.seqs = append(d.seqs, seq)
		d.entries = append(d.entries, named.Entry)
		d.events = append(d.events, named.Seq)
	}
	return d, nil
}

// deleteAll deletes what the deletions name. The value log is read before the
// write lock is taken, so that writers wait only for what was written meanwhile.
func (l *Ledger) deleteAll(due []deletion) error {
	s := &search{dir: l.cfg.Dir, ends: map[string]int64{}, targets: newDoomed()}
	for _, d := range due {
		for i, e := range d.entries {
			s.targets.add(d.events[i], e)
		}
	}
	if l.cfg.Dir != "" {
		if err := s.run(false); err != nil {
			return err
		}
	}
	l.write.Lock()
	defer l.write.Unlock()
	for _, d := range due {
		in, err := l.standsNow(d)
		if err != nil {
			return err
		}
		if !in {
			return nil // the next pass looks at what stands then
		}
	}
	for _, d := range due {
		if err := l.strip(d); err != nil {
			return err
		}
	}
	if l.cfg.Dir != "" {
		// What was stripped is in the log anew, without its content.
		if err := s.run(true); err != nil {
			return err
		}
		if err := overwrite(l.cfg.Dir, s.found); err != nil {
			return err
		}
	}
	return l.reportDeleted(due)
}

func (l *Ledger) standsNow(d deletion) (in bool, err error) {
	err = l.db.View(func(txn *badger.Txn) error {
		in, err = stands(txn, d.body, d.erase.seq, d.erase.id)
		return err
	})
	return in, err
}

// strip stores the entries that an erasure names without their content. Readers
// of the older state still find the older bytes, until those are overwritten.
func (l *Ledger) strip(d deletion) error {
	b, err := l.begin()
	if err != nil {
		return err
	}
	defer b.discard()
	for i, e := range d.entries {
		if e.Content == nil {
			continue
		}
		b.changed = true
		if err := b.set(eventKey(d.events[i]), encodeEntry(d.events[i], e.WithoutContent())); err != nil {
			return err
		}
		if err := b.set(bareKey(d.events[i]), nil); err != nil {
			return err
		}
		if refs := references(e); len(refs) > 0 {
			if err := b.setSealed(namedKey(d.events[i]), encodeNamed(refs)); err != nil {
				return err
			}
		}
	}
	return b.commit()
}

// reportDeleted tells followers, and takes the erasures from the queue.
func (l *Ledger) reportDeleted(due []deletion) error {
	b, err := l.begin()
	if err != nil {
		return err
	}
	defer b.discard()
	for _, d := range due {
		if d.damaged > 0 {
			continue
		}
		if err := b.remove(d.queued); err != nil {
			return err
		}
		ids := make([]protocol.EntryID, len(d.entries))
		for i, e := range d.entries {
			ids[i] = e.ID
		}
		if err := b.event(EventErased, encodePositions(d.body, d.seqs, ids)); err != nil {
			return err
		}
	}
	return b.commit()
}
