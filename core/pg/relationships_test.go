package pg_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/pg"
	"github.com/pergola-dev/pergola/internal/pgtest"
)

// relate says what a relationship is, in one line.
func relate(r *catalog.Relationship) string {
	var facts []string
	for _, fact := range []struct {
		holds bool
		text  string
	}{
		{r.FromView, "from view"}, {r.ToView, "to view"}, {r.Self(), "self"}, {r.Referred, "referred"},
	} {
		if fact.holds {
			facts = append(facts, fact.text)
		}
	}
	via := r.Constraint + " " + pairs(r.Columns)
	if j := r.Junction; j != nil {
		via = fmt.Sprintf("%s: %s %s, %s %s", j.Relation, j.FromConstraint, pairs(j.FromColumns), j.ToConstraint, pairs(j.ToColumns))
	}
	if r.Computed() {
		via = "by " + r.Function.String()
	}
	return strings.TrimSpace(fmt.Sprintf("%s -> %s %s %s %s", r.From, r.To, r.Cardinality, via, strings.Join(facts, ", ")))
}

func pairs(columns []catalog.ColumnPair) string {
	var text []string
	for _, c := range columns {
		text = append(text, c.From+"="+c.To)
	}
	return strings.Join(text, "&")
}

func relations(s *catalog.Snapshot) []string {
	var all []string
	for _, r := range s.Relationships {
		all = append(all, relate(r))
	}
	return all
}

