package web_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/pergola-dev/pergola/core/identity"
	"github.com/pergola-dev/pergola/core/web"
)

// TestContextOfARequest shows what can be asked of it, and of those that are made from it.
func TestContextOfARequest(t *testing.T) {
	type outerKey struct{}
	before := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if who, ok := identity.FromContext(r.Context()); ok {
				t.Errorf("%v is calling, before anybody has looked", who)
			}
			next.ServeHTTP(w, r)
		})
	}
	outer, hangUp := context.WithCancel(context.WithValue(t.Context(), outerKey{}, "kept"))
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		who, ok := identity.FromContext(ctx)
		if !ok || who.Role != "authenticated" || web.RequestIDOf(ctx) != "req-1" || ctx.Value(outerKey{}) != "kept" {
			t.Errorf("the context has %v, %q, %v", who, web.RequestIDOf(ctx), ctx.Value(outerKey{}))
		}
		if hangUp(); !errors.Is(ctx.Err(), context.Canceled) {
			t.Error("the caller hung up, and the context does not tell")
		}
	})
	chain := web.Chain(h, web.RequestID(""), before, web.Authenticate(web.AuthOptions{Verifier: verifier(t, "anon"), Clock: clock}))
	r := request("GET", "/", "X-Request-Id", "req-1", "Authorization", "Bearer "+mint(t, "authenticated", "u1"))
	serve(chain, r.WithContext(outer))
	if _, ok := identity.FromContext(outer); ok || web.RequestIDOf(outer) != "" {
		t.Error("the context around the request has been changed")
	}
}

// TestRequestsWithinARequest shows that requests which are made of one another do not share what is known of them.
func TestRequestsWithinARequest(t *testing.T) {
	var inner []string
	leaf := web.Chain(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		inner = append(inner, web.RequestIDOf(r.Context()))
	}), web.RequestID(""))
	h := web.Chain(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for _, id := range []string{"a", "b"} {
			serve(leaf, request("GET", "/", "X-Request-Id", id).WithContext(r.Context()))
		}
		inner = append(inner, web.RequestIDOf(r.Context()))
	}), web.RequestID(""))
	serve(h, request("GET", "/", "X-Request-Id", "whole"))
	if len(inner) != 3 || inner[0] != "a" || inner[1] != "b" || inner[2] != "whole" {
		t.Errorf("the ids are %q", inner)
	}
}
