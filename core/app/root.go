package app

import (
	"cmp"
	"fmt"
	"net"
	"strconv"

	"github.com/pergola-dev/pergola/core/api/openapi"
	"github.com/pergola-dev/pergola/core/api/openapi/openapi31"
	"github.com/pergola-dev/pergola/core/api/rest"
	"github.com/pergola-dev/pergola/core/config"
	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/plan"
)

// rootOf is what the root path of the REST surface answers.
func rootOf(cfg config.Config, mounted bool) rest.Root {
	root := rest.Root{
		Function:   cfg.REST.RootSpec,
		Disabled:   cfg.OpenAPI.Mode == config.OpenAPIDisabled,
		Everything: cfg.OpenAPI.Mode == config.OpenAPIIgnorePrivileges,
	}
	if mounted {
		root.Contract = contractPath
	}
	return root
}

// contractPath is where the OpenAPI 3.1 description stands below /rest/v1. Where PostgREST's place is taken there is none:
// the path is that of a relation.
const contractPath = "openapi.json"

// contractOf is what the OpenAPI 3.1 description says of the server.
func contractOf(cfg config.Config) openapi31.Options {
	return openapi31.Options{
		Server: cmp.Or(cfg.OpenAPI.ProxyURI, restMount), Anonymous: cfg.REST.AnonRole != "" && !cfg.REST.RequireKey,
	}
}

// descriptionOf is what descriptions say of the server. Under a mount the host is left out: it is the one that a caller
// found the description on, which no setting knows.
func descriptionOf(cfg config.Config, mount string) openapi.Options {
	o := openapi.Options{Security: cfg.OpenAPI.Security}
	switch {
	case cfg.OpenAPI.ProxyURI != "":
		o.Server = openapi.ServerAt(cfg.OpenAPI.ProxyURI)
	case mount != "":
		o.Server = openapi.Server{BasePath: mount}
	default:
		o.Server = openapi.Server{Scheme: "http", Host: listenAddress(cfg.Server), BasePath: "/"}
	}
	return o
}

// listenAddress is where the server listens, as a caller on the same machine would write it.
func listenAddress(s config.Server) string {
	host := s.Host
	switch host {
	case "*", "*4", "!4", "*6", "!6":
		host = "0.0.0.0"
	}
	return net.JoinHostPort(host, strconv.Itoa(s.Port))
}

// Document describes what the caller may use, out of the answer that says so.
func (res resources) Document(a engine.Answer) ([]byte, error) {
	d, ok := a.Plan.Action.(plan.Describe)
	if !ok {
		return nil, fmt.Errorf("describing a schema: the answer is one to %T", a.Plan.Action)
	}
	if d.Rights {
		return res.contractDocument(d, a.Body)
	}
	usable := openapi.Everything()
	if !d.Everything {
		var err error
		if usable, err = openapi.ParseUsable(a.Body); err != nil {
			return nil, err
		}
	}
	return openapi.Document(d.Catalog, d.Schema, usable, res.description)
}

// contractDocument writes the OpenAPI 3.1 description out of the answer that says what the caller may do.
func (res resources) contractDocument(d plan.Describe, answer []byte) ([]byte, error) {
	rights := openapi31.Everything()
	if !d.Everything {
		var err error
		if rights, err = openapi31.ParseRights(answer); err != nil {
			return nil, err
		}
	}
	return openapi31.Document(d.Catalog, d.Schema, rights, res.contract)
}
