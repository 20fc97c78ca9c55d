package rest

// The parsers, for the tests of the grammar.
var (
	ParseSelect = parseSelect
	ParseFilter = parseFilter
	ParseLogic  = parseLogic
	ParseOrder  = parseOrder
	ParseNames  = parseNames
	ParseAccept = parseAccept
	ParseKey    = parseKey
	ParsePrefer = parsePrefer
)

// ReadAll reads a body of an announced length.
var ReadAll = readAll

// ParseParams gives what a query string asks for.
func ParseParams(raw string) error {
	_, err := parseParams(raw, true, true)
	return err
}

// Keys are the keys that a glance over valid JSON finds, and whether every element has the same ones.
func Keys(raw []byte) (keys []string, alike bool) {
	d := scanDocument(raw)
	return d.keys, d.alike
}
