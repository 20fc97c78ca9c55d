package web

import (
	"net/http"
	"slices"
	"strings"
)

// CORSOptions say which browsers may call.
type CORSOptions struct {
	Origins []string // PGRST_SERVER_CORS_ALLOWED_ORIGINS; empty, or with "*" in it, for any
	Headers []string // that are allowed besides (GOTRUE_CORS_ALLOWED_HEADERS)
	// Supabase adds the headers that supabase-js and its tracing send, those that it reads where a request brings an apikey,
	// and Vary where the answer depends on the origin. Without it every byte is PostgREST's.
	Supabase bool
}

// The lists of PostgREST (Cors.hs) and of wai-cors, which it uses, in their order and spelling.
const (
	corsMethods = "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
	corsMaxAge  = "86400"
	corsExposed = "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit"
)

// corsSimple are allowed without having been asked for.
func corsSimple() []string { return []string{"Accept", "Accept-Language", "Content-Language"} }

// supabaseHeaders are what supabase-js sends, with the fields of W3C Trace Context and Baggage.
func supabaseHeaders() []string {
	return []string{
		"apikey", "Content-Type", "Prefer", "Accept-Profile", "Content-Profile", "Range", "Range-Unit", "X-Client-Info",
		"X-Supabase-Api-Version", "X-Upsert", "If-None-Match", "X-Request-Id", "traceparent", "tracestate", "baggage",
	}
}

// supabaseExposed are what supabase-js and those who look for faults read, beside corsExposed: of REST, and of Auth's list of
// users and its errors.
const supabaseExposed = ", Content-Profile, Preference-Applied, Proxy-Status, ETag, X-Request-Id, " +
	"Link, X-Total-Count, X-Supabase-Api-Version, X-Sb-Error-Code"

// CORS answers preflight requests and marks the answers that a page of another origin may read. It refuses nobody: that
// is the browser's part. As in PostgREST an OPTIONS request that is no preflight, or whose origin or method is not
// allowed, goes to the handler unmarked.
func CORS(o CORSOptions) Middleware {
	anyone := len(o.Origins) == 0 || slices.Contains(o.Origins, "*")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if o.Supabase && !anyone {
				w.Header().Add("Vary", "Origin")
			}
			origin := r.Header.Get("Origin")
			switch {
			case origin == "" || isWebSocket(r) || !anyone && !slices.Contains(o.Origins, origin):
				next.ServeHTTP(w, r)
			case r.Method != http.MethodOptions:
				allowOrigin(w.Header(), origin, anyone)
				w.Header().Set("Access-Control-Expose-Headers", o.exposed(r))
				next.ServeHTTP(w, r)
			case isPreflight(r):
				allowOrigin(w.Header(), origin, anyone)
				o.preflight(w, r)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

func allowOrigin(h http.Header, origin string, anyone bool) {
	if anyone {
		h.Set("Access-Control-Allow-Origin", "*")
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
}

// isPreflight reports whether the request asks for a method that may be used; methods are told apart by case.
func isPreflight(r *http.Request) bool {
	return slices.Contains(strings.Split(corsMethods, ", "), r.Header.Get("Access-Control-Request-Method"))
}

func (o CORSOptions) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", corsMethods)
	if asked, ok := r.Header["Access-Control-Request-Headers"]; ok {
		h.Set("Access-Control-Allow-Headers", o.allowed(asked[0]))
	}
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusOK)
}

// allowed lists Authorization, whatever was asked for, and the headers that are always allowed, if not asked for.
func (o CORSOptions) allowed(asked string) string {
	names := []string{"Authorization"}
	for name := range strings.SplitSeq(asked, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	always := append(corsSimple(), o.Headers...)
	if o.Supabase {
		always = append(always, supabaseHeaders()...)
	}
	for _, name := range always {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// exposed lists what a page of another origin may read. A client that brings no apikey is one of PostgREST's, and reads what
// it reads there.
func (o CORSOptions) exposed(r *http.Request) string {
	if o.Supabase && r.Header.Get("Apikey") != "" {
		return corsExposed + supabaseExposed
	}
	return corsExposed
}

func isWebSocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}
