// Package faults gives tests disks that fail: file systems of their own, small
// enough to be filled, that can be cut off as a power cut does, and files whose
// bits flip. Nothing but tests imports it. Its functions end the test on what they
// cannot do, and skip it where the machine does not allow them: file systems are
// mounted by root alone.
//
// Tests that inject faults have a short form, which always runs, and a long one,
// with the flag -faults.long.
package faults

import "flag"

var long = flag.Bool("faults.long", false, "inject as many faults as before a release")

// Times is how often to inject a fault: short, or long with -faults.long.
func Times(short, many int) int {
	if *long {
		return many
	}
	return short
}
