package apigw

import (
	"encoding/json"
	"net/http"
	"strings"
)

// authorize asks the authorizer. It gives the context that the function is to see, or the status of the gateway's refusal.
func (g *Gateway) authorize(r *http.Request, e *event) (values json.RawMessage, refusal int) {
	sources, ok := g.identity(r)
	if !ok {
		return nil, http.StatusUnauthorized
	}
	out, err := g.Authorizer.Invoke(r.Context(), e.forAuthorizer(sources))
	if err != nil {
		// The one error text that the gateway reads: by it an authorizer says 401.
		if err.Error() == "Unauthorized" {
			return nil, http.StatusUnauthorized
		}
		return nil, http.StatusInternalServerError
	}
	var answer struct {
		IsAuthorized *bool           `json:"isAuthorized"`
		Context      json.RawMessage `json:"context"`
	}
	switch err := json.Unmarshal(out, &answer); {
	case err != nil || answer.IsAuthorized == nil:
		return nil, http.StatusInternalServerError
	case !*answer.IsAuthorized:
		return nil, http.StatusForbidden
	}
	return answer.Context, 0
}

// identity collects the identity sources; false when one is missing.
func (g *Gateway) identity(r *http.Request) ([]string, bool) {
	var found []string
	for _, source := range g.IdentitySources {
		value := r.Header.Get(strings.TrimPrefix(source, "$request.header."))
		if value == "" {
			return nil, false
		}
		found = append(found, value)
	}
	return found, true
}

// forAuthorizer is the event in the form that a REQUEST authorizer with payload format 2.0 gets: without the body.
func (e *event) forAuthorizer(identity []string) []byte {
	a := *e
	a.Type, a.Body, a.Base64, a.IdentitySource = "REQUEST", "", false, identity
	a.RouteARN = "arn:aws:execute-api:" + region + ":" + accountID + ":" + apiID + "/" + e.RequestContext.Stage + "/" +
		e.RequestContext.HTTP.Method + e.RawPath
	return a.encode()
}
