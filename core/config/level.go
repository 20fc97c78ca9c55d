package config

import "log/slog"

// LevelCritical is what PGRST_LOG_LEVEL=crit lets through: nothing that is logged today reaches it.
const LevelCritical = slog.LevelError + 4

// Threshold is the lowest level that is logged.
func (l Log) Threshold() slog.Level {
	switch l.Level {
	case "crit":
		return LevelCritical
	case "error":
		return slog.LevelError
	case "warn":
		return slog.LevelWarn
	case "debug":
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}
