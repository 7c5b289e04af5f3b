package register

import "errors"

// ErrKind means that the question cannot be asked of an entry of this kind.
var ErrKind = errors.New("an entry of another kind")
