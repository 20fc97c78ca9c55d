package auth_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestAttackTable demands that docs/auth-attacks.md has all 47 attacks in order, each with tests that there are.
func TestAttackTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/auth-attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z]+)\\.(Test[A-Za-z0-9]+)`")
	tests, row := map[string]string{}, 0
	for line := range strings.Lines(string(page)) {
		number, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if n, err := strconv.Atoi(number); err != nil || n != row+1 {
			continue
		}
		row++
		found := named.FindAllStringSubmatch(line, -1)
		if len(found) == 0 {
			t.Errorf("attack %d has no test", row)
		}
		for _, each := range found {
			if !strings.Contains(testsOf(t, tests, each[1]), "\nfunc "+each[2]+"(t *testing.T)") {
				t.Errorf("attack %d: there is no test %s.%s", row, each[1], each[2])
			}
		}
	}
	if row != 47 {
		t.Errorf("the table has %d attacks in order", row)
	}
}

// testsOf gives the text of a package's tests, and keeps it.
func testsOf(t *testing.T, kept map[string]string, name string) string {
	t.Helper()
	if text, ok := kept[name]; ok {
		return text
	}
	dir := map[string]string{"auth": ".", "authapp": "../app/authapp"}[name]
	if dir == "" {
		dir = name
	}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kept[name] += "\n" + string(text)
	}
	return kept[name]
}
