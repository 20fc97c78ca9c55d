package dsqlproxy

import (
	"slices"
	"strconv"
	"strings"
)

// allowedSettings are the parameters that may be set (Aurora DSQL user guide, "Accessing Aurora DSQL"), beside the
// planner's, which begin with enable_, and role.
var allowedSettings = []string{
	"application_name", "client_encoding", "datestyle", "extra_float_digits", "intervalstyle", "timezone", "search_path",
	"dsql.enable_batched_nestloop", "disable_sync_create_index",
}

// setting judges a parameter that is set.
func setting(name string) *refusal {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "enable_") || slices.Contains(allowedSettings, name) {
		return nil
	}
	return unsupported(`setting configuration parameter "` + name + `" not supported`)
}

// settings looks at SET, RESET and calls of set_config. The role is left to the rules about transactions.
func settings(s statement) *refusal {
	if named := s.settingNamed(); named != "" && named != "role" {
		return setting(named)
	}
	for _, call := range s.setConfigs() {
		switch called := call[0].at(0); {
		case len(call[0].tokens) != 1 || called.kind != text && called.kind != parameter:
			return unsupported("set_config with a computed name not supported")
		case called.kind == text && !strings.EqualFold(called.text, "role"):
			if r := setting(called.text); r != nil {
				return r
			}
		}
	}
	return nil
}

// settingNamed gives the parameter that SET or RESET names; "" when the statement is another, or about the transaction
// or its constraints.
func (s statement) settingNamed() string {
	i, ok := s.follows(0, "set|reset (session|local)")
	if !ok || s.begins("set (session|local) transaction|constraints|characteristics") {
		return ""
	}
	switch {
	case s.at(i).is("time") && s.at(i+1).is("zone"):
		return "timezone"
	case s.at(i).is("names"):
		return "client_encoding"
	case s.at(i).is("authorization"):
		return "session_authorization"
	}
	named, _ := s.at(i).identifier()
	for ; s.at(i + 1).is("."); i += 2 {
		named += "." + s.at(i+2).text
	}
	return strings.ToLower(named)
}

// setConfigs gives the arguments of every call of set_config.
func (s statement) setConfigs() [][]statement {
	var all [][]statement
	for i, t := range s.tokens {
		if called, ok := t.identifier(); !ok || called != "set_config" || !s.at(i+1).is("(") {
			continue
		}
		if arguments := s.items(i+2, s.closing(i+1)); len(arguments[0].tokens) > 0 {
			all = append(all, arguments)
		}
	}
	return all
}

// boundSettings judges the calls of set_config whose parameter's name comes with the values of the statement's own
// parameters.
func (s statement) boundSettings(values [][]byte) *refusal {
	for _, call := range s.setConfigs() {
		named := call[0].at(0)
		n, err := strconv.Atoi(strings.TrimPrefix(named.text, "$"))
		if named.kind != parameter || err != nil || n < 1 || n > len(values) {
			continue
		}
		if r := setting(string(values[n-1])); r != nil {
			return r
		}
	}
	return nil
}

// setsRole reports whether the statement sets the role, and whether for its transaction only.
func (s statement) setsRole() (sets, local bool) {
	if s.settingNamed() == "role" {
		return true, s.begins("set local")
	}
	for _, call := range s.setConfigs() {
		if strings.EqualFold(call[0].at(0).text, "role") {
			return true, len(call) == 3 && call[2].at(0).is("true")
		}
	}
	return false, false
}
