package config

// Grammars, for their fuzz tests.
var (
	ParseFile      = parseFile
	Quote          = quote
	ParseRate      = parseRate
	ParseHeaders   = parseHeaders
	ParseTestCodes = parseTestCodes
	ProviderField  = providerField
)
