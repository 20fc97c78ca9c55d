package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pergola-dev/pergola/"

// sourceTree is every Go file of the module.
type sourceTree struct {
	files    []*goFile
	packages map[string]string // directory to package name, of the packages that are more than tests
}

// goFile is one parsed file.
type goFile struct {
	path, dir string // relative to the module; the directory of main.go is "main"
	test      bool
	lines     int
	imports   []string // packages of ours without the module's path
	own       []string // those of imports that are ours
	syntax    *ast.File
	set       *token.FileSet
}

// notOurs are directories that hold no source of the module.
var notOurs = []string{"build", "bin", "node_modules", "testdata", ".aws-sam"}

func parseTree(t *testing.T) *sourceTree {
	t.Helper()
	tree := &sourceTree{packages: map[string]string{}}
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != ".." && (strings.HasPrefix(entry.Name(), ".") || slices.Contains(notOurs, entry.Name())):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		return tree.add(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.files) == 0 {
		t.Fatal("no Go file was found")
	}
	return tree
}

func (tree *sourceTree) add(name string) error {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	rel := strings.TrimPrefix(filepath.ToSlash(name), "../")
	f := &goFile{path: rel, dir: path.Dir(rel), syntax: syntax, set: set, lines: set.File(syntax.FileStart).LineCount()}
	if f.dir == "." {
		f.dir = "main"
	}
	f.test = strings.HasSuffix(rel, "_test.go")
	for _, spec := range syntax.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if ours, ok := strings.CutPrefix(imp, module); ok {
			imp = ours
			f.own = append(f.own, ours)
		}
		f.imports = append(f.imports, imp)
	}
	if !f.test {
		tree.packages[f.dir] = syntax.Name.Name
	}
	tree.files = append(tree.files, f)
	return nil
}

func (tree *sourceTree) file(name string) *goFile {
	for _, f := range tree.files {
		if f.path == name {
			return f
		}
	}
	return nil
}

// structFields lists the fields of a struct type.
func (tree *sourceTree) structFields(dir, typeName string) []string {
	var names []string
	for _, f := range tree.files {
		if f.dir != dir || f.test {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != typeName {
				return true
			}
			for _, field := range spec.Type.(*ast.StructType).Fields.List {
				for _, name := range field.Names {
					names = append(names, name.Name)
				}
			}
			return false
		})
	}
	return names
}

// calls gives the lines on which the file uses pkg.name.
func (f *goFile) calls(pkg, name string) []int {
	var lines []int
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
				lines = append(lines, f.set.Position(s.Pos()).Line)
			}
		}
		return true
	})
	return lines
}

// funcLine gives the line of a function (not a method), 0 when the file has none of that name.
func (f *goFile) funcLine(name string) int {
	for _, d := range f.syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
			return f.set.Position(fn.Pos()).Line
		}
	}
	return 0
}

// selects reports whether the file selects a field of that name of something that is.
func (f *goFile) selects(field string, is func(ast.Expr) bool) bool {
	found := false
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == field {
			found = found || is(s.X)
		}
		return !found
	})
	return found
}

// isFacts goes by the name, for there are other fields called Settings: "facts", "dialect", "db.Facts()".
func isFacts(x ast.Expr) bool {
	var name string
	switch x := x.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		name = x.Sel.Name
	case *ast.CallExpr:
		return isFacts(x.Fun)
	}
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "facts") || strings.HasSuffix(name, "dialect")
}

// covers reports whether name is one of roots or lies below one.
func covers(roots []string, name string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return name == root || strings.HasPrefix(name, root+"/")
	})
}
