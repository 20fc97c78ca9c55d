package config

// The grammar of configuration files, for its fuzz test.
var (
	ParseFile = parseFile
	Quote     = quote
)
