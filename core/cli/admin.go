package cli

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
)

// admin is PostgREST's second server for probes; nil when there is none.
type admin struct{ http *httpServer }

// startAdmin serves /live and /ready on the host of the server and on a port of their own (PGRST_ADMIN_SERVER_PORT).
func startAdmin(ctx context.Context, cfg config.Config, api *app.App, log *slog.Logger) (*admin, error) {
	if cfg.Server.AdminPort == 0 {
		return nil, nil
	}
	l, err := listenTCP(ctx, cfg.Server.Host, cfg.Server.AdminPort)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if api.Ready(r.Context()) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return &admin{http: serveHTTP(l, mux, log)}, nil
}

func (a *admin) stop() {
	if a != nil {
		_ = a.http.server.Close() // a probe that is cut off asks again
	}
}
