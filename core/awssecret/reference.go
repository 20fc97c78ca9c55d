package awssecret

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pergola-dev/pergola/core/config"
)

// reference is a config.Secret that names a value, taken apart.
type reference struct {
	service string // ssm or secretsmanager
	id      string // the parameter's name or the secret's id or ARN
	field   string // of a secret that is a JSON object; "" for the whole text
}

var (
	errNoID    = errors.New("the name is missing")
	errNoText  = errors.New("it has no text; binary secrets are not supported")
	errNoField = errors.New("it has no such field")
	errNoJSON  = errors.New("it is not a JSON object, so it has no fields")
)

func parse(s config.Secret) (reference, error) {
	service, id, _ := strings.Cut(string(s), ":")
	r := reference{service: service, id: id}
	if service == "secretsmanager" {
		r.id, r.field, _ = strings.Cut(id, "#")
	}
	if r.id == "" {
		return reference{}, errNoID
	}
	return r, nil
}

// pick gives the field of a JSON object that the reference names, or all of the text. A field that is no text gives its
// JSON: a key set may be kept as an object.
func (r reference) pick(text string) (string, error) {
	if r.field == "" {
		return text, nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil {
		return "", errNoJSON
	}
	value, ok := object[r.field]
	if !ok {
		return "", fmt.Errorf("%w: %q", errNoField, r.field)
	}
	var plain string
	if json.Unmarshal(value, &plain) == nil {
		return plain, nil
	}
	return string(value), nil
}
