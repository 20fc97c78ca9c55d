// Package golden compares what a pure stage of the pipeline makes with what a file says it should make.
//
// One txtar file is one case: sections that go in (a request, the name of a catalog, a policy), written by hand, and
// sections that come out (a plan, SQL, arguments), written by `go test -update` and read by a person before they are
// committed:
//
//	for _, file := range golden.Files(t, "testdata/*.txtar") {
//		t.Run(golden.Name(file), func(t *testing.T) {
//			plan := build(golden.Section(t, file, "request"))
//			golden.Check(t, file, "plan", plan.String())
//		})
//	}
package golden
