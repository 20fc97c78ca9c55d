// Command auth is the Lambda function of the Auth service: the only one that holds the private key and sends mail. It reads
// the same settings as `pergola serve`.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pergola-dev/pergola/core/app/authapp"
	"github.com/pergola-dev/pergola/core/awssecret"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/gateway"
)

func main() {
	ctx := context.Background()
	users, err := setUp(ctx, os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.StartWithOptions(gateway.Lambda(users.Alone("/auth/v1")), lambda.WithEnableSIGTERM(func() { users.Close(ctx) }))
}

func setUp(ctx context.Context, environ []string) (*authapp.Auth, error) {
	c, err := config.LoadFrom(config.Serve, config.Sources{Environ: environ, Auth: true})
	if err != nil {
		return nil, err
	}
	log := gateway.Logger(os.Stdout, c.Log.Threshold())
	slog.SetDefault(log)
	return authapp.New(ctx, c, authapp.Options{Log: log, Resolver: &awssecret.Resolver{Log: log}, Gateway: true})
}
