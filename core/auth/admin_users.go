package auth

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/auth/store"
	"github.com/pergola-dev/pergola/core/auth/wire"
	"github.com/pergola-dev/pergola/core/fault"
)

const (
	defaultPerPage = 50 // GoTrue's

	// maxPerPage is how many users a page has at most, whatever is asked for; more are on the next one. It is GoTrue's bound
	// for pages by cursor, and what one answer of a Lambda (6 MB) can carry when users have some kilobytes of metadata each.
	// GoTrue has none for pages by number.
	maxPerPage = 1000
)

// adminUsers lists users, a page at a time.
func (s *Service) adminUsers(w http.ResponseWriter, r *http.Request) error {
	a, err := s.admin(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p, err := readPage(q)
	if err != nil {
		return fault.New(fault.Invalid, "validation_failed", "Bad Pagination Parameters: "+err.Error())
	}
	oldestFirst, err := readSort(q["sort"])
	if err != nil {
		return fault.New(fault.Invalid, "validation_failed", "Bad Sort Parameters: "+err.Error())
	}
	filter := q.Get("filter")
	if strings.ContainsRune(filter, 0) {
		return fault.New(fault.Invalid, "validation_failed", "Invalid value for filter: it contains a NUL character")
	}
	found, err := s.Flows.AdminUsers(r.Context(), a, store.UserQuery{
		Audience: s.Audience, Filter: strings.ToValidUTF8(filter, "\uFFFD"), OldestFirst: oldestFirst, Limit: p.size, Offset: p.offset(),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Link", p.links(r.URL, found.Total))
	w.Header().Set("X-Total-Count", strconv.FormatInt(found.Total, 10))
	return wire.Send(w, http.StatusOK, wire.NewPage(found.Users, s.Audience))
}

// page is a part of a list. Pages are counted from 1.
type page struct{ number, size int64 }

// readPage reads page and per_page. A page 0 is the first one, as in GoTrue.
func readPage(q url.Values) (p page, err error) {
	p = page{1, defaultPerPage}
	if text := q.Get("page"); text != "" {
		if p.number, err = count(text); err != nil {
			return p, err
		}
	}
	if text := q.Get("per_page"); text != "" {
		if p.size, err = count(text); err != nil {
			return p, err
		}
	}
	if p.size == 0 {
		return p, errors.New("per_page must be greater than 0")
	}
	return page{max(p.number, 1), min(p.size, maxPerPage)}, nil
}

// count reads a whole number from 0. One that no column could count is the greatest that one can.
func count(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	return int64(min(n, math.MaxInt64)), err
}

// offset is how many are on the pages before.
func (p page) offset() int64 {
	if p.number-1 > math.MaxInt64/p.size {
		return math.MaxInt64
	}
	return (p.number - 1) * p.size
}

// links is the header field that leads to the next page, where there is one, and to the last, by addresses without host and
// mount, as GoTrue writes them. auth-js reads the number behind the first "=", and so the page has to stand in front.
func (p page) links(from *url.URL, total int64) string {
	last := (total + p.size - 1) / p.size
	to := func(number int64, rel string) string {
		q := from.Query()
		q.Set("page", strconv.FormatInt(number, 10))
		u := url.URL{Path: from.Path, RawQuery: q.Encode()}
		return "<" + u.String() + `>; rel="` + rel + `"`
	}
	if p.number < last {
		return to(p.number+1, "next") + ", " + to(last, "last")
	}
	return to(last, "last")
}

// readSort reads what a list is sorted by: "created_at", with "asc" or "desc" behind a space. The first counts; a moment that
// two users share is told apart by their ids.
func readSort(asked []string) (oldestFirst bool, err error) {
	for n, text := range asked {
		field, direction, _ := strings.Cut(text, " ")
		if field != "created_at" {
			return false, fmt.Errorf("bad field for sort '%s'", field)
		}
		switch strings.ToLower(direction) {
		case "asc":
			oldestFirst = oldestFirst || n == 0
		case "", "desc":
		default:
			return false, fmt.Errorf("bad direction for sort '%s', only 'asc' and 'desc' allowed", direction)
		}
	}
	return oldestFirst, nil
}
