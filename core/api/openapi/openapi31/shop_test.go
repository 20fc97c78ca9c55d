package openapi31_test

import "github.com/pergola-dev/pergola/core/catalog"

// shop is a catalog with one of everything that a description tells: keys, types, defaults, comments, names that need
// quotes, relations that take no writes, and functions of every kind.
func shop() *catalog.Snapshot {
	return catalog.New(catalog.Source{
		Schemas:        []string{"public", "archive"},
		SchemaComments: map[string]string{"public": "The shop\n\nWhat it sells."},
		Relations:      relations(),
		Relationships: []*catalog.Relationship{
			{
				From: name("albums"), To: name("artists"), Cardinality: catalog.ManyToOne,
				Columns: []catalog.ColumnPair{{From: "artist", To: "id"}},
			},
			{
				From: name("artists"), To: name("albums"), Cardinality: catalog.OneToMany,
				Columns: []catalog.ColumnPair{{From: "id", To: "artist"}},
			},
		},
		Functions:   functions(),
		Fingerprint: "f1",
	})
}

func relations() []*catalog.Relation {
	id := column("id", "bigint")
	id.Comment, id.Nullable, id.Identity = "The number on the sleeve", false, true
	mood := column("mood", "mood")
	mood.Enum, mood.BaseType, mood.Default = []string{"glad", "sad"}, "mood", "'glad'::mood"
	code := column("code", "character")
	code.MaxLen, code.Nullable = 5, false
	tax := column("tax", "numeric")
	tax.Generated = true
	albums := table("albums", "id")
	albums.Comment = "A record."
	albums.Columns = []catalog.Column{
		id, code, mood, tax, column("artist", "integer"), with("price", "numeric", "9.50"),
		with("sold", "boolean", "false"), with("added", "timestamp with time zone", "now()"),
		with("note", "text", `'it''s "new"'::text`), column("tags", "text[]"), with("extra", "jsonb", "'{}'::jsonb"),
		column("order", "integer"), column(`a.b"c`, "tstzrange"), column("words", "tsvector"), column("place", "point"),
	}
	artists := table("artists", "id")
	artists.Columns = []catalog.Column{with("id", "integer", "nextval('s'::regclass)"), column("name", "text")}
	recent := &catalog.Relation{Name: name("recent {now}"), Kind: catalog.View, Columns: artists.Columns}
	log := table("log", "")
	log.PrimaryKey, log.Columns = nil, []catalog.Column{column("line", "text")}
	letters := &catalog.Relation{
		Name: catalog.Name{Schema: "archive", Name: "letters"}, Updatable: true, Columns: []catalog.Column{column("book", "bigint")},
	}
	return []*catalog.Relation{albums, artists, recent, log, letters}
}

func name(n string) catalog.Name { return catalog.Name{Schema: "public", Name: n} }

func table(n, key string) *catalog.Relation {
	return &catalog.Relation{Name: name(n), Insertable: true, Updatable: true, Deletable: true, PrimaryKey: []string{key}}
}

func column(n, typeName string) catalog.Column {
	return catalog.Column{Name: n, PlainType: typeName, Nullable: true}
}

func with(n, typeName, expression string) catalog.Column {
	c := column(n, typeName)
	c.Default = expression
	return c
}

func functions() []*catalog.Function {
	must := func(n, typeName string) catalog.Param { return catalog.Param{Name: n, Type: typeName, Required: true} }
	may := func(n, typeName string) catalog.Param { return catalog.Param{Name: n, Type: typeName} }
	many := may("titles", "text[]")
	many.Variadic = true
	integer := catalog.Returns{Text: "integer"}
	rows := catalog.Returns{Kind: catalog.Composite, Set: true, Relation: true, Type: name("albums"), Text: "albums"}
	pair := catalog.Returns{Kind: catalog.Composite, Text: "record", Columns: []catalog.Column{column("a", "integer"), column("b", "mood[]")}}
	return []*catalog.Function{
		{Name: name("add"), OID: 11, Volatility: catalog.Immutable, Params: []catalog.Param{must("a", "integer")}, Returns: integer},
		{
			Name: name("add"), OID: 12, Volatility: catalog.Immutable, Comment: "Adds\n\nup to two numbers.",
			Params: []catalog.Param{must("a", "integer"), may("b", "integer")}, Returns: integer,
		},
		{
			Name: name("find"), OID: 13, Volatility: catalog.Stable, Returns: rows,
			Params: []catalog.Param{must("mood", "mood"), may("ids", "bigint[]"), may("filter", "jsonb"), may("limit", "bigint"), many},
		},
		{Name: name("both"), OID: 14, Returns: pair, Params: []catalog.Param{}},
		{Name: name("import"), OID: 15, Params: []catalog.Param{must("", "json")}, Returns: catalog.Returns{Kind: catalog.Void}},
		{Name: name("store"), OID: 16, Params: []catalog.Param{must("", "bytea")}, Returns: integer},
		{Name: name("lost"), OID: 17, Params: []catalog.Param{must("", "json"), must("", "json")}, Returns: integer},
		{Name: catalog.Name{Schema: "archive", Name: "burn"}, OID: 18, Returns: integer},
	}
}
