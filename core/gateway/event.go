package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// event is one invocation that carries an HTTP request, and knows the form of the response that goes with it.
//
//sumtype:decl
type event interface {
	// request makes the request; stage is the path prefix to strip, "" for none. Its context derives from ctx.
	request(ctx context.Context, stage string) (*http.Request, error)
	// response gives the answer in the form that belongs to the event's kind, ready for encoding/json.
	response(*answer) any
}

// supported names the kinds of events that decode understands, for people.
const supported = "API Gateway HTTP API events with payload format version 2.0"

// ErrUnknownEvent says that an invocation is none of the events that carry an HTTP request here. The error that wraps it
// names what came and what is supported.
var ErrUnknownEvent = errors.New("event not supported")

// decode reads an event, choosing the kind by what the event says of itself. The kind of the template's own API is tried
// first, so that a large body is read once.
func decode(payload []byte) (event, error) {
	var h httpAPI
	err := json.Unmarshal(payload, &h)
	if err == nil && h.genuine() {
		return &h, nil
	}
	var e envelope
	if json.Unmarshal(payload, &e) == nil && e.kind() != "" {
		return nil, fmt.Errorf("%w: got %s, supported: %s", ErrUnknownEvent, e.kind(), supported)
	}
	return nil, fmt.Errorf("reading the event: %w", err)
}

// envelope is as much of an event as tells its kind.
type envelope struct {
	Version        string `json:"version"`
	HTTPMethod     string `json:"httpMethod"`
	RequestContext struct {
		DomainName string          `json:"domainName"`
		ELB        json.RawMessage `json:"elb"`
		HTTP       struct {
			Method string `json:"method"`
		} `json:"http"`
	} `json:"requestContext"`
}

// kind names the kind of an event for people; "" for an HTTP API event.
func (e envelope) kind() string {
	switch {
	case len(e.RequestContext.ELB) > 0:
		return "an Application Load Balancer event"
	case e.Version == "2.0" && functionURL(e.RequestContext.DomainName):
		return "a function URL event"
	case e.Version == "2.0" && e.RequestContext.HTTP.Method != "":
		return ""
	case e.HTTPMethod != "":
		return "a REST API event or payload format version 1.0"
	default:
		return fmt.Sprintf("an event with version %q and no HTTP request", e.Version)
	}
}

// functionURL says whether a host is that of a function URL. Its events have the HTTP API's format with a path that is
// still encoded, so the two must not be taken for each other.
func functionURL(host string) bool { return strings.Contains(host, ".lambda-url.") }
