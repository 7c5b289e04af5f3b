package catalogue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// add takes in a new entry. What an `erase` names is hidden at once, long before
// the ledger deletes the bytes.
func (b *batch) add(ctx context.Context, event, body int64, e *protocol.Entry) error {
	r := rowOf(e)
	points, err := b.insert(ctx, event, body, e, r)
	if err != nil {
		return err
	}
	b.tally(points, 1)
	if err := b.arrived(ctx, event, e, r); err != nil {
		return fmt.Errorf("what follows from entry %s: %w", e.ID, err)
	}
	act := e.Erase()
	if act == nil {
		return nil
	}
	b.profiled[body] = true
	for _, seq := range act.Positions {
		entries, err := b.numbers(ctx, "SELECT event FROM entries WHERE body = ? AND seq = ? AND disowned = 0", body, int64(seq))
		if err != nil {
			return fmt.Errorf("entry at %d: %w", seq, err)
		}
		for _, n := range entries {
			if _, err := b.w.conn.ExecContext(ctx, "INSERT INTO erasures (erase, entry) VALUES (?, ?)", event, n); err != nil {
				return fmt.Errorf("erase the entry at %d: %w", seq, err)
			}
			if err := b.changed(ctx, n); err != nil {
				return fmt.Errorf("erase the entry at %d: %w", seq, err)
			}
			if err := b.hide(ctx, n); err != nil {
				return fmt.Errorf("erase the entry at %d: %w", seq, err)
			}
		}
	}
	return nil
}

// insert writes the rows of an entry and returns its values on the axes.
func (b *batch) insert(ctx context.Context, event, body int64, e *protocol.Entry, r *row) ([]point, error) {
	env := &e.Envelope
	erased := len(e.Content) == 0 && !env.Content.IsZero()
	_, err := b.w.addEntry.ExecContext(ctx, event, e.ID[:], body, int64(env.Seq), string(env.Kind), int64(env.At), erased,
		r.lang, r.title, r.summary, r.service, r.network, r.method, r.depth)
	if err != nil {
		return nil, fmt.Errorf("add entry %s: %w", e.ID, err)
	}
	points := axes(e.Body(), string(env.Kind), env.At, r.service, r.method)
	seen := map[string]bool{}
	for _, p := range r.places {
		if _, err := b.w.addPlace.ExecContext(ctx, event, p.Code, p.Scheme, p.Name); err != nil {
			return nil, fmt.Errorf("place of entry %s: %w", e.ID, err)
		}
		if !seen[p.Code] {
			seen[p.Code] = true
			points = append(points, point{axisPlace, p.Code})
		}
	}
	for _, ref := range r.refs {
		if _, err := b.w.addRef.ExecContext(ctx, event, ref.Field, ref.ID[:]); err != nil {
			return nil, fmt.Errorf("reference of entry %s: %w", e.ID, err)
		}
	}
	if r.profile {
		b.profiled[body] = true
		if _, err := b.w.addProfile.ExecContext(ctx, event, body, int64(env.Seq), r.name, r.role, r.legalForm, r.website, r.network); err != nil {
			return nil, fmt.Errorf("profile of entry %s: %w", e.ID, err)
		}
	}
	if _, err := b.w.addWords.ExecContext(ctx, event, r.searchTitle(), r.words, tags(points)); err != nil {
		return nil, fmt.Errorf("words of entry %s: %w", e.ID, err)
	}
	if erased {
		return points, nil
	}
	network, err := b.w.networkOf(ctx, body)
	if err != nil {
		return nil, err
	}
	return append(points, summed(points, cmp.Or(r.network, network), r.depth)...), nil
}

// axes are the values of an entry on all axes but that of places.
func axes(body protocol.BodyID, kind string, at uint64, service, method string) []point {
	points := []point{{axisAll, ""}, {axisKind, kind}, {axisBody, body.String()}, {axisYear, year(at)}}
	if service != "" {
		points = append(points, point{axisService, service})
	}
	if method != "" {
		points = append(points, point{axisMethod, method})
	}
	return points
}

func tags(points []point) string {
	var s strings.Builder
	for _, p := range points {
		if p.axis != axisAll && p.axis[0] != summedAxis {
			s.WriteString(tag(p.axis, p.value))
			s.WriteByte(' ')
		}
	}
	return s.String()
}

// points are the values of an entry on all axes, read from its row, and whether
// it is disowned. A row that is not there has no values.
func (b *batch) points(ctx context.Context, event int64) ([]point, bool, error) {
	var id []byte
	var kind, service, method, network, depth string
	var at, state int64
	var disowned, erased bool
	err := b.w.conn.QueryRowContext(ctx, `SELECT b.id, e.kind, e.at, e.service, e.method, `+networkOf+`, e.depth, e.disowned, e.erased, e.state
		FROM entries e JOIN bodies b ON b.n = e.body WHERE e.event = ?`, event).Scan(&id, &kind, &at,
		&service, &method, &network, &depth, &disowned, &erased, &state)
	if isNoRows(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	out := axes(protocol.BodyID(id), kind, uint64(at), service, method)
	rows, err := b.w.conn.QueryContext(ctx, "SELECT DISTINCT code FROM places WHERE entry = ?", event)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var code string
		if err := rows.Scan(&code); err != nil {
			return nil, false, err
		}
		out = append(out, point{axisPlace, code})
	}
	if state == stateStanding && !erased {
		out = append(out, summed(out, network, depth)...)
	}
	return out, disowned, rows.Err()
}

