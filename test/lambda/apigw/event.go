package apigw

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The identity of the gateway that events are stamped with; none of it exists.
const (
	accountID = "123456789012"
	apiID     = "a1b2c3d4e5"
	region    = "eu-central-1"
)

// event is an event of payload format 2.0; with the last three fields it is one for an authorizer.
type event struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	Base64                bool              `json:"isBase64Encoded"`

	Type           string   `json:"type,omitempty"`
	RouteARN       string   `json:"routeArn,omitempty"`
	IdentitySource []string `json:"identitySource,omitempty"`
}

type requestContext struct {
	AccountID    string      `json:"accountId"`
	APIID        string      `json:"apiId"`
	Authorizer   *authorizer `json:"authorizer,omitempty"`
	DomainName   string      `json:"domainName"`
	DomainPrefix string      `json:"domainPrefix"`
	HTTP         httpContext `json:"http"`
	RequestID    string      `json:"requestId"`
	RouteKey     string      `json:"routeKey"`
	Stage        string      `json:"stage"`
	Time         string      `json:"time"`
	TimeEpoch    int64       `json:"timeEpoch"`
}

type authorizer struct {
	Lambda json.RawMessage `json:"lambda"`
}

type httpContext struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// newEvent makes the event of a request, with everything lost that the gateway loses.
func newEvent(r *http.Request, body []byte, to route, stage string) *event {
	path, stageName := r.URL.Path, "$default"
	if stage != "" {
		path, stageName = "/"+stage+path, stage
	}
	e := &event{
		Version: "2.0", RouteKey: to.key, RawPath: path, RawQueryString: r.URL.RawQuery,
		Headers: headers(r), Cookies: cookies(r), QueryStringParameters: parameters(r.URL),
		RequestContext: contextOf(r, path, to.key, stageName),
	}
	if to.proxy != "" {
		e.PathParameters = map[string]string{"proxy": to.proxy}
	}
	e.Body, e.Base64 = encodeBody(r.Header.Get("Content-Type"), body)
	return e
}

func contextOf(r *http.Request, path, route, stage string) requestContext {
	now := time.Now().UTC()
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	prefix, _, _ := strings.Cut(r.Host, ".")
	return requestContext{
		AccountID: accountID, APIID: apiID, DomainName: r.Host, DomainPrefix: prefix,
		HTTP:      httpContext{r.Method, path, r.Proto, ip, r.UserAgent()},
		RequestID: "J" + strconv.FormatInt(now.UnixNano(), 36) + "=", RouteKey: route, Stage: stage,
		Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
	}
}

// headers joins repeated fields by commas under lower-case names, leaves cookies out, and adds what the gateway adds.
func headers(r *http.Request) map[string]string {
	h := make(map[string]string, len(r.Header)+5)
	for name, values := range r.Header {
		h[strings.ToLower(name)] = strings.Join(values, ",")
	}
	delete(h, "cookie")
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	if before := h["x-forwarded-for"]; before != "" {
		ip = before + ", " + ip
	}
	h["x-forwarded-for"], h["x-forwarded-port"], h["x-forwarded-proto"] = ip, "443", "https"
	h["x-amzn-trace-id"] = fmt.Sprintf("Root=1-%08x-%024x", time.Now().Unix(), time.Now().UnixNano())
	h["host"] = r.Host
	h["content-length"] = strconv.FormatInt(max(r.ContentLength, 0), 10)
	return h
}

func cookies(r *http.Request) []string {
	var all []string
	for _, line := range r.Header["Cookie"] {
		for cookie := range strings.SplitSeq(line, ";") {
			all = append(all, strings.TrimSpace(cookie))
		}
	}
	return all
}

// parameters are decoded and joined by commas; nobody should use them.
func parameters(u *url.URL) map[string]string {
	if u.RawQuery == "" {
		return nil
	}
	p := map[string]string{}
	for name, values := range u.Query() {
		p[name] = strings.Join(values, ",")
	}
	return p
}

// encodeBody sends text of these types as it is and the rest in base64, a form and a body without a type included.
func encodeBody(contentType string, body []byte) (text string, base64ed bool) {
	t, _, _ := mime.ParseMediaType(contentType)
	switch {
	case len(body) == 0:
		return "", false
	case !utf8.Valid(body):
	case strings.HasPrefix(t, "text/"), t == "application/json", t == "application/xml", t == "application/javascript":
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

func (e *event) encode() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return b
}
