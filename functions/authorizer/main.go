// Command authorizer is the Lambda function behind the API's authorizer. It reads the same settings as the API function.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pergola-dev/pergola/authorizer"
	"github.com/pergola-dev/pergola/core/config"
)

func main() {
	handler, err := setUp(os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func setUp(environ []string) (*authorizer.Authorizer, error) {
	c, err := config.Load(config.Serve, environ)
	if err != nil {
		return nil, err
	}
	return authorizer.New(authorizer.FromConfig(c))
}
