package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/dgraph-io/badger/v4"

	"github.com/folkmoot/folkmoot/protocol"
)

// Rebuilt says what came of [Rebuild].
type Rebuilt struct {
	// Entries is how many entries the new store has, Damaged how many events of
	// the old one could not be read, Missing how many numbers had no event, and
	// Refused how many entries do not hold without those that are gone.
	Entries, Damaged, Missing, Refused uint64
}

// Rebuild makes a store at into, which must not exist, from the entries of the
// store at cfg.Dir, whose other parts it does not need: every entry that can still
// be read is verified and joined anew, in the order in which it arrived. What
// cannot be read is left out, with what stands on it; other nodes have it. Events
// are numbered anew from there on. The old store is not changed, but for what
// Badger does on opening it.
func Rebuild(ctx context.Context, cfg Config, into string) (out Rebuilt, err error) {
	cfg, err = cfg.validate()
	if err != nil {
		return out, err
	}
	old, err := openBadger(cfg)
	if err != nil {
		return out, err
	}
	defer func() {
		if closed := guarded(old.Close); closed != nil {
			cfg.Logger.Warn("the damaged store was not closed in order", "error", closed)
		}
	}()
	cfg.Dir, cfg.rejoining = into, true
	l, err := Open(cfg)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	s := salvage{db: old, out: &out}
	if err := l.JoinStream(ctx, s.runs(), func(run Run, o Outcome) error { return s.joined(ctx, l, run, o) }); err != nil {
		return out, fmt.Errorf("rebuild the ledger: %w", err)
	}
	if err := s.notes(l); err != nil {
		return out, fmt.Errorf("rebuild the ledger: %w", err)
	}
	stats, err := l.Stats()
	out.Entries = stats.Entries
	return out, err
}

// salvage reads what can be read of a damaged store.
type salvage struct {
	db  *badger.DB
	out *Rebuilt
}

// runs yields the entries in the order of their arrival, those of one log that
// follow one another as one run: a branch comes whole.
func (s *salvage) runs() iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		var run Run
		more := true
		flush := func() {
			if len(run) > 0 {
				more = yield(run, nil)
			}
			run = nil
		}
		last := uint64(0)
		err := guarded(func() error {
			return s.db.View(func(txn *badger.Txn) error {
				return scan(txn, []byte{keyEvent}, nil, func(key, value []byte) error {
					number := lastNumber(key)
					s.out.Missing += number - last - 1
					last = number
					ev, err := decodeRecord(number, value)
					if err != nil {
						s.out.Damaged++
						return nil
					}
					e := ev.Entry
					if e == nil {
						return nil
					}
					if n := len(run); n > 0 && (run[n-1].Body() != e.Body() || run[n-1].Envelope.Seq+1 != e.Envelope.Seq || n == maxTakeover) {
						flush()
					}
					if !more {
						return errStop
					}
					run = append(run, e)
					return nil
				})
			})
		})
		if err != nil && more {
			yield(nil, err)
			return
		}
		if more {
			flush()
		}
	}
}

// joined looks at what became of a run. Entries of two branches may follow one
// another by chance: what was refused of several is tried one by one.
func (s *salvage) joined(ctx context.Context, l *Ledger, run Run, o Outcome) error {
	if o.Err == nil {
		return nil
	}
	for _, e := range run {
		again, err := l.Join(ctx, []Run{{e}})
		if err != nil {
			return err
		}
		if again[0].Err != nil {
			s.out.Refused++
		}
	}
	return nil
}

// notes copies the notes of other parts of the node.
func (s *salvage) notes(l *Ledger) error {
	return guarded(func() error {
		return s.db.View(func(txn *badger.Txn) error {
			return scan(txn, []byte{keyNote}, nil, func(key, value []byte) error {
				return l.PutNote(string(key[1:]), value)
			})
		})
	})
}

// HeldOf is how long a body's log is in a store that may be too damaged to open,
// or [ErrNotFound] when the store does not say.
func HeldOf(cfg Config, body protocol.BodyID) (length uint64, err error) {
	cfg, err = cfg.validate()
	if err != nil {
		return 0, err
	}
	db, err := openBadger(cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, guarded(db.Close)) }()
	err = guarded(func() error {
		return db.View(func(txn *badger.Txn) error {
			h, err := readHead(txn, body)
			if err == nil {
				length = h.state.Length
			}
			return err
		})
	})
	return length, err
}
