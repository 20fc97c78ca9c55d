package apigw

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The limits of an HTTP API, in bytes.
const (
	MaxHeader = 10_240   // request line and header fields
	MaxBody   = 10 << 20 // request body
	maxEvent  = 6 << 20  // what Lambda takes as an event
)

// Function answers an event, as the Lambda service does for the gateway. An error means that the function failed.
type Function interface {
	Invoke(ctx context.Context, event []byte) ([]byte, error)
}

// Gateway is the HTTP API. It is an http.Handler.
type Gateway struct {
	API        Function
	Auth       Function // nil for none: its routes are then the API's
	Authorizer Function // nil for none
	// IdentitySources are what a request must have before the authorizer is asked, such as "$request.header.apikey".
	IdentitySources []string
	CORS            *CORS  // nil leaves CORS to the function
	Stage           string // "" for the stage $default
}

// ServeHTTP takes a request through the gateway: limits, CORS, route, authorizer, integration.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.CORS != nil {
		if preflight(r) {
			g.CORS.answer(w, r)
			return
		}
		w = g.CORS.writer(w, r)
	}
	body, refusal := read(r)
	if refusal != 0 {
		own(w, refusal)
		return
	}
	if strings.Trim(r.URL.Path, "/") == "" { // a greedy path variable does not match the root
		own(w, http.StatusNotFound)
		return
	}
	to := g.route(r)
	g.integrate(w, r, to, newEvent(r, body, to, g.Stage))
}

// route is where a request goes: a key as the gateway writes it, and what of the path the greedy variable has.
type route struct {
	key, proxy string
	function   Function
	open       bool // without the authorizer
}

// route picks the most specific route that matches.
func (g *Gateway) route(r *http.Request) route {
	const auth = "/auth/v1"
	switch rest, below := strings.CutPrefix(r.URL.Path, auth+"/"); {
	case g.Auth != nil && r.URL.Path == auth:
		return route{key: "ANY " + auth, function: g.Auth, open: true}
	case g.Auth != nil && below:
		return route{key: "ANY " + auth + "/{proxy+}", proxy: rest, function: g.Auth, open: true}
	case r.Method == http.MethodOptions:
		return route{key: "OPTIONS /{proxy+}", proxy: strings.TrimPrefix(r.URL.Path, "/"), function: g.API, open: true}
	}
	return route{key: "ANY /{proxy+}", proxy: strings.TrimPrefix(r.URL.Path, "/"), function: g.API}
}

// integrate asks the authorizer, then the function.
func (g *Gateway) integrate(w http.ResponseWriter, r *http.Request, to route, e *event) {
	if g.Authorizer != nil && !to.open {
		values, refusal := g.authorize(r, e)
		if refusal != 0 {
			own(w, refusal)
			return
		}
		e.RequestContext.Authorizer = &authorizer{Lambda: values}
	}
	payload := e.encode()
	if len(payload) > maxEvent {
		own(w, http.StatusRequestEntityTooLarge)
		return
	}
	out, err := to.function.Invoke(r.Context(), payload)
	if err != nil {
		own(w, http.StatusInternalServerError)
		return
	}
	respond(w, out)
}

// read takes the body, or gives the status by which the gateway refuses the request.
func read(r *http.Request) (body []byte, refusal int) {
	if headerSize(r) > MaxHeader {
		return nil, http.StatusRequestHeaderFieldsTooLarge
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r.Body, MaxBody+1))
	switch {
	case err != nil:
		return nil, http.StatusBadRequest
	case n > MaxBody:
		return nil, http.StatusRequestEntityTooLarge
	}
	return b.Bytes(), 0
}

func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("Host: ") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			n += len(name) + len(": \r\n") + len(value)
		}
	}
	return n
}

// own writes one of the gateway's own errors. Their form cannot be configured on an HTTP API.
func own(w http.ResponseWriter, status int) {
	message := http.StatusText(status)
	w.Header().Set("content-type", "application/json")
	w.Header().Set("content-length", strconv.Itoa(len(message)+len(`{"message":""}`)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"`+message+`"}`)
}
