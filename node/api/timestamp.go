package api

import (
	"encoding/json"
	"fmt"
	"time"
)

// Timestamp is a time in Unix seconds, in JSON an RFC 3339 text in UTC. Times
// after the year 9999, which an author may claim, are cut to its end; the
// envelope has the exact number.
type Timestamp uint64

// maxTimestamp is 9999-12-31T23:59:59Z.
const maxTimestamp = 253402300799

// Time is t as a time in UTC.
func (t Timestamp) Time() time.Time { return time.Unix(int64(min(t, maxTimestamp)), 0).UTC() }

// String is the RFC 3339 form.
func (t Timestamp) String() string { return t.Time().Format(time.RFC3339) }

// MarshalJSON implements [json.Marshaler].
func (t Timestamp) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := time.Parse(time.RFC3339, s)
	if err != nil || v.Unix() < 0 {
		return fmt.Errorf("%q is not a time after 1970 in the form of RFC 3339", s)
	}
	*t = Timestamp(v.Unix())
	return nil
}
