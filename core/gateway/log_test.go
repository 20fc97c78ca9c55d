package gateway_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/gateway"
)

func TestLogger(t *testing.T) {
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "id-1"})
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
		want map[string]any
	}{
		{"in an invocation", func(l *slog.Logger) { l.InfoContext(ctx, "done", "n", 1) }, map[string]any{"level": "INFO", "message": "done", "n": 1.0, "requestId": "id-1"}},
		{"derived logger", func(l *slog.Logger) { l.With("a", "b").WarnContext(ctx, "x") }, map[string]any{"level": "WARN", "message": "x", "a": "b", "requestId": "id-1"}},
		{"outside", func(l *slog.Logger) { l.Error("x") }, map[string]any{"level": "ERROR", "message": "x"}},
		{"group", func(l *slog.Logger) { l.Info("x", slog.Group("g", "time", 1)) }, map[string]any{"level": "INFO", "message": "x", "g": map[string]any{"time": 1.0}}},
		{"below the level", func(l *slog.Logger) { l.Debug("x") }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			c.log(gateway.Logger(&b, slog.LevelInfo))
			var got map[string]any
			if err := json.Unmarshal(b.Bytes(), &got); err != nil && c.want != nil {
				t.Fatalf("%v in %s", err, &b)
			}
			if _, ok := got["timestamp"].(string); ok != (c.want != nil) {
				t.Errorf("timestamp %v", got["timestamp"])
			}
			delete(got, "timestamp")
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("line (-want +got):\n%s", d)
			}
		})
	}
}
