package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/fault"
)

// MaxBody is how many bytes a body may have.
const MaxBody = 1 << 20

// Decode reads the body, a JSON object, into into, a pointer to a struct. An empty body and null are an object without
// members; members that into does not have are passed over. What the body says it is, its Content-Type, does not count.
//
// The faults are request_entity_too_large (413), bad_json for what is no JSON or has a value of another type than into, and
// validation_failed for a NUL character in a text, which no column can hold. Members of into may be set all the same.
func Decode(r *http.Request, into any) error {
	body, err := read(r)
	if err != nil {
		return err
	}
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return unreadable(err)
	}
	if body[0] != '{' && body[0] != 'n' {
		return badJSON("it must be an object")
	}
	return refuseNUL(body)
}

// read gives the whole body. What stood in front of it may have set a limit of its own.
func read(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > MaxBody {
		return nil, tooLarge(MaxBody)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if over, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(over.Limit).WithCause(err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	if len(body) > MaxBody {
		return nil, tooLarge(MaxBody)
	}
	return body, nil
}

// unreadable says why a body is refused. A syntax error is told in the words of encoding/json, which are GoTrue's too; where
// a type is wrong, GoTrue names its own structs, and this names the member.
func unreadable(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badJSON(syntax.Error())
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return fmt.Errorf("decoding a body: %w", err)
	}
	member := wrong.Field
	if member == "" {
		member = "it"
	}
	found, _, _ := strings.Cut(wrong.Value, " ") // the digits of a number follow
	return badJSON(fmt.Sprintf("%s must be %s, but is of type %s", member, kindOf(wrong.Type), found))
}

// kindOf names the JSON that a Go type reads.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number in range"
	case reflect.Float32, reflect.Float64:
		return "a number in range"
	case reflect.Slice, reflect.Array:
		return "an array"
	}
	return "an object"
}

// refuseNUL looks through all of a body, valid JSON: a NUL can only be written as an escape, and hardly any body has one.
func refuseNUL(body []byte) error {
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("decoding a body again: %w", err)
	}
	if f := findNUL("", value); f != nil {
		return f
	}
	return nil
}

// findNUL gives the fault of the first text with a NUL, by the names of members in order. path is where value stands.
func findNUL(path string, value any) *fault.Error {
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return containsNUL(path)
		}
	case []any:
		for n, element := range v {
			if f := findNUL(path+"["+strconv.Itoa(n)+"]", element); f != nil {
				return f
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			within := strings.TrimPrefix(path+"."+strings.ReplaceAll(name, "\x00", `\u0000`), ".")
			if strings.ContainsRune(name, 0) {
				return containsNUL(within)
			}
			if f := findNUL(within, v[name]); f != nil {
				return f
			}
		}
	}
	return nil
}
