package flow_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/auth/flow"
	"github.com/pergola-dev/pergola/core/fault"
)

// TestLimits has every use counted by two instances together, each address by itself.
func TestLimits(t *testing.T) {
	limited := settings()
	limited.Limits = flow.Limits{flow.UseVerify: {Most: 3, Window: time.Minute}}
	s := newService(t, limited)
	here := s.Flows
	s.with(t, limited)
	there := s.Flows
	for n := range 5 {
		instance := here
		if n%2 == 1 {
			instance = there
		}
		err := instance.Admit(t.Context(), flow.UseVerify, visit)
		if n < 3 && err != nil {
			t.Fatalf("use %d: %v", n+1, err)
		}
		if n >= 3 {
			refused(t, err, 429, "over_request_rate_limit", "Request rate limit reached")
		}
	}
	for name, v := range map[string]flow.Visit{"another address": {IP: "192.0.2.8"}, "no address": {}} {
		if err := here.Admit(t.Context(), flow.UseVerify, v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := here.Admit(t.Context(), flow.UseMail, visit); err != nil {
		t.Errorf("what has no limit: %v", err)
	}
	s.Pass(time.Minute)
	if err := here.Admit(t.Context(), flow.UseVerify, visit); err != nil {
		t.Errorf("after the window: %v", err)
	}
}

// TestRefreshLimit refuses a refresh with a status that keeps the session, and never before the hundredth.
func TestRefreshLimit(t *testing.T) {
	limited := settings()
	limited.Limits = flow.Limits{flow.UseRefresh: {Most: 5, Window: time.Minute}}
	s := newService(t, limited)
	signed := s.signIn(t)
	s.statements.n.Store(0)
	for range 100 {
		signed = s.refresh(t, signed.RefreshToken)
	}
	if n := s.statements.n.Load(); n > 200 {
		t.Errorf("100 refreshes with a limit took %d statements", n)
	}
	_, err := s.Refresh(t.Context(), signed.RefreshToken, visit)
	refused(t, err, 503, "over_request_rate_limit", "Request rate limit reached")
	if f, ok := errors.AsType[*fault.Error](err); !ok || len(f.Header) == 0 || f.Header[0].Name != "Retry-After" {
		t.Error("a refusal does not say when to try again")
	}
	s.Pass(time.Minute)
	s.refresh(t, signed.RefreshToken)
}
