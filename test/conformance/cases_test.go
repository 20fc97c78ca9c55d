package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// spec is one case of the corpus: what is asked about it here, and all else as it stands in the file.
type spec struct {
	ID     string            `json:"id"`
	Config string            `json:"config"`
	Tags   []string          `json:"tags"`
	Steps  []json.RawMessage `json:"steps"`

	raw map[string]json.RawMessage
}

// step is what is asked about a request of a case.
type step struct {
	Method  string                     `json:"method"`
	Headers map[string]json.RawMessage `json:"headers"`
	Expect  struct {
		Headers map[string]json.RawMessage `json:"headers"`
	} `json:"expect"`
}

type cases []spec

// UnmarshalJSON keeps every member of the case, so that it can be written again.
func (c *spec) UnmarshalJSON(b []byte) error {
	type plain spec
	if err := json.Unmarshal(b, (*plain)(c)); err != nil {
		return err
	}
	return json.Unmarshal(b, &c.raw)
}

// MarshalJSON writes the case with its present name and steps.
func (c spec) MarshalJSON() ([]byte, error) {
	out := map[string]any{}
	for name, value := range c.raw {
		out[name] = value
	}
	out["id"], out["steps"] = c.ID, c.Steps
	return json.Marshal(out)
}

func (c spec) steps() []step {
	out := make([]step, len(c.Steps))
	for i, raw := range c.Steps {
		if err := json.Unmarshal(raw, &out[i]); err != nil {
			panic(fmt.Sprintf("case %s: %v", c.ID, err)) // the corpus is never changed
		}
	}
	return out
}

// choosesTransactionEnd says whether a request of the case prefers an end of its transaction (Prefer: tx).
func (c spec) choosesTransactionEnd() bool {
	return slices.ContainsFunc(c.steps(), func(s step) bool {
		for name, value := range s.Headers {
			if strings.EqualFold(name, "Prefer") && bytes.Contains(value, []byte("tx=")) {
				return true
			}
		}
		return false
	})
}

// writes says whether a request of the case changes something.
func (c spec) writes() bool {
	return slices.ContainsFunc(c.steps(), func(s step) bool {
		return s.Method != http.MethodGet && s.Method != http.MethodHead && s.Method != http.MethodOptions
	})
}

// split makes a case of each step.
func (c spec) split() cases {
	var out cases
	for i, s := range c.Steps {
		one := c
		one.ID, one.Steps = fmt.Sprintf("%s%s%d", c.ID, stepMark, i), []json.RawMessage{s}
		out = append(out, one)
	}
	return out
}

// stepMark stands between the name of a case and the number of one of its steps.
const stepMark = "/step"

// original is the name that the corpus gives to a case, of which this one may be a step.
func original(id string) string {
	id, _, _ = strings.Cut(id, stepMark)
	return id
}

// only gives the cases of which it holds.
func (c cases) only(holds func(spec) bool) cases {
	return slices.DeleteFunc(slices.Clone(c), func(one spec) bool { return !holds(one) })
}

// without gives the cases of which it does not hold.
func (c cases) without(holds func(spec) bool) cases {
	return slices.DeleteFunc(slices.Clone(c), holds)
}

// apart splits the cases that write into their steps. They take for granted that the server undoes each request before the
// next one; with commits it is the runner that does so, between cases.
func (c cases) apart() (out cases) {
	for _, one := range c {
		if one.writes() && len(one.Steps) > 1 {
			out = append(out, one.split()...)
			continue
		}
		out = append(out, one)
	}
	return out
}

func (c cases) write(t *testing.T, file string) {
	t.Helper()
	b, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
