package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Serve answers the opener of a stream until that closes its side. It returns
// an error when the stream or the store fails, or the peer breaks the protocol;
// the report is valid all the same.
func Serve(ctx context.Context, rw io.ReadWriter, store Store, index *Index, cfg Config) (ServeReport, error) {
	s := &server{wire: newWire(rw), store: store, index: index, cfg: cfg.withDefaults(), keepParts: index.keepParts}
	s.sharedParts = func(r Range) *parts { return index.sharedParts(cfg.Peer, r) }
	s.shared = func(r Range) []State { return index.shared(cfg.Peer, r) }
	err := s.run(ctx)
	s.report.Read, s.report.Written = s.read, s.written
	return s.report, err
}

type server struct {
	*wire
	store  Store
	index  *Index
	cfg    Config
	report ServeReport
	// keepParts are the totals over what is kept here, sharedParts those over the
	// states of what both keep; shared are those states.
	keepParts, sharedParts func(Range) *parts
	shared                 func(Range) []State
}

// errFull ends a session that has sent as much as it may.
var errFull = errors.New("the session has sent as much as it may")

func (s *server) run(ctx context.Context) error {
	err := s.session(ctx)
	if errors.Is(err, errFull) {
		// What is left waits for the next session.
		err = s.send(kindDone, nil)
	}
	if err != nil {
		return err
	}
	return s.flush()
}

func (s *server) session(ctx context.Context) error {
	k, b, err := s.next(maxHello)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	if k != kindHello {
		return fmt.Errorf("%w: a session begins with %q", ErrProtocol, k)
	}
	if err := s.greet(ctx, b); err != nil {
		return err
	}
	for range maxFrames {
		if err := s.flush(); err != nil {
			return err
		}
		k, b, err := s.next(maxFrame)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.answer(ctx, k, b); err != nil {
			return err
		}
	}
	return errFull
}

// room reports whether the session may go on sending.
func (s *server) room(ctx context.Context) error {
	if s.written > s.cfg.MaxBytes {
		return errFull
	}
	return ctx.Err()
}

// greet answers the opener's hello, and sends everything if it asks for that.
func (s *server) greet(ctx context.Context, b []byte) error {
	var h hello
	if err := decode(b, &h); err != nil {
		return err
	}
	g := s.index.greeting(s.cfg.Peer)
	s.report.Remote = Remote{Keep: h.Keep, Shared: h.Shared}
	stranger := h.Version != Version || h.Network != s.cfg.Network
	s.report.Differs = !stranger && (h.Keep != g.known || h.Shared != g.shared)
	if h.Keep != g.known {
		// Nothing is left out by a belief that is out of date: the opener might miss
		// what it leaves out, and would not know.
		g.shared, s.sharedParts, s.shared = g.held, s.index.heldParts, s.index.States
	}
	r := reply{Version: Version, Network: s.cfg.Network, Keep: g.keep, Shared: g.shared}
	if stranger {
		return errors.Join(s.sendMessage(kindReply, r), ErrStranger, s.flush())
	}
	if len(h.Have) > maxHave {
		return fmt.Errorf("%w: an opener with %d logs asks for everything", ErrProtocol, len(h.Have))
	}
	unknown := h.Known != g.keep.Print
	switch {
	case len(h.Nonce) == nonceSize && len(s.cfg.Nonce) == nonceSize:
		r.Nonce, s.report.Audited = s.cfg.Nonce, true
		salt := saltOf(h.Nonce, r.Nonce)
		s.salt(salt)
		r.Parts = encodeParts(s.keepParts(nil))
	case h.All:
	case unknown:
		r.Parts = encodeParts(s.keepParts(nil))
	case h.Shared != g.shared:
		r.Parts = encodeParts(s.sharedParts(nil))
	}
	if err := s.sendMessage(kindReply, r); err != nil {
		return err
	}
	if !h.All || len(r.Nonce) > 0 || !unknown && h.Shared == g.shared {
		return nil
	}
	return s.sendAll(ctx, h.Have)
}

