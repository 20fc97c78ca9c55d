package stmt

import "fmt"

// Aborted is the error of a Statement that undid itself: nothing of it took place. Only a Statement with Abort set gives
// it, and only when the SQL tried to cast the text "ABORT:REASON:ROWS", ABORT being that value, to another type.
type Aborted struct {
	Reason string // the word between the two colons
	Rows   int64  // the number after the second one
}

// Error is for the log; engine answers with a fault of its own.
func (e *Aborted) Error() string {
	return fmt.Sprintf("the statement undid itself: %s, %d rows", e.Reason, e.Rows)
}
