package cli

import (
	"io"
	"log/slog"
)

// newLogger writes messages of a level (PGRST_LOG_LEVEL) and above as lines of key=value.
func newLogger(w io.Writer, level string) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: logLevel(level)}))
}

// logLevel maps PostgREST's names. Nothing that Pergola logs is worse than an error, so crit is silence.
func logLevel(name string) slog.Level {
	switch name {
	case "debug":
		return slog.LevelDebug
	case "info":
		return slog.LevelInfo
	case "warn":
		return slog.LevelWarn
	case "crit":
		return slog.LevelError + 4
	default:
		return slog.LevelError
	}
}
