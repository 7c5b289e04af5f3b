package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/folkmoot/folkmoot/protocol"
	"github.com/folkmoot/folkmoot/sharing/domain"
)

func body(n int) protocol.BodyID {
	return protocol.BodyID(protocol.HashOf(fmt.Append(nil, "body ", n)))
}

func TestParseFile(t *testing.T) {
	a, b := body(1), body(2)
	for _, c := range []struct {
		name, text string
		want       []protocol.BodyID
		problem    string
	}{
		{"one", domain.FileLine(a), []protocol.BodyID{a}, ""},
		{"two, and what is not known", "\ufeff# ours\r\n\r\n" + domain.FileLine(b) + " # forum\r\nrelay x\n\tbody  " + a.String() + "\n" + domain.FileLine(b), []protocol.BodyID{b, a}, ""},
		{"nothing", "", nil, ""},
		{"a comment", "#" + domain.FileLine(a), nil, ""},
		{"another word", "bodyguard " + a.String() + "\nBody " + a.String(), nil, ""},
		{"a slip", "\nbody " + a.String()[:58] + "\n" + domain.FileLine(b), []protocol.BodyID{b}, "line 2"},
		{"no identifier", "body", nil, "0 words"},
		{"two identifiers", domain.FileLine(a) + " " + b.String(), nil, "2 words"},
		{"not UTF-8", "\xff\xfe" + domain.FileLine(a), nil, "UTF-8"},
		{"a page", "<html>\n<p>body " + a.String() + "</p>", nil, ""},
	} {
		got, problems := domain.ParseFile([]byte(c.text))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
		if text := strings.Join(problems, "; "); (c.problem == "") != (text == "") || !strings.Contains(text, c.problem) {
			t.Errorf("%s: problems are %q, want %q", c.name, text, c.problem)
		}
	}
	if _, problems := domain.ParseFile([]byte(strings.Repeat("body x\n", 1000))); len(problems) > 5 {
		t.Errorf("%d problems of one file are told", len(problems))
	}
}

func TestParseTXT(t *testing.T) {
	a, b := body(1), body(2)
	got, problems := domain.ParseTXT([]string{"v=spf1 -all", " " + domain.TXTValue(a), domain.TXTValue(b), domain.TXTValue(a), "body=x"})
	if !slices.Equal(got, []protocol.BodyID{a, b}) || len(problems) != 1 {
		t.Errorf("%v, %q", got, problems)
	}
	if n := domain.TXTName(name(t, "www.leeds.gov.uk")); n != "_folkmoot.leeds.gov.uk" {
		t.Errorf("the records are looked up at %s", n)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte(domain.FileLine(body(1)) + "\n# x\n"))
	f.Add([]byte("body bafyrei\n\nbody"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		bodies, problems := domain.ParseFile(raw)
		if len(bodies)*59 > len(raw) || len(problems) > 5 {
			t.Fatalf("%d bodies and %d problems in %d bytes", len(bodies), len(problems), len(raw))
		}
		var again strings.Builder
		for _, b := range bodies {
			again.WriteString(domain.FileLine(b) + "\n")
		}
		if got, _ := domain.ParseFile([]byte(again.String())); !slices.Equal(got, bodies) {
			t.Fatalf("%v is written and read as %v", bodies, got)
		}
	})
}
