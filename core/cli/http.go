package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a connection. The body has its own limit, and a slow answer is the database's business.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// httpServer answers on a listener until it is drained.
type httpServer struct {
	server *http.Server
	failed chan error // receives once, if serving ends by itself
}

// serveHTTP begins to answer on l.
func serveHTTP(l net.Listener, h http.Handler, log *slog.Logger) *httpServer {
	s := &httpServer{
		server: &http.Server{
			Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
		failed: make(chan error, 1),
	}
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serving HTTP: %w", err)
		}
	}()
	return s
}

// drain accepts nothing more, and gives the requests that are under way some time to finish. It says whether they did.
func (s *httpServer) drain(patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		_ = s.server.Close()
		return fmt.Errorf("requests were cut off at the end: %w", err)
	}
	return nil
}
