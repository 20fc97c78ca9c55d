package rest

import (
	"net/http"
	"slices"

	"github.com/pergola-dev/pergola/core/query"
)

// stream sends the rows of an answer as they arrive, each on a line.
type stream struct {
	w       http.ResponseWriter
	started bool
}

// stream lets the pipeline hand on rows where that is allowed and lines are asked for; nil where it may not. Whether it does
// depends on what the answer turns out to be.
func (h *Handler) stream(w http.ResponseWriter, q *asked) *stream {
	if !h.options.Stream || !slices.ContainsFunc(q.Accept, func(m query.MediaType) bool { return m.Name == typeLine }) {
		return nil
	}
	s := &stream{w: w}
	q.Sink = s.row
	return s
}

// row sends one row. The first one brings the status along: from then on an error can only cut the answer off.
func (s *stream) row(row []byte) error {
	if !s.started {
		s.begin()
	}
	if _, err := s.w.Write(row); err != nil {
		return err
	}
	_, err := s.w.Write([]byte{'\n'})
	return err
}

func (s *stream) begin() {
	s.started = true
	h := s.w.Header()
	h.Add("Vary", vary)
	h.Set("Content-Type", "application/x-ndjson")
	s.w.WriteHeader(http.StatusOK)
}

// end completes the answer. One that failed after it began is cut off, so that the reader cannot take it for whole.
func (s *stream) end(err error) error {
	switch {
	case err != nil && s.started:
		panic(http.ErrAbortHandler)
	case err != nil:
		return err
	case !s.started:
		s.begin()
	}
	return nil
}
