package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"golang.org/x/oauth2"
)

func (s *Set) github(p Provider) *party {
	server, api := address(p.URL, "https://github.com"), address(p.APIURL, "https://api.github.com")
	if p.URL != "" && p.APIURL == "" {
		api = server + "/api/v3" // of an enterprise's own server
	}
	at := endpoint{pkce: true, Endpoint: oauth2.Endpoint{
		AuthURL: server + "/login/oauth/authorize", TokenURL: server + "/login/oauth/access_token", AuthStyle: oauth2.AuthStyleInParams,
	}}
	return &party{
		Provider: p, scopes: []string{"user:email"},
		where: func(context.Context) (endpoint, error) { return at, nil },
		who:   func(ctx context.Context, t *oauth2.Token) (Person, error) { return s.githubUser(ctx, api, t) },
	}
}

// githubUser asks GitHub's API, which tells addresses apart from the user.
func (s *Set) githubUser(ctx context.Context, api string, t *oauth2.Token) (Person, error) {
	var user struct {
		ID     int64  `json:"id"`
		Login  string `json:"login"`
		Name   string `json:"name"`
		Avatar string `json:"avatar_url"`
	}
	if err := s.get(ctx, api+"/user", t, &user); err != nil {
		return Person{}, err
	}
	if user.ID == 0 {
		return Person{}, errNobody
	}
	var emails []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	if err := s.get(ctx, api+"/user/emails", t, &emails); err != nil {
		return Person{}, err
	}
	p := Person{Provider: GitHub, ID: strconv.FormatInt(user.ID, 10), Claims: map[string]any{
		"iss": api, "name": user.Name, "full_name": user.Name, "avatar_url": user.Avatar, "user_name": user.Login, "preferred_username": user.Login,
	}}
	for _, e := range emails {
		p.add(e.Email, e.Verified, e.Primary)
	}
	return p, nil
}

// get reads what an API tells the bearer of a token.
func (s *Set) get(ctx context.Context, from string, t *oauth2.Token, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return fmt.Errorf("asking %s: %w", from, err)
	}
	t.SetAuthHeader(r)
	r.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("asking a provider: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written to it
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking %s: it answers %d", from, resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", from, err)
	}
	return nil
}
