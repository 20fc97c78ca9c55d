package apigw_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/gateway"
	"github.com/pergola-dev/pergola/test/lambda/apigw"
)

// function is a function made of Go code.
type function func(event map[string]any) (any, error)

func (f function) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	var event map[string]any
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	out, err := f(event)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// send sends raw text to a gateway and gives the response's status, headers and body.
func send(t *testing.T, g *apigw.Gateway, request string) (*http.Response, string) {
	t.Helper()
	s := httptest.NewServer(g)
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() { _, _ = io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")) }()
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// seen gives the event of a request.
func seen(t *testing.T, g apigw.Gateway, request string) map[string]any {
	t.Helper()
	var got map[string]any
	g.API = function(func(event map[string]any) (any, error) {
		got = event
		return map[string]any{"statusCode": 200}, nil
	})
	if res, body := send(t, &g, request); res.StatusCode != 200 {
		t.Fatalf("status %d: %s", res.StatusCode, body)
	}
	return got
}

func TestEvent(t *testing.T) {
	got := seen(t, apigw.Gateway{}, "PATCH /rest/v1/caf%C3%A9%3F?a=1&a=2&t=cs.{x,y}&p=%2C HTTP/1.1\nHost: api.example.com\n"+
		"Prefer: a=1, b=2\nPREFER: c=3\nCookie: x=1; y=2\nCookie: z=3\nX-Forwarded-For: 203.0.113.7\n"+
		"Content-Type: application/json\nContent-Length: 2\n\n{}")
	headers := got["headers"].(map[string]any)
	if len(headers["x-amzn-trace-id"].(string)) != 40 {
		t.Errorf("trace id %v", headers["x-amzn-trace-id"])
	}
	delete(headers, "x-amzn-trace-id")
	want := map[string]any{
		"prefer": "a=1, b=2,c=3", "content-type": "application/json", "content-length": "2", "host": "api.example.com",
		"x-forwarded-for": "203.0.113.7, 127.0.0.1", "x-forwarded-port": "443", "x-forwarded-proto": "https",
	}
	if d := cmp.Diff(want, headers); d != "" {
		t.Errorf("headers (-want +got):\n%s", d)
	}
	for name, want := range map[string]any{
		"version": "2.0", "routeKey": "ANY /{proxy+}", "rawPath": "/rest/v1/café?", "rawQueryString": "a=1&a=2&t=cs.{x,y}&p=%2C",
		"cookies": []any{"x=1", "y=2", "z=3"}, "body": "{}", "isBase64Encoded": false,
		"queryStringParameters": map[string]any{"a": "1,2", "t": "cs.{x,y}", "p": ","},
	} {
		if d := cmp.Diff(want, got[name]); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if c := got["requestContext"].(map[string]any); c["stage"] != "$default" || c["authorizer"] != nil {
		t.Errorf("context %v", c)
	}
}

func TestNamedStageIsInThePath(t *testing.T) {
	got := seen(t, apigw.Gateway{Stage: "dev"}, "GET /rest/v1/x HTTP/1.1\nHost: a\n\n")
	if got["rawPath"] != "/dev/rest/v1/x" {
		t.Errorf("rawPath %v", got["rawPath"])
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct{ contentType, body, want string }{
		{"application/json", `{"a":"é"}`, `{"a":"é"}`},
		{"text/csv; charset=utf-8", "a,b", "a,b"},
		{"text/plain", "caf\xe9", "Y2Fm6Q=="},
		{"application/x-www-form-urlencoded", "a=1", "YT0x"},
		{"application/vnd.pgrst.object+json", "{}", "e30="},
		{"application/octet-stream", "\x00\xff", "AP8="},
		{"", "x", "eA=="},
	} {
		t.Run(c.contentType, func(t *testing.T) {
			got := seen(t, apigw.Gateway{}, fmt.Sprintf("POST /x HTTP/1.1\nHost: a\nContent-Type: %s\nContent-Length: %d\n\n%s",
				c.contentType, len(c.body), c.body))
			if got["body"] != c.want || got["isBase64Encoded"] != (c.want != c.body) {
				t.Errorf("body %v, base64 %v", got["body"], got["isBase64Encoded"])
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	failing := function(func(map[string]any) (any, error) { return nil, errors.New("x") })
	fine := function(func(map[string]any) (any, error) { return map[string]any{"statusCode": 200}, nil })
	deciding := func(answer any, err error) apigw.Function {
		return function(func(map[string]any) (any, error) { return answer, err })
	}
	const get = "GET /rest/v1/x HTTP/1.1\nHost: a\n\n"
	for _, c := range []struct {
		name    string
		gateway apigw.Gateway
		request string
		status  int
		message string
	}{
		{"root", apigw.Gateway{API: fine}, "GET / HTTP/1.1\nHost: a\n\n", 404, "Not Found"},
		{"function fails", apigw.Gateway{API: failing}, get, 500, "Internal Server Error"},
		{"no response", apigw.Gateway{API: deciding("text", nil)}, get, 500, "Internal Server Error"},
		{"long header", apigw.Gateway{API: fine}, "GET /x HTTP/1.1\nHost: a\nX: " + strings.Repeat("x", apigw.MaxHeader) + "\n\n", 431, "Request Header Fields Too Large"},
		{"long address", apigw.Gateway{API: fine}, "GET /" + strings.Repeat("x", apigw.MaxHeader) + " HTTP/1.1\nHost: a\n\n", 431, "Request Header Fields Too Large"},
		{"long body", apigw.Gateway{API: fine}, fmt.Sprintf("POST /x HTTP/1.1\nHost: a\nContent-Length: %d\n\n%s", apigw.MaxBody+1, strings.Repeat("x", apigw.MaxBody+1)), 413, "Request Entity Too Large"},
		{"body that Lambda does not take", apigw.Gateway{API: fine}, fmt.Sprintf("POST /x HTTP/1.1\nHost: a\nContent-Length: %d\n\n%s", 6<<20, strings.Repeat("x", 6<<20)), 413, "Request Entity Too Large"},
		{"not authorized", apigw.Gateway{API: fine, Authorizer: deciding(map[string]any{"isAuthorized": false}, nil)}, get, 403, "Forbidden"},
		{"authorizer says 401", apigw.Gateway{API: fine, Authorizer: deciding(nil, errors.New("Unauthorized"))}, get, 401, "Unauthorized"},
		{"authorizer fails", apigw.Gateway{API: fine, Authorizer: failing}, get, 500, "Internal Server Error"},
		{"authorizer answers nonsense", apigw.Gateway{API: fine, Authorizer: deciding(map[string]any{"yes": 1}, nil)}, get, 500, "Internal Server Error"},
		{"identity source missing", apigw.Gateway{API: fine, Authorizer: failing, IdentitySources: []string{"$request.header.apikey"}}, get, 401, "Unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, body := send(t, &c.gateway, c.request)
			if want := `{"message":"` + c.message + `"}`; res.StatusCode != c.status || body != want {
				t.Errorf("got %d %s, want %d %s", res.StatusCode, body, c.status, want)
			}
		})
	}
}

func TestAuthorizer(t *testing.T) {
	var question, event map[string]any
	g := apigw.Gateway{
		IdentitySources: []string{"$request.header.apikey"},
		Authorizer: function(func(e map[string]any) (any, error) {
			question = e
			return map[string]any{"isAuthorized": true, "context": map[string]any{"role": "anon", "n": 1}}, nil
		}),
		API: function(func(e map[string]any) (any, error) {
			event = e
			return map[string]any{"statusCode": 200}, nil
		}),
	}
	send(t, &g, "POST /rest/v1/x?a=1 HTTP/1.1\nHost: a\nApikey: k\nContent-Type: text/plain\nContent-Length: 1\n\nx")
	for name, want := range map[string]any{
		"type": "REQUEST", "version": "2.0", "identitySource": []any{"k"}, "rawPath": "/rest/v1/x", "rawQueryString": "a=1", "body": nil,
		"routeArn": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/$default/POST/rest/v1/x",
	} {
		if d := cmp.Diff(want, question[name]); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	got := event["requestContext"].(map[string]any)["authorizer"]
	if d := cmp.Diff(map[string]any{"lambda": map[string]any{"role": "anon", "n": 1.0}}, got); d != "" || event["type"] != nil {
		t.Errorf("what the function sees (-want +got):\n%s", d)
	}
}

func TestOptionsNeedNoAuthorizer(t *testing.T) {
	g := apigw.Gateway{Authorizer: function(func(map[string]any) (any, error) { return nil, errors.New("asked") })}
	if got := seen(t, g, "OPTIONS /rest/v1/x HTTP/1.1\nHost: a\n\n"); got["routeKey"] != "OPTIONS /{proxy+}" {
		t.Errorf("route %v", got["routeKey"])
	}
}

func TestCORS(t *testing.T) {
	cors := &apigw.CORS{
		AllowOrigins: []string{"https://app.example.com"}, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"apikey", "prefer"},
		ExposeHeaders: []string{"content-range"}, AllowCredentials: true, MaxAge: 60,
	}
	api := function(func(map[string]any) (any, error) {
		return map[string]any{"statusCode": 200, "headers": map[string]any{"Access-Control-Allow-Origin": "the function's own"}}, nil
	})
	allowed := map[string]string{
		"Access-Control-Allow-Origin": "https://app.example.com", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Expose-Headers": "content-range",
	}
	preflight := map[string]string{
		"Access-Control-Allow-Origin": "https://app.example.com", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods": "GET,POST", "Access-Control-Allow-Headers": "apikey,prefer", "Access-Control-Max-Age": "60",
	}
	for _, c := range []struct {
		name, request string
		status        int
		want          map[string]string
	}{
		{"preflight", "OPTIONS /x HTTP/1.1\nHost: a\nOrigin: https://app.example.com\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: Prefer, apikey\n\n", 204, preflight},
		{"preflight of another origin", "OPTIONS /x HTTP/1.1\nHost: a\nOrigin: https://evil.example\nAccess-Control-Request-Method: POST\n\n", 204, map[string]string{}},
		{"preflight of another header", "OPTIONS /x HTTP/1.1\nHost: a\nOrigin: https://app.example.com\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: x-other\n\n", 204, map[string]string{}},
		{"preflight of another method", "OPTIONS /x HTTP/1.1\nHost: a\nOrigin: https://app.example.com\nAccess-Control-Request-Method: PUT\n\n", 204, map[string]string{}},
		{"request", "GET /x HTTP/1.1\nHost: a\nOrigin: https://app.example.com\n\n", 200, allowed},
		{"request of another origin", "GET /x HTTP/1.1\nHost: a\nOrigin: https://evil.example\n\n", 200, map[string]string{}},
		{"request without origin", "GET /x HTTP/1.1\nHost: a\n\n", 200, map[string]string{}},
		{"the gateway's own error", "GET / HTTP/1.1\nHost: a\nOrigin: https://app.example.com\n\n", 404, allowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, _ := send(t, &apigw.Gateway{API: api, CORS: cors}, c.request)
			got := map[string]string{}
			for name := range res.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					got[name] = res.Header.Get(name)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" || res.StatusCode != c.status {
				t.Errorf("status %d, CORS headers (-want +got):\n%s", res.StatusCode, d)
			}
		})
	}
}

// TestWithTheAdapter goes through both halves: what the adapter makes of an event is the request again.
func TestWithTheAdapter(t *testing.T) {
	g := &apigw.Gateway{API: gateway.Lambda(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = fmt.Fprintf(w, "%s %s %s\n%s\n%s", r.Method, r.RequestURI, r.Host, r.Header.Get("Cookie"), body)
	}))}
	res, body := send(t, g, "PUT /a%20b?x=%2F&x=1 HTTP/1.1\nHost: h.example\nCookie: k=v\nContent-Length: 3\n\n\x00\xff\x01")
	if want := "PUT /a%20b?x=%2F&x=1 h.example\nk=v\n\x00\xff\x01"; body != want {
		t.Errorf("got %q, want %q", body, want)
	}
	if d := cmp.Diff([]string{"a=1", "b=2"}, res.Header["Set-Cookie"]); d != "" {
		t.Errorf("cookies (-want +got):\n%s", d)
	}
}
