package cli

import (
	"cmp"
	"context"
	"log/slog"
	"net"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
)

// admin is PostgREST's second server, for probes and those who operate the first; nil when there is none.
type admin struct{ http *httpServer }

// startAdmin serves at the place that PGRST_ADMIN_SERVER_* name, if they do. It asks nobody for a credential.
func startAdmin(ctx context.Context, cfg config.Config, api *app.App, log *slog.Logger) (*admin, error) {
	l, err := listenAdmin(ctx, cfg.Server)
	if l == nil {
		return nil, err
	}
	return &admin{http: serveHTTP(l, api.Admin(), log)}, nil
}

// listenAdmin opens the admin server's place; nil for none.
func listenAdmin(ctx context.Context, s config.Server) (net.Listener, error) {
	switch {
	case s.AdminUnixSocket != "":
		return listenUnix(ctx, s.AdminUnixSocket, s.AdminUnixSocketMode)
	case s.AdminPort != 0:
		return listenTCP(ctx, cmp.Or(s.AdminHost, s.Host), s.AdminPort)
	}
	return nil, nil
}

func (a *admin) stop() {
	if a != nil {
		_ = a.http.server.Close() // a probe that is cut off asks again
	}
}
