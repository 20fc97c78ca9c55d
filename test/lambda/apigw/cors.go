package apigw

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// CORS is the CorsConfiguration of an HTTP API.
type CORS struct {
	AllowOrigins  []string // "*" alone for any
	AllowMethods  []string
	AllowHeaders  []string
	ExposeHeaders []string
	// AllowCredentials goes with named origins alone.
	AllowCredentials bool
	MaxAge           int // seconds
}

// preflight says whether a request is the question that a browser asks before the real one.
func preflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// answer answers a preflight request. No function is called for it. Where something is not allowed the gateway does not
// refuse, it leaves the headers out.
func (c *CORS) answer(w http.ResponseWriter, r *http.Request) {
	if c.permits(r) {
		c.allow(w.Header(), r)
		w.Header().Set("access-control-allow-methods", strings.Join(c.AllowMethods, ","))
		w.Header().Set("access-control-allow-headers", strings.Join(c.AllowHeaders, ","))
		w.Header().Set("access-control-max-age", strconv.Itoa(c.MaxAge))
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *CORS) permits(r *http.Request) bool {
	if !c.origin(r) || !slices.Contains(c.AllowMethods, r.Header.Get("Access-Control-Request-Method")) {
		return false
	}
	for name := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "" && !slices.Contains(c.AllowHeaders, name) {
			return false
		}
	}
	return true
}

func (c *CORS) origin(r *http.Request) bool {
	return slices.Contains(c.AllowOrigins, "*") || slices.Contains(c.AllowOrigins, r.Header.Get("Origin"))
}

// allow sets the headers that tell a browser that the origin may read the answer.
func (c *CORS) allow(h http.Header, r *http.Request) {
	h.Set("access-control-allow-origin", r.Header.Get("Origin"))
	if slices.Contains(c.AllowOrigins, "*") {
		h.Set("access-control-allow-origin", "*")
	}
	if c.AllowCredentials {
		h.Set("access-control-allow-credentials", "true")
	}
	if len(c.ExposeHeaders) > 0 && !preflight(r) {
		h.Set("access-control-expose-headers", strings.Join(c.ExposeHeaders, ","))
	}
}

// writer replaces the function's CORS headers by the gateway's, on the gateway's own errors too.
func (c *CORS) writer(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	return &corsWriter{ResponseWriter: w, cors: c, r: r}
}

type corsWriter struct {
	http.ResponseWriter
	cors *CORS
	r    *http.Request
}

// WriteHeader settles the CORS headers before the status goes out.
func (w *corsWriter) WriteHeader(status int) {
	h := w.Header()
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(h, name)
		}
	}
	if w.r.Header.Get("Origin") != "" && w.cors.origin(w.r) {
		w.cors.allow(h, w.r)
	}
	w.ResponseWriter.WriteHeader(status)
}