// forget deletes the rows that an entry's content gave. Words of it stay in the
// file until [Catalogue.Purge].
func (b *batch) forget(ctx context.Context, event int64) error {
	b.stale = true
	for _, s := range []string{
		"DELETE FROM places WHERE entry = ?", "DELETE FROM refs WHERE entry = ?",
		"DELETE FROM profiles WHERE entry = ?", "DELETE FROM words WHERE rowid = ?",
	} {
		if _, err := b.w.conn.ExecContext(ctx, s, event); err != nil {
			return err
		}
	}
	return nil
}

// dropBody deletes all that is known of a body's entries.
func (b *batch) dropBody(ctx context.Context, body int64) error {
	b.profiled[body] = true
	entries, err := b.numbers(ctx, "SELECT event FROM entries WHERE body = ? ORDER BY event", body)
	if err != nil {
		return err
	}
	for _, event := range entries {
		if err := b.changed(ctx, event); err != nil {
			return err
		}
		if err := b.leaveBehind(ctx, event); err != nil {
			return err
		}
		if err := b.drop(ctx, event); err != nil {
			return err
		}
	}
	_, err = b.w.conn.ExecContext(ctx, "UPDATE bodies SET frozen = 0 WHERE n = ?", body)
	return err
}

// leaveBehind notes what may follow for those who name an entry that is dropped.
func (b *batch) leaveBehind(ctx context.Context, event int64) error {
	var id []byte
	if err := b.w.conn.QueryRowContext(ctx, "SELECT id FROM entries WHERE event = ?", event).Scan(&id); err != nil {
		return err
	}
	if err := b.mark(ctx, protocol.EntryID(id)); err != nil {
		return err
	}
	for ref, err := range b.src.References(protocol.EntryID(id)) {
		if err != nil {
			return err
		}
		if err := b.mark(ctx, ref.From); err != nil {
			return err
		}
		// What names it may itself be a later version, whose duties are the first's.
		by, err := b.src.Entry(ref.From)
		if err == nil {
			err = b.affected(ctx, by.Entry)
		}
		if err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return err
		}
		if _, err := b.w.addPending.ExecContext(ctx, int64(ref.Event)); err != nil { //nolint:gosec // numbers of events stay far below 2^63
			return err
		}
	}
	return nil
}

// drop deletes all that is known of an entry.
func (b *batch) drop(ctx context.Context, event int64) error {
	return b.counted(ctx, event, func() error {
		if err := b.forget(ctx, event); err != nil {
			return err
		}
		b.web = true
		if _, err := b.w.dropDuties.ExecContext(ctx, event); err != nil {
			return err
		}
		for _, s := range []string{
			"DELETE FROM erasures WHERE erase = ?1 OR entry = ?1", "DELETE FROM keys WHERE entry = ?1",
			"DELETE FROM edges WHERE entry = ?1", "DELETE FROM entries WHERE event = ?1",
		} {
			if _, err := b.w.conn.ExecContext(ctx, s, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// hide leaves of an entry what its envelope says.
func (b *batch) hide(ctx context.Context, event int64) error {
	return b.counted(ctx, event, func() error {
		if err := b.forget(ctx, event); err != nil {
			return err
		}
		_, err := b.w.conn.ExecContext(ctx, `UPDATE entries SET erased = 1, lang = '', title = '', summary = '',
			service = '', network = '', method = '', depth = '' WHERE event = ?`, event)
		if err != nil {
			return err
		}
		points, _, err := b.points(ctx, event)
		if err != nil {
			return err
		}
		_, err = b.w.addWords.ExecContext(ctx, event, "", "", tags(points))
		return err
	})
}

// complete takes in the content of an entry that came without it.
func (b *batch) complete(ctx context.Context, event int64) error {
	var bare bool
	if err := b.w.conn.QueryRowContext(ctx, "SELECT erased FROM entries WHERE event = ?", event).Scan(&bare); err != nil || !bare {
		return err
	}
	return b.refill(ctx, event)
}

// refill takes the content of an entry in again, unless an erasure of it stands
// or the ledger no longer has it.
func (b *batch) refill(ctx context.Context, event int64) error {
	standing, err := b.numbers(ctx, `SELECT x.erase FROM erasures x JOIN entries e ON e.event = x.erase
		WHERE x.entry = ? AND e.disowned = 0`, event)
	if err != nil || len(standing) > 0 {
		return err
	}
	var e *protocol.Entry
	for ev, err := range b.src.Events(uint64(event) - 1) {
		if err != nil {
			return fmt.Errorf("read event %d again: %w", event, err)
		}
		if ev.Kind == ledger.EventEntry && ev.Seq == uint64(event) {
			e = ev.Entry
		}
		break
	}
	if e == nil || len(e.Content) == 0 {
		return nil
	}
	return b.counted(ctx, event, func() error {
		var disowned bool
		var body int64
		err := b.w.conn.QueryRowContext(ctx, "SELECT disowned, body FROM entries WHERE event = ?", event).Scan(&disowned, &body)
		if err != nil {
			return err
		}
		if err := b.forget(ctx, event); err != nil {
			return err
		}
		if _, err := b.w.conn.ExecContext(ctx, "DELETE FROM entries WHERE event = ?", event); err != nil {
			return err
		}
		if _, err := b.insert(ctx, event, body, e, rowOf(e)); err != nil {
			return err
		}
		_, err = b.w.conn.ExecContext(ctx, "UPDATE entries SET disowned = ? WHERE event = ?", disowned, event)
		return err
	})
}
