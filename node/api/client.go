package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/folkmoot/folkmoot/protocol"
)

// Client calls the API of a node. Its errors for what the node refused are
// [*Problem]. It is safe for concurrent use.
type Client struct {
	http *http.Client
	base string
}

// dialTimeout is how long a node on the same machine has to take a connection.
const dialTimeout = 5 * time.Second

// maxAnswer is the longest answer that is held in memory, in bytes.
const maxAnswer = 64 << 20

// Dial returns a client of the node that runs on a data directory, over its
// Unix socket. It returns [ErrOffline] when none does.
func Dial(dataDir string) (*Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	conn, err := dialSocket(ctx, dataDir)
	if err != nil {
		return nil, err
	}
	if err := conn.Close(); err != nil {
		return nil, fmt.Errorf("close the first connection: %w", err)
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, dataDir) },
		// Answers are read on the same machine.
		DisableCompression: true,
	}
	return &Client{http: &http.Client{Transport: transport}, base: "http://folkmoot.local"}, nil
}

// InProcess returns a client that calls a handler of this process.
func InProcess(h http.Handler) *Client {
	return &Client{http: &http.Client{Transport: handlerTransport{h}}, base: "http://folkmoot.local"}
}

// Remote returns a client of the public API at a base URL such as
// "http://127.0.0.1:4080", through c.
func Remote(c *http.Client, base string) *Client { return &Client{http: c, base: base} }

// Close implements [io.Closer]: it closes connections that are not in use.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Bodies returns a page of the bodies; after is zero for the first.
func (c *Client) Bodies(ctx context.Context, after protocol.BodyID, limit int) (Bodies, error) {
	q := limitQuery(limit)
	if !after.IsZero() {
		q.Set("after", after.String())
	}
	return get[Bodies](ctx, c, "/api/v1/bodies", q)
}

// Body returns one body with the proof of its freeze, if it is frozen.
func (c *Client) Body(ctx context.Context, id protocol.BodyID) (Body, error) {
	return get[Body](ctx, c, "/api/v1/bodies/"+id.String(), nil)
}

// Log returns a page of a body's log after a position, from its beginning when
// that is nil.
func (c *Client) Log(ctx context.Context, id protocol.BodyID, after *uint64, limit int) (Log, error) {
	q := limitQuery(limit)
	if after != nil {
		q.Set("after", strconv.FormatUint(*after, 10))
	}
	return get[Log](ctx, c, "/api/v1/bodies/"+id.String()+"/log", q)
}

// Entries returns a page of the arrival order.
func (c *Client) Entries(ctx context.Context, eq EventQuery) (Events, error) {
	q := limitQuery(eq.Limit)
	if eq.After > 0 {
		q.Set("after", strconv.FormatUint(eq.After, 10))
	}
	if eq.Kind != "" {
		q.Set("kind", string(eq.Kind))
	}
	if !eq.Body.IsZero() {
		q.Set("body", eq.Body.String())
	}
	return get[Events](ctx, c, "/api/v1/entries", q)
}

// Entry returns one entry with everything about it.
func (c *Client) Entry(ctx context.Context, id protocol.EntryID) (Detail, error) {
	return get[Detail](ctx, c, "/api/v1/entries/"+id.String(), nil)
}

// Raw returns one entry's encoding, for [protocol.ParseEntry].
func (c *Client) Raw(ctx context.Context, id protocol.EntryID) ([]byte, error) {
	r, err := c.do(ctx, http.MethodGet, "/api/v1/entries/"+id.String()+"/raw", nil, nil)
	if err != nil {
		return nil, err
	}
	return readAll(r)
}

// Search asks the catalogue.
func (c *Client) Search(ctx context.Context, sq SearchQuery) (SearchPage, error) {
	q := sq.values()
	if sq.Limit > 0 {
		q.Set("limit", strconv.Itoa(sq.Limit))
	}
	if sq.Cursor != "" {
		q.Set("after", sq.Cursor)
	}
	return get[SearchPage](ctx, c, "/api/v1/search", q)
}

// Facets counts all that a search finds; Cursor and Limit do not matter to it.
func (c *Client) Facets(ctx context.Context, sq SearchQuery) (Facets, error) {
	return get[Facets](ctx, c, "/api/v1/facets", sq.values())
}

func (sq *SearchQuery) values() url.Values {
	q := some("q", sq.Text, "kind", string(sq.Kind), "place", sq.Place, "service", sq.Service, "method", sq.Method, "body", idText(sq.Body))
	if sq.From > 0 {
		q.Set("from", strconv.FormatUint(sq.From, 10))
	}
	if sq.To > 0 {
		q.Set("to", strconv.FormatUint(sq.To, 10))
	}
	return q
}

