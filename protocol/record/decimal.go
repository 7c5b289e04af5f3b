package record

import (
	"errors"
	"math/big"
	"regexp"
)

// Decimal is a number as it was written, such as "12.50": digits are kept, and
// nothing is rounded. The zero value is no number.
type Decimal string

var (
	decimalForm = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$`)
	errDecimal  = errors.New(`a number is written with digits and a point, such as "12.50", without spaces, commas or signs of currency`)
)

// ParseDecimal reads a number: at most 18 digits before the point and after it.
func ParseDecimal(s string) (Decimal, error) {
	if !decimalForm.MatchString(s) {
		return "", errDecimal
	}
	return Decimal(s), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]; empty text is no number.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = ""
		return nil
	}
	*d, err = ParseDecimal(string(text))
	return err
}

// Rat is the exact value; nil for what [ParseDecimal] does not take.
func (d Decimal) Rat() *big.Rat {
	if !decimalForm.MatchString(string(d)) {
		return nil
	}
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return nil
	}
	return r
}
