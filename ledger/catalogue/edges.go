package catalogue

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/folkmoot/folkmoot/ledger/register"
	"github.com/folkmoot/folkmoot/protocol"
)

// setEdge writes whom an entry vouches for, if it does.
func (b *batch) setEdge(ctx context.Context, event int64, i *register.Item) error {
	var had, identity bool
	var giver, taker int64
	switch err := b.w.edge.QueryRowContext(ctx, event).Scan(&giver, &taker, &identity); {
	case err == nil:
		had = true
	case !isNoRows(err):
		return err
	}
	e, ok := register.EdgeOf(i)
	if !ok {
		if !had {
			return nil
		}
		b.web = true
		_, err := b.w.dropEdge.ExecContext(ctx, event)
		return err
	}
	from, err := b.w.party(ctx, e.From)
	if err != nil {
		return err
	}
	to, err := b.w.party(ctx, e.To)
	if err != nil {
		return err
	}
	if had && from == giver && to == taker && identity == e.Identity {
		return nil
	}
	b.web = true
	_, err = b.w.addEdge.ExecContext(ctx, event, from, to, e.Identity)
	return err
}

// Web reads who vouches for whom, but for what the bodies of without say, and adds
// whom domains list. It reads all edges and keys: a caller keeps the web until
// [Catalogue.WebVersion], the roots or the listings change.
func (c *Catalogue) Web(ctx context.Context, roots []protocol.BodyID, hops int, listings []register.Listing, without ...protocol.BodyID) (*register.Web, error) {
	var edges []register.Edge
	var keys []register.KeyUse
	err := c.reading(func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		if edges, err = readEdges(ctx, tx); err != nil {
			return err
		}
		keys, err = readKeys(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the web of trust: %w", err)
	}
	if len(without) > 0 {
		silent := make(map[protocol.BodyID]bool, len(without))
		for _, b := range without {
			silent[b] = true
		}
		roots = slices.DeleteFunc(slices.Clone(roots), func(b protocol.BodyID) bool { return silent[b] })
		edges = slices.DeleteFunc(edges, func(e register.Edge) bool { return silent[e.From] })
		listings = slices.DeleteFunc(slices.Clone(listings), func(l register.Listing) bool {
			return slices.ContainsFunc(l.By, func(b protocol.BodyID) bool { return silent[b] })
		})
	}
	return register.NewWeb(roots, hops, edges, keys, listings), nil
}

func readEdges(ctx context.Context, tx *sql.Tx) ([]register.Edge, error) {
	parties, err := readNumbers(ctx, tx, "SELECT n, id FROM parties")
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT giver, taker, identity FROM edges")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var out []register.Edge
	for rows.Next() {
		var from, to int64
		var e register.Edge
		if err := rows.Scan(&from, &to, &e.Identity); err != nil {
			return nil, err
		}
		e.From, e.To = parties[from], parties[to]
		out = append(out, e)
	}
	return out, rows.Err()
}

func readKeys(ctx context.Context, tx *sql.Tx) ([]register.KeyUse, error) {
	bodies, err := readNumbers(ctx, tx, "SELECT n, id FROM bodies")
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT k.key, e.body FROM keys k JOIN entries e ON e.event = k.entry WHERE e.disowned = 0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	var out []register.KeyUse
	for rows.Next() {
		var key sql.RawBytes
		var body int64
		if err := rows.Scan(&key, &body); err != nil {
			return nil, err
		}
		out = append(out, register.KeyUse{Key: protocol.Digest(key), Body: bodies[body]})
	}
	return out, rows.Err()
}

// readNumbers reads which bodies the numbers of a table stand for.
func readNumbers(ctx context.Context, tx *sql.Tx, query string) (map[int64]protocol.BodyID, error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	out := map[int64]protocol.BodyID{}
	for rows.Next() {
		var n int64
		var id []byte
		if err := rows.Scan(&n, &id); err != nil {
			return nil, err
		}
		out[n] = protocol.BodyID(id)
	}
	return out, rows.Err()
}

// WebVersion changes when Web would return another web.
func (c *Catalogue) WebVersion() uint64 { return c.web.Load() }
