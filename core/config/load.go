package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Profile says which names are read and whose defaults hold.
type Profile int

// The profiles.
const (
	// Serve is Pergola itself: dev, serve and the Lambda functions. It reads DATABASE_URL, JWT_SECRET, API_EXTERNAL_URL,
	// PERGOLA_* and every PGRST_* and GOTRUE_* setting.
	Serve Profile = iota
	// PostgREST takes PostgREST's place: it reads PGRST_* alone and has PostgREST's defaults.
	PostgREST
	// GoTrue takes GoTrue's place: it reads GOTRUE_* alone, with the names without prefix that GoTrue has for some
	// (DATABASE_URL, DB_NAMESPACE, API_EXTERNAL_URL, PORT, REQUEST_ID_HEADER).
	GoTrue
)

const appSettingPrefix = "PGRST_APP_SETTINGS_"

// Where a setting was given, as Config.Origins has it.
const (
	fromEnvironment = "environment"
	fromFile        = "file"
	fromDatabase    = "database"
)

// Sources are the places that settings are read from. Of a setting that is given in both, the environment's value counts.
type Sources struct {
	Environ []string // "NAME=value", as os.Environ gives them
	File    string   // the path of a configuration file as PostgREST has them; "" for none
	// Auth says that the program serves the Auth API where a GOTRUE_* setting is given, and that what Auth cannot do without
	// is then missed. With GoTrue it always is. pergola dev makes for itself what is missing.
	Auth bool
}

// Load turns environment variables ("NAME=value", as os.Environ gives them) into a Config. Variables that are none of
// its names are left alone, unless they begin as our names do: those are taken for mistakes.
//
// The error is an *Error that lists every fault. Beside environ Load reads the files that "@PATH" values name, nothing
// else. References to secrets stay references; see Config.Resolve. The database's URL may be empty with Serve: only dev
// can do without one.
func Load(p Profile, environ []string) (Config, error) {
	return LoadFrom(p, Sources{Environ: environ})
}

// LoadFrom is Load from an environment and a configuration file. The file gives PGRST_* settings by PostgREST's names for
// them (db-uri, app.settings.NAME). The error is as that of Load, or says why the file cannot be read.
func LoadFrom(p Profile, from Sources) (Config, error) {
	l := newLoader(p, from.Environ)
	if from.File != "" {
		if err := l.readFile(from.File); err != nil {
			return Config{}, err
		}
	}
	l.loadAll()
	l.checkNeeds(from.Auth)
	l.refuseStrangers()
	if len(l.faults) > 0 {
		return Config{}, &Error{Faults: l.faults}
	}
	return l.config, nil
}

// Default is what Load makes of an empty environment, without what it would miss there: the start for a Go program that sets
// the fields itself.
func Default(p Profile) Config {
	l := newLoader(p, nil)
	l.loadAll()
	if len(l.faults) > 0 {
		panic("config: the defaults are wrong: " + (&Error{Faults: l.faults}).Error()) // a fault of the table, which a test would have shown
	}
	return l.config
}

// loader is one run of Load.
type loader struct {
	profile Profile
	lambda  bool
	env     map[string]string
	file    map[string]string // by the variables' names
	table   []setting
	config  Config
	faults  []Fault
}

func newLoader(p Profile, environ []string) *loader {
	env := make(map[string]string, len(environ))
	for _, e := range environ {
		name, text, _ := strings.Cut(e, "=")
		env[name] = text
	}
	_, lambda := env["AWS_LAMBDA_FUNCTION_NAME"]
	return &loader{profile: p, lambda: lambda, env: env, table: table(), config: newConfig(p)}
}

// newConfig is a Config before the first setting.
func newConfig(p Profile) Config {
	c := Config{Origins: map[string]string{}, profile: p}
	for _, name := range namedProviders {
		c.Auth.External.named(name).Name = name
	}
	return c
}

// fault notes what is wrong with a setting, under the name that it was given by.
func (l *loader) fault(setting, format string, args ...any) {
	if _, origin, ok := l.lookUp(setting); ok && origin == fromFile {
		setting = fileKey(setting)
	}
	l.faults = append(l.faults, Fault{Setting: setting, Problem: fmt.Sprintf(format, args...)})
}

// readFile takes the settings of a configuration file.
func (l *loader) readFile(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the configuration file: %w", err)
	}
	keys, err := parseFile(string(b), l.env)
	if err != nil {
		return fmt.Errorf("reading the configuration file %s: %w", path, err)
	}
	l.file = make(map[string]string, len(keys))
	for key, text := range keys {
		l.file[variable(key)] = text
	}
	return nil
}

