package plan

import (
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// Describe tells what of a schema the caller may use. Its answer is a JSON object: under "relations" the names of those
// that the caller has any right to, under "functions" the object identifiers of those that the caller may run, each with
// the types of its parameters as the caller's search path names them. With Rights each relation has an object in place of its
// bare name: under "name" that, under "select", "insert" and "update" the columns, null for all of them, and under "delete"
// true or false.
type Describe struct {
	Schema string
	// Catalog is what the request saw of the schema; the answer is read beside it.
	Catalog *catalog.Snapshot
	// Everything: the caller's rights do not count, so that the answer has no body.
	Everything bool
	// Rights: the answer says what may be done with each relation.
	Rights bool
	// HeadersOnly: no body is made.
	HeadersOnly bool
}

func (Describe) action() {}

// mediaOpenAPI is the media type of the description that is made out of a Describe.
const mediaOpenAPI = "application/openapi+json"

// describe plans the description of a schema. Every acceptable media type gives the same document, under its own name.
func (b *builder) describe(op query.Describe) (Plan, error) {
	described := func(m query.MediaType) bool {
		return m.Name == mediaOpenAPI || m.Name == mediaJSON || m.Name == mediaAny
	}
	if len(b.req.Accept) > 0 && !slices.ContainsFunc(b.req.Accept, described) {
		return Plan{}, fault.NoMediaType(names(b.req.Accept))
	}
	return Plan{
		ReadOnly: true,
		Media:    Media{Encoding: Verbatim{}, ContentType: mediaOpenAPI, Charset: true},
		Action: Describe{
			Schema: b.req.Schema, Catalog: b.cat, Everything: op.Everything, Rights: op.Rights, HeadersOnly: op.HeadersOnly,
		},
	}, nil
}
