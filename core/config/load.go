package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Profile says which names are read and whose defaults hold.
type Profile int

// The profiles.
const (
	// Serve is Pergola itself: dev, serve and the Lambda functions. It reads DATABASE_URL, JWT_SECRET, PERGOLA_* and
	// every PGRST_* setting.
	Serve Profile = iota
	// PostgREST takes PostgREST's place: it reads PGRST_* alone and has PostgREST's defaults.
	PostgREST
)

const appSettingPrefix = "PGRST_APP_SETTINGS_"

// Load turns environment variables ("NAME=value", as os.Environ gives them) into a Config. Variables that are none of
// its names are left alone, unless they begin as our names do: those are taken for mistakes.
//
// The error is an *Error that lists every fault. Beside environ Load reads the files that "@PATH" values name, nothing
// else. References to secrets stay references; see Config.Resolve. The database's URL may be empty with Serve: only dev
// can do without one.
func Load(p Profile, environ []string) (Config, error) {
	l := newLoader(p, environ)
	for _, s := range table() {
		l.load(s)
	}
	l.appSettings()
	l.checkTogether()
	l.refuseStrangers()
	if len(l.faults) > 0 {
		return Config{}, &Error{Faults: l.faults}
	}
	return l.config, nil
}

// Default is what Load gives for an empty environment: the start for a Go program that sets the fields itself.
func Default(p Profile) Config {
	c, err := Load(p, nil)
	if err != nil {
		panic("config: the defaults are wrong: " + err.Error()) // a fault of the table, which a test would have shown
	}
	return c
}

// loader is one run of Load.
type loader struct {
	profile Profile
	lambda  bool
	env     map[string]string
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
	return &loader{profile: p, lambda: lambda, env: env, config: Config{Origins: map[string]string{}}}
}

func (l *loader) fault(setting, format string, args ...any) {
	l.faults = append(l.faults, Fault{Setting: setting, Problem: fmt.Sprintf(format, args...)})
}

// load puts one setting into the Config: what was given, else the default.
func (l *loader) load(s setting) {
	name, text, given := l.given(s)
	if !given {
		name, text = s.name, s.defaults.of(l.profile, l.lambda)
	}
	if text == "" && !s.emptyCounts {
		return
	}
	if given {
		l.config.Origins[name] = "environment"
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
	if s.ours && l.profile != Serve {
		return "", "", false
	}
	for _, name := range append([]string{s.name}, s.aliases...) {
		if text, ok := l.env[name]; ok && (text != "" || s.emptyCounts) {
			return name, text, true
		}
	}
	return "", "", false
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
	for name, text := range l.env {
		if key, ok := strings.CutPrefix(name, appSettingPrefix); ok && key != "" {
			l.config.REST.AppSettings = append(l.config.REST.AppSettings, Setting{Name: key, Value: text})
			l.config.Origins[name] = "environment"
		}
	}
	slices.SortFunc(l.config.REST.AppSettings, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
}

// refuseStrangers reports the variables that look like ours and are not, by name.
func (l *loader) refuseStrangers() {
	known := l.knownNames()
	var strangers []string
	for name := range l.env {
		if l.looksOurs(name) && !slices.Contains(known, name) {
			strangers = append(strangers, name)
		}
	}
	slices.Sort(strangers)
	for _, name := range strangers {
		l.fault(name, "%s", strangerProblem(name, known))
	}
}

func (l *loader) looksOurs(name string) bool {
	if strings.HasPrefix(name, "PGRST_") {
		return !strings.HasPrefix(name, appSettingPrefix)
	}
	ours := strings.HasPrefix(name, "PERGOLA_") && !strings.HasPrefix(name, "PERGOLA_TEST_") // what the tests of Pergola read
	return ours && l.profile == Serve
}

func (l *loader) knownNames() []string {
	var names []string
	for _, s := range table() {
		if !s.ours || l.profile == Serve {
			names = append(names, s.name)
			names = append(names, s.aliases...)
		}
	}
	return names
}

func strangerProblem(name string, known []string) string {
	if why, ok := unsupported[name]; ok {
		return "not supported: " + why
	}
	if near := nearest(name, known); near != "" {
		return "unknown setting (did you mean " + near + "?)"
	}
	return "unknown setting: remove it"
}
