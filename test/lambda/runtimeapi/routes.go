package runtimeapi

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// routes are the Runtime API and the two calls of the Extensions API.
func (f *Function) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", f.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", f.serveResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", f.serveError)
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "00000000-0000-4000-8000-00000000ffff")
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // an extension that asked for no events waits for ever
	})
	return mux
}

// serveNext hands out the next event, and waits for one as long as the program does.
func (f *Function) serveNext(w http.ResponseWriter, r *http.Request) {
	f.first.Do(func() { f.ready <- time.Now() })
	select {
	case c := <-f.calls:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", c.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(f.config.Timeout).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:pergola-test")
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-67891233-abcdef012345678912345678;Sampled=0")
		h.Set("Content-Type", "application/json")
		_, _ = w.Write(c.payload)
	case <-r.Context().Done():
	}
}

func (f *Function) serveResponse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c := f.find(r.PathValue("id"))
	switch {
	case c == nil || err != nil:
		http.Error(w, "no such invocation", http.StatusBadRequest)
	case len(body) > MaxResponse:
		http.Error(w, "Response payload size exceeded", http.StatusRequestEntityTooLarge)
		c.done <- outcome{err: &FunctionError{
			Type:    "Function.ResponseSizeTooLarge",
			Message: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
		}}
	default:
		w.WriteHeader(http.StatusAccepted)
		c.done <- outcome{response: body}
	}
}

func (f *Function) serveError(w http.ResponseWriter, r *http.Request) {
	c := f.find(r.PathValue("id"))
	var e FunctionError
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil || c == nil {
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	c.done <- outcome{err: &e}
}
