// Package bulk moves much at once through `pergola serve`: tens of thousands of rows in, a hundred megabytes out, and looks
// at what that costs the server in memory.
package bulk
