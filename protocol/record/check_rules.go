package record

import (
	"fmt"
	"strings"
)

// record checks what binds the fields of a whole record together.
func (c *checker) record(r *Record) {
	c.once(r.Fields, FieldSources, "id", "Two sources are called %q.")
	switch r.Kind {
	case KindBody:
		c.contact(r.Text("contact_url"))
	case KindMandate:
		c.order("", r.Fields, "from", "until", "It is in force until a date that lies before the first.")
	case KindDecision:
		c.once(r.Fields, "asks", "ref", "Two things that are asked are called %q.")
		c.future(r.Fields, "decided_on", "The decision is dated after the day of publishing.")
	case KindResponse:
		c.once(r.Fields, "answers", "ref", "Two answers are to what is called %q.")
	case KindProgress:
		c.future(r.Fields, "as_of", "The state is dated after the day of publishing.")
	case KindOutcome:
		c.evidence(r)
	}
}

// once sees to it that a member of the maps in a list differs from one to the next.
func (c *checker) once(in map[string]any, list, name, message string) {
	items, _ := in[list].([]any)
	seen := map[string]bool{}
	for i, e := range items {
		m, _ := e.(map[string]any)
		s := textOf(m, name)
		if s != "" && seen[s] {
			c.add(CodeTwice, Must, fmt.Sprintf("%s[%d].%s", list, i, name), fmt.Sprintf(message, clip(s)), "Give each its own short name.")
		}
		seen[s] = true
	}
}

// contact keeps people's addresses out: the record stays for ever.
func (c *checker) contact(s string) {
	if strings.Contains(s, "@") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(s)), "mailto:") {
		c.add(CodeBadForm, Must, "contact_url", "The contact is an e-mail address, or has one in it; what is published here stays for ever.",
			"Give the address of a page with a contact form. For example: https://example.org/contact")
	}
}

func dateIn(m map[string]any, name string) Date {
	d, err := ParseDate(textOf(m, name))
	if err != nil {
		return Date{}
	}
	return d
}

// order sees to it that an end does not lie before its beginning.
func (c *checker) order(path string, in map[string]any, first, last, message string) {
	if dateIn(in, last).Before(dateIn(in, first)) {
		c.add(CodeOrder, Must, join(path, last), message, "Look at both dates and correct the one that is wrong.")
	}
}

// future sees to it that a date that lies behind does so.
func (c *checker) future(in map[string]any, name, message string) {
	if !c.at.IsZero() && DateOf(c.at).Before(dateIn(in, name)) {
		c.add(CodeFuture, Should, name, message, "Look at the date and at the clock of the computer, or publish it when the day has come.")
	}
}

// evidence is rule G4, as far as one record can tell.
func (c *checker) evidence(r *Record) {
	grade, ok := wholeOf(r.Fields["evidence_grade"])
	if !ok || grade < 3 {
		return
	}
	var lacks []string
	if r.Text("evaluator") != EvaluatorIndependent {
		lacks = append(lacks, "an independent evaluator")
	}
	if r.Text("evaluator_body") == "" {
		lacks = append(lacks, "the body that evaluated")
	}
	if len(r.Sources()) == 0 {
		lacks = append(lacks, "a source")
	}
	if len(lacks) > 0 {
		c.add(CodeG4, Should, "evidence_grade", fmt.Sprintf("Grade %d of evidence needs %s.", grade, sentence(lacks, "and")),
			"Add what is missing, or give a grade from 0 to 2.")
	}
}

// place checks the code of a place against its list.
func (c *checker) place(at string, m map[string]any) {
	scheme, code := textOf(m, "scheme"), textOf(m, "code")
	form := patterns[placeForms[scheme]]
	if form == nil || blank(code) || form.MatchString(code) {
		return
	}
	c.add(CodeBadForm, Must, at+".code", fmt.Sprintf("%q does not have the form of a code of the list %s.", clip(code), scheme),
		fmt.Sprintf("Write %s.", Schemes.hint(scheme)))
}

// process checks the dates of a process.
func (c *checker) process(at string, m map[string]any) {
	c.order(at, m, "opened", "closed", "The process closed before it opened.")
}

// figure checks the values of a figure: numbers, or dates where its unit says so.
func (c *checker) figure(at string, m map[string]any) {
	dates := textOf(m, "unit") == "date"
	list, _ := m["values"].([]any)
	for i, e := range list {
		v, _ := e.(map[string]any)
		where := fmt.Sprintf("%s.values[%d]", at, i)
		if s := textOf(v, "value"); !blank(s) {
			_, err := ParseDecimal(s)
			if dates {
				_, err = ParseDate(s)
			}
			if err != nil {
				c.add(CodeBadForm, Must, where+".value", fmt.Sprintf("%q is not a value: %s.", clip(s), err), "Write it so, and put what else there is to say under note.")
			}
		}
		if s := textOf(v, "source"); !blank(s) && !c.sources[s] {
			c.add(CodeUnknownSource, Should, where+".source", fmt.Sprintf("No source of this record is called %q.", clip(s)),
				"Add the source with this id to the sources, or correct the name.")
		}
	}
}

// indicator is rule G3: a measure in words has no values. That the others are
// numbers is a matter of their fields.
func (c *checker) indicator(at string, m map[string]any) {
	if textOf(m, "measure") != MeasureQualitative {
		return
	}
	c.noValue(at+".baseline", m["baseline"], "value")
	periods, _ := m["periods"].([]any)
	for i, e := range periods {
		where := fmt.Sprintf("%s.periods[%d]", at, i)
		c.noValue(where, e, "target", "actual")
		p, _ := e.(map[string]any)
		groups, _ := p["by"].([]any)
		for j, g := range groups {
			c.noValue(fmt.Sprintf("%s.by[%d]", where, j), g, "actual")
		}
	}
}

func (c *checker) noValue(at string, v any, names ...string) {
	m, _ := v.(map[string]any)
	for _, name := range names {
		if e, ok := m[name]; ok && !blank(e) {
			c.add(CodeG3, Must, at+"."+name, "A measure in words has no number.", `Write it in the comment, or call the measure "unit" or "percentage".`)
		}
	}
}

// period is rule G5: nobody knows the result of what has not ended. A period
// that ends on the day of publishing has.
func (c *checker) period(at string, m map[string]any) {
	c.order(at, m, "start", "end", "The period ends before it begins.")
	end := dateIn(m, "end")
	if c.at.IsZero() || end.IsZero() || !end.End().After(DateOf(c.at).End()) {
		return
	}
	const message, remedy = "This is a result for a period that has not ended.", "Give it when the period is over, or end the period on the day of the count."
	if v, ok := m["actual"]; ok && !blank(v) {
		c.add(CodeG5, Must, at+".actual", message, remedy)
	}
	groups, _ := m["by"].([]any)
	for i, g := range groups {
		if by, _ := g.(map[string]any); by["actual"] != nil && !blank(by["actual"]) {
			c.add(CodeG5, Must, fmt.Sprintf("%s.by[%d].actual", at, i), message, remedy)
		}
	}
}
