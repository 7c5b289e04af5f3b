package protocol

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// ContentRef names an entry's content without holding it, so that the content
// can be erased and the chain still verifies.
type ContentRef struct {
	// Hash is the SHA-256 of the encoded content.
	Hash Digest `cbor:"hash"`
	// Size is the length of the encoded content in bytes.
	Size uint64 `cbor:"size"`
}

// IsZero reports whether r names nothing.
func (r ContentRef) IsZero() bool { return r == ContentRef{} }

// Check reports whether content is what r names.
func (r ContentRef) Check(content []byte) error {
	if uint64(len(content)) != r.Size {
		return reject(ContentMismatch, "the content is %d bytes long, the envelope says %d", len(content), r.Size)
	}
	if HashOf(content) != r.Hash {
		return reject(ContentMismatch, "the content does not have the hash that the envelope names")
	}
	return nil
}

// EncodeContent encodes a record as deterministic DAG-CBOR. Maps have string
// keys; values are strings, byte strings, booleans, integers, []any and
// map[string]any. There are no floating-point numbers and no nulls: figures are
// decimal text, and what is not known is left out.
func EncodeContent(fields map[string]any) ([]byte, error) {
	if err := checkValue(fields, 1); err != nil {
		return nil, err
	}
	b, err := contentCodec.enc.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("encode content: %w", err)
	}
	if len(b) > MaxContent {
		return nil, reject(TooLarge, "the record is %d bytes long, the limit is %d", len(b), MaxContent)
	}
	return b, nil
}

// DecodeContent reads what [EncodeContent] wrote. Content that breaks this
// format is still in the log: callers show the error as a finding.
func DecodeContent(b []byte) (map[string]any, error) {
	if len(b) > MaxContent {
		return nil, reject(TooLarge, "content of %d bytes, the limit is %d", len(b), MaxContent)
	}
	var fields map[string]any
	if err := contentCodec.decode("content", b, &fields); err != nil {
		return nil, err
	}
	if err := checkValue(fields, 1); err != nil {
		return nil, err
	}
	return fields, nil
}

func checkValue(v any, depth int) error {
	switch v := v.(type) {
	case []byte, bool:
		return nil
	case string:
		return checkText(v)
	case int:
		return checkInt(int64(v))
	case int64:
		return checkInt(v)
	case uint64:
		if v > math.MaxInt64 {
			return checkInt(math.MaxInt64)
		}
		return checkInt(int64(v))
	case []any:
		if depth > MaxContentDepth {
			return reject(Malformed, "content nests deeper than %d", MaxContentDepth)
		}
		for _, e := range v {
			if err := checkValue(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		if depth > MaxContentDepth {
			return reject(Malformed, "content nests deeper than %d", MaxContentDepth)
		}
		for k, e := range v {
			if err := checkText(k); err != nil {
				return err
			}
			if err := checkValue(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	default:
		return reject(Malformed, "content cannot hold a value of type %T", v)
	}
}

func checkText(s string) error {
	if !utf8.ValidString(s) {
		return reject(Malformed, "the text %q is not valid UTF-8", clip(s))
	}
	return nil
}

func checkInt(v int64) error {
	if v > MaxInt || v < -MaxInt {
		return reject(Malformed, "the number %d is beyond 2^53", v)
	}
	return nil
}
