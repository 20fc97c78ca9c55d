package awsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Call makes a call of a service that speaks JSON over POST and names the operation in a header field (the protocol "AWS JSON
// 1.1"), such as target "AWSCognitoIdentityProviderService.SignUp". out is what the answer is read into; nil for nothing.
func (c *Client) Call(ctx context.Context, service, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("calling %s: %w", target, err)
	}
	answer, err := c.Do(ctx, Request{
		Service: service, Host: service, Method: http.MethodPost, Path: "/", Body: body,
		Header: map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target},
	})
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("reading the answer to %s: %w", target, err)
	}
	return nil
}
