package web

import "net/http"

// recorder remembers what was sent. Unwrap keeps http.ResponseController working, Flush those who ask for an
// http.Flusher.
type recorder struct {
	http.ResponseWriter
	status int   // 0 until the header is sent
	bytes  int64 // of the body
}

// record wraps w, unless that was done further out.
func record(w http.ResponseWriter) *recorder {
	if r, ok := w.(*recorder); ok {
		return r
	}
	return &recorder{ResponseWriter: w}
}

// WriteHeader remembers the final status; informational ones (1xx) pass by.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the body.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Flush sends what was written so far, and the header with it.
func (r *recorder) Flush() {
	if f, ok := r.ResponseWriter.(http.Flusher); ok {
		if r.status == 0 {
			r.status = http.StatusOK
		}
		f.Flush()
	}
}

// Unwrap gives the writer inside.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
