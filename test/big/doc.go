// Package big holds the test of a schema far beyond the ordinary: 1,500 tables, 20,000 columns, 500 functions. It shows how
// long reading such a schema takes, what the snapshot of it costs in memory, and that requests do not wait while it is read
// again.
package big
