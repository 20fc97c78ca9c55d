// Command empty is a Lambda function that does nothing: what every function in Go pays for its start.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() {}) }
