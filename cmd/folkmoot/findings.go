package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/folkmoot/folkmoot/node/api"
	"github.com/folkmoot/folkmoot/protocol/record"
)

// tellFindings explains findings, what stops the record first.
func tellFindings(w io.Writer, findings []api.Finding) {
	for _, severity := range []string{api.SeverityMust, api.SeverityShould} {
		for _, f := range findings {
			if f.Severity != severity {
				continue
			}
			heading := severity + ": "
			if f.Field != "" {
				heading += plain(f.Field) + ": "
			}
			wrapTo(w, heading, plain(f.Means))
			if f.Advice != "" {
				wrapTo(w, strings.Repeat(" ", len(severity)+2), plain(f.Advice)+" ["+f.Code+"]")
			}
		}
	}
}

// tellHits shows passages that may be personal data in their place, with a line
// of marks below each.
func tellHits(w io.Writer, hits []record.Hit, confirmed []string) {
	known := map[string]bool{}
	for _, id := range confirmed {
		known[id] = true
	}
	for _, h := range hits {
		heading := "personal data? "
		if known[h.ID] {
			heading = "confirmed: "
		}
		wrapTo(w, heading, plain(h.Field)+": "+plain(h.Message))
		before, after := plain(h.Before), plain(h.After)
		if h.Start > len(h.Before) {
			before = "…" + before
		}
		fmt.Fprintln(w, "    "+before+plain(h.Passage)+after)
		fmt.Fprintln(w, "    "+strings.Repeat(" ", utf8.RuneCountInString(before))+strings.Repeat("^", utf8.RuneCountInString(plain(h.Passage))))
		if !known[h.ID] {
			wrapTo(w, "    ", plain(h.Remedy))
			fmt.Fprintln(w, "    To let it stand: --confirm "+h.ID)
		}
	}
}

// confirmFlags let passages stand that the privacy check points out.
type confirmFlags struct {
	Confirm []string `placeholder:"ID" help:"Let a passage stand that the privacy check points out, by its ID; repeat it, or separate several by commas."`
	Reason  string   `placeholder:"TEXT" help:"Why they may stand; kept in the casebook."`
	By      string   `placeholder:"OFFICE" help:"The office that confirms, or writes; kept in the casebook."`
	Alone   string   `placeholder:"WORDS" help:"Publish without asking peers for the body's log: why you are certain that nobody holds later entries of it."`
}

func (f *confirmFlags) confirm() api.Confirm {
	return api.Confirm{Hits: f.Confirm, Reason: f.Reason, By: f.By, Alone: f.Alone}
}

// unapprovedFlag is embedded by what publishes.
type unapprovedFlag struct {
	Unapproved bool `help:"Publish though officers have still to approve; every reader is shown that."`
}

// check refuses a reason without anything that it is for.
func (f *confirmFlags) check() error {
	if f.Reason != "" && len(f.Confirm) == 0 {
		return &usageError{text: "--reason says why a passage may stand: name it with --confirm"}
	}
	return nil
}
