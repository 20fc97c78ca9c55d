package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/auth/webhook"
	"github.com/pergola-dev/pergola/core/fault"
)

// seen by a caller of Auth.
type outcome struct {
	Status  int
	Code    string
	Message string
}

// outcomeOf reads a fault; no error is the zero outcome, and any other error fails the test.
func outcomeOf(t *testing.T, err error) outcome {
	t.Helper()
	if err == nil {
		return outcome{}
	}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("%v is no fault", err)
	}
	return outcome{f.Status(), f.Code, f.Message}
}

func internal(message string) outcome { return outcome{500, "unexpected_failure", message} }

func TestAnswers(t *testing.T) {
	const (
		json        = "application/json"
		contentType = "hook_payload_invalid_content_type"
		unreadable  = "Error unmarshaling JSON output."
		busy        = "Service currently unavailable due to hook"
	)
	full := `{"claims":"` + strings.Repeat("x", 200*1024-13) + `"}`
	for _, tt := range []struct {
		name   string
		status int
		ctype  string
		body   string
		want   outcome
		claims string // what was read
	}{
		{"done", 200, json, `{"claims":"c"}`, outcome{}, "c"},
		{"done, with a character set", 200, "Application/JSON; charset=utf-8", `{"claims":"c"}`, outcome{}, "c"},
		{"accepted", 202, json, `{"claims":"c"}`, outcome{}, "c"},
		{"no content", 204, "", ``, outcome{}, ""},
		{"no content, said to be JSON", 204, json, ``, outcome{}, ""},
		{"null", 200, json, `null`, outcome{}, ""},
		{"unknown members", 200, json, `{"claims":"c","more":[1]}`, outcome{}, "c"},

		{"refused", 200, json, `{"error":{"http_code":403,"message":"Not you"}}`, outcome{403, "unknown", "Not you"}, ""},
		{"refused beside claims", 200, json, `{"claims":"c","error":{"http_code":403,"message":"Not you"}}`, outcome{403, "unknown", "Not you"}, ""},
		{"refused, accepted", 202, json, `{"error":{"http_code":429,"message":"Slowly"}}`, outcome{429, "unknown", "Slowly"}, ""},
		{"refused without status", 200, json, `{"error":{"message":"Not you"}}`, internal("Not you"), ""},
		{"refused with a server's status", 200, json, `{"error":{"http_code":503,"message":"Later"}}`, outcome{503, "unknown", "Later"}, ""},
		{"refused with a status of success", 200, json, `{"error":{"http_code":200,"message":"Not you"}}`, internal("Not you"), ""},
		{"refused with no status at all", 200, json, `{"error":{"http_code":1000,"message":"Not you"}}`, internal("Not you"), ""},
		{"refused without message", 200, json, `{"error":{"http_code":403,"message":""}}`, outcome{403, "unknown", "Forbidden"}, ""},
		{"an empty error", 200, json, `{"claims":"c","error":{}}`, outcome{}, "c"},
		{"no error", 200, json, `{"claims":"c","error":null}`, outcome{}, "c"},
		{"an error of text", 200, json, `{"error":"no"}`, internal(unreadable), ""},
		{"an error with a status of text", 200, json, `{"error":{"http_code":"403","message":"no"}}`, internal(unreadable), ""},

		{"nothing", 200, json, ``, internal(unreadable), ""},
		{"half an object", 200, json, `{"claims":"c"`, internal(unreadable), ""},
		{"a number", 200, json, `12345`, internal(unreadable), ""},
		{"another type", 200, json, `{"claims":[]}`, internal(unreadable), ""},
		{"no content type", 200, "", `{}`, outcome{400, contentType, "Invalid Content-Type: Missing Content-Type header"}, ""},
		{"a broken content type", 200, ";/", `{}`, outcome{400, contentType, "Invalid Content-Type header: mime: no media type"}, ""},
		{"another content type", 200, "text/html", `{}`, outcome{400, contentType, "Invalid JSON response. Received content-type: text/html"}, ""},
		{"as much as is allowed", 200, json, full, outcome{}, full[11 : len(full)-2]},
		{"one byte more", 200, json, full + " ", outcome{422, "hook_payload_over_size_limit", "Payload size exceeded size limit of 204800 bytes"}, ""},

		{"bad request", 400, json, `{"error":{"http_code":403,"message":"unread"}}`, internal("Invalid payload sent to hook"), ""},
		{"unauthorized", 401, json, `{}`, internal("Hook requires authorization token"), ""},
		{"too many requests", 429, json, `{}`, internal(busy), ""},
		{"unavailable", 503, json, `{}`, internal(busy), ""},
		{"created", 201, json, `{}`, internal("Unexpected status code returned from hook: 201"), ""},
		{"a server's failure", 500, json, `{}`, internal("Unexpected status code returned from hook: 500"), ""},
		{"not found", 404, json, `{}`, internal("Unexpected status code returned from hook: 404"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, respond(tt.status, tt.body, "Content-Type", tt.ctype))
			var answer struct{ Claims string }
			err := hook(t, webhook.Options{URL: s.URL}).Call(t.Context(), struct{}{}, &answer)
			if diff := cmp.Diff(tt.want, outcomeOf(t, err)); diff != "" {
				t.Error(diff)
			}
			if answer.Claims != tt.claims {
				t.Errorf("read %.40q, want %.40q", answer.Claims, tt.claims)
			}
			s.seen(t, 1) // none of these is tried again
		})
	}
}

