package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// reserve is the part of an invocation's time that is kept back from the handler, so that its answer to running out of time
// still leaves the process: past the deadline itself the sandbox is stopped and the caller gets the gateway's bare 503.
const reserve = 250 * time.Millisecond

// Handler answers invocations with an http.Handler. It is a lambda.Handler. Lambda makes one.
type Handler struct {
	next  http.Handler
	stage string
}

// Option changes what Lambda makes.
type Option func(*Handler)

// StripPrefix takes prefix ("/dev") off the path of every request that has it, as whole segments. It is for a stage with a
// name of its own, which the gateway leaves in the path; the stage $default needs none. Nothing is stripped without it.
func StripPrefix(prefix string) Option {
	return func(g *Handler) { g.stage = prefix }
}

// Lambda gives what to pass to lambda.Start, so that h answers the function's invocations.
func Lambda(h http.Handler, options ...Option) *Handler {
	g := &Handler{next: h}
	for _, option := range options {
		option(g)
	}
	return g
}

// Invoke answers one event. payload is the event's JSON, the result the response's.
//
// An error means that payload is no event this package understands; the gateway then answers 500 by itself. Whatever the
// handler does, a panic included, is an answer and not an error.
func (g *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e, err := decode(payload)
	if err != nil {
		return nil, err
	}
	ctx, cancel := withReserve(ctx)
	defer cancel()
	r, err := e.request(ctx, g.stage)
	if err != nil {
		return nil, fmt.Errorf("reading the event: %w", err)
	}
	identify(r)
	a := newAnswer(r.Method)
	g.serve(a, r)
	return encode(e, a, r)
}

// serve runs the handler. A panic that gets past its own recovery is logged once and answered with a bare 500; whatever was
// written before it is dropped. http.ErrAbortHandler is how web.Recover gives up on a half-written answer it has logged.
func (g *Handler) serve(a *answer, r *http.Request) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		log := slog.Default()
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			log = slog.New(slog.DiscardHandler)
		}
		a.fail(r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()), log)
	}()
	g.next.ServeHTTP(a, r)
	a.finish()
}

// encode writes the answer as the event's kind of response. One that Lambda would refuse for its size is replaced.
func encode(e event, a *answer, r *http.Request) ([]byte, error) {
	if !a.overflow {
		out, err := json.Marshal(e.response(a))
		if err != nil || len(out) <= MaxResponse {
			return out, err
		}
	}
	a.fail(r, tooLarge(r.Method), slog.Default())
	return json.Marshal(e.response(a))
}

// requestID is the header that names a request in logs and answers.
const requestID = "X-Request-Id"

// identify gives a request without an id that of the invocation, so that our log lines and Lambda's own can be joined.
func identify(r *http.Request) {
	if lc, ok := lambdacontext.FromContext(r.Context()); ok && r.Header.Get(requestID) == "" && lc.AwsRequestID != "" {
		r.Header.Set(requestID, lc.AwsRequestID)
	}
}

// withReserve ends the context a little before the invocation's deadline. A context without a deadline, or with one too
// near, stays as it is.
func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || time.Until(deadline) < 2*reserve {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}
