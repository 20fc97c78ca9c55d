package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// httpAPI is an event of API Gateway's HTTP API, payload format 2.0:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
//
// queryStringParameters is left out on purpose: it joins repeated parameters by commas, which are part of PostgREST's
// syntax.
type httpAPI struct {
	Version        string            `json:"version"`
	RawPath        string            `json:"rawPath"`
	RawQueryString string            `json:"rawQueryString"`
	Cookies        []string          `json:"cookies"`
	Headers        map[string]string `json:"headers"`
	Body           string            `json:"body"`
	Base64         bool              `json:"isBase64Encoded"`
	Context        struct {
		DomainName string `json:"domainName"`
		HTTP       struct {
			Method   string `json:"method"`
			Protocol string `json:"protocol"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
		Authorizer struct {
			Lambda map[string]any `json:"lambda"`
		} `json:"authorizer"`
	} `json:"requestContext"`
}

// genuine says whether what was read is an HTTP API event.
func (e *httpAPI) genuine() bool {
	return e.Version == "2.0" && e.Context.HTTP.Method != "" && !functionURL(e.Context.DomainName)
}

// request makes the request a server would have made of the caller's bytes, as far as the gateway kept them.
func (e *httpAPI) request(ctx context.Context, stage string) (*http.Request, error) {
	if !strings.HasPrefix(e.RawPath, "/") {
		return nil, fmt.Errorf("path %q does not begin with a slash", e.RawPath)
	}
	body, err := e.body()
	if err != nil {
		return nil, err
	}
	if e.Context.Authorizer.Lambda != nil {
		ctx = withAuthorizer(ctx, e.Context.Authorizer.Lambda)
	}
	u := e.url(stage)
	r := &http.Request{
		Method:     e.Context.HTTP.Method,
		URL:        u,
		RequestURI: u.RequestURI(),
		Header:     e.header(),
		Host:       e.Context.DomainName,
		RemoteAddr: net.JoinHostPort(e.Context.HTTP.SourceIP, "0"),
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	r.Header.Del("Host") // net/http keeps it in Request.Host alone
	setProto(r, e.Context.HTTP.Protocol)
	setBody(r, body)
	return r.WithContext(ctx), nil
}

// url sets the path as it came: the gateway has decoded it already, so a '?', '#' or '%' in it is a character of a name and
// must not be parsed again. RawPath stays empty for the same reason: there is no encoded form to keep.
func (e *httpAPI) url(stage string) *url.URL {
	path := e.RawPath
	if rest, ok := strings.CutPrefix(path, stage); ok && (rest == "" || rest[0] == '/') {
		path = rest
	}
	if path == "" {
		path = "/"
	}
	return &url.URL{Path: path, RawQuery: e.RawQueryString}
}

// header takes each value whole: the gateway joins repeated fields by commas, and only the reader of a field knows which of
// its commas separate values. Cookies come apart from the other headers and go back into one field.
func (e *httpAPI) header() http.Header {
	h := make(http.Header, len(e.Headers)+1)
	for name, value := range e.Headers {
		h.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		h.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return h
}

func (e *httpAPI) body() ([]byte, error) {
	if !e.Base64 {
		return []byte(e.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, fmt.Errorf("decoding the body: %w", err)
	}
	return body, nil
}

func setProto(r *http.Request, protocol string) {
	r.Proto = protocol
	var ok bool
	if r.ProtoMajor, r.ProtoMinor, ok = http.ParseHTTPVersion(protocol); !ok {
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	}
}

func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = http.NoBody, int64(len(body))
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
}

// httpAPIResponse is the response of payload format 2.0.
type httpAPIResponse struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies,omitempty"`
	Body       string            `json:"body"`
	Base64     bool              `json:"isBase64Encoded"`
}

// response joins the values of a field by a comma, which RFC 9110 (section 5.3) allows for every field but Set-Cookie; that
// one has a place of its own in the format.
func (e *httpAPI) response(a *answer) any {
	out := httpAPIResponse{StatusCode: a.status, Headers: make(map[string]string, len(a.sent)), Cookies: a.sent["Set-Cookie"]}
	for name, values := range a.sent {
		if name != "Set-Cookie" && len(values) > 0 {
			out.Headers[name] = strings.Join(values, ", ")
		}
	}
	out.Body, out.Base64 = a.text()
	return out
}
