package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/web"
)

// failing answers every request with err.
func failing(err error, o web.FaultOptions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.WriteFault(w, r, err, o) })
}

// TestWriteFault compares the lengths too: they are those that PostgREST sends.
func TestWriteFault(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		status int
		length int // as PostgREST's, 0 where its spec does not say
		body   string
		header http.Header
	}{
		{
			"an empty token", fault.BadToken("Empty JWT is sent in Authorization header", ""), 401, 100,
			`{"code":"PGRST301","details":null,"hint":null,"message":"Empty JWT is sent in Authorization header"}`,
			http.Header{"Www-Authenticate": {`Bearer error="invalid_token", error_description="Empty JWT is sent in Authorization header"`}},
		},
		{
			"a token cut short", fault.BadToken("Expected 3 parts in JWT; got 2", ""), 401, 89,
			`{"code":"PGRST301","details":null,"hint":null,"message":"Expected 3 parts in JWT; got 2"}`,
			http.Header{"Www-Authenticate": {`Bearer error="invalid_token", error_description="Expected 3 parts in JWT; got 2"`}},
		},
		{
			"the database's own code", fault.New(fault.Unauthenticated, "42501", "permission denied for table authors_only").WithHeader("WWW-Authenticate", "Bearer"),
			401, 96, `{"code":"42501","details":null,"hint":null,"message":"permission denied for table authors_only"}`,
			http.Header{"Www-Authenticate": {"Bearer"}},
		},
		{
			"a status chosen by the database",
			&fault.Error{HTTPStatus: 402, Code: "PT402", Message: "Payment Required", Details: "Quota exceeded", Hint: "Upgrade your plan"},
			402, 99, `{"code":"PT402","details":"Quota exceeded","hint":"Upgrade your plan","message":"Payment Required"}`, nil,
		},
		{
			"a near name", fault.UnknownRelation("test.projectx", "test.projects"), 404, 160,
			`{"code":"PGRST205","details":null,"hint":"Perhaps you meant the table 'test.projects'","message":"Could not find the table 'test.projectx' in the schema cache"}`, nil,
		},
		{
			"characters of HTML", fault.New(fault.Invalid, "2200N", "invalid XML content").WithDetails("line 1: StartTag: invalid element name\n<\n ^"), 400, 118,
			`{"code":"2200N","details":"line 1: StartTag: invalid element name\n<\n ^","hint":null,"message":"invalid XML content"}`, nil,
		},
		{
			"details that are a list", fault.AmbiguousRelationship("a", "b", []fault.Candidate{{Cardinality: "one", Relationship: "r", Embedding: "e"}}, ""), 300, 0,
			`{"code":"PGRST201","details":[{"cardinality":"one","relationship":"r","embedding":"e"}],"hint":null,"message":"Could not embed because more than one relationship was found for 'a' and 'b'"}`, nil,
		},
		{
			"empty details", fault.BadQuery("bad", ""), 400, 0, `{"code":"PGRST100","details":null,"hint":null,"message":"bad"}`, nil,
		},
		{
			"details that cannot be written", fault.New(fault.Invalid, "X", "m").WithDetails(func() {}), 400, 0,
			`{"code":"X","details":null,"hint":null,"message":"m"}`, nil,
		},
		{
			"a fault inside", fmt.Errorf("planning: %w", fault.BadPath()), 404, 96,
			`{"code":"PGRST125","details":null,"hint":null,"message":"Invalid path specified in request URL"}`, nil,
		},
		{
			"a limit that somebody else set", fmt.Errorf("reading the body: %w", &http.MaxBytesError{Limit: 5}), 413, 0,
			`{"code":"PERGOLA_TOO_LARGE","details":null,"hint":"Send fewer rows at once, or raise PERGOLA_MAX_BODY.","message":"The request body is larger than 5 bytes"}`, nil,
		},
		{
			"a status that is none", &fault.Error{HTTPStatus: 99, Code: "PT099", Message: "m"}, 500, 0,
			`{"code":"PT099","details":null,"hint":null,"message":"m"}`, nil,
		},
		{
			"header fields in order", fault.NotConnected(errors.New("refused")).WithHeader("X-A", "1").WithHeader("X-A", "2").WithHeader("Content-Length", "1").WithHeader("content-type", "application/problem+json"),
			503, 0, `{"code":"PGRST001","details":null,"hint":null,"message":"Database connection error. Retrying the connection."}`,
			http.Header{"Retry-After": {"1"}, "X-A": {"1", "2"}, "Content-Type": {"application/problem+json"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, _ := logged()
			url := start(t, failing(tt.err, web.FaultOptions{Log: log}))
			res, err := http.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			got := text(t, res)
			if res.StatusCode != tt.status || got != tt.body {
				t.Errorf("got %d %s\nwant %d %s", res.StatusCode, got, tt.status, tt.body)
			}
			if tt.length != 0 && len(got) != tt.length {
				t.Errorf("the body has %d bytes, want %d", len(got), tt.length)
			}
			want := http.Header{
				"Content-Type": {"application/json; charset=utf-8"}, "Content-Length": {strconv.Itoa(len(got))},
				"Proxy-Status": {"PostgREST; error=" + codeIn(got)},
			}
			for name, values := range tt.header {
				want[name] = values
			}
			res.Header.Del("Date")
			if diff := cmp.Diff(want, res.Header); diff != "" {
				t.Errorf("the header differs (-want +got):\n%s", diff)
			}
		})
	}
}

