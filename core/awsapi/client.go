package awsapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	// callTimeout bounds one call with its retries: half of what a request to the Auth service has for everything.
	callTimeout = 5 * time.Second
	// attempts is how often a call is made that the service refuses for being busy; the SDK's number.
	attempts = 3
	// firstPause is the mean time before the second attempt; it doubles with each.
	firstPause = 100 * time.Millisecond
	// maxAnswer is the longest answer that is read, in bytes. Only what lies in S3 is ever long, and that is bounded by whoever
	// reads it.
	maxAnswer = 2 << 20
)

// Client calls services. The zero value is ready: it calls AWS in the program's own region. It is safe for concurrent use and
// must not be copied after the first call.
type Client struct {
	Region   string  // "" for the program's own
	Endpoint string  // of an emulator, for all services; "" for AWS, or what AWS_ENDPOINT_URL says
	Connect  Connect // nil for Environment

	mu     sync.Mutex
	loaded bool
	sdk    aws.Config
}

// Request is a call.
type Request struct {
	Service string // that the signature is for: "ses", "cognito-idp", "s3"
	Host    string // the first labels of the host's name, before the region: "email", "cognito-idp", "s3"
	Method  string // of HTTP
	Path    string // escaped, with the slash in front
	Header  map[string]string
	Body    []byte
}

var errNoRegion = errors.New("the AWS region is not known: set AWS_REGION")

// Do makes a call and gives the body of the answer. What the service refuses is an *Error. A call is repeated only when the
// service says that it was too busy to begin: a message must not be sent twice because an answer got lost.
func (c *Client) Do(ctx context.Context, r Request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	cfg, err := c.config(ctx)
	if err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		answer, err := c.once(ctx, cfg, r)
		refusal, ok := errors.AsType[*Error](err)
		if !ok || !refusal.throttled() || n == attempts || pause(ctx, n) != nil {
			return answer, err
		}
	}
}

// pause waits before the attempt after the n-th, around firstPause and longer each time.
func pause(ctx context.Context, n int) error {
	mean := firstPause << (n - 1)
	select {
	case <-time.After(mean/2 + rand.N(mean)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// config connects once. A failure is not remembered: the next call tries again.
func (c *Client) config(ctx context.Context) (aws.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded {
		return c.sdk, nil
	}
	connect := c.Connect
	if connect == nil {
		connect = Environment
	}
	cfg, err := connect(ctx)
	if err != nil {
		return cfg, err
	}
	if c.Region != "" {
		cfg.Region = c.Region
	}
	if c.Endpoint != "" {
		cfg.BaseEndpoint = &c.Endpoint
	}
	if cfg.Region == "" {
		return cfg, errNoRegion
	}
	c.sdk, c.loaded = cfg, true
	return cfg, nil
}

// once makes one attempt.
func (c *Client) once(ctx context.Context, cfg aws.Config, r Request) ([]byte, error) {
	req, err := signed(ctx, cfg, r)
	if err != nil {
		return nil, err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", r.Service, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the answer of %s: %w", r.Service, err)
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("the answer of %s is longer than %d bytes", r.Service, maxAnswer)
	case res.StatusCode >= http.StatusMultipleChoices:
		return nil, refusal(r.Service, res, answer)
	}
	return answer, nil
}

// signed makes the HTTP request of a call.
func signed(ctx context.Context, cfg aws.Config, r Request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, base(cfg, r.Host)+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", r.Service, err)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	sum := sha256.Sum256(r.Body)
	hash := hex.EncodeToString(sum[:])
	req.Header.Set("X-Amz-Content-Sha256", hash) // S3 asks for it
	if cfg.Credentials == nil {
		return nil, fmt.Errorf("calling %s: there are no AWS credentials", r.Service)
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding AWS credentials: %w", err)
	}
	// S3 alone signs the path as it is sent.
	plain := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = r.Service == "s3" }
	if err := v4.NewSigner(plain).SignHTTP(ctx, credentials, req, hash, r.Service, cfg.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("signing a call of %s: %w", r.Service, err)
	}
	return req, nil
}

// base is where a service is. The regions of China have a domain of their own.
func base(cfg aws.Config, host string) string {
	if cfg.BaseEndpoint != nil {
		return strings.TrimSuffix(*cfg.BaseEndpoint, "/")
	}
	domain := "amazonaws.com"
	if strings.HasPrefix(cfg.Region, "cn-") {
		domain = "amazonaws.com.cn"
	}
	return "https://" + host + "." + cfg.Region + "." + domain
}
