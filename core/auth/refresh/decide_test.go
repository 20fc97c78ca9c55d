package refresh_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
	"github.com/pergola-dev/pergola/core/fault"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func before(d time.Duration) time.Time { return now.Add(-d) }

// say writes a decision down.
func say(d refresh.Decision) string {
	switch d := d.(type) {
	case refresh.Advance:
		return "advance"
	case refresh.Repeat:
		return fmt.Sprint("repeat ", d.Causes)
	case refresh.Refuse:
		return "refuse: " + sayFault(d.Fault)
	case refresh.Revoke:
		return "revoke: " + sayFault(d.Fault)
	}
	return "nothing"
}

func sayFault(err error) string {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%d %s %s", f.Status(), f.Code, f.Message)
}

const (
	used     = "400 refresh_token_already_used Invalid Refresh Token: Already Used"
	isAhead  = "400 validation_failed Invalid Refresh Token: Not Issued By This Server"
	hasEnded = "400 session_expired Invalid Refresh Token: Session Expired"
)

func TestDecideV2(t *testing.T) {
	ten := refresh.Settings{ReuseInterval: 10 * time.Second}
	for _, c := range []struct {
		name               string
		presented, current int64
		refreshed          time.Time
		settings           refresh.Settings
		want               string
	}{
		{"equal", 5, 5, before(time.Hour), ten, "advance"},
		{"equal, just refreshed", 5, 5, now, ten, "advance"},
		{"the first", 0, 0, time.Time{}, ten, "advance"},
		{"one ahead", 6, 5, before(time.Hour), ten, "refuse: " + isAhead},
		{"one ahead, just refreshed, reuse allowed", 6, 5, now, refresh.Settings{AllowReuse: true}, "refuse: " + isAhead},
		{"far ahead", math.MaxInt64, 0, now, ten, "refuse: " + isAhead},
		{"one behind", 4, 5, before(time.Hour), ten, "repeat [fail-to-save]"},
		{"one behind, within the interval", 4, 5, before(3 * time.Second), ten, "repeat [concurrent-refresh fail-to-save]"},
		{"one behind, no interval", 4, 5, now, refresh.Settings{}, "repeat [fail-to-save]"},
		{"two behind, within the interval", 3, 5, before(9999 * time.Millisecond), ten, "repeat [concurrent-refresh]"},
		{"two behind, refreshed by a clock ahead of ours", 3, 5, now.Add(2 * time.Second), ten, "repeat [concurrent-refresh]"},
		{"two behind, refreshed in a far future", 3, 5, now.Add(time.Hour), ten, "revoke: " + used},
		{"two behind, at the end of the interval", 3, 5, before(10 * time.Second), ten, "revoke: " + used},
		{"two behind, just refreshed, no interval", 3, 5, now, refresh.Settings{}, "revoke: " + used},
		{"two behind, as after a second factor", 3, 5, before(time.Hour), ten, "revoke: " + used},
		{"the oldest", 0, math.MaxInt64, before(time.Hour), ten, "revoke: " + used},
		{"two behind, reuse allowed", 3, 5, before(time.Hour), refresh.Settings{AllowReuse: true}, "repeat [always-allow]"},
		{
			"one behind, every cause", 4, 5, now,
			refresh.Settings{ReuseInterval: time.Second, AllowReuse: true},
			"repeat [concurrent-refresh fail-to-save always-allow]",
		},
		{"two behind, sessions kept", 3, 5, before(time.Hour), refresh.Settings{KeepOnReuse: true}, "refuse: " + used},
	} {
		t.Run(c.name, func(t *testing.T) {
			count := refresh.Count{Presented: c.presented, Current: c.current, Refreshed: c.refreshed}
			if got := say(refresh.DecideV2(count, c.settings, now)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestDecideV1(t *testing.T) {
	ten := refresh.Settings{ReuseInterval: 10 * time.Second}
	for _, c := range []struct {
		name     string
		row      refresh.Row
		settings refresh.Settings
		want     string
	}{
		{"active", refresh.Row{Updated: before(time.Hour)}, ten, "advance"},
		{"active since NULL", refresh.Row{}, ten, "advance"},
		{"parent of the active one", refresh.Row{Revoked: true, ParentOfActive: true, Updated: before(time.Second)}, ten, "repeat []"},
		{
			"parent of the active one, for a year",
			refresh.Row{Revoked: true, ParentOfActive: true, Updated: before(8760 * time.Hour)},
			refresh.Settings{},
			"repeat []",
		},
		{"revoked within the interval", refresh.Row{Revoked: true, Updated: before(9 * time.Second)}, ten, "advance"},
		{"revoked an interval ago", refresh.Row{Revoked: true, Updated: before(10 * time.Second)}, ten, "advance"},
		{"revoked before the interval", refresh.Row{Revoked: true, Updated: before(10*time.Second + 1)}, ten, "revoke: " + used},
		{"revoked at NULL", refresh.Row{Revoked: true}, ten, "revoke: " + used},
		{"revoked a moment ago, no interval", refresh.Row{Revoked: true, Updated: before(1)}, refresh.Settings{}, "revoke: " + used},
		{"revoked, reuse allowed for V2", refresh.Row{Revoked: true}, refresh.Settings{AllowReuse: true}, "revoke: " + used},
		{"revoked, sessions kept", refresh.Row{Revoked: true}, refresh.Settings{KeepOnReuse: true}, "refuse: " + used},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := say(refresh.DecideV1(c.row, c.settings, now)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFaultsOfMissingRows(t *testing.T) {
	for want, f := range map[string]error{
		"400 refresh_token_not_found Invalid Refresh Token: Refresh Token Not Found": refresh.NotFound(),
		"400 session_not_found Invalid Refresh Token: No Valid Session Found":        refresh.NoSession(),
	} {
		if got := sayFault(f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
