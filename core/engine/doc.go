// Package engine is the pipeline itself: a caller and a request in, an answer out.
//
// Do reads as the way of a request does. Each stage is a function of the one before it; only the Runner touches the
// database. What belongs around every request (timing now) wraps it here, once, for all front doors.
package engine