func TestRelationships(t *testing.T) {
	for _, tt := range []struct{ name, schema, want string }{
		{
			"many to one, and back",
			`create table a (id int primary key); create table b (id int primary key, a int references a);`,
			`public.a -> public.b one-to-many b_a_fkey id=a
			 public.b -> public.a many-to-one b_a_fkey a=id`,
		},
		{
			"one to one by primary key and by unique constraint",
			`create table a (id int primary key); create table b (id int primary key references a, other int unique references a);`,
			`public.a -> public.b one-to-one b_id_fkey id=id referred
			 public.a -> public.b one-to-one b_other_fkey id=other referred
			 public.b -> public.a one-to-one b_id_fkey id=id
			 public.b -> public.a one-to-one b_other_fkey other=id`,
		},
		{
			"several columns in the order of the constraint",
			`create table a (x int, y int, primary key (y, x)); create table b (p int, q int, foreign key (q, p) references a (y, x));`,
			`public.a -> public.b one-to-many b_q_p_fkey y=q&x=p
			 public.b -> public.a many-to-one b_q_p_fkey q=y&p=x`,
		},
		{
			"a unique pair is not one to one for a part of it",
			`create table a (id int primary key); create table b (a int references a, n int, unique (a, n));`,
			`public.a -> public.b one-to-many b_a_fkey id=a
			 public.b -> public.a many-to-one b_a_fkey a=id`,
		},
		{
			"a self reference goes both ways",
			`create table a (id int primary key, boss int references a);`,
			`public.a -> public.a one-to-many a_boss_fkey id=boss self
			 public.a -> public.a many-to-one a_boss_fkey boss=id self`,
		},
		{
			"a one to one self reference",
			`create table a (id int primary key, next int unique references a);`,
			`public.a -> public.a one-to-one a_next_fkey id=next self, referred
			 public.a -> public.a one-to-one a_next_fkey next=id self`,
		},
		{
			"a junction",
			`create table a (id int primary key); create table b (id int primary key);
			 create table j (a int references a, b int references b, note text, primary key (a, b));`,
			`public.a -> public.b many-to-many public.j: j_a_fkey id=a, j_b_fkey b=id
			 public.a -> public.j one-to-many j_a_fkey id=a
			 public.b -> public.a many-to-many public.j: j_b_fkey id=b, j_a_fkey a=id
			 public.b -> public.j one-to-many j_b_fkey id=b
			 public.j -> public.a many-to-one j_a_fkey a=id
			 public.j -> public.b many-to-one j_b_fkey b=id`,
		},
		{
			"no junction where the key is another",
			`create table a (id int primary key); create table b (id int primary key);
			 create table j (id int primary key, a int references a, b int references b, unique (a, b));`,
			`public.a -> public.j one-to-many j_a_fkey id=a
			 public.b -> public.j one-to-many j_b_fkey id=b
			 public.j -> public.a many-to-one j_a_fkey a=id
			 public.j -> public.b many-to-one j_b_fkey b=id`,
		},
		{
			"a junction of a table with itself",
			`create table a (id int primary key);
			 create table j (x int references a, y int references a, primary key (x, y));`,
			`public.a -> public.a many-to-many public.j: j_x_fkey id=x, j_y_fkey y=id self
			 public.a -> public.a many-to-many public.j: j_y_fkey id=y, j_x_fkey x=id self
			 public.a -> public.j one-to-many j_x_fkey id=x
			 public.a -> public.j one-to-many j_y_fkey id=y
			 public.j -> public.a many-to-one j_x_fkey x=id
			 public.j -> public.a many-to-one j_y_fkey y=id`,
		},
		{
			"views on either side",
			`create table a (id int primary key); create table b (id int primary key, a int references a);
			 create view va as select id as ida from a; create view vb as select b.id, b.a as ref, 1 as one from b;`,
			`public.a -> public.b one-to-many b_a_fkey id=a
			 public.a -> public.vb one-to-many b_a_fkey id=ref to view
			 public.b -> public.a many-to-one b_a_fkey a=id
			 public.b -> public.va many-to-one b_a_fkey a=ida to view
			 public.va -> public.b one-to-many b_a_fkey ida=a from view
			 public.va -> public.vb one-to-many b_a_fkey ida=ref from view, to view
			 public.vb -> public.a many-to-one b_a_fkey ref=id from view
			 public.vb -> public.va many-to-one b_a_fkey ref=ida from view, to view`,
		},
		{
			"a view of a view over tables that are not exposed",
			`create schema hidden;
			 create table hidden.a (id int primary key); create table hidden.b (id int primary key, a int references hidden.a);
			 create view hidden.mid as select id, a + 0 as computed, a from hidden.b;
			 create view a as select * from hidden.a;
			 create view b as with m as (select * from hidden.mid) select m.id, m.a, m.computed from (select * from m) as m;`,
			`public.a -> public.b one-to-many b_a_fkey id=a from view, to view
			 public.b -> public.a many-to-one b_a_fkey a=id from view, to view`,
		},
		{
			"a view that shows only a part of a key",
			`create table a (x int, y int, primary key (x, y)); create table b (x int, y int, foreign key (x, y) references a);
			 create view va as select x from a; create view vb as select y from b;`,
			`public.a -> public.b one-to-many b_x_y_fkey x=x&y=y
			 public.b -> public.a many-to-one b_x_y_fkey x=x&y=y`,
		},
		{
			"a view that shows a column twice",
			`create table a (id int primary key); create table b (a int references a);
			 create materialized view vb as select a as one, a as two from b;`,
			`public.a -> public.b one-to-many b_a_fkey id=a
			 public.a -> public.vb one-to-many b_a_fkey id=one to view
			 public.a -> public.vb one-to-many b_a_fkey id=two to view
			 public.b -> public.a many-to-one b_a_fkey a=id
			 public.vb -> public.a many-to-one b_a_fkey one=id from view
			 public.vb -> public.a many-to-one b_a_fkey two=id from view`,
		},
		{
			"a union and a changed column have no origin",
			`create table a (id int primary key); create table b (a int references a);
			 create view u as select a from b union select a from b; create view c as select a + 0 as a from b;
			 create view s as select (select a from b limit 1) as a;`,
			`public.a -> public.b one-to-many b_a_fkey id=a
			 public.b -> public.a many-to-one b_a_fkey a=id`,
		},
		{
			"a view as a junction",
			`create schema hidden; create table a (id int primary key); create table b (id int primary key);
			 create table hidden.j (a int references a, b int references b, primary key (a, b));
			 create view j as select b as jb, a as ja, 'odd ) } \ "name"'::text as odd from hidden.j where a <> 7;`,
			`public.a -> public.b many-to-many public.j: j_a_fkey id=ja, j_b_fkey jb=id
			 public.a -> public.j one-to-many j_a_fkey id=ja to view
			 public.b -> public.a many-to-many public.j: j_b_fkey id=jb, j_a_fkey ja=id
			 public.b -> public.j one-to-many j_b_fkey id=jb to view
			 public.j -> public.a many-to-one j_a_fkey ja=id from view
			 public.j -> public.b many-to-one j_b_fkey jb=id from view`,
		},
		{
			"a junction and a target that are not exposed",
			`create schema hidden; create table a (id int primary key); create table b (id int primary key);
			 create table hidden.c (id int primary key); alter table a add c int references hidden.c;
			 create table hidden.j (a int references a, b int references b, primary key (a, b));`,
			``,
		},
		{
			"partitions are not related",
			`create table a (id int primary key); create table b (id int, a int references a) partition by list (id);
			 create table b_1 partition of b for values in (1);
			 create table p (id int primary key) partition by list (id); create table p_1 partition of p for values in (1);
			 create table q (p int references p);`,
			`public.a -> public.b one-to-many b_a_fkey id=a
			 public.b -> public.a many-to-one b_a_fkey a=id
			 public.p -> public.q one-to-many q_p_fkey id=p
			 public.q -> public.p many-to-one q_p_fkey p=id`,
		},
		{
			"computed",
			`create schema other; create table a (id int primary key); create table b (id int); create view v as select id from b;
			 create function many(a) returns setof b language sql as 'select * from b';
			 create function other.one(a) returns setof b rows 1 language sql as 'select * from b';
			 create function single(v) returns a language sql as 'select * from a';
			 create function itself(a) returns setof a language sql as 'select * from a';
			 create function two(a, int) returns setof b language sql as 'select * from b';
			 create function value(a) returns int language sql as 'select 1';`,
			`public.a -> public.a one-to-many by public.itself self
			 public.a -> public.b many-to-one by other.one
			 public.a -> public.b one-to-many by public.many
			 public.v -> public.a many-to-one by public.single from view`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := relations(introspect(t, tt.schema, public))
			slices.Sort(got)
			want := strings.Split(tt.want, "\n")
			for i := range want {
				want[i] = strings.TrimSpace(want[i])
			}
			slices.Sort(want)
			same(t, got, strings.Join(want, "\n"))
		})
	}
}

