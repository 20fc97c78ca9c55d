package authorizer_test

import (
	"log"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/pergola-dev/pergola/authorizer"
	"github.com/pergola-dev/pergola/core/config"
)

// A Lambda function that is an authorizer and nothing else. The secret is fetched when the first request comes.
func Example() {
	a, err := authorizer.New(authorizer.Config{
		JWT:      config.JWT{Secret: "secretsmanager:app#jwt_secret", CacheEntries: 1000},
		AnonRole: "anon",
		Strict:   true,
	})
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(a.Handle)
}