func TestPayloadThatIsNoJSON(t *testing.T) {
	s := serve(t, respond(200, `{}`))
	err := hook(t, webhook.Options{URL: s.URL}).Call(t.Context(), make(chan int), nil)
	if diff := cmp.Diff(internal("Error marshaling JSON input."), outcomeOf(t, err)); diff != "" {
		t.Error(diff)
	}
	s.seen(t, 0)
}

func TestTries(t *testing.T) {
	done := respond(200, `{"claims":"c"}`)
	busy := func(status int, after string) http.HandlerFunc { return respond(status, `{}`, "Retry-After", after) }
	unavailable := internal("Service currently unavailable due to hook")
	unreachable := outcome{422, "hook_timeout_after_retry", "Failed to reach hook after maximum retries"}
	for _, tt := range []struct {
		name    string
		answers []http.HandlerFunc
		pause   time.Duration
		want    outcome
		tries   int
	}{
		{"busy once", []http.HandlerFunc{busy(503, "1"), done}, time.Millisecond, outcome{}, 2},
		{"busy twice", []http.HandlerFunc{busy(429, "1"), busy(503, "1"), done}, time.Millisecond, outcome{}, 3},
		{"busy without end", []http.HandlerFunc{busy(429, "1")}, time.Millisecond, unavailable, 3},
		{"busy, at once again", []http.HandlerFunc{busy(503, "0"), done}, time.Hour, outcome{}, 2},
		{"busy, no number", []http.HandlerFunc{busy(503, "Fri, 20 Nov 2026 12:00:00 GMT"), done}, time.Hour, outcome{}, 2},
		{"busy, a number below zero", []http.HandlerFunc{busy(503, "-5"), done}, time.Hour, outcome{}, 2},
		{"busy, a large number", []http.HandlerFunc{busy(503, "9999999999"), done}, time.Millisecond, outcome{}, 2},
		{"hung up once", []http.HandlerFunc{hangUp, done}, time.Millisecond, outcome{}, 2},
		{"hung up, then busy", []http.HandlerFunc{hangUp, busy(503, "0"), done}, time.Millisecond, outcome{}, 3},
		{"hung up without end", []http.HandlerFunc{hangUp}, time.Millisecond, unreachable, 3},
		{"busy, then a failure", []http.HandlerFunc{busy(503, "0"), respond(400, `{}`), done}, time.Millisecond, internal("Invalid payload sent to hook"), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.answers...)
			err := hook(t, webhook.Options{URL: s.URL, Pause: tt.pause}).Call(t.Context(), struct{}{}, nil)
			if diff := cmp.Diff(tt.want, outcomeOf(t, err)); diff != "" {
				t.Error(diff)
			}
			seen := s.seen(t, tt.tries)
			for _, req := range seen {
				if req.header.Get("webhook-id") != seen[0].header.Get("webhook-id") {
					t.Error("a try has an id of its own")
				}
				if !verified(t, oldSecret, req) {
					t.Error("a try is not signed")
				}
			}
		})
	}
}

func TestTimes(t *testing.T) {
	const limit = 150 * time.Millisecond
	late := outcome{422, "hook_timeout", "Failed to reach hook within maximum time of 0.150000 seconds"}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"no answer", stall},
		{"half an answer", stallInBody},
		{"no answer until the pause is over", hangUp},
		{"busy for longer", respond(503, `{}`, "Retry-After", "30")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.answer)
			start := time.Now()
			err := hook(t, webhook.Options{URL: s.URL, Timeout: limit, Pause: time.Hour}).Call(t.Context(), struct{}{}, nil)
			if diff := cmp.Diff(late, outcomeOf(t, err)); diff != "" {
				t.Error(diff)
			}
			if took := time.Since(start); took < limit || took > limit+5*time.Second {
				t.Errorf("took %v, want %v", took, limit)
			}
			s.seen(t, 1)
		})
	}
}

func TestCallerGoesAway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		stall(w, r)
	})
	err := hook(t, webhook.Options{URL: s.URL, Timeout: time.Minute}).Call(ctx, struct{}{}, nil)
	if got := outcomeOf(t, err).Code; got != "hook_timeout" || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	s.seen(t, 1)
}

func TestNobodyListens(t *testing.T) {
	s := serve(t, respond(200, `{}`))
	s.Close()
	err := hook(t, webhook.Options{URL: s.URL}).Call(t.Context(), struct{}{}, nil)
	if got := outcomeOf(t, err).Code; got != "hook_timeout_after_retry" {
		t.Errorf("%v", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inside := serve(t, respond(200, `{"claims":"from inside"}`))
			s := serve(t, respond(status, `{}`, "Location", inside.URL))
			var answer struct{ Claims string }
			err := hook(t, webhook.Options{URL: s.URL}).Call(t.Context(), struct{}{}, &answer)
			want := internal(fmt.Sprintf("Unexpected status code returned from hook: %d", status))
			if diff := cmp.Diff(want, outcomeOf(t, err)); diff != "" || answer.Claims != "" {
				t.Error(diff, answer.Claims)
			}
			inside.seen(t, 0)
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	s := serve(t, respond(200, `{"claims":"c"}`))
	h := hook(t, webhook.Options{URL: s.URL})
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			var answer struct{ Claims string }
			if err := h.Call(t.Context(), struct{}{}, &answer); err != nil || answer.Claims != "c" {
				t.Errorf("%q, %v", answer.Claims, err)
			}
		})
	}
	calls.Wait()
	ids := map[string]bool{}
	for _, req := range s.seen(t, 20) {
		ids[req.header.Get("webhook-id")] = true
	}
	if len(ids) != 20 {
		t.Errorf("%d ids for 20 calls", len(ids))
	}
}