func TestRelationshipsAreListedAsPostgRESTDoes(t *testing.T) {
	s := introspect(t, `
		create table z (id int primary key); create table y (id int primary key, z int references z, w int references z);
		create table j (z int references z, y int references y, primary key (z, y));
		create function y_by(z) returns setof y language sql as 'select * from y';
		alter table z add y int references y; alter table z add only_y int unique references y;`, public)
	var got []string
	for _, r := range s.RelationshipsFrom(catalog.Name{Schema: "public", Name: "z"}) {
		got = append(got, relate(r))
	}
	same(t, got, `
		public.z -> public.j one-to-many j_z_fkey id=z
		public.z -> public.y one-to-many y_w_fkey id=w
		public.z -> public.y one-to-many y_z_fkey id=z
		public.z -> public.y many-to-one z_y_fkey y=id
		public.z -> public.y one-to-one z_only_y_fkey only_y=id
		public.z -> public.y many-to-many public.j: j_z_fkey id=z, j_y_fkey y=id
		public.z -> public.y one-to-many by public.y_by`)
}

func TestViewKeys(t *testing.T) {
	s := introspect(t, `
		create table a (x int, y int, n text, primary key (y, x)); create table b (id int primary key);
		create view whole as select n, x as ax, y as ay from a;
		create view part as select x from a;
		create view joined as select b.id, a.* from a, b;
		create view twice as select id as one, id as two from b;
		create view above as select two, one from twice;
		create view changed as select id + 0 as id from b;
		create or replace view turned as select id from b; create or replace view turned as select id, id as again from b;`, public)
	var got []string
	for _, name := range s.RelationNames("public") {
		r, _ := s.Relation(catalog.Name{Schema: "public", Name: name})
		got = append(got, fmt.Sprint(name, " ", r.PrimaryKey))
	}
	same(t, got, `
		a [y x]
		above [two]
		b [id]
		changed []
		joined [y x id]
		part []
		turned [id]
		twice [one]
		whole [ay ax]`)
}

