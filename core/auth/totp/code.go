package totp

import (
	"crypto/hmac"
	"crypto/sha1" // every app knows it, and few another
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

const (
	period = 30 // seconds of a step
	digits = 6
	skew   = 1 // how many steps a clock may be off, either way
)

// Step is one of the spans of 30 seconds that there have been since 1970. A code belongs to one.
type Step int64

// StepAt is the step that a moment lies in.
func StepAt(at time.Time) Step { return Step(at.Unix() / period) }

// Code is the code of a step: six digits (RFC 4226, 5.3).
func (s Secret) Code(step Step) string {
	mac := hmac.New(sha1.New, s.raw)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, number%1_000_000)
}

// Match gives the step that a code belongs to, of those around now that a clock which is a little off may be in; the latest,
// should several have the same code. It is false for a code of none. How long it takes tells nothing about the codes.
func (s Secret) Match(code string, now time.Time) (Step, bool) {
	presented := []byte(strings.TrimSpace(code))
	matched, found := Step(0), 0
	for step := StepAt(now) - skew; step <= StepAt(now)+skew; step++ {
		equal := subtle.ConstantTimeCompare([]byte(s.Code(step)), presented)
		matched = Step(subtle.ConstantTimeSelect(equal, int(step), int(matched)))
		found |= equal
	}
	return matched, found == 1
}
