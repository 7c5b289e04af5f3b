package api

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// Formats of an export.
const (
	// FormatJSONL is JSON Lines: a line that names the format and the network;
	// a line an entry, with its bytes in base64 and, to be read, its fields;
	// after the entries of a body a line with its length, root, freeze and the
	// positions whose content is left out though nothing erased it; and in the
	// end a line with the totals.
	FormatJSONL = "jsonl"
	// FormatCAR is a content-addressed archive, version 1, that IPLD tools
	// read. Each entry is two or three blocks: its envelope, under the
	// identifier of the entry; a block that links to it and holds its
	// signature; and its content, unless that was erased. The roots are the
	// last entry of each log and, where a log is frozen, a block with the
	// proof, which follows the log. Another block there says at which positions
	// content is left out though nothing erased it.
	FormatCAR = "car"
)

// framing is one format of an export. Every byte of a file follows from what it
// says, so that a reader can make it again and compare.
type framing interface {
	// begin is the head of the file.
	begin(network string, roots []exportRoot) ([]byte, error)
	// entry is one entry.
	entry(e *protocol.Entry) ([]byte, error)
	// log ends the entries of a body.
	log(root exportRoot) ([]byte, error)
	// end ends the file.
	end(bodies, entries uint64) ([]byte, error)
}

// exportRoot is where a log ended when the export began.
type exportRoot struct {
	body   protocol.BodyID
	head   protocol.Head
	last   protocol.EntryID
	freeze *Freeze
	// omitted are the positions whose content is not in the export, though nothing
	// erased it.
	omitted []uint64
}

func framingOf(format string) (framing, error) {
	switch format {
	case FormatJSONL:
		return jsonl{}, nil
	case FormatCAR:
		return car{}, nil
	default:
		return nil, badRequest("The format is %q or %q, not %q.", FormatJSONL, FormatCAR, clip(format))
	}
}

func (s *server) export(w http.ResponseWriter, r *http.Request) {
	f, name, body, err := exportQuery(r)
	if err != nil {
		fail(w, r, s.Logger, err)
		return
	}
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		w.Header().Set("Retry-After", "60")
		fail(w, r, s.Logger, newProblem(http.StatusServiceUnavailable, CodeUnavailable, "Too many exports are going on. Try again in a minute."))
		return
	}
	roots, err := s.exportRoots(body)
	if err != nil {
		fail(w, r, s.Logger, err)
		return
	}
	types := map[string]string{FormatJSONL: "application/x-ndjson", FormatCAR: "application/vnd.ipld.car; version=1"}
	w.Header().Set("Content-Type", types[name])
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="folkmoot-%s.%s"`, s.Network, name))
	if r.Method == http.MethodHead {
		return
	}
	out := newStream(w)
	err = s.writeExport(r.Context(), out, f, roots)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		s.Logger.WarnContext(r.Context(), "export broke off", "error", err)
		out.abort()
	}
}

func exportQuery(r *http.Request) (f framing, name string, body protocol.BodyID, err error) {
	q, err := query(r, "format", "body")
	if err != nil {
		return nil, "", body, err
	}
	if name = q.Get("format"); name == "" {
		name = FormatJSONL
	}
	if f, err = framingOf(name); err != nil {
		return nil, "", body, err
	}
	body, err = bodyParam("body", q.Get("body"))
	return f, name, body, err
}

// exportRoots are the logs to export, as they are now. Those of blocked bodies are
// not among them.
func (s *server) exportRoots(body protocol.BodyID) ([]exportRoot, error) {
	l := s.Ledger
	var heads []ledger.Head
	if !body.IsZero() {
		if err := s.visible(body, protocol.EntryID{}); err != nil {
			return nil, err
		}
		head, err := l.Head(body)
		if err != nil {
			return nil, fmt.Errorf("body %s: %w", body, err)
		}
		heads = append(heads, head)
	} else {
		for head, err := range l.Heads() {
			if err != nil {
				return nil, fmt.Errorf("list bodies: %w", err)
			}
			if !s.hides(head.Body, protocol.EntryID{}) {
				heads = append(heads, head)
			}
		}
	}
	roots := make([]exportRoot, 0, len(heads))
	for _, h := range heads {
		root := exportRoot{body: h.Body, head: protocol.Head{Length: h.Length, Root: h.Root}}
		if h.Length > 0 {
			last, err := l.IDAt(h.Body, h.Length-1)
			if err != nil {
				return nil, fmt.Errorf("last entry of %s: %w", h.Body, err)
			}
			root.last = last
		}
		if h.Freeze.Kind != protocol.NotFrozen {
			proof, err := l.FreezeProof(h.Body)
			if err != nil {
				return nil, fmt.Errorf("freeze proof of %s: %w", h.Body, err)
			}
			root.freeze = &Freeze{Kind: h.Freeze.Kind.String(), Proof: encodeFreezeProof(proof)}
		}
		roots = append(roots, root)
	}
	return roots, nil
}

// writeExport writes the logs up to where the roots say that they end; what is
// hidden goes without its content, since the log verifies only as a whole. It
// fails when a log was replaced by a stronger branch meanwhile.
func (s *server) writeExport(ctx context.Context, w io.Writer, f framing, roots []exportRoot) error {
	put := func(b []byte, err error) error {
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	}
	if err := put(f.begin(s.Network, roots)); err != nil {
		return fmt.Errorf("begin the export: %w", err)
	}
	entries := uint64(0)
	for _, root := range roots {
		var tree protocol.Tree
		omitted := make(gaps)
		for ev, err := range s.Ledger.Log(root.body, 0, root.head.Length) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				e := ev.Entry
				if s.hides(root.body, e.ID) {
					e = e.WithoutContent()
				}
				omitted.add(e)
				err = put(f.entry(e))
			}
			if err != nil {
				return fmt.Errorf("export %s: %w", root.body, err)
			}
			tree = tree.Append(ev.Entry.ID)
		}
		if tree.Length() != root.head.Length || tree.Root() != root.head.Root {
			return fmt.Errorf("export %s: the log changed meanwhile", root.body)
		}
		root.omitted = omitted.positions()
		if err := put(f.log(root)); err != nil {
			return fmt.Errorf("export %s: %w", root.body, err)
		}
		entries += root.head.Length
	}
	if err := put(f.end(uint64(len(roots)), entries)); err != nil {
		return fmt.Errorf("end the export: %w", err)
	}
	return nil
}