// salt makes the sums of an audit.
func (s *server) salt(salt []byte) {
	var bodies []protocol.BodyID
	for _, st := range s.index.States(nil) {
		bodies = append(bodies, st.Body)
	}
	s.keepParts = saltBodies(salt, bodies).parts
	s.sharedParts = saltStates(salt, s.shared(nil)).parts
}

func (s *server) answer(ctx context.Context, k kind, b []byte) error {
	switch k {
	case kindAsk:
		var a ask
		if err := decode(b, &a); err != nil {
			return err
		}
		return s.answerAsk(ctx, a)
	case kindWant:
		var w wants
		if err := decode(b, &w); err != nil {
			return err
		}
		return s.answerWants(ctx, w.Wants)
	case kindRoots:
		var q queries
		if err := decode(b, &q); err != nil {
			return err
		}
		return s.answerRoots(ctx, q.Queries)
	default:
		return fmt.Errorf("%w: an opener does not send %q", ErrProtocol, k)
	}
}

func (s *server) answerAsk(ctx context.Context, a ask) error {
	if n := len(a.Divide) + len(a.List); n == 0 || n > maxItems {
		return fmt.Errorf("%w: %d ranges at once", ErrProtocol, n)
	}
	for _, r := range a.Divide {
		if !r.valid() {
			return fmt.Errorf("%w: no such range", ErrProtocol)
		}
		if err := s.room(ctx); err != nil {
			return err
		}
		totals := s.sharedParts
		if a.Keep {
			totals = s.keepParts
		}
		if err := s.send(kindParts, encodeParts(totals(r))); err != nil {
			return err
		}
	}
	for _, r := range a.List {
		if !r.valid() {
			return fmt.Errorf("%w: no such range", ErrProtocol)
		}
		if err := s.list(ctx, a.Keep, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) list(ctx context.Context, keep bool, r Range) error {
	var states []State
	if keep {
		states = s.index.States(r)
	} else {
		states = s.shared(r)
	}
	for {
		if err := s.room(ctx); err != nil {
			return err
		}
		n := min(len(states), maxItems)
		l := list{Items: make([]item, n), More: n < len(states)}
		for i, st := range states[:n] {
			l.Items[i] = itemOf(st)
		}
		if err := s.sendMessage(kindList, l); err != nil || !l.More {
			return err
		}
		states = states[n:]
	}
}

func (s *server) answerWants(ctx context.Context, wanted []want) error {
	if len(wanted) == 0 || len(wanted) > wantWindow {
		return fmt.Errorf("%w: %d wants at once", ErrProtocol, len(wanted))
	}
	for _, w := range wanted {
		root, err := s.rootOf(w)
		switch {
		case unavailable(err):
			err = s.end(statusUnknown)
		case err == nil && root != w.Root:
			err = s.end(statusParted)
		case err == nil:
			err = s.sendLog(ctx, w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rootOf returns the root at which a want begins. A log that is not kept is not
// given to anybody, whether it is held or not.
func (s *server) rootOf(w want) (protocol.Root, error) {
	if _, kept := s.index.State(w.Body); !kept {
		return protocol.Root{}, ledger.ErrNotFound
	}
	return s.store.RootAt(w.Body, w.From)
}

// unavailable reports whether err says that one log, or one entry of it, cannot
// be had: the others can.
func unavailable(err error) bool {
	return errors.Is(err, ledger.ErrNotFound) || errors.Is(err, ledger.ErrDamaged)
}

func (s *server) end(st status) error { return s.send(kindEnd, []byte{byte(st)}) }

// sendLog answers one want: what the log has from a position on, and the
// branches after its end if it is frozen.
func (s *server) sendLog(ctx context.Context, w want) error {
	err := s.sendEntries(ctx, w)
	switch {
	case err == nil:
		return s.end(statusSent)
	case unavailable(err):
		return s.end(statusUnknown)
	default:
		return err
	}
}

func (s *server) sendEntries(ctx context.Context, w want) error {
	head, err := s.store.Head(w.Body)
	if err != nil {
		return err
	}
	frame, to := []byte{byte(partLog)}, head.Length
	if w.Most > 0 && w.Most < to-min(w.From, to) {
		to = w.From + w.Most
	}
	for entry, err := range s.store.Encoded(w.Body, w.From, to) {
		if err != nil {
			return err
		}
		if frame, err = s.push(ctx, frame, entry); err != nil {
			return err
		}
	}
	if err := s.rest(ctx, frame); err != nil {
		return err
	}
	if head.Freeze.Kind == protocol.NotFrozen || w.Most > 0 {
		return nil
	}
	branches, err := s.store.Branches(w.Body)
	if err != nil {
		return err
	}
	for n, run := range branches {
		frame := []byte{byte(partLeft) + byte(n)}
		for _, e := range run {
			if frame, err = s.push(ctx, frame, e.Encode()); err != nil {
				return err
			}
		}
		if err := s.rest(ctx, frame); err != nil {
			return err
		}
	}
	return nil
}

// push adds an entry to a frame, and sends the frame when it is full.
func (s *server) push(ctx context.Context, frame, entry []byte) ([]byte, error) {
	frame = appendEntry(frame, entry)
	s.report.Entries++
	if len(frame) < entriesFrame {
		return frame, nil
	}
	return frame[:1], s.rest(ctx, frame)
}

// rest sends a frame of entries unless it holds none.
func (s *server) rest(ctx context.Context, frame []byte) error {
	if len(frame) == 1 {
		return nil
	}
	if err := s.room(ctx); err != nil {
		return err
	}
	return s.send(kindEntries, frame)
}

func (s *server) answerRoots(ctx context.Context, asked []query) error {
	if len(asked) == 0 || len(asked) > partingsAtOnce {
		return fmt.Errorf("%w: roots of %d logs at once", ErrProtocol, len(asked))
	}
	if err := s.room(ctx); err != nil {
		return err
	}
	out := rooted{Roots: make([][]protocol.Root, len(asked))}
	for i, q := range asked {
		if len(q.At) > maxRoots {
			return fmt.Errorf("%w: %d roots at once", ErrProtocol, len(q.At))
		}
		for _, at := range q.At {
			root, err := s.store.RootAt(q.Body, at)
			if unavailable(err) {
				break
			}
			if err != nil {
				return err
			}
			out.Roots[i] = append(out.Roots[i], root)
		}
	}
	return s.sendMessage(kindRooted, out)
}

// sendAll sends every log, one after the other, but for what the opener has.
func (s *server) sendAll(ctx context.Context, have []item) error {
	held := make(map[protocol.BodyID]State, len(have))
	for _, i := range have {
		st, err := i.state()
		if err != nil {
			return err
		}
		held[st.Body] = st
	}
	for d := range fanOut {
		for _, st := range s.index.States(Range{byte(d)}) {
			if err := s.room(ctx); err != nil {
				return err
			}
			if held[st.Body] == st {
				continue
			}
			g := s.give(st, held)
			if err := s.sendMessage(kindBody, g); err != nil {
				return err
			}
			if g.Listed {
				continue
			}
			if err := s.sendLog(ctx, want{Body: st.Body, From: g.From}); err != nil {
				return err
			}
		}
	}
	return s.send(kindDone, nil)
}

// give says from where on a log is sent to an opener that may hold its
// beginning. What the opener holds in another way is only listed.
func (s *server) give(st State, held map[protocol.BodyID]State) given {
	h, ok := held[st.Body]
	if !ok {
		return given{Item: itemOf(st)}
	}
	root, err := s.store.RootAt(st.Body, h.Length)
	if err != nil || root != h.Root || h.Freeze.Kind != protocol.NotFrozen {
		return given{Item: itemOf(st), Listed: true}
	}
	return given{Item: itemOf(st), From: h.Length}
}
