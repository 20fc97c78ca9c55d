package awsapi

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// Error is what a service answers that refuses a call.
type Error struct {
	Service string
	Status  int    // of HTTP
	Code    string // the name of the exception, such as "NotAuthorizedException"; "" where the answer has none
	Message string // for people; it may hold what the caller has sent
	Region  string // of the bucket, where S3 was asked in another; "" otherwise
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s refused the call with status %d, %s: %s", e.Service, e.Status, e.Code, e.Message)
}

// throttled reports that the service was too busy to begin.
func (e *Error) throttled() bool {
	switch e.Code {
	case "TooManyRequestsException", "ThrottlingException", "Throttling", "SlowDown":
		return true
	}
	return e.Code == "" && e.Status == http.StatusTooManyRequests
}

// refusal reads an answer that is no success. Services that speak JSON name the exception in a header field, in "__type" or
// in "code", some with a namespace in front or an address behind; S3 speaks XML.
func refusal(service string, res *http.Response, body []byte) *Error {
	e := &Error{Service: service, Status: res.StatusCode, Region: res.Header.Get("X-Amz-Bucket-Region")}
	var said struct {
		Type    string `json:"__type" xml:"-"`
		Code    string `json:"code" xml:"Code"`
		Message string `json:"message" xml:"Message"`
	}
	if json.Unmarshal(body, &said) != nil {
		_ = xml.Unmarshal(body, &said) // an answer that is neither has no more to tell
	}
	e.Message = said.Message
	for _, name := range []string{res.Header.Get("X-Amzn-Errortype"), said.Type, said.Code} {
		if e.Code == "" {
			e.Code = plainName(name)
		}
	}
	return e
}

// plainName is the name of an exception alone: "a.b#Name:http://..." is "Name".
func plainName(name string) string {
	name, _, _ = strings.Cut(name, ":")
	return name[strings.LastIndex(name, "#")+1:]
}
