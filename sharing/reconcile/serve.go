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
	s := &server{wire: newWire(rw), store: store, index: index, cfg: cfg.withDefaults()}
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
}

func (s *server) run(ctx context.Context) error {
	k, b, err := s.next(maxHello)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	if k != kindHello {
		return fmt.Errorf("%w: a session begins with %q", errProtocol, k)
	}
	all, err := s.greet(b)
	if err != nil {
		return err
	}
	if all {
		if err := s.sendAll(ctx); err != nil {
			return err
		}
	}
	for s.written < s.cfg.MaxBytes {
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
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.answer(ctx, k, b); err != nil {
			return err
		}
	}
	return s.flush()
}

// greet answers the opener's hello, and reports whether it asks for all.
func (s *server) greet(b []byte) (all bool, err error) {
	var h hello
	if err := decode(b, &h); err != nil {
		return false, err
	}
	if h.Version != Version || h.Network != s.cfg.Network {
		return false, fmt.Errorf("%w: version %d of the network %q", errProtocol, h.Version, h.Network)
	}
	own := s.index.Summary(nil)
	reply := hello{Version: Version, Network: s.cfg.Network, Count: own.Count, Print: own.Print}
	s.report.Differs = own != Summary{Count: h.Count, Print: h.Print}
	if s.report.Differs && !h.All {
		reply.Parts = encodeParts(s.index.Parts(nil))
	}
	return h.All && s.report.Differs, s.sendMessage(kindReply, reply)
}

func (s *server) answer(ctx context.Context, k kind, b []byte) error {
	switch k {
	case kindAsk:
		var a ask
		if err := decode(b, &a); err != nil {
			return err
		}
		return s.answerAsk(a)
	case kindWant:
		var w wants
		if err := decode(b, &w); err != nil {
			return err
		}
		for _, one := range w.Wants {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.answerWant(one); err != nil {
				return err
			}
		}
		return nil
	case kindRoots:
		var r roots
		if err := decode(b, &r); err != nil {
			return err
		}
		return s.answerRoots(r)
	default:
		return fmt.Errorf("%w: an opener does not send %q", errProtocol, k)
	}
}

func (s *server) answerAsk(a ask) error {
	if len(a.Divide)+len(a.List) > maxItems {
		return fmt.Errorf("%w: %d ranges at once", errProtocol, len(a.Divide)+len(a.List))
	}
	for _, r := range a.Divide {
		if !r.valid() {
			return fmt.Errorf("%w: no such range", errProtocol)
		}
		if err := s.send(kindParts, encodeParts(s.index.Parts(r))); err != nil {
			return err
		}
	}
	for _, r := range a.List {
		if !r.valid() {
			return fmt.Errorf("%w: no such range", errProtocol)
		}
		if err := s.list(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) list(r Range) error {
	states := s.index.States(r)
	for {
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

// answerWant sends what the log has from a position on, and the branches after
// its end if it is frozen.
func (s *server) answerWant(w want) error {
	root, err := s.store.RootAt(w.Body, w.From)
	switch {
	case errors.Is(err, ledger.ErrNotFound) && w.From > 0:
		return s.end(statusUnknown)
	case err != nil && !errors.Is(err, ledger.ErrNotFound):
		return err
	case err == nil && root != w.Root:
		return s.end(statusParted)
	}
	return s.sendLog(w)
}

func (s *server) end(st status) error { return s.send(kindEnd, []byte{byte(st)}) }

func (s *server) sendLog(w want) error {
	head, err := s.store.Head(w.Body)
	if errors.Is(err, ledger.ErrNotFound) {
		return s.end(statusUnknown)
	}
	if err != nil {
		return err
	}
	frame := []byte{byte(partLog)}
	for e, err := range s.store.Log(w.Body, w.From, head.Length) {
		if err != nil {
			return err
		}
		if frame, err = s.push(frame, e.Entry.Encode()); err != nil {
			return err
		}
	}
	if err := s.rest(frame); err != nil {
		return err
	}
	branches, err := s.store.Branches(w.Body)
	if errors.Is(err, ledger.ErrNotFound) {
		return s.end(statusSent)
	}
	if err != nil {
		return err
	}
	for n, run := range branches {
		frame := []byte{byte(partLeft) + byte(n)}
		for _, e := range run {
			if frame, err = s.push(frame, e.Encode()); err != nil {
				return err
			}
		}
		if err := s.rest(frame); err != nil {
			return err
		}
	}
	return s.end(statusSent)
}

// push adds an entry to a frame, and sends the frame when it is full.
func (s *server) push(frame, entry []byte) ([]byte, error) {
	s.report.Entries++
	frame = appendEntry(frame, entry)
	if len(frame) < entriesFrame {
		return frame, nil
	}
	return frame[:1], s.send(kindEntries, frame)
}

func (s *server) rest(frame []byte) error {
	if len(frame) == 1 {
		return nil
	}
	return s.send(kindEntries, frame)
}

func (s *server) answerRoots(r roots) error {
	if len(r.At) > maxRoots {
		return fmt.Errorf("%w: %d roots at once", errProtocol, len(r.At))
	}
	out := rooted{Roots: []protocol.Root{}}
	for _, at := range r.At {
		root, err := s.store.RootAt(r.Body, at)
		if errors.Is(err, ledger.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		out.Roots = append(out.Roots, root)
	}
	return s.sendMessage(kindRooted, out)
}

// sendAll sends every log, one after the other, to an opener that has nothing.
func (s *server) sendAll(ctx context.Context) error {
	for d := range fanOut {
		for _, st := range s.index.States(Range{byte(d)}) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if s.written > s.cfg.MaxBytes {
				return s.send(kindDone, nil)
			}
			if err := s.sendMessage(kindBody, itemOf(st)); err != nil {
				return err
			}
			if err := s.sendLog(want{Body: st.Body}); err != nil {
				return err
			}
		}
	}
	return s.send(kindDone, nil)
}
