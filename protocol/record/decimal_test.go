package record_test

import (
	"math/big"
	"testing"

	"github.com/folkmoot/folkmoot/protocol/record"
)

func TestDecimal(t *testing.T) {
	for s, want := range map[string]*big.Rat{
		"0": big.NewRat(0, 1), "12.50": big.NewRat(25, 2), "-3": big.NewRat(-3, 1), "0.1": big.NewRat(1, 10),
		"123456789012345678": big.NewRat(123456789012345678, 1),
	} {
		d, err := record.ParseDecimal(s)
		if err != nil || string(d) != s || d.Rat().Cmp(want) != 0 {
			t.Errorf("%q is read as %q, %v: %v", s, d, d.Rat(), err)
		}
	}
	for _, s := range []string{
		"", " 1", "1 ", "1,000", "£5", "5%", "+1", "01", ".5", "5.", "1e9", "0x10", "1/2", "NaN", "Inf", "--1", "1_000", "1\n",
		"1234567890123456789", "0.1234567890123456789",
	} {
		if d, err := record.ParseDecimal(s); err == nil {
			t.Errorf("%q is read as %q", s, d)
		}
	}
	// A conversion is no parse: the value must not grow beyond what was read.
	for _, d := range []record.Decimal{"", "1e999999999", "1/3"} {
		if r := d.Rat(); r != nil {
			t.Errorf("%q has the value %v", d, r)
		}
	}
	d := record.Decimal("1")
	if err := d.UnmarshalText(nil); err != nil || d != "" {
		t.Errorf("empty text is %q, %v", d, err)
	}
	if err := d.UnmarshalText([]byte("many")); err == nil || d != "" {
		t.Errorf("what is no number is %q, %v", d, err)
	}
}