// loadAll puts every setting into the Config, and checks what it finds there.
func (l *loader) loadAll() {
	for _, s := range l.table {
		l.load(s)
	}
	l.issuers()
	l.appSettings()
	l.settleAuth()
	l.checkTogether()
	l.checkAuth()
}

// load puts one setting into the Config: what was given, else the default.
func (l *loader) load(s setting) {
	if s.alone && l.profile != GoTrue {
		return // it would overwrite what another setting says
	}
	name, text, given := l.given(s)
	if !given {
		name, text = s.name, s.defaults.of(l.profile, l.lambda)
	}
	if text == "" && !s.emptyCounts {
		return
	}
	if given {
		_, l.config.Origins[name], _ = l.lookUp(name)
	}
	content, err := s.content(text)
	if err == nil {
		err = s.value.set(&l.config, content)
	}
	if err != nil {
		l.fault(name, "%v", err)
	}
}

// given is the variable that sets s, by its name or an earlier one, and its text.
func (l *loader) given(s setting) (name, text string, ok bool) {
	if !s.readBy(l.profile) {
		return "", "", false
	}
	for _, name := range s.names(l.profile) {
		if text, _, ok := l.lookUp(name); ok && (text != "" || s.emptyCounts) {
			return name, text, true
		}
	}
	return "", "", false
}

// lookUp gives what a name was given, and where. An empty value in the environment hides the file's, as with PostgREST.
func (l *loader) lookUp(name string) (text, origin string, ok bool) {
	if text, ok := l.env[name]; ok {
		return text, fromEnvironment, true
	}
	text, ok = l.file[name]
	return text, fromFile, ok
}

// names are those that were given anywhere, sorted.
func (l *loader) names() []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(l.env)), maps.Keys(l.file))
	slices.Sort(all)
	return slices.Compact(all)
}

// content is text, or what the file holds that it names; a newline at the file's end is not part of the value.
func (s setting) content(text string) (string, error) {
	path, ok := strings.CutPrefix(text, "@")
	if !s.file || !ok {
		return text, nil
	}
	b, err := os.ReadFile(path)
	return strings.TrimSuffix(string(b), "\n"), err
}

// appSettings collects PGRST_APP_SETTINGS_*, sorted by name.
func (l *loader) appSettings() {
	for _, name := range l.names() {
		if key, ok := strings.CutPrefix(name, appSettingPrefix); ok && key != "" {
			text, origin, _ := l.lookUp(name)
			l.config.REST.AppSettings = append(l.config.REST.AppSettings, Setting{Name: key, Value: text})
			l.config.Origins[name] = origin
		}
	}
}

// refuseStrangers reports what looks like ours and is not, by name, and what GoTrue has and Pergola has not.
func (l *loader) refuseStrangers() {
	known := l.knownNames()
	for _, name := range l.names() {
		if !l.looksOurs(name) || slices.Contains(known, name) {
			continue
		}
		if problem := l.strangerProblem(name, known); problem != "" {
			l.fault(name, "%s", problem)
		}
	}
}

func (l *loader) looksOurs(name string) bool {
	switch {
	case strings.HasPrefix(name, "PGRST_"):
		return l.profile != GoTrue && !strings.HasPrefix(name, appSettingPrefix)
	case strings.HasPrefix(name, authPrefix):
		return l.profile != PostgREST
	}
	ours := strings.HasPrefix(name, "PERGOLA_") && !strings.HasPrefix(name, "PERGOLA_TEST_") // what the tests of Pergola read
	return ours && l.profile == Serve
}

// knownNames are those that mean something to any program that reads settings of the kind, whether it acts on them or not.
func (l *loader) knownNames() []string {
	var names []string
	for _, s := range slices.Concat(l.table, issuerTables(l.config.Auth.External.Issuers)) {
		if s.readBy(l.profile) || s.alone && l.profile == Serve {
			names = append(names, s.names(l.profile)...)
		}
	}
	return names
}

// strangerProblem is what is wrong with a name that is not known; "" where it does no harm.
func (l *loader) strangerProblem(name string, known []string) string {
	if why, ok := unsupported[name]; ok {
		return "not supported: " + why
	}
	if u, ok := unsupportedAuth(name); ok {
		return u.problem(l.text(name))
	}
	if word, _, ok := providerField(name); ok {
		return unknownProvider(word)
	}
	if near := nearest(name, known); near != "" {
		return "unknown setting (did you mean " + near + "?)"
	}
	return "unknown setting: remove it"
}

// text is what a name was given, "" for nothing.
func (l *loader) text(name string) string {
	text, _, _ := l.lookUp(name)
	return text
}
