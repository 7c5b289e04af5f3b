package node

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes.
type Size uint64

var sizeUnits = []struct {
	name  string
	bytes uint64
}{
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
}

// ParseSize reads a size such as "200 MiB", "1GB" or "4096", which is bytes.
// Case does not matter.
func ParseSize(s string) (Size, error) {
	number, factor := strings.TrimSpace(s), uint64(1)
	for _, u := range sizeUnits {
		if len(number) > len(u.name) && strings.EqualFold(number[len(number)-len(u.name):], u.name) {
			number, factor = strings.TrimSpace(number[:len(number)-len(u.name)]), u.bytes
			break
		}
	}
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || n > math.MaxInt64/factor {
		return 0, fmt.Errorf(`%q is not a size: write it like "200 MiB"`, s)
	}
	return Size(n * factor), nil
}

// String is the size in the largest binary unit that gives a whole number.
func (s Size) String() string {
	for _, u := range sizeUnits[:3] {
		if s != 0 && uint64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d %s", uint64(s)/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d B", uint64(s))
}
