package main

import "fmt"

// variants is how many different requests an operation has. They differ in their values, so that no answer is the one
// before.
const variants = 256

// request is one HTTP request without what depends on the target.
type request struct {
	method, path, body string
	prefer             string
}

// operation is one thing that a client does, put to the floor in its own way and to everybody else in PostgREST's.
type operation struct {
	name  string
	goal  float64 // the share of the floor's speed that Pergola promises; 0 for none
	floor func(n int) request
	rest  func(n int) request
}

// customer spreads the keys that are asked for over the table.
func customer(n int) int { return 1 + n*37%10000 }

func get(format string, args ...any) request {
	return request{method: "GET", path: fmt.Sprintf(format, args...)}
}

func event(n int, path string) request {
	return request{
		method: "POST", path: path,
		body: fmt.Sprintf(`{"kind":"visit","customer_id":%d,"payload":{"page":"/shop/%d","seconds":12}}`, customer(n), n),
	}
}

// operations are those of every run, in the order of the table.
func operations() []operation {
	return []operation{
		{
			"one row", 0.70,
			func(n int) request { return get("/one?%d", customer(n)) },
			func(n int) request { return get("/customers?id=eq.%d", customer(n)) },
		},
		{
			"list of 100", 0.90,
			func(int) request { return get("/list?100") },
			func(int) request { return get("/orders?order=id&limit=100") },
		},
		{
			"filter", 0.75,
			func(n int) request { return get("/filter?paid,%d", n) },
			func(n int) request {
				return get("/orders?select=id,total,placed_at&status=eq.paid&total=gt.%d&order=placed_at.desc&limit=10", n)
			},
		},
		{
			"to-one embed", 0.80,
			func(n int) request { return get("/toone?%d", customer(n)) },
			func(n int) request {
				return get("/orders?select=id,total,customers(name,city)&customer_id=eq.%d", customer(n))
			},
		},
		{
			"to-many embed", 0.88,
			func(int) request { return get("/tomany?10") },
			func(int) request { return get("/customers?select=id,name,orders(id,total,status)&order=id&limit=10") },
		},
		{
			"exact count", 0.95,
			func(int) request { return get("/count?10") },
			func(int) request {
				r := get("/customers?select=id,name&order=id&limit=10")
				r.prefer = "count=exact"
				return r
			},
		},
		{
			"insert", 0.72,
			func(n int) request { return event(n, "/insert") },
			func(n int) request { return event(n, "/events") },
		},
		{
			"rpc", 0.70,
			func(n int) request { return get("/rpc?%d,2", n) },
			func(n int) request { return get("/rpc/add?a=%d&b=2", n) },
		},
		{
			"set rpc", 0,
			func(n int) request { return get("/setrpc?%d", customer(n)) },
			func(n int) request { return get("/rpc/orders_of?customer=%d", customer(n)) },
		},
	}
}
