package app_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pergola-dev/pergola/core/app"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/gateway"
)

// settings are those of a program that embeds the API. The environment is the program's own business: config.Load reads it
// only where it is asked to.
func settings() config.Config {
	cfg := config.Default(config.Serve)
	cfg.Database.URL = "postgresql://authenticator:secret@localhost:5432/postgres"
	cfg.JWT.Secret = "a secret that has at least thirty-two bytes"
	return cfg
}

// The API inside another Go program, beside its own routes.
func Example() {
	ctx := context.Background()
	api, err := app.New(ctx, settings())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = api.Close(ctx) }()
	mux := http.NewServeMux()
	mux.Handle("/rest/v1/", api.Handler())
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "hello") })
	log.Fatal(http.ListenAndServe("127.0.0.1:8000", mux))
}

// The API without an Auth service: tokens come from somewhere else.
func ExampleWithoutAuth() {
	api, err := app.New(context.Background(), settings(), app.WithoutAuth())
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8000", api.Handler()))
}

// A handler of one's own where supabase-js looks for Auth.
func ExampleWithAuth() {
	auth := http.NewServeMux()
	auth.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, `{"name":"mine"}`) })
	api, err := app.New(context.Background(), settings(), app.WithAuth(auth))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8000", api.Handler()))
}

// PostgREST's place taken: the REST API at "/" and nothing beside it.
func ExampleRESTAlone() {
	api, err := app.New(context.Background(), settings(), app.RESTAlone())
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:3000", api.Handler()))
}

// The same handler behind API Gateway.
func ExampleApp_Handler() {
	api, err := app.New(context.Background(), settings())
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(gateway.Lambda(api.Handler()))
}
