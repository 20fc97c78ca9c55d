package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/pergola-dev/pergola/core/gateway"
)

// FuzzInvoke demands of any payload: it is refused, or the handler sees a request that keeps what net/http promises, and
// the response is one that the gateway can read.
func FuzzInvoke(f *testing.F) {
	for _, name := range []string{"get.json", "post_binary.json", "rest_api.json", "function_url.json", "load_balancer.json", "queue.json"} {
		f.Add(recorded(f, name), "/dev")
	}
	f.Add([]byte(`{"version":"2.0","rawPath":"/dev","requestContext":{"http":{"method":"x"}}}`), "/dev")
	f.Fuzz(func(t *testing.T, payload []byte, stage string) {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || int64(len(body)) != r.ContentLength {
				t.Errorf("%d bytes of %d: %v", len(body), r.ContentLength, err)
			}
			if r.Method == "" || r.URL.Path == "" || r.RequestURI != r.URL.RequestURI() || r.URL.RawPath != "" {
				t.Errorf("%q %#v", r.Method, r.URL)
			}
			w.Header().Set("X-Path", r.URL.Path)
			_, _ = w.Write(body)
		})
		out, err := gateway.Lambda(h, gateway.StripPrefix(stage)).Invoke(t.Context(), payload)
		if err != nil {
			return
		}
		var r response
		if err := json.Unmarshal(out, &r); err != nil || r.StatusCode != 200 {
			t.Errorf("%v, status %d: %.200s", err, r.StatusCode, out)
		}
	})
}
