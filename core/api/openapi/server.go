package openapi

import "net/url"

// Server is where the API can be reached. What is "" is where the document itself was found (OpenAPI 2.0, "OpenAPI Object").
type Server struct {
	Scheme   string // "http" or "https"
	Host     string // with its port
	BasePath string // what all paths begin with
}

// defaultPorts are the ports of the schemes, which the document always spells out.
var defaultPorts = map[string]string{"http": "80", "https": "443"}

// ServerAt takes an http or https address apart. Of anything else it gives the zero Server.
func ServerAt(address string) Server {
	u, err := url.Parse(address)
	if err != nil || defaultPorts[u.Scheme] == "" || u.Hostname() == "" {
		return Server{}
	}
	s := Server{Scheme: u.Scheme, Host: u.Host, BasePath: u.Path}
	if u.Port() == "" {
		s.Host += ":" + defaultPorts[u.Scheme]
	}
	if s.BasePath == "" {
		s.BasePath = "/"
	}
	return s
}
