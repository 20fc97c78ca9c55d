package app

import (
	"log/slog"
	"net/http"

	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/engine"
)

// Front is what answers by a configuration as serve has it, with run in the place of the database and source for what is
// known of it.
func Front(cfg config.Config, run engine.Runner, source engine.Schema) (http.Handler, error) {
	s := settings{log: slog.New(slog.DiscardHandler), stream: true}
	var err error
	if s.verifier, err = s.verify(cfg); err != nil {
		return nil, err
	}
	a := &App{settings: s}
	return a.routes(cfg, s, a.api(cfg, s, newEngine(cfg, run, source))), nil
}
