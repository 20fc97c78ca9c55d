package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Fetch gives what lies in S3 at an address of the form s3://bucket/key. A bucket in another region is asked there.
func (c *Client) Fetch(ctx context.Context, address string) ([]byte, error) {
	bucket, key, whole := strings.Cut(strings.TrimPrefix(address, "s3://"), "/")
	if !strings.HasPrefix(address, "s3://") || bucket == "" || !whole || key == "" {
		return nil, fmt.Errorf("%s is no address of the form s3://bucket/key", address)
	}
	// The bucket stands in the path: its name need not be one of a host.
	r := Request{Service: "s3", Host: "s3", Method: http.MethodGet, Path: "/" + escapePath(bucket+"/"+key)}
	object, err := c.Do(ctx, r)
	if e, ok := errors.AsType[*Error](err); ok && e.Region != "" && e.Region != c.sdk.Region {
		return (&Client{Region: e.Region, Endpoint: c.Endpoint, Connect: c.Connect}).Do(ctx, r)
	}
	return object, err
}

// escapePath escapes a path for S3, all but the slashes.
func escapePath(path string) string {
	return strings.NewReplacer("%2F", "/", "+", "%20").Replace(url.QueryEscape(path))
}
