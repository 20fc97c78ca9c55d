package refresh_test

import (
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/refresh"
)

func TestCheckEnd(t *testing.T) {
	day := 24 * time.Hour
	all := refresh.Limits{Timebox: day, Inactivity: time.Hour, AllowLowAAL: 15 * time.Minute}
	for _, c := range []struct {
		name    string
		session refresh.Session
		limits  refresh.Limits
		want    string
	}{
		{"no limits", refresh.Session{Created: before(9000 * day), LowAAL: true}, refresh.Limits{}, "<nil>"},
		{"within all", refresh.Session{Created: before(time.Minute), LowAAL: true, NotAfter: now.Add(1)}, all, "<nil>"},

		{"not_after now", refresh.Session{Created: before(1), NotAfter: now}, all, "<nil>"},
		{"not_after over", refresh.Session{Created: before(1), NotAfter: before(1)}, refresh.Limits{}, hasEnded},

		{"timebox ends now", refresh.Session{Created: before(day), Refreshed: now}, all, "<nil>"},
		{"timebox over", refresh.Session{Created: before(day + 1), Refreshed: now}, all, hasEnded},
		{"timebox over, and inactive", refresh.Session{Created: before(2 * day)}, all, hasEnded},

		{"inactivity ends now", refresh.Session{Created: before(2 * time.Hour), Refreshed: before(time.Hour)}, all, "<nil>"},
		{"inactive", refresh.Session{Created: before(2 * time.Hour), Refreshed: before(time.Hour + 1)}, all, hasEnded + " (Inactivity)"},
		{"never refreshed", refresh.Session{Created: before(2 * time.Hour)}, all, hasEnded + " (Inactivity)"},
		{
			"never refreshed, with a new V1 token",
			refresh.Session{Created: before(2 * time.Hour), TokenUpdated: before(time.Minute)},
			all, "<nil>",
		},
		{
			"refreshed long ago, with a new V1 token",
			refresh.Session{Created: before(3 * time.Hour), Refreshed: before(2 * time.Hour), TokenUpdated: now},
			all, hasEnded + " (Inactivity)",
		},
		{
			"a V1 token from before the session",
			refresh.Session{Created: before(time.Minute), TokenUpdated: before(2 * time.Hour)},
			all, "<nil>",
		},

		{"low AAL ends now", refresh.Session{Created: before(15 * time.Minute), LowAAL: true}, all, "<nil>"},
		{
			"low AAL over",
			refresh.Session{Created: before(15*time.Minute + 1), Refreshed: now, LowAAL: true},
			all,
			hasEnded + " (Low AAL: User Needs MFA Verification)",
		},
		{"high AAL", refresh.Session{Created: before(16 * time.Minute)}, all, "<nil>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sayFault(refresh.CheckEnd(c.session, c.limits, now)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestCheckSingle(t *testing.T) {
	mine := refresh.Session{ID: "mine", Created: before(time.Hour), Refreshed: before(10 * time.Minute)}
	other := func(change func(*refresh.Session)) refresh.Session {
		o := refresh.Session{ID: "other", Created: before(time.Minute)}
		change(&o)
		return o
	}
	single := refresh.Limits{SinglePerUser: true, Inactivity: time.Hour}
	tagged := refresh.Limits{SinglePerUser: true, Tags: []string{"web", "phone"}}
	newer := hasEnded + " (Revoked by Newer Login)"
	for _, c := range []struct {
		name   string
		limits refresh.Limits
		other  refresh.Session
		want   string
	}{
		{"newer", single, other(func(*refresh.Session) {}), newer},
		{"newer, not limited", refresh.Limits{}, other(func(*refresh.Session) {}), "<nil>"},
		{"older", single, other(func(o *refresh.Session) { o.Created = before(11 * time.Minute) }), "<nil>"},
		{"of the same moment", single, other(func(o *refresh.Session) { o.Refreshed = mine.Refreshed }), "<nil>"},
		{"older, refreshed later", single, other(func(o *refresh.Session) { o.Created, o.Refreshed = before(9*time.Hour), now }), newer},
		{"newer, ended", single, other(func(o *refresh.Session) { o.NotAfter = before(time.Second) }), "<nil>"},
		{"newer, of another tag", tagged, other(func(o *refresh.Session) { o.Tag = "phone" }), "<nil>"},
		{"newer, of the first tag", tagged, other(func(o *refresh.Session) { o.Tag = "web" }), newer},
		{"newer, of an unknown tag", tagged, other(func(o *refresh.Session) { o.Tag = "television" }), newer},
		{"newer, tags not in use", single, other(func(o *refresh.Session) { o.Tag = "phone" }), newer},
		{"itself", single, mine, "<nil>"},
		{"itself, refreshed meanwhile", single, other(func(o *refresh.Session) { o.ID = mine.ID }), "<nil>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sessions := []refresh.Session{mine, c.other}
			if got := sayFault(refresh.CheckSingle(mine, sessions, c.limits, now)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