// Export writes the whole ledger, or one body's log, to w in a format such as
// [FormatJSONL]. When it fails, what was written is not whole.
func (c *Client) Export(ctx context.Context, format string, body protocol.BodyID, w io.Writer) error {
	q := url.Values{"format": {format}}
	if !body.IsZero() {
		q.Set("body", body.String())
	}
	r, err := c.do(ctx, http.MethodGet, "/api/v1/export", q, nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// Ready returns nil when the node is ready, else a [*Problem] that says what is
// missing.
func (c *Client) Ready(ctx context.Context) error {
	r, err := c.do(ctx, http.MethodGet, "/readyz", nil, nil)
	if err != nil {
		return err
	}
	_, err = readAll(r)
	return err
}

// Status describes the node.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "/local/v1/status", nil)
}

// Peers lists the nodes that this one is connected to.
func (c *Client) Peers(ctx context.Context) ([]Peer, error) {
	p, err := get[Peers](ctx, c, "/local/v1/peers", nil)
	return p.Peers, err
}

// Invite makes a link with which another node joins.
func (c *Client) Invite(ctx context.Context) (Invite, error) {
	return post[Invite](ctx, c, "/local/v1/invite", nil, nil)
}

// Join follows a link: the node dials its peers and stays connected to them.
func (c *Client) Join(ctx context.Context, link string) error {
	b, err := json.Marshal(joinRequest{Link: link})
	if err != nil {
		return fmt.Errorf("encode the link: %w", err)
	}
	_, err = post[struct{}](ctx, c, "/local/v1/join", nil, &sent{mediaJSON, b})
	return err
}

// Verify checks what the node has stored from its bytes, and tells progress as
// it goes.
func (c *Client) Verify(ctx context.Context, scope VerifyScope, progress func(VerifyProgress)) (VerifyReport, error) {
	q := url.Values{}
	if !scope.Entry.IsZero() {
		q.Set("id", scope.Entry.String())
	}
	if !scope.Body.IsZero() {
		q.Set("body", scope.Body.String())
	}
	r, err := c.do(ctx, http.MethodGet, "/local/v1/verify", q, nil)
	if err != nil {
		return VerifyReport{}, err
	}
	// The stream was read to its last line, or gave up: closing cannot fail in
	// a way that matters.
	defer func() { _ = r.Close() }()
	for d := json.NewDecoder(r); ; {
		var line verifyLine
		if err := d.Decode(&line); err != nil {
			return VerifyReport{}, fmt.Errorf("verify: the node broke off: %w", err)
		}
		switch {
		case line.Problem != nil:
			return VerifyReport{}, line.Problem
		case line.Report != nil:
			return *line.Report, nil
		case line.Progress != nil && progress != nil:
			progress(*line.Progress)
		}
	}
}

func limitQuery(limit int) url.Values {
	q := url.Values{}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return q
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (T, error) {
	return call[T](ctx, c, http.MethodGet, path, q, nil)
}

func post[T any](ctx context.Context, c *Client, path string, q url.Values, body *sent) (T, error) {
	return call[T](ctx, c, http.MethodPost, path, q, body)
}

// sent is the body of a request; nil when it has none.
type sent struct {
	media string
	bytes []byte
}

func call[T any](ctx context.Context, c *Client, method, path string, q url.Values, body *sent) (T, error) {
	var v T
	r, err := c.do(ctx, method, path, q, body)
	if err != nil {
		return v, err
	}
	b, err := readAll(r)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("%s %s: the answer is not what was expected: %w", method, path, err)
	}
	return v, nil
}

// do sends a request and returns the body of its answer, or the [*Problem].
func (c *Client) do(ctx context.Context, method, path string, q url.Values, body *sent) (io.ReadCloser, error) {
	target := c.base + path
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	if body == nil {
		body = &sent{}
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body.bytes))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if len(body.bytes) > 0 {
		req.Header.Set("Content-Type", body.media)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode/100 == 2 {
		return resp.Body, nil
	}
	b, err := readAll(resp.Body)
	if err != nil {
		return nil, err
	}
	p := new(Problem)
	if err := json.Unmarshal(b, p); err != nil || p.Detail == "" {
		return nil, fmt.Errorf("%s %s: the node answered %d", method, path, resp.StatusCode)
	}
	return nil, p
}

func readAll(r io.ReadCloser) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(b) > maxAnswer {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return b, nil
}
