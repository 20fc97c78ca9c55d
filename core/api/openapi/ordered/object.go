package ordered

import (
	"bytes"
	"encoding/json"
)

// Object is the members of a JSON object, in their order.
type Object[V any] []Member[V]

// Member is one member of an Object.
type Member[V any] struct {
	Name  string
	Value V
}

// MarshalJSON writes the members as one object. The error is that of a value that JSON cannot hold.
func (o Object[V]) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, member := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := Encode(member.Name)
		if err != nil {
			return nil, err
		}
		value, err := Encode(member.Value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// Encode writes JSON without escapes for HTML, so that comments and notes such as <pk/> can be read in it. The error is that
// of a value that JSON cannot hold.
func Encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'}), nil
}
