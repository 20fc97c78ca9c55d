// Command api is the Lambda function that answers the API's requests. It reads the same settings as `pergola serve`.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/gateway"
)

func main() {
	ctx := context.Background()
	api, err := setUp(ctx, os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.StartWithOptions(gateway.Lambda(api.Handler()), lambda.WithEnableSIGTERM(func() { _ = api.Close(ctx) }))
}

func setUp(ctx context.Context, environ []string) (*app.App, error) {
	c, err := config.Load(config.Serve, environ)
	if err != nil {
		return nil, err
	}
	log := gateway.Logger(os.Stdout, c.Log.Threshold())
	slog.SetDefault(log)
	return app.New(ctx, c, app.WithLogger(log), app.WithResolver(&awssecret.Resolver{Log: log}))
}
