package web

import (
	"log/slog"
	"net/http"
	"time"
)

// AccessLog writes one line at level info when a request is done. It holds no header, and of the address only the path:
// tokens, keys and the values of filters stay out of the log.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !log.Enabled(r.Context(), slog.LevelInfo) {
				next.ServeHTTP(w, r)
				return
			}
			v, r := join(r)
			rec, start := record(w), time.Now()
			defer func() { log.LogAttrs(v, slog.LevelInfo, "request", v.attributes(r, rec, time.Since(start))...) }()
			next.ServeHTTP(rec, r)
		})
	}
}

func (v *visit) attributes(r *http.Request, rec *recorder, took time.Duration) []slog.Attr {
	status := rec.status
	if status == 0 {
		status = http.StatusOK // nothing was written: net/http sends this after the handler
	}
	return []slog.Attr{
		slog.String("request_id", v.id),
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.Int("status", status),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("duration", took),
		slog.String("role", v.caller.Role),
		slog.String("remote", r.RemoteAddr),
	}
}
