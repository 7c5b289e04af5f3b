package reconcile

import (
	"errors"
	"fmt"

	"github.com/folkmoot/folkmoot/ledger"
	"github.com/folkmoot/folkmoot/protocol"
)

// lacking lists the entries whose content the peer may be asked for now.
func (p *puller) lacking() ([]ledger.Lack, error) {
	all, err := p.store.Lacking(maxLacking)
	if err != nil {
		return nil, err
	}
	var list []ledger.Lack
	for _, l := range all {
		if p.cfg.Skip == nil || !p.cfg.Skip(l.Body, protocol.Digest(l.ID)) {
			list = append(list, l)
		}
	}
	return list, nil
}

// fetchLacking asks for entries that are held without their content. The ledger
// takes the content from what comes, unless it was erased meanwhile.
func (p *puller) fetchLacking(list []ledger.Lack, emit func(ledger.Run) error) error {
	var frame wants
	var asked []ledger.Lack
	for _, l := range list {
		root, err := p.store.RootAt(l.Body, l.Seq)
		if errors.Is(err, ledger.ErrNotFound) {
			continue // the log has changed
		}
		if err != nil {
			return err
		}
		asked = append(asked, l)
		frame.Wants = append(frame.Wants, want{Body: l.Body, From: l.Seq, Root: root, Most: 1})
	}
	if len(asked) == 0 {
		return nil
	}
	if err := p.sendMessage(kindWant, frame); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	for _, l := range asked {
		came := false
		a := &answer{state: State{Body: l.Body}, from: l.Seq, most: 1}
		_, err := p.takeLog(a, func(run ledger.Run) error {
			came = came || run[0].Content != nil
			return emit(run)
		})
		if err != nil {
			return fmt.Errorf("content of %s: %w", l.ID, err)
		}
		if !came {
			p.mu.Lock()
			p.report.Lacking = append(p.report.Lacking, l)
			p.mu.Unlock()
		}
	}
	return nil
}
