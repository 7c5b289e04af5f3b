package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

func (s *server) backup(w http.ResponseWriter, r *http.Request) {
	q, err := query(r, "key")
	if err == nil && q.Get("key") != "" && q.Get("key") != "1" {
		err = badRequest(`"key" is 1 to have the signing key in the backup, or left out.`)
	}
	if err != nil {
		fail(w, r, s.Logger, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-tar")
	if r.Method == http.MethodHead {
		return
	}
	out := newStream(w)
	if err = s.Node.Backup(r.Context(), out, q.Get("key") == "1"); err == nil {
		err = out.Flush()
	}
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "backup broke off", "error", err)
		out.abort()
	}
}

// Backup writes everything that the node has, in clear, to w; with key the
// signing key too. When it fails, what was written is not whole.
func (c *Client) Backup(ctx context.Context, w io.Writer, key bool) error {
	q := url.Values{}
	if key {
		q.Set("key", "1")
	}
	r, err := c.do(ctx, http.MethodGet, "/local/v1/backup", q, nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("the node broke the backup off, its log says why: %w", err)
	}
	return nil
}
