// Package ordered writes JSON whose members keep the order of what they stand for, and whose text can be read: both
// descriptions of a schema, openapi and openapi31, are made of it.
package ordered
