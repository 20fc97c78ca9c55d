package oauth

import (
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// azureCommon is where people of every tenant sign in.
const azureCommon = "https://login.microsoftonline.com/common"

// anyTenant are the names that stand for many tenants, in the place of one's id.
var anyTenant = []string{"common", "organizations", "consumers"}

func (s *Set) azure(p Provider) *party {
	base := strings.TrimSuffix(address(p.URL, azureCommon), "/v2.0")
	at := endpoint{pkce: true, Endpoint: oauth2.Endpoint{
		AuthURL: base + "/oauth2/v2.0/authorize", TokenURL: base + "/oauth2/v2.0/token", AuthStyle: oauth2.AuthStyleInParams,
	}}
	i := &issuer{accepts: azureIssuer(base), read: readAzure}
	azure := s.openID(p, i, "openid")
	azure.where = func(context.Context) (endpoint, error) { return at, nil }
	return azure
}

// azureIssuer accepts the tokens of the tenant that people are sent to, or of every tenant of the server when it is that of
// all. Whose tokens they are is checked by their client in either case.
func azureIssuer(base string) func(string) bool {
	slash := strings.LastIndexByte(base, '/')
	server, tenant := base[:slash+1], base[slash+1:]
	if !slices.Contains(anyTenant, tenant) {
		return one(base + "/v2.0")
	}
	return func(iss string) bool {
		theirs, ok := strings.CutPrefix(iss, server)
		theirs, v2 := strings.CutSuffix(theirs, "/v2.0")
		return ok && v2 && theirs != "" && !strings.ContainsAny(theirs, "/?#%@\\") && !slices.Contains(anyTenant, theirs)
	}
}

// ofProtocol are claims of Azure's that say nothing of the person, or are kept under a name of their own.
var ofProtocol = []string{
	"aud", "iss", "iat", "nbf", "exp", "c_hash", "at_hash", "aio", "nonce", "rh", "uti", "jti", "ver", "sub", "name", "preferred_username",
}

// readAzure takes an address as verified unless xms_edov says otherwise: without that claim, Azure tells unverified addresses
// only to applications of the tenant itself.
func readAzure(c map[string]any) Person {
	custom := maps.Clone(c)
	for _, name := range ofProtocol {
		delete(custom, name)
	}
	p := Person{Claims: map[string]any{
		"name": said(c, "name"), "full_name": said(c, "name"), "preferred_username": said(c, "preferred_username"), "custom_claims": custom,
	}}
	p.add(said(c, "email"), c["xms_edov"] == nil || holds(c, "xms_edov"), true)
	return p
}
