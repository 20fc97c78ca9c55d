package sqlgen

import (
	"slices"

	"github.com/pergola-dev/pergola/core/catalog"
	"github.com/pergola-dev/pergola/core/plan"
)

// valueName is the column of the rows of a function that returns values.
const valueName = "pergola_value"

// call writes the statement of a function call.
func (c *compiler) call(call plan.Call) {
	a := answer{encoding: c.plan.Media.Encoding, checked: true}
	if call.HeadersOnly || call.Function.Returns.Kind == catalog.Void {
		a.encoding = plan.NoBody{}
	}
	if call.Result == nil {
		c.callValue(call, a)
		return
	}
	c.put("with ", produced, " as (select ")
	c.returned(call.Returning)
	c.put(" from ")
	c.arguments(call)
	c.invoke(call)
	c.put(" as ", plan.CallAlias, ") ")
	a.tree, a.row = call.Result, call.Result
	if _, array := a.encoding.(plan.JSONArray); array && !call.Function.Returns.Set {
		a.encoding = plan.JSONObject{StripNulls: a.encoding.(plan.JSONArray).StripNulls}
	}
	c.answer(a)
	c.put(" from (")
	c.selection(call.Result, nil)
	c.put(") as ", rowAlias)
}

// callValue writes a call whose value is the answer, or is one of an array of them.
func (c *compiler) callValue(call plan.Call, a answer) {
	a.value, a.set = valueName, call.Function.Returns.Set
	c.answer(a)
	c.put(" from (select ")
	c.invoke(call)
	c.put(" as ", valueName)
	if fromBody(call) {
		c.put(" from ")
		c.bodyRecord(call)
	}
	c.put(") as ", rowAlias)
}

func fromBody(call plan.Call) bool {
	return slices.ContainsFunc(call.Args, func(a plan.Arg) bool { return a.FromBody })
}

// arguments writes the source of arguments that come from the body, before the function that takes them.
func (c *compiler) arguments(call plan.Call) {
	if fromBody(call) {
		c.bodyRecord(call)
		c.put(", lateral ")
	}
}

// invoke writes the call itself.
func (c *compiler) invoke(call plan.Call) {
	c.name(call.Function.Name)
	c.put("(")
	c.list(len(call.Args), ", ", func(i int) { c.argument(call.Args[i]) })
	c.put(")")
}

func (c *compiler) argument(a plan.Arg) {
	if a.Param.Variadic {
		c.put("variadic ")
	}
	if a.Param.Name != "" {
		c.ident(a.Param.Name)
		c.put(" := ")
	}
	if a.FromBody {
		c.column(plan.BodyAlias, a.Param.Name)
		return
	}
	c.put("cast(")
	c.param(a.Text)
	c.put(" as ", a.Param.TypeMod, ")")
}

// bodyRecord writes the body's object as a record with the parameters' types. Of an array the first object counts.
func (c *compiler) bodyRecord(call plan.Call) {
	c.put("json_to_record(")
	c.firstOf(plan.Body{JSON: call.Body, Many: call.BodyMany})
	c.put(") as ", plan.BodyAlias, "(")
	n := 0
	for _, a := range call.Args {
		if !a.FromBody {
			continue
		}
		if n++; n > 1 {
			c.put(", ")
		}
		c.ident(a.Param.Name)
		c.put(" ", a.Param.TypeMod)
	}
	c.put(")")
}

// firstOf writes a body's object, or the first one of its array.
func (c *compiler) firstOf(b plan.Body) {
	if !b.Many {
		c.bytes(b.JSON)
		return
	}
	c.put("cast(")
	c.bytes(b.JSON)
	c.put(" as json) -> 0")
}
