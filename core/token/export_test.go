package token

// FirstAt selects in claims with a role claim path, for the tests of the path grammar.
func FirstAt(text string, claims map[string]any) (any, bool, error) {
	p, err := parsePath(text)
	if err != nil {
		return nil, false, err
	}
	found, ok := p.first(claims)
	return found, ok, nil
}