// codeIn is the code of a body that begins with it.
func codeIn(body string) string {
	code, _, _ := strings.Cut(strings.TrimPrefix(body, `{"code":"`), `"`)
	return code
}

func TestWriteFaultTerse(t *testing.T) {
	res := serve(failing(fault.UnknownRelation("test.itemsx", "test.items"), web.FaultOptions{Terse: true}), request("GET", "/"))
	want := `{"code":"PGRST205","message":"Could not find the table 'test.itemsx' in the schema cache"}`
	if got := text(t, res); got != want || res.Header.Get("Content-Length") != strconv.Itoa(len(want)) {
		t.Errorf("got %s (%s bytes)", got, res.Header.Get("Content-Length"))
	}
}

func TestWriteFaultToHEAD(t *testing.T) {
	res, err := http.Head(start(t, failing(fault.BadPath(), web.FaultOptions{})))
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, res); got != "" || res.ContentLength != 96 || res.StatusCode != 404 {
		t.Errorf("got %d with %q, length %d", res.StatusCode, got, res.ContentLength)
	}
}

func TestWriteFaultKeepsSecrets(t *testing.T) {
	log, written := logged()
	h := web.Chain(failing(errors.New("password=hunter2"), web.FaultOptions{Log: log}), web.RequestID(""))
	res := serve(h, request("GET", "/todos", "X-Request-Id", "req-1"))
	got := text(t, res)
	want := `{"code":"PERGOLA_INTERNAL","details":null,"hint":"The server's log tells more under the request id req-1.","message":"Internal server error"}`
	if got != want || res.StatusCode != 500 {
		t.Errorf("got %d %s", res.StatusCode, got)
	}
	all := lines(t, written)
	if len(all) != 1 || all[0]["request_id"] != "req-1" || !strings.Contains(fmt.Sprint(all[0]["error"]), "password=hunter2") {
		t.Errorf("the log has %v", all)
	}
}

func TestWriteFaultLogsOurFaultsAlone(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"the caller's", fault.BadPath(), 0},
		{"a missing secret", fault.NoJWTSecret(), 1},
		{"a database that is down", fault.NotConnected(errors.New("refused")), 1},
		{"unknown", errors.New("x"), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, written := logged()
			serve(failing(tt.err, web.FaultOptions{Log: log}), request("GET", "/"))
			if n := len(lines(t, written)); n != tt.want {
				t.Errorf("%d lines in the log, want %d", n, tt.want)
			}
		})
	}
}

func TestWriteFaultAfterTheCallerHungUp(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		hungUp     bool
	}{{"hung up", "INFO", true}, {"still there", "ERROR", false}} {
		t.Run(tt.name, func(t *testing.T) {
			log, written := logged()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.hungUp {
				cancel()
			}
			err := fmt.Errorf("running the statement: %w", context.Canceled)
			serve(failing(err, web.FaultOptions{Log: log}), request("GET", "/").WithContext(ctx))
			if all := lines(t, written); len(all) != 1 || all[0]["level"] != tt.want {
				t.Errorf("the log has %v", all)
			}
		})
	}
}

func TestWriteFaultDropsHeadersOfTheAnswerToCome(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/todos?id=eq.1")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Range", "*/0")
		web.WriteFault(w, r, fault.BadPath(), web.FaultOptions{})
	})
	res := serve(h, request("POST", "/"))
	if res.Header.Get("Location") != "" || res.Header.Get("Content-Encoding") != "" || res.Header.Get("Content-Range") != "*/0" {
		t.Errorf("the header is %v", res.Header)
	}
}
