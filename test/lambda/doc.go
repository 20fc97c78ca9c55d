// Package lambda tests the Lambda functions as they are deployed: built programs, run by a Runtime API, behind a gateway
// that treats requests as API Gateway does. What they answer is compared with what net/http answers, over the corpus of
// test/corpus and a real database.
package lambda
