package authorizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// question is what all forms of authorizer events have in common.
type question struct {
	simple  bool   // payload 2.0, which may be answered without a policy
	arn     string // of the method or route that is asked for
	headers map[string]string
}

// event is the union of the forms (API Gateway developer guide: "Input to an API Gateway Lambda authorizer", "Working
// with AWS Lambda authorizers for HTTP APIs").
type event struct {
	Version            string              `json:"version"`            // HTTP APIs: 1.0 or 2.0
	Type               string              `json:"type"`               // REQUEST, or a REST API's TOKEN
	RouteArn           string              `json:"routeArn"`           // payload 2.0
	MethodArn          string              `json:"methodArn"`          // the others
	AuthorizationToken string              `json:"authorizationToken"` // TOKEN alone
	Headers            map[string]string   `json:"headers"`
	MultiValueHeaders  map[string][]string `json:"multiValueHeaders"`
}

var errStranger = errors.New("the event is not one of an API Gateway authorizer")

func parseQuestion(raw json.RawMessage) (question, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return question{}, fmt.Errorf("reading the authorizer event: %w", err)
	}
	switch {
	case e.Type == "TOKEN" && e.MethodArn != "":
		return question{arn: e.MethodArn, headers: map[string]string{"authorization": e.AuthorizationToken}}, nil
	case e.Type == "REQUEST" && e.Version == "2.0" && e.RouteArn != "":
		return question{simple: true, arn: e.RouteArn, headers: e.Headers}, nil
	case e.Type == "REQUEST" && e.MethodArn != "":
		return question{arn: e.MethodArn, headers: e.allHeaders()}, nil
	}
	return question{}, errStranger
}

// allHeaders adds those that are given in the form of several values alone. Of those the first counts, as in net/http.
func (e event) allHeaders() map[string]string {
	all := make(map[string]string, len(e.MultiValueHeaders)+len(e.Headers))
	for name, values := range e.MultiValueHeaders {
		if len(values) > 0 {
			all[name] = values[0]
		}
	}
	for name, value := range e.Headers {
		if _, ok := e.MultiValueHeaders[name]; !ok {
			all[name] = value
		}
	}
	return all
}

// header gives a header's value whatever the case of its name: HTTP APIs send small letters, REST APIs what the caller
// wrote. Of several spellings the first in the alphabet counts, so that the same event has the same answer each time.
func (q question) header(name string) string {
	for _, n := range slices.Sorted(maps.Keys(q.headers)) {
		if strings.EqualFold(n, name) {
			return q.headers[n]
		}
	}
	return ""
}
