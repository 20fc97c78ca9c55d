// Package web is what every HTTP surface has around it: middleware, and the writer of PostgREST's errors.
//
// It is the first stage of a request in the process. The usual order, from outside in:
//
//	web.Chain(handler,
//		web.RequestID(traceHeader),   // names the request
//		web.AccessLog(log),           // one line when it is done
//		web.Recover(faults),          // a panic becomes a 500
//		web.CORS(options),            // answers preflights
//		web.BodyLimit(bytes, faults), // refuses large bodies
//		web.Authenticate(options),    // says who is calling, or refuses
//	)
//
// Behind it the identity of the caller is in the request's context, once and for all. What the layers find out about a
// request they keep in one place (visit), so that the outermost alone copies it. It knows no routes and no database.
package web
