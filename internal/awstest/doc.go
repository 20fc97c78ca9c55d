// Package awstest gives tests an AWS to talk to: moto, an emulator in a process of its own, or a server of the test's. It
// never reaches the binary.
package awstest
