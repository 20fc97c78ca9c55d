package totp

import (
	"net/url"
	"strconv"
	"strings"
)

// URI is what an app reads from a picture: the secret, who it is of and which account it is for (the key URI format of Google
// Authenticator, which other apps follow).
func (s Secret) URI(issuer, account string) string {
	parameters := url.Values{
		"algorithm": {"SHA1"},
		"digits":    {strconv.Itoa(digits)},
		"issuer":    {issuer},
		"period":    {strconv.Itoa(period)},
		"secret":    {s.Text()},
	}
	uri := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account,
		RawQuery: strings.ReplaceAll(parameters.Encode(), "+", "%20"), // apps show a plus as it stands
	}
	return uri.String()
}
