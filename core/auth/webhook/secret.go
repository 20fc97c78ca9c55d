package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// secretPrefix begins a symmetric secret: the version of its signatures, and Standard Webhooks' own mark.
const secretPrefix = "v1,whsec_"

// The length of a secret in bytes, from Standard Webhooks ("Signature scheme").
const (
	minSecret = 24
	maxSecret = 64
)

var errNoSecret = errors.New(`a hook needs a secret: make one with "openssl rand -base64 32" and put ` + secretPrefix + ` before it`)

// secret is the key of one signature.
type secret []byte

// parseSecrets reads the setting GOTRUE_HOOK_*_SECRETS: secrets joined by "|". An error names a secret by its place, never
// by its text.
func parseSecrets(setting string) ([]secret, error) {
	var secrets []secret
	for i, text := range strings.Split(setting, "|") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		s, err := parseSecret(text)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		secrets = append(secrets, s)
	}
	if len(secrets) == 0 {
		return nil, errNoSecret
	}
	return secrets, nil
}

func parseSecret(text string) (secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok {
		return nil, errors.New("does not begin with " + secretPrefix)
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New("is not base64 behind " + secretPrefix)
	}
	if len(key) < minSecret || len(key) > maxSecret {
		return nil, fmt.Errorf("has %d bytes; %d to %d are needed", len(key), minSecret, maxSecret)
	}
	return key, nil
}

// signatures gives the value of the header webhook-signature: one signature per secret, so that a receiver who knows any
// of them can verify the request while secrets are exchanged.
func signatures(secrets []secret, id string, at time.Time, body []byte) string {
	signed := make([]string, len(secrets))
	for i, s := range secrets {
		mac := hmac.New(sha256.New, s)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signed[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signed, " ")
}
