package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const refreshText = `Has a server read the schema anew, and the settings that are kept in the database; it answers when that is done.

Without --url it is the running "pergola dev" of the data directory. A server is asked with a key of service_role, of either
form. Where several processes or functions answer behind one address, one of them is reached: there, NOTIFY pgrst, 'reload
schema' reaches all that listen.`

// refreshTimeout bounds the wait: a big schema takes seconds.
const refreshTimeout = time.Minute

// runRefresh asks a server over HTTP. "pergola serve rest" has no such path: it hears notifications and SIGUSR1.
func runRefresh(ctx context.Context, args []string, io IO) error {
	f := newFlags("refresh [FLAGS]", refreshText)
	address := f.String("url", "", "`URL` of the server, as for createClient")
	key := f.String("key", "", "the service_role `KEY`; - reads it from standard input")
	data := f.String("data", defaultData, "`DIR` of the running \"pergola dev\"")
	if err := f.parse(args, io.Stdout); err != nil {
		return err
	}
	if (*address == "") != (*key == "") {
		return usagef("--url and --key belong together: the key is that of the role service_role")
	}
	target, err := refreshTarget(*address, *key, *data, io.Stdin)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	if err := askToRefresh(ctx, target); err != nil {
		return err
	}
	_, err = fmt.Fprintln(io.Stdout, "The schema has been read anew.")
	return err
}

// refreshTarget is whom to ask: the server of the arguments, or the running `pergola dev`.
func refreshTarget(address, key, data string, stdin io.Reader) (readiness, error) {
	if address == "" {
		return readRunning(data)
	}
	if key == "-" {
		text, err := io.ReadAll(io.LimitReader(stdin, 64<<10))
		if err != nil {
			return readiness{}, fmt.Errorf("reading the key: %w", err)
		}
		key = strings.TrimSpace(string(text))
	}
	return readiness{URL: address, ServiceKey: key}, nil
}

// askToRefresh sends the request.
func askToRefresh(ctx context.Context, target readiness) error {
	where, err := url.JoinPath(target.URL, "rest/v1/_refresh")
	if err != nil {
		return usagef("--url %s: %v", target.URL, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, where, nil)
	if err != nil {
		return usagef("--url %s: %v", target.URL, err)
	}
	req.Header.Set("Apikey", cmp.Or(target.SecretKey, target.ServiceKey))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the server: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return refusal(where, res)
}

// refusal is what the server had against it.
func refusal(where string, res *http.Response) error {
	var said struct{ Message string }
	body := io.LimitReader(res.Body, 64<<10)
	if err := json.NewDecoder(body).Decode(&said); err != nil || said.Message == "" {
		return fmt.Errorf("%s answers %s", where, res.Status)
	}
	return fmt.Errorf("%s answers %s: %s", where, res.Status, said.Message)
}
