package openapi_test

import "github.com/pergola-dev/pergola/core/catalog"

// library is a catalog with one of everything that a description tells: keys, types, defaults and comments, writable and
// other relations, and functions of every kind.
func library() *catalog.Snapshot {
	return catalog.New(catalog.Source{
		Schemas:        []string{"public", "archive"},
		SchemaComments: map[string]string{"public": "The library\n\n\nBooks and who\nwrote them."},
		Relations:      relations(),
		Relationships:  relationships(),
		Functions:      functions(),
	})
}

func relations() []*catalog.Relation {
	books := table("books", "id")
	books.Comment = "A book\n\nOne row for each title.\nNot for each copy."
	id := column("id", "bigint")
	id.Comment, id.Nullable, id.Default = "The number on the back", false, "nextval('public.books_id_seq'::regclass)"
	genre := column("genre", "public.genre")
	genre.Enum, genre.Default = []string{"fact", "fiction"}, "'fiction'::public.genre"
	code := column("code", "character")
	code.MaxLen, code.Nullable, code.Default = 5, false, "'x'::bpchar"
	books.Columns = []catalog.Column{
		id, code, genre, column("author", "integer"),
		with("pages", "smallint", "100"), with("price", "numeric", "9.50"), with("weight", "double precision", "(1)::double precision"),
		with("lent", "boolean", "false"), with("since", "date", "'1900-01-01'::date"), with("added", "timestamp with time zone", "now()"),
		with("quote", "text", `'say "when"'::text`), with("tags", "text[]", "'{}'::text[]"), column("extra", "jsonb"),
		column("extras", "json[]"), column("counts", "bigint[]"),
	}
	authors := table("authors", "id")
	authors.Columns = []catalog.Column{column("id", "integer"), column("name", "text"), column("favourite", "bigint")}
	recent := &catalog.Relation{Name: name("recent"), Kind: catalog.View, Comment: "What is new", Columns: authors.Columns[:2]}
	other := &catalog.Relation{
		Name: catalog.Name{Schema: "archive", Name: "letters"}, Updatable: true, Columns: []catalog.Column{column("book", "bigint")},
	}
	return []*catalog.Relation{books, authors, recent, other}
}

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

// relationships has the view before the table, and the far side of a one-to-one, neither of which is to be described.
func relationships() []*catalog.Relationship {
	pair := func(from, to string) []catalog.ColumnPair { return []catalog.ColumnPair{{From: from, To: to}} }
	letters := catalog.Name{Schema: "archive", Name: "letters"}
	return []*catalog.Relationship{
		{From: name("books"), To: name("recent"), Cardinality: catalog.ManyToOne, Columns: pair("author", "id"), ToView: true},
		{From: name("books"), To: name("authors"), Cardinality: catalog.ManyToOne, Columns: pair("author", "id")},
		{From: name("authors"), To: name("books"), Cardinality: catalog.OneToMany, Columns: pair("id", "author")},
		{From: name("authors"), To: name("books"), Cardinality: catalog.OneToOne, Columns: pair("favourite", "id")},
		{From: name("books"), To: name("authors"), Cardinality: catalog.OneToOne, Columns: pair("id", "favourite"), Referred: true},
		{
			From: name("books"), To: name("authors"), Cardinality: catalog.ManyToOne,
			Columns: []catalog.ColumnPair{{From: "genre", To: "id"}, {From: "code", To: "name"}},
		},
		{From: letters, To: name("books"), Cardinality: catalog.ManyToOne, Columns: pair("book", "id")},
		{From: name("books"), To: name("recent"), Cardinality: catalog.OneToOne, Function: name("newest")},
	}
}

func functions() []*catalog.Function {
	must := func(n, typeName string) catalog.Param { return catalog.Param{Name: n, Type: typeName, Required: true} }
	may := func(n, typeName string) catalog.Param { return catalog.Param{Name: n, Type: typeName} }
	many := may("titles", "text[]")
	many.Variadic = true
	return []*catalog.Function{
		{Name: name("order"), OID: 11, Volatility: catalog.Stable, Params: []catalog.Param{must("copies", "integer")}},
		{
			Name: name("order"), OID: 12, Volatility: catalog.Stable, Comment: "Orders a book",
			Params: []catalog.Param{must("copies", "integer"), may("damaged", "boolean")},
		},
		{
			Name: name("find"), OID: 13, Volatility: catalog.Immutable, Comment: "Finds books\n\nby whatever is known.",
			Params: []catalog.Param{
				must("genre", "public.genre"), must("ids", "bigint[]"), may("filter", "jsonb"), may("near", "bigint"), many,
			},
		},
		{Name: name("import"), OID: 14, Params: []catalog.Param{must("", "json")}},
		{Name: name("sweep"), OID: 15},
		{Name: catalog.Name{Schema: "archive", Name: "burn"}, OID: 16},
	}
}
