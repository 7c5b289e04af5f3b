package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol"
)

// minPrefix is the least of an identifier that is looked for: the seven
// characters that all have in common and four more.
const minPrefix = 11

// pageSize is how many items are asked for at a time.
const pageSize = api.MaxLimit

// findBody reads a body's identifier, or the beginning of one, or the name of
// a body if only one is called so.
func findBody(ctx context.Context, c *api.Client, arg string) (protocol.BodyID, error) {
	if protocol.MayBeID(arg) {
		return protocol.ParseBodyID(arg)
	}
	var found []api.Body
	for b, err := range allBodies(ctx, c) {
		if err != nil {
			return protocol.BodyID{}, err
		}
		if isPrefix(arg) && strings.HasPrefix(b.ID.String(), arg) || strings.EqualFold(b.Name, arg) {
			found = append(found, b)
		}
	}
	switch len(found) {
	case 0:
		return protocol.BodyID{}, &usageError{text: fmt.Sprintf("no body here has the identifier or the name %q; \"folkmoot bodies\" lists them", plain(arg))}
	case 1:
		return found[0].ID, nil
	default:
		return protocol.BodyID{}, &usageError{text: fmt.Sprintf("%d bodies answer to %q: give more of the identifier", len(found), plain(arg))}
	}
}

// mayBeEntry refuses what cannot be an entry's identifier or its beginning.
func mayBeEntry(arg string) error {
	if protocol.MayBeID(arg) {
		_, err := protocol.ParseEntryID(arg)
		return asUsage(err)
	}
	if isPrefix(arg) {
		return nil
	}
	return &usageError{text: fmt.Sprintf("%q is not an identifier: those begin with \"bafyrei\"; give all of it, or at least its first %d characters", clip(arg, 80), minPrefix)}
}

// asUsage marks an error as one of the command line.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{text: err.Error()}
}

// findEntry reads an entry's identifier or the beginning of one.
func findEntry(ctx context.Context, c *api.Client, arg string) (protocol.EntryID, error) {
	if protocol.MayBeID(arg) {
		return protocol.ParseEntryID(arg)
	}
	var found []protocol.EntryID
	for ev, err := range allEvents(ctx, c, api.EventQuery{}) {
		if err != nil {
			return protocol.EntryID{}, err
		}
		if ev.Entry != nil && strings.HasPrefix(ev.Entry.ID.String(), arg) {
			found = append(found, ev.Entry.ID)
		}
	}
	switch len(found) {
	case 0:
		return protocol.EntryID{}, fmt.Errorf("no entry here begins with %s; \"folkmoot log\" lists them", arg)
	case 1:
		return found[0], nil
	default:
		return protocol.EntryID{}, &usageError{text: fmt.Sprintf("%d entries begin with %s: give more of the identifier", len(found), arg)}
	}
}

func isPrefix(s string) bool {
	return len(s) >= minPrefix && strings.HasPrefix(s, "bafyrei") &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// allBodies yields the bodies page by page.
func allBodies(ctx context.Context, c *api.Client) func(yield func(api.Body, error) bool) {
	return bodiesCounting(ctx, c, new(int))
}

// bodiesCounting does so and counts in hidden how many were left out.
func bodiesCounting(ctx context.Context, c *api.Client, hidden *int) func(yield func(api.Body, error) bool) {
	return func(yield func(api.Body, error) bool) {
		var after protocol.BodyID
		for {
			page, err := c.Bodies(ctx, after, pageSize)
			if err != nil {
				yield(api.Body{}, err)
				return
			}
			*hidden += page.Hidden
			for _, b := range page.Bodies {
				if !yield(b, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			after = *page.Next
		}
	}
}

// allEvents yields the arrival order page by page.
func allEvents(ctx context.Context, c *api.Client, q api.EventQuery) func(yield func(api.Event, error) bool) {
	return eventsCounting(ctx, c, q, new(int))
}

// eventsCounting does so and counts in hidden how many were left out.
func eventsCounting(ctx context.Context, c *api.Client, q api.EventQuery, hidden *int) func(yield func(api.Event, error) bool) {
	q.Limit = pageSize
	return func(yield func(api.Event, error) bool) {
		for {
			page, err := c.Entries(ctx, q)
			if err != nil {
				yield(api.Event{}, err)
				return
			}
			*hidden += page.Hidden
			for _, ev := range page.Events {
				if !yield(ev, nil) {
					return
				}
			}
			if !page.More {
				return
			}
			q.After = page.Next
		}
	}
}

// allLog yields a body's log page by page, and counts in hidden how many entries
// were left out.
func allLog(ctx context.Context, c *api.Client, body protocol.BodyID, hidden *int) func(yield func(api.Entry, error) bool) {
	return func(yield func(api.Entry, error) bool) {
		var after *uint64
		for {
			page, err := c.Log(ctx, body, after, pageSize)
			if err != nil {
				yield(api.Entry{}, err)
				return
			}
			*hidden += page.Hidden
			for _, e := range page.Entries {
				if !yield(e, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			after = page.Next
		}
	}
}
