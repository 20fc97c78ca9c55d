package awsapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/awsapi"
	"github.com/pergola-dev/pergola/internal/awstest"
)

// answers serves one after the other, the last of them again and again, and counts the calls.
type answers struct {
	calls int
	all   []func(http.ResponseWriter, *http.Request)
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := min(a.calls, len(a.all)-1)
	a.calls++
	a.all[n](w, r)
}

func serve(t *testing.T, all ...func(http.ResponseWriter, *http.Request)) *answers {
	t.Helper()
	a := &answers{all: all}
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	awstest.Point(t, s.URL)
	return a
}

func answer(status int, body string, fields ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for n := 0; n+1 < len(fields); n += 2 {
			w.Header().Set(fields[n], fields[n+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		name       string
		answer     func(http.ResponseWriter, *http.Request)
		code, text string
		calls      int
	}{
		{"a type in the body", answer(400, `{"__type":"NotAuthorizedException","message":"no"}`), "NotAuthorizedException", "no", 1},
		{"with a namespace", answer(400, `{"__type":"com.amazonaws.x#NotAuthorizedException","Message":"no"}`), "NotAuthorizedException", "no", 1},
		{"in a header field", answer(400, `{"message":"no"}`, "X-Amzn-Errortype", "MessageRejected:http://internal/"), "MessageRejected", "no", 1},
		{"in XML", answer(404, `<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>`), "NoSuchKey", "none", 1},
		{"no code", answer(502, `<html>`), "", "", 1},
		{"a failure inside, which may have done it", answer(500, `{"__type":"InternalFailure"}`), "InternalFailure", "", 1},
		{"too busy", answer(400, `{"__type":"TooManyRequestsException","message":"later"}`), "TooManyRequestsException", "later", 3},
		{"a limit of the user's", answer(400, `{"__type":"LimitExceededException","message":"later"}`), "LimitExceededException", "later", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.answer)
			err := new(awsapi.Client).Call(t.Context(), "cognito-idp", "AWSCognitoIdentityProviderService.SignUp", struct{}{}, nil)
			e, ok := errors.AsType[*awsapi.Error](err)
			if !ok || e.Code != tt.code || e.Message != tt.text || s.calls != tt.calls {
				t.Errorf("got %v after %d calls, want %q, %q after %d", err, s.calls, tt.code, tt.text, tt.calls)
			}
		})
	}
}

func TestBusyThenNot(t *testing.T) {
	s := serve(t, answer(429, ""), answer(200, `{"UserSub":"x"}`))
	var out struct{ UserSub string }
	if err := new(awsapi.Client).Call(t.Context(), "cognito-idp", "T.SignUp", struct{}{}, &out); err != nil || out.UserSub != "x" || s.calls != 2 {
		t.Errorf("got %v, %v after %d calls", out, err, s.calls)
	}
}

// TestSigned has a call carry what AWS knows the caller by.
func TestSigned(t *testing.T) {
	var got http.Header
	serve(t, func(w http.ResponseWriter, r *http.Request) { got = r.Header; _, _ = w.Write([]byte("{}")) })
	c := &awsapi.Client{Region: "us-east-1"}
	if err := c.Call(t.Context(), "cognito-idp", "T.SignUp", map[string]string{"a": "b"}, nil); err != nil {
		t.Fatal(err)
	}
	const scope = "/us-east-1/cognito-idp/aws4_request"
	if a := got.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 Credential=test/") || !strings.Contains(a, scope) || !strings.Contains(a, "x-amz-target") {
		t.Errorf("it is signed by %q", a)
	}
}

func TestNoRegion(t *testing.T) {
	awstest.Point(t, "http://127.0.0.1:1")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, err := new(awsapi.Client).Fetch(t.Context(), "s3://bucket/key")
	if err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("got %v", err)
	}
}

func TestFetch(t *testing.T) {
	c := &awsapi.Client{Endpoint: awstest.New(t)}
	for _, path := range []string{"/mails", "/mails/auth/Gr%C3%BC%C3%9Fe%20%2B1.html"} {
		_, err := c.Do(t.Context(), awsapi.Request{
			Service: "s3", Host: "s3", Method: http.MethodPut, Path: path, Body: map[bool][]byte{
				true: []byte("<p>Hallo</p>"), false: []byte("<CreateBucketConfiguration><LocationConstraint>" + awstest.Region + "</LocationConstraint></CreateBucketConfiguration>"),
			}[strings.Contains(path, ".html")],
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.Fetch(t.Context(), "s3://mails/auth/Grüße +1.html"); err != nil || string(got) != "<p>Hallo</p>" {
		t.Errorf("got %q, %v", got, err)
	}
	_, err := c.Fetch(t.Context(), "s3://mails/nothing")
	if e, ok := errors.AsType[*awsapi.Error](err); !ok || e.Code != "NoSuchKey" {
		t.Errorf("what is not there gave %v", err)
	}
	for _, address := range []string{"s3://mails", "s3://mails/", "s3:///key", "https://mails/key"} {
		if _, err := c.Fetch(t.Context(), address); err == nil || !strings.Contains(err.Error(), "s3://bucket/key") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

// TestFetchElsewhere asks a bucket where it is.
func TestFetchElsewhere(t *testing.T) {
	var scope string
	s := serve(t, answer(301, "<Error><Code>PermanentRedirect</Code></Error>", "X-Amz-Bucket-Region", "us-west-2"),
		func(w http.ResponseWriter, r *http.Request) {
			scope = r.Header.Get("Authorization")
			_, _ = w.Write([]byte("text"))
		})
	got, err := new(awsapi.Client).Fetch(t.Context(), "s3://bucket/key")
	if err != nil || string(got) != "text" || s.calls != 2 || !strings.Contains(scope, "/us-west-2/s3/") {
		t.Errorf("got %q, %v after %d calls, %s", got, err, s.calls, scope)
	}
}
