package fault

// CodeOnlyFor is the code of OnlyFor.
const CodeOnlyFor = "PERGOLA_ONLY_FOR" // 403: another role may do this

// OnlyFor says that something that is no database object is for one role.
func OnlyFor(role string) *Error {
	return New(Forbidden, CodeOnlyFor, "Only the role "+role+" may do this").
		WithHint("Send a key of that role in the apikey header.")
}
