package config

// setting describes one environment variable. The table is the whole of what can be set: it drives Load, doctor and
// docs/configuration.md.
type setting struct {
	name    string
	aliases []string // PostgREST's earlier names; name wins over them
	bare    string   // GoTrue's name for it without a prefix, which counts with the GoTrue profile alone
	// family is the name that documentation has for several settings alike; "" for a setting of its own.
	family string
	// ours marks a setting that is read with the Serve profile alone; with the others it keeps its default.
	ours bool
	// auth marks a setting of the Auth service: PostgREST does not read it.
	auth bool
	// alone marks one that is read with the GoTrue profile alone, since Serve has another for the same field.
	alone bool
	// emptyCounts: an empty value is a value. Elsewhere it means "not given", as with PostgREST.
	emptyCounts bool
	// file: a value "@PATH" stands for the content of that file, as with PostgREST.
	file bool
	// stored: it may be kept in the database, as PostgREST's documentation says under "In-Database".
	stored bool
	// fixed: it counts at the start alone; a reload does not change it.
	fixed bool
	// overrules is the setting that writes the same field and counts only where this one is not given.
	overrules string
	defaults  defaults
	doc       string
	value     value
}

// defaults are a setting's texts when nothing is given: one per profile, and one for Serve inside AWS Lambda.
type defaults struct{ postgrest, serve, lambda string }

func same(s string) defaults { return defaults{s, s, s} }

// of gives the default that holds for a profile.
func (d defaults) of(p Profile, lambda bool) string {
	switch {
	case p == PostgREST:
		return d.postgrest
	case lambda:
		return d.lambda
	}
	return d.serve
}

// readBy reports whether a profile reads the setting.
func (s setting) readBy(p Profile) bool {
	switch {
	case s.ours:
		return p == Serve
	case s.alone:
		return p == GoTrue
	case s.auth:
		return p != PostgREST
	}
	return p != GoTrue
}

// names are those that the setting is read by, the one that counts first before others.
func (s setting) names(p Profile) []string {
	names := append([]string{s.name}, s.aliases...)
	if p == GoTrue && s.bare != "" {
		names = append(names, s.bare)
	}
	return names
}

// table lists every setting, in the order of their documentation. Where two settings write the same field, the later,
// more specific one wins.
func table() []setting {
	var all []setting
	for _, part := range [][]setting{
		databaseTable(), exposureTable(), behaviourTable(), accessTable(), jwtTable(), keyTable(), serverTable(), adminTable(), outputTable(), openAPITable(),
		limitTable(), placeTable(), authTables(),
	} {
		all = append(all, part...)
	}
	return all
}

// unsupported are PostgREST's settings that Pergola does not have: they stop the start, because a deployment that gives
// one counts on it.
var unsupported = map[string]string{
	"PGRST_INTERNAL_SCHEMA_CACHE_QUERY_SLEEP":                forItsTests,
	"PGRST_INTERNAL_SCHEMA_CACHE_QUERY_SLEEP_BEFORE_QUERIES": forItsTests,
	"PGRST_INTERNAL_SCHEMA_CACHE_LOAD_SLEEP":                 forItsTests,
	"PGRST_INTERNAL_SCHEMA_CACHE_RELATIONSHIP_LOAD_SLEEP":    forItsTests,
	"PGRST_RAW_MEDIA_TYPES":                                  "PostgREST has retired it: remove it",
	"PGRST_DB_USE_LEGACY_GUCS":                               "PostgREST has retired it: remove it",
	"PGRST_JWT_CACHE_MAX_LIFETIME":                           "PostgREST has retired it: set PGRST_JWT_CACHE_MAX_ENTRIES instead",
}

const forItsTests = "it serves PostgREST's own tests: remove it"
