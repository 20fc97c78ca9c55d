// Package awsapi calls AWS services by signed HTTP requests: Amazon SES for core/auth/ses, Amazon Cognito for
// core/auth/cognito, and Amazon S3 for templates of mails.
//
// It stands beside the pipeline and does without the SDK's packages for these services: a few operations are used of the
// hundreds that each of them has, and only the SDK's credentials and its signature are hard to write. Where credentials and
// the region come from, a function of Lambda is told (Environment), and other programs look for (Anywhere). Nothing is loaded
// before the first call.
package awsapi
