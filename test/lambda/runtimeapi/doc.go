// Package runtimeapi runs a program as Lambda would: in a process of its own, with a Runtime API on loopback that hands it
// one event after the other and takes its responses.
//
// It keeps to the Runtime API of 2018-06-01 and to as much of the Extensions API of 2020-01-01 as aws-lambda-go needs in
// order to be told of the end by SIGTERM. It does not freeze the process between events.
package runtimeapi
