package gateway_test

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pergola-dev/pergola/core/gateway"
)

// A Lambda function behind an HTTP API that answers with any http.Handler. The stage is called "dev", so its name stands
// before every path.
func ExampleLambda() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintln(w, "Hello,", r.PathValue("name"))
	})
	lambda.Start(gateway.Lambda(mux, gateway.StripPrefix("/dev")))
}
