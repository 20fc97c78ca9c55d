package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

type visitKey struct{}

// visit is what the inner middleware tells the access log about a request.
type visit struct{ role string }

// setRole says as whom the request acts.
func setRole(ctx context.Context, role string) {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		v.role = role
	}
}

// AccessLog writes one line at level info when a request is done. It holds no header, and of the address only the path:
// tokens, keys and the values of filters stay out of the log.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !log.Enabled(r.Context(), slog.LevelInfo) {
				next.ServeHTTP(w, r)
				return
			}
			v, rec, start := &visit{}, record(w), time.Now()
			ctx := context.WithValue(r.Context(), visitKey{}, v)
			defer func() { log.LogAttrs(ctx, slog.LevelInfo, "request", v.attributes(r, rec, time.Since(start))...) }()
			next.ServeHTTP(rec, r.WithContext(ctx))
		})
	}
}

func (v *visit) attributes(r *http.Request, rec *recorder, took time.Duration) []slog.Attr {
	status := rec.status
	if status == 0 {
		status = http.StatusOK // nothing was written: net/http sends this after the handler
	}
	return []slog.Attr{
		slog.String("request_id", RequestIDOf(r.Context())),
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.Int("status", status),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("duration", took),
		slog.String("role", v.role),
		slog.String("remote", r.RemoteAddr),
	}
}
