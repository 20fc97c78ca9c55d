package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/gateway"
)

// BenchmarkInvoke is the cost of the adapter alone: a recorded GET, answered with 10 kB of JSON.
func BenchmarkInvoke(b *testing.B) {
	body := "[" + strings.Repeat(`{"id":1,"title":"a note"},`, 400) + "{}]"
	g := gateway.Lambda(write("application/json", body))
	event := recorded(b, "get.json")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Invoke(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInvokeUpload is the cost of a 1 MB body.
func BenchmarkInvokeUpload(b *testing.B) {
	g := gateway.Lambda(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	event := changed(b, "post_binary.json", map[string]any{"body": strings.Repeat("a", 1<<20), "isBase64Encoded": false})
	b.SetBytes(1 << 20)
	for b.Loop() {
		if _, err := g.Invoke(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
}
