package lambda_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// stack is the template with values for its parameters: enough of CloudFormation to see what a deployment would contain.
type stack struct {
	t          *testing.T
	template   map[string]any
	parameters map[string]string
}

// templateJSON is the template as JSON in CloudFormation's long form, read by the SAM CLI's own parser.
var templateJSON = sync.OnceValues(func() ([]byte, error) {
	return exec.Command(filepath.Join(root, "build/venv/bin/python"), "-c", `
import json, sys
from samcli.yamlhelper import yaml_parse
json.dump(yaml_parse(open(sys.argv[1]).read()), sys.stdout)
`, filepath.Join(root, "template.yaml")).Output()
})

func readTemplate(t *testing.T) map[string]any {
	t.Helper()
	requireSAM(t)
	out, err := templateJSON()
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(out, &template); err != nil {
		t.Fatal(err)
	}
	return template
}

// deploy gives the stack for some parameters; the others have their defaults.
func deploy(t *testing.T, parameters map[string]string) *stack {
	t.Helper()
	s := &stack{t: t, template: readTemplate(t), parameters: map[string]string{
		"AWS::Partition": "aws", "AWS::Region": "eu-central-1", "AWS::AccountId": "123456789012", "AWS::StackName": "pergola",
		"AWS::URLSuffix": "amazonaws.com", "DatabaseUrl": "ssm:/pergola/database-url", "JwtSecret": "ssm:/pergola/jwt-secret",
	}}
	for name, p := range s.template["Parameters"].(map[string]any) {
		if value, ok := p.(map[string]any)["Default"]; ok {
			s.parameters[name] = text(value)
		}
	}
	maps.Copy(s.parameters, parameters)
	return s
}

// text is how CloudFormation writes a scalar where a string is wanted.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v) // numbers and booleans alone
	return string(b)
}

// resource gives the properties of a resource, all functions evaluated; nil when its condition does not hold.
func (s *stack) resource(name string) map[string]any {
	s.t.Helper()
	r := s.template["Resources"].(map[string]any)[name].(map[string]any)
	if c, ok := r["Condition"]; ok && !s.condition(c.(string)) {
		return nil
	}
	return s.eval(r["Properties"]).(map[string]any)
}

func (s *stack) condition(name string) bool {
	return s.truth(s.template["Conditions"].(map[string]any)[name])
}

// allowed says whether the template's rules let the parameters pass.
func (s *stack) allowed() bool {
	for _, r := range s.template["Rules"].(map[string]any) {
		rule := r.(map[string]any)
		if !s.truth(rule["RuleCondition"]) {
			continue
		}
		for _, a := range rule["Assertions"].([]any) {
			if !s.truth(a.(map[string]any)["Assert"]) {
				return false
			}
		}
	}
	return true
}

// noValue is AWS::NoValue: the member that has it is left out.
type noValue struct{}

// eval evaluates the functions inside v. A reference to a resource becomes its name in angle brackets.
func (s *stack) eval(v any) any {
	switch v := v.(type) {
	case []any:
		var out []any
		for _, e := range v {
			if e = s.eval(e); e != (noValue{}) {
				out = append(out, e)
			}
		}
		return out
	case map[string]any:
		if name, arg, ok := function(v); ok {
			return s.call(name, arg)
		}
		out := map[string]any{}
		for name, e := range v {
			if e = s.eval(e); e != (noValue{}) {
				out[name] = e
			}
		}
		return out
	default:
		return v
	}
}

func function(v map[string]any) (name string, arg any, ok bool) {
	for name, arg = range v {
		return name, arg, len(v) == 1 && (name == "Ref" || name == "Condition" || strings.HasPrefix(name, "Fn::"))
	}
	return "", nil, false
}

func (s *stack) call(name string, arg any) any {
	switch name {
	case "Ref":
		return s.ref(arg.(string))
	case "Condition":
		return s.condition(arg.(string))
	case "Fn::GetAtt":
		parts, ok := s.eval(arg).([]any)
		if !ok {
			return "<" + arg.(string) + ">"
		}
		return "<" + text(parts[0]) + "." + text(parts[1]) + ">"
	case "Fn::Sub":
		return s.sub(arg)
	case "Fn::If":
		args := arg.([]any)
		if s.condition(args[0].(string)) {
			return s.eval(args[1])
		}
		return s.eval(args[2])
	}
	return s.list(name, s.eval(arg).([]any))
}

// list is the functions whose arguments are a list that is evaluated first.
func (s *stack) list(name string, args []any) any {
	switch name {
	case "Fn::Equals":
		return text(args[0]) == text(args[1])
	case "Fn::Not":
		return !args[0].(bool)
	case "Fn::Or":
		return slices.Contains(args, any(true))
	case "Fn::And":
		return !slices.Contains(args, any(false))
	case "Fn::Select":
		return args[1].([]any)[int(args[0].(float64))]
	case "Fn::Split":
		return anys(strings.Split(text(args[1]), text(args[0])))
	case "Fn::Join":
		return strings.Join(texts(args[1]), text(args[0]))
	}
	s.t.Fatalf("the test does not know the function %s", name)
	return nil
}

func (s *stack) truth(v any) bool {
	s.t.Helper()
	b, ok := s.eval(v).(bool)
	if !ok {
		s.t.Fatalf("no truth value: %v", v)
	}
	return b
}

func (s *stack) ref(name string) any {
	value, ok := s.parameters[name]
	p, _ := s.template["Parameters"].(map[string]any)[name].(map[string]any)
	switch {
	case name == "AWS::NoValue":
		return noValue{}
	case !ok:
		return "<" + name + ">"
	case p != nil && p["Type"] == "CommaDelimitedList":
		return anys(strings.Split(value, ","))
	}
	return value
}

func (s *stack) sub(arg any) string {
	pattern, values := arg, map[string]any{}
	if list, ok := arg.([]any); ok {
		pattern, values = list[0], s.eval(list[1]).(map[string]any)
	}
	out := ""
	rest := pattern.(string)
	for {
		before, after, found := strings.Cut(rest, "${")
		out += before
		if !found {
			return out
		}
		name, tail, _ := strings.Cut(after, "}")
		if v, ok := values[name]; ok {
			out += text(v)
		} else {
			out += text(s.ref(name))
		}
		rest = tail
	}
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func texts(v any) []string {
	var out []string
	for _, e := range v.([]any) {
		out = append(out, text(e))
	}
	return out
}
