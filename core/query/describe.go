package query

// Describe asks what of the request's schema the caller may use.
type Describe struct {
	// Everything asks for all of the schema, whatever the caller's rights. It shows what is there, never what is in it.
	Everything bool
	// Rights asks for what may be done with each relation, and with which of its columns, rather than for the names alone.
	Rights bool
	// HeadersOnly: the body is not wanted, only what describes it.
	HeadersOnly bool
}

func (Describe) operation() {}
