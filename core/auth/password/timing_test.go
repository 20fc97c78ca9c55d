//go:build unix

package password_test

import (
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/password"
)

// The ways in which a sign-in fails take the same time, so that the time does not tell who has an account: the medians
// lie within 20 %. What is measured is processor time, because nothing here waits and a busy machine would make the
// clock on the wall useless; rounds are interleaved, so that what slows the processor slows all ways alike.
func TestFailuresTakeTheSameTime(t *testing.T) {
	hash, err := password.Hash("the right one")
	if err != nil {
		t.Fatal(err)
	}
	ways := []struct {
		name string
		fail func()
	}{
		{"wrong password", func() { verifyFails(t, hash, "a wrong one") }},
		{"wrong password with a NUL byte", func() { verifyFails(t, hash, "the right one\x00the right one") }},
		{"no password", func() { verifyFails(t, "", "a wrong one") }},
		{"broken hash", func() { verifyFails(t, "$2a$10$broken", "a wrong one") }},
		{"unknown user", func() { password.Pretend("a wrong one") }},
	}
	const rounds = 7
	times := make([][]time.Duration, len(ways))
	for range rounds {
		for i, way := range ways {
			start := processorTime(t)
			way.fail()
			times[i] = append(times[i], processorTime(t)-start)
		}
	}
	known := median(times[0])
	for i, way := range ways {
		took := median(times[i])
		t.Logf("%-32s %v", way.name, took)
		if off := math.Abs(float64(took-known)) / float64(known); off > 0.2 {
			t.Errorf("%s takes %v, a wrong password of a known user %v: %.0f %% apart", way.name, took, known, off*100)
		}
	}
}

// processorTime is what the process has used so far.
func processorTime(t *testing.T) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func verifyFails(t *testing.T, hash, plain string) {
	if ok, _ := password.Verify(hash, plain); ok {
		t.Errorf("%q is accepted", plain)
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
