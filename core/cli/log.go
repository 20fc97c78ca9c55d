package cli

import (
	"io"
	"log/slog"
)

// newLogger writes messages of a level and above as lines of key=value. The level may be a *slog.LevelVar, so that a
// reload changes it.
func newLogger(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
