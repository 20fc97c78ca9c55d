package config_test

import (
	"log/slog"
	"testing"

	"github.com/pergola-dev/pergola/core/config"
)

func TestThreshold(t *testing.T) {
	for level, want := range map[string]slog.Level{
		"crit": config.LevelCritical, "error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug,
	} {
		c, err := config.Load(config.Serve, []string{"PGRST_LOG_LEVEL=" + level})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Log.Threshold(); got != want {
			t.Errorf("%s: %v, want %v", level, got, want)
		}
	}
}
