package app

import (
	"encoding/json"
	"io"
	"net/http"
)

// Admin serves those who operate the API, at PostgREST's paths: /live, /ready, /metrics, /schema_cache and /config. It asks
// for no credential: serve it where they alone can reach it.
func (a *App) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if a.Ready(r.Context()) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, "text/plain; version=0.0.4; charset=utf-8", a.metrics())
	})
	mux.HandleFunc("GET /config", func(w http.ResponseWriter, _ *http.Request) {
		cfg := a.given.Load()
		if k := a.schema.current.Load(); k != nil {
			cfg = &k.config
		}
		writeText(w, "text/plain; charset=utf-8", cfg.Dump())
	})
	mux.HandleFunc("GET /schema_cache", a.dumpSchema)
	return mux
}

// dumpSchema writes all that is known of the database's schema as JSON; 503 while nothing is. The shape is that of
// catalog.Source, and changes with it.
func (a *App) dumpSchema(w http.ResponseWriter, _ *http.Request) {
	k := a.schema.current.Load()
	if k == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	_ = out.Encode(k.catalog.Source) // a reader who has gone needs no answer
}

func writeText(w http.ResponseWriter, contentType, text string) {
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, text) // a reader who has gone needs no answer
}