func TestParseOriginsRefusesWhatIsNoRule(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"unclosed", `({QUERY :targetList ({TARGETENTRY :resno 1 :resorigtbl 0 :resorigcol 0 :resjunk false}`},
		{"closed too often", `({QUERY :targetList <>}))`},
		{"an entry without fields", `({QUERY :targetList ({TARGETENTRY :resno 1})})`},
		{"a number that is none", `({QUERY :targetList ({TARGETENTRY :resno x :resorigtbl 5 :resorigcol 1 :resjunk false})})`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := pg.ParseOrigins(tt.text); err == nil {
				t.Errorf("got %v", got)
			}
		})
	}
}

func FuzzParseOrigins(f *testing.F) {
	f.Add(`({QUERY :rtable <> :targetList ({TARGETENTRY :expr {VAR :varno 1} :resno 1 :resname a\ b :resorigtbl 5 :resorigcol 1 :resjunk false})})`)
	f.Add(`({QUERY :targetList ({TARGETENTRY :expr {SUBLINK :subselect {QUERY :targetList ({TARGETENTRY :resno 9})}} :resno 1 :resorigtbl 0 :resorigcol 0 :resjunk false})})`)
	f.Add(`\`)
	f.Fuzz(func(t *testing.T, text string) {
		found, err := pg.ParseOrigins(text)
		if err != nil && found != nil {
			t.Errorf("origins together with an error: %v, %v", found, err)
		}
	})
}

// conformance is PostgREST's own test schema with what its cases expect, where it lies beside the repository.
const conformance = "../../../shared/conformance"

func TestRelationshipsOfTheConformanceSchema(t *testing.T) {
	candidates := ambiguities(t)
	s := snapshot(t, conformanceDatabase(t), pg.Scope{Schemas: []string{"test"}})
	for id, want := range candidates {
		t.Run(id, func(t *testing.T) {
			origin, target, _ := strings.Cut(want[0].Embedding, " with ")
			wanted := map[string]bool{}
			for _, c := range want {
				_, to, _ := strings.Cut(c.Embedding, " with ")
				wanted[to] = true
			}
			var got []candidate
			for _, r := range s.RelationshipsFrom(catalog.Name{Schema: "test", Name: origin}) {
				if wanted[r.To.Name] && !r.Computed() {
					got = append(got, candidateOf(r))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s with %s: -want +got\n%s", origin, target, diff)
			}
		})
	}
}

// candidate is one entry of the details of PGRST201.
type candidate struct{ Cardinality, Relationship, Embedding string }

func candidateOf(r *catalog.Relationship) candidate {
	side := func(columns []catalog.ColumnPair, of func(catalog.ColumnPair) string) string {
		var names []string
		for _, c := range columns {
			names = append(names, of(c))
		}
		return "(" + strings.Join(names, ", ") + ")"
	}
	from := func(c catalog.ColumnPair) string { return c.From }
	to := func(c catalog.ColumnPair) string { return c.To }
	text := r.Constraint + " using " + r.From.Name + side(r.Columns, from) + " and " + r.To.Name + side(r.Columns, to)
	if j := r.Junction; j != nil {
		text = j.Relation.Name + " using " + j.FromConstraint + side(j.FromColumns, to) + " and " + j.ToConstraint + side(j.ToColumns, from)
	}
	return candidate{r.Cardinality.String(), text, r.From.Name + " with " + r.To.Name}
}

// ambiguities gives the details of every PGRST201 that the cases expect.
func ambiguities(t *testing.T) map[string][]candidate {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(conformance, "postgrest", "cases.json"))
	if err != nil {
		t.Skipf("PostgREST's cases are not beside the repository: %v", err)
	}
	var cases []struct {
		ID    string
		Steps []struct {
			Expect struct {
				Body json.RawMessage `json:"body_json"`
			}
		}
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	found := map[string][]candidate{}
	for _, c := range cases {
		for _, step := range c.Steps {
			var body struct {
				Code    string
				Details []candidate
			}
			if json.Unmarshal(step.Expect.Body, &body) == nil && body.Code == "PGRST201" {
				found[c.ID] = body.Details
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no case expects an ambiguous embed")
	}
	return found
}

// conformanceDatabase loads PostgREST's test schema and gives the URI of the role that its cases connect as.
func conformanceDatabase(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"python3", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("loading PostgREST's test schema needs %s", program)
		}
	}
	target := pgtest.NewServer(t)
	cmd := exec.CommandContext(t.Context(), "python3", filepath.Join(conformance, "run.py"), "--setup-only", "--db-uri", target.URL())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
