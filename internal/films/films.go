package films

import "github.com/pergola-dev/pergola/core/catalog"

// Schema is the exposed schema.
const Schema = "public"

// Catalog gives a new snapshot of the schema.
func Catalog() *catalog.Snapshot {
	return catalog.New(catalog.Source{
		Schemas:         []string{Schema},
		Relations:       relations(),
		Relationships:   relationships(),
		Functions:       functions(),
		Representations: representations(),
		MediaHandlers: []catalog.MediaHandler{
			{MediaType: "application/x-posters", Function: name("posters"), Relation: name("films"), Aggregate: true},
		},
		Types:       map[string]string{"text": "text", "int": "integer", "integer": "integer", "numeric": "numeric", "json": "json"},
		Fingerprint: "films",
	})
}

func name(n string) catalog.Name { return catalog.Name{Schema: Schema, Name: n} }

func column(n, typeName string) catalog.Column {
	return catalog.Column{Name: n, Type: typeName, BaseType: typeName, TypeMod: typeName, Nullable: true}
}

func key(n string) catalog.Column {
	return catalog.Column{Name: n, Type: "integer", BaseType: "integer", TypeMod: "integer", Identity: true}
}

func table(n string, primary []string, columns ...catalog.Column) *catalog.Relation {
	return &catalog.Relation{
		Name: name(n), Insertable: true, Updatable: true, Deletable: true, Columns: columns, PrimaryKey: primary,
	}
}

func relations() []*catalog.Relation {
	directors := table("directors", []string{"id"}, key("id"), column("name", "text"))
	films := table("films", []string{"id"},
		key("id"), column("title", "text"), column("director_id", "integer"), column("sequel_of", "integer"),
		catalog.Column{Name: "year", Type: "integer", BaseType: "integer", TypeMod: "integer", Default: "1895", Nullable: true},
		column("rating", "numeric"), column("data", "jsonb"), column("plot", "tsvector"),
		catalog.Column{Name: "tags", Type: "text[]", BaseType: "text[]", TypeMod: "text[]", Array: true, Nullable: true},
		column("shade", "public.color"),
	)
	films.Computed = map[string]catalog.ComputedField{"full_title": {Function: name("full_title"), Type: "text"}}
	actors := table("actors", []string{"id"}, key("id"), column("name", "text"))
	roles := table("roles", []string{"film_id", "actor_id"},
		column("film_id", "integer"), column("actor_id", "integer"), column("character", "text"))
	log := table("log", nil, column("message", "text"))
	return []*catalog.Relation{directors, films, actors, roles, log}
}

// both are the two directions of a foreign key.
func both(from, to, constraint string, pair catalog.ColumnPair) []*catalog.Relationship {
	return []*catalog.Relationship{
		{From: name(from), To: name(to), Cardinality: catalog.ManyToOne, Constraint: constraint, Columns: []catalog.ColumnPair{pair}},
		{
			From: name(to), To: name(from), Cardinality: catalog.OneToMany, Constraint: constraint,
			Columns: []catalog.ColumnPair{{From: pair.To, To: pair.From}},
		},
	}
}

func relationships() []*catalog.Relationship {
	var all []*catalog.Relationship
	all = append(all, both("films", "directors", "films_director_id_fkey", catalog.ColumnPair{From: "director_id", To: "id"})...)
	all = append(all, both("films", "films", "films_sequel_of_fkey", catalog.ColumnPair{From: "sequel_of", To: "id"})...)
	all = append(all, both("roles", "films", "roles_film_id_fkey", catalog.ColumnPair{From: "film_id", To: "id"})...)
	all = append(all, both("roles", "actors", "roles_actor_id_fkey", catalog.ColumnPair{From: "actor_id", To: "id"})...)
	all = append(all, manyToMany("films", "film_id", "actors", "actor_id"), manyToMany("actors", "actor_id", "films", "film_id"))
	return append(all, &catalog.Relationship{
		From: name("films"), To: name("films"), Cardinality: catalog.OneToMany, Function: name("similar_films"),
	})
}

func manyToMany(from, fromColumn, to, toColumn string) *catalog.Relationship {
	return &catalog.Relationship{
		From: name(from), To: name(to), Cardinality: catalog.ManyToMany,
		Junction: &catalog.Junction{
			Relation:       name("roles"),
			FromConstraint: "roles_" + fromColumn + "_fkey", ToConstraint: "roles_" + toColumn + "_fkey",
			FromColumns: []catalog.ColumnPair{{From: "id", To: fromColumn}},
			ToColumns:   []catalog.ColumnPair{{From: toColumn, To: "id"}},
		},
	}
}

func param(n, typeName string) catalog.Param {
	return catalog.Param{Name: n, Type: typeName, TypeMod: typeName, Required: true}
}

func functions() []*catalog.Function {
	films := catalog.Returns{Kind: catalog.Composite, Set: true, Type: name("films"), Text: "films", Relation: true}
	number := catalog.Returns{Type: catalog.Name{Schema: "pg_catalog", Name: "int4"}, Text: "integer"}
	optional := param("b", "integer")
	optional.Required = false
	many := param("values", "integer[]")
	many.Variadic = true
	return []*catalog.Function{
		{Name: name("films_of"), Params: []catalog.Param{param("director", "integer")}, Returns: films, Volatility: catalog.Stable},
		{Name: name("add"), Params: []catalog.Param{param("a", "integer"), optional}, Returns: number, Volatility: catalog.Immutable},
		{Name: name("total"), Params: []catalog.Param{many}, Returns: number, Volatility: catalog.Immutable},
		{Name: name("import"), Params: []catalog.Param{param("", "json")}, Returns: number},
		{Name: name("sweep"), Returns: catalog.Returns{Kind: catalog.Void, Type: catalog.Name{Schema: "pg_catalog", Name: "void"}}},
		{Name: name("twice"), Params: []catalog.Param{param("x", "integer")}, Returns: number},
		{Name: name("twice"), Params: []catalog.Param{param("x", "text")}, Returns: number},
	}
}

func representations() []catalog.Representation {
	return []catalog.Representation{
		{From: "public.color", To: "json", Function: name("color_json")},
		{From: "json", To: "public.color", Function: name("json_color")},
		{From: "text", To: "public.color", Function: name("text_color")},
	}
}
