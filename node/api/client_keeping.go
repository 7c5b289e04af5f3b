package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/folkmoot/folkmoot/protocol"
)

// Trust describes whose logs the node keeps.
func (c *Client) Trust(ctx context.Context) (Trust, error) {
	return get[Trust](ctx, c, "/local/v1/trust", nil)
}

// Kept returns what the public may know of that.
func (c *Client) Kept(ctx context.Context) (Kept, error) {
	return get[Kept](ctx, c, "/api/v1/trust", nil)
}

// Why says whether the node keeps a body, and why.
func (c *Client) Why(ctx context.Context, body protocol.BodyID) (Why, error) {
	return get[Why](ctx, c, "/local/v1/trust/"+body.String(), nil)
}

// AddTrust makes a body a root, or lists it: as is [AsRoot] or [AsListed].
func (c *Client) AddTrust(ctx context.Context, body protocol.BodyID, as string) error {
	return c.change(ctx, "/local/v1/trust", trustRequest{Body: body, As: as})
}

// RemoveTrust undoes that.
func (c *Client) RemoveTrust(ctx context.Context, body protocol.BodyID) error {
	return c.undo(ctx, "/local/v1/trust/"+body.String())
}

// Block refuses a body from now on and hides what is held of it.
func (c *Client) Block(ctx context.Context, body protocol.BodyID, reason string) error {
	return c.change(ctx, "/local/v1/block", trustRequest{Body: body, Reason: reason})
}

// Unblock undoes that.
func (c *Client) Unblock(ctx context.Context, body protocol.BodyID) error {
	return c.undo(ctx, "/local/v1/block/"+body.String())
}

// Hide keeps an entry out of the node's lists.
func (c *Client) Hide(ctx context.Context, entry protocol.EntryID, reason string) error {
	return c.change(ctx, "/local/v1/hide", trustRequest{Entry: entry, Reason: reason})
}

// Unhide undoes that.
func (c *Client) Unhide(ctx context.Context, entry protocol.EntryID) error {
	return c.undo(ctx, "/local/v1/hide/"+entry.String())
}

func (c *Client) change(ctx context.Context, path string, q trustRequest) error {
	b, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	_, err = post[struct{}](ctx, c, path, nil, &sent{mediaJSON, b})
	return err
}

func (c *Client) undo(ctx context.Context, path string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, path, nil, nil)
	return err
}
