package plan

import (
	"slices"
	"strings"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// readTarget is what an answer is made from: a relation's rows or a function's result.
type readTarget struct {
	relation *catalog.Relation
	function *catalog.Function
}

// The media types that Pergola itself knows.
const (
	mediaAny    = "*/*"
	mediaJSON   = "application/json"
	mediaArray  = "application/vnd.pgrst.array+json"
	mediaObject = "application/vnd.pgrst.object+json"
	mediaCSV    = "text/csv"
	mediaLines  = "application/x-ndjson"
	mediaGeo    = "application/geo+json"
	mediaPlan   = "application/vnd.pgrst.plan"
	mediaOctets = "application/octet-stream"
)

// hasCharset reports whether a media type is sent with a charset. Of those not listed nothing is known but the name.
func hasCharset(contentType string) bool {
	switch contentType {
	case mediaJSON, mediaArray, mediaObject, mediaCSV, mediaGeo, "text/plain", "text/xml":
		return true
	}
	return false
}

// media settles the form of the answer: the first acceptable media type that can be made.
func (b *builder) media(p *Plan, t readTarget) error {
	accept := b.req.Accept
	if len(accept) == 0 {
		accept = []query.MediaType{{Name: mediaAny}}
	}
	for _, m := range accept {
		if e, wrapped, ok := explained(m); ok {
			if made, ok := b.make(t, wrapped); ok && b.rules.Explain {
				p.Explain, p.Media = e, explainMedia(m, e, made)
				return nil
			}
			continue
		}
		if made, ok := b.make(t, m); ok {
			p.Media = made
			_, p.Single = made.Encoding.(JSONObject)
			return nil
		}
	}
	return fault.NoMediaType(names(accept))
}

// make gives the form that a media type means for a target: one that the schema has a handler for, or one of ours.
func (b *builder) make(t readTarget, m query.MediaType) (Media, bool) {
	name := m.Name
	if name == "application/vnd.pgrst.object" || name == "application/vnd.pgrst.array" {
		name += "+json"
	}
	if vendored := strings.HasPrefix(name, "application/vnd.pgrst."); !vendored {
		if made, ok := b.handled(t, m.Name); ok {
			return made, true
		}
	}
	stripped := m.Param("nulls") == "stripped"
	switch name {
	case mediaAny, "application/*":
		return media(JSONArray{}, mediaJSON), true
	case mediaJSON:
		return media(JSONArray{}, mediaJSON), true
	case mediaArray:
		if stripped {
			return Media{Encoding: JSONArray{StripNulls: true}, ContentType: mediaArray + ";nulls=stripped", Charset: true}, true
		}
		return media(JSONArray{}, mediaJSON), true
	case mediaObject:
		made := media(JSONObject{StripNulls: stripped}, mediaObject)
		if stripped {
			made.ContentType += ";nulls=stripped"
		}
		return made, true
	case mediaCSV:
		return media(CSV{}, mediaCSV), true
	case mediaLines:
		return media(Lines{}, mediaLines), true
	case mediaGeo:
		return media(GeoJSON{}, mediaGeo), b.hasPostGIS()
	}
	return Media{}, false
}

func media(e Encoding, contentType string) Media {
	return Media{Encoding: e, ContentType: contentType, Charset: hasCharset(contentType)}
}

// handled gives the form that the schema itself makes for a media type: a function whose own result it is, or an
// aggregate over the rows. One for the relation comes before one for any rows.
func (b *builder) handled(t readTarget, name string) (Media, bool) {
	if verbatim(t) {
		own := t.function.Returns.Type.Name
		switch {
		case own == mediaAny:
			return media(Verbatim{}, mediaOctets), true
		case own == name || name == mediaAny:
			return media(Verbatim{}, own), true
		}
		return Media{}, false
	}
	row := rowType(t)
	for _, relation := range []catalog.Name{row, {}} {
		for _, h := range []string{name, mediaAny} {
			if made, ok := b.handler(h, relation); ok {
				if h == mediaAny {
					made.ContentType = mediaOctets
				}
				return made, true
			}
			if relation == (catalog.Name{}) {
				break
			}
		}
	}
	return Media{}, false
}

// handler looks an aggregate for a media type up. The zero relation stands for any rows.
func (b *builder) handler(name string, relation catalog.Name) (Media, bool) {
	i := slices.IndexFunc(b.cat.MediaHandlers, func(h catalog.MediaHandler) bool {
		return h.Aggregate && h.MediaType == name && h.Relation == relation
	})
	if i < 0 {
		return Media{}, false
	}
	h := b.cat.MediaHandlers[i]
	return media(Aggregated{Function: h.Function, Row: h.Relation}, name), true
}

// verbatim reports whether a function's result is a media type: a domain that is named like one.
func verbatim(t readTarget) bool {
	f := t.function
	return f != nil && f.Returns.Kind == catalog.Scalar && !f.Returns.Set && strings.Contains(f.Returns.Type.Name, "/")
}

// rowType is the relation that a target's rows are of; the zero Name for others.
func rowType(t readTarget) catalog.Name {
	switch {
	case t.relation != nil:
		return t.relation.Name
	case t.function.Returns.Relation:
		return t.function.Returns.Type
	}
	return catalog.Name{}
}

func (b *builder) hasPostGIS() bool {
	_, ok := b.cat.CastType("geometry")
	return ok
}

// explained reads the media type that asks for the database's plan, and the one whose plan it is.
func explained(m query.MediaType) (*Explain, query.MediaType, bool) {
	base, format, _ := strings.Cut(m.Name, "+")
	if base != mediaPlan {
		return nil, query.MediaType{}, false
	}
	e := &Explain{JSON: format == "json"}
	for o := range strings.SplitSeq(m.Param("options"), "|") {
		switch o {
		case "analyze":
			e.Analyze = true
		case "verbose":
			e.Verbose = true
		case "settings":
			e.Settings = true
		case "buffers":
			e.Buffers = true
		case "wal":
			e.WAL = true
		}
	}
	wrapped := query.MediaType{Name: m.Param("for")}
	if wrapped.Name == "" {
		wrapped.Name = mediaJSON
	}
	return e, wrapped, true
}

// explainMedia is the form of a plan: its content type repeats what was asked for.
func explainMedia(asked query.MediaType, e *Explain, made Media) Media {
	contentType := mediaPlan + "+text"
	if e.JSON {
		contentType = mediaPlan + "+json"
	}
	contentType += `; for="` + made.ContentType + `"`
	if options := asked.Param("options"); options != "" {
		contentType += "; options=" + options
	}
	return Media{Encoding: made.Encoding, ContentType: contentType, Charset: true}
}

// checkHandler refuses a handler of a relation's rows for anything but whole rows.
func checkHandler(m Media, items []query.Item, accept []query.MediaType) error {
	h, ok := m.Encoding.(Aggregated)
	if !ok || h.Row == (catalog.Name{}) || isWhole(items) {
		return nil
	}
	return fault.NoMediaType(names(accept))
}

// isWhole reports whether a selection shows the row as it is.
func isWhole(items []query.Item) bool {
	if len(items) != 1 {
		return false
	}
	_, star := items[0].(query.Star)
	return star
}

func names(types []query.MediaType) []string {
	out := make([]string, len(types))
	for i, t := range types {
		out[i] = t.Name
	}
	return out
}
