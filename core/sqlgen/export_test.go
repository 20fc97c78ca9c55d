package sqlgen

// QuoteIdent is the one way of a name into a statement.
var QuoteIdent = quoteIdent
