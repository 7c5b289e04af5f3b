package trust

import "fmt"

// Policy says which bodies are kept beside the own, the roots and those listed.
type Policy string

// Policies.
const (
	// Open keeps every body.
	Open Policy = "open"
	// Vouched keeps those that the roots reach over mandates and attestations.
	Vouched Policy = "vouched"
	// Listed keeps no others.
	Listed Policy = "listed"
)

// ParsePolicy reads the name of a policy.
func ParsePolicy(s string) (Policy, error) {
	switch p := Policy(s); p {
	case Open, Vouched, Listed:
		return p, nil
	}
	return "", fmt.Errorf("%q is not a policy of trust: use open, vouched or listed", s)
}
