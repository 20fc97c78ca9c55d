package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pergola-dev/pergola/core/config"
)

// FuzzFile reads any text as a configuration file. What is understood, written again, says the same; and any text can be
// written as a value.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		wholeFile, `a = "\ud83d\ude00$$$(HOME)"`, "a{b{c=on}d=-1.5e3}", "import \"x\"", "a = [1, 2]", "#", `a = "`, "a = \"\\u12", "a-b.c_d=1#",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := config.ParseFile("value = "+config.Quote(text), nil)
		if err != nil || found["value"] != text {
			t.Errorf("%q, written as %s, is read as %q (%v)", text, config.Quote(text), found["value"], err)
		}
		found, err = config.ParseFile(text, map[string]string{"HOME": "$(HOME)"})
		if err != nil {
			return
		}
		written := ""
		for key, value := range found {
			written += key + " = " + config.Quote(value) + "\n"
		}
		again, err := config.ParseFile(written, nil)
		if err != nil {
			t.Fatalf("%q is not understood: %v", written, err)
		}
		if diff := cmp.Diff(found, again); diff != "" {
			t.Errorf("-read +read again:\n%s", diff)
		}
	})
}
