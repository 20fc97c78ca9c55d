package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// UserQuery says which users an administrator lists.
type UserQuery struct {
	Audience    string
	Filter      string // a part of the address or of the metadata's full_name, in any case of its letters; "" for all users
	OldestFirst bool
	Limit       int64
	Offset      int64
}

// UserPage is a part of the users that a query is about.
type UserPage struct {
	Users []User // without Identities and Factors
	Total int64  // of all pages together
}

// Users made at one moment stand in the order of their ids, so that no page has one of another page.
const (
	newestFirst = `m.created_at desc, m.id desc`
	oldestFirst = `m.created_at, m.id`

	// matchingSQL compares with position and not with like: there is no pattern that a caller could write.
	matchingSQL = `
with matching as (
    select u.id, u.created_at
      from auth.users as u
     where u.aud = $1
       and ` + instance + `
       and ($2 = ''
            or position(lower($2) in lower(u.email)) > 0
            or position(lower($2) in lower(u.raw_user_meta_data ->> 'full_name')) > 0)
), page as (
    select m.id, m.created_at
      from matching as m
     order by `
	pagedSQL = `
     limit $3::bigint
    offset $4::bigint
)
select json_build_object(
           'total', (select count(*) from matching),
           'users', coalesce((
               select json_agg(u order by `
	listedSQL = `)
                 from page as m
                 join auth.users as u on u.id = m.id), '[]'))`

	newestUsersSQL = matchingSQL + newestFirst + pagedSQL + newestFirst + listedSQL
	oldestUsersSQL = matchingSQL + oldestFirst + pagedSQL + oldestFirst + listedSQL
)

// Users gives a page of the users that a query is about. One beyond the last is empty, and has the total all the same.
func (s *Store) Users(ctx context.Context, q UserQuery) (UserPage, error) {
	sql := newestUsersSQL
	if q.OldestFirst {
		sql = oldestUsersSQL
	}
	var row struct {
		Total int64  `json:"total"`
		Users []User `json:"users"`
	}
	_, err := s.ask(ctx, &row, true, sql, text(q.Audience), text(q.Filter), whole(q.Limit), whole(q.Offset))
	for n, u := range row.Users {
		row.Users[n] = person{User: u}.whole()
	}
	return UserPage{Users: row.Users, Total: row.Total}, err
}

// whole is an argument that is a whole number.
func whole(n int64) []byte { return text(strconv.FormatInt(n, 10)) }

// takenSQL looks at the users of all audiences, as the unique columns do.
const takenSQL = `
select json_build_object(
           'email', exists (
               select 1 from auth.users as u
                where lower(u.email) = lower($1) and not u.is_sso_user and u.id is distinct from nullif($3, '')::uuid),
           'phone', exists (
               select 1 from auth.users as u
                where u.phone = nullif($2, '') and u.id is distinct from nullif($3, '')::uuid))`

// Taken reports whether users other than one, whose id is "" for nobody, have an address and a number: it tells what ErrTaken
// was about.
func (s *Store) Taken(ctx context.Context, email, phone, except string) (byEmail, byPhone bool, err error) {
	var row struct {
		Email bool `json:"email"`
		Phone bool `json:"phone"`
	}
	_, err = s.ask(ctx, &row, true, takenSQL, text(email), text(phone), text(except))
	return row.Email, row.Phone, err
}

// Change is what an administrator changes of a user. What is zero stays as it is.
type Change struct {
	UserID           string     `json:"user_id"`
	At               time.Time  `json:"at"`
	Role             string     `json:"role,omitempty"`
	Email            string     `json:"email,omitempty"`
	Phone            string     `json:"phone,omitempty"`
	Password         string     `json:"password,omitempty"` // the hash of a new one; it ends all sessions
	EmailConfirmedAt *time.Time `json:"email_confirmed_at"`
	PhoneConfirmedAt *time.Time `json:"phone_confirmed_at"`
	Ban              bool       `json:"ban"` // whether BannedUntil counts
	BannedUntil      *time.Time `json:"banned_until"`

	// The members of an object are set, each in the place of what it was; one that is null is taken away.
	UserMetadata json.RawMessage `json:"raw_user_meta_data,omitempty"`
	AppMetadata  json.RawMessage `json:"raw_app_meta_data,omitempty"`

	Identities []Identity `json:"identities"` // of a new address and a new number; those that there are get the data of these
	Entries    []Entry    `json:"entries"`
}

// changeUserSQL takes one-time tokens away when there is a new password, when what they were sent to is another's now, and when
// it is confirmed without them.
const changeUserSQL = `
with asked as (
    select r.*
      from json_to_record($1::json) as r (
           user_id uuid, at timestamptz, role text, email text, phone text, password text, email_confirmed_at timestamptz,
           phone_confirmed_at timestamptz, raw_user_meta_data jsonb, raw_app_meta_data jsonb, ban boolean, banned_until timestamptz,
           identities json, entries json)
), member as (
    update auth.users as u
       set updated_at = r.at, role = coalesce(r.role, u.role), email = coalesce(r.email, u.email), phone = coalesce(r.phone, u.phone),
           encrypted_password = coalesce(r.password, u.encrypted_password),
           email_confirmed_at = coalesce(r.email_confirmed_at, u.email_confirmed_at),
           phone_confirmed_at = coalesce(r.phone_confirmed_at, u.phone_confirmed_at),
           is_anonymous = u.is_anonymous
                      and (r.email is null or r.email_confirmed_at is null)
                      and (r.phone is null or r.phone_confirmed_at is null),
           raw_user_meta_data = ` + changedUserMetadata + `,
           raw_app_meta_data = ` + changedAppMetadata + `,
           banned_until = case when r.ban then r.banned_until else u.banned_until end,
           confirmation_sent_at = case when r.password is null then u.confirmation_sent_at end,
           recovery_sent_at = case when r.password is null then u.recovery_sent_at end,
           email_change_sent_at = case when r.password is null then u.email_change_sent_at end,
           phone_change_sent_at = case when r.password is null then u.phone_change_sent_at end,
           reauthentication_sent_at = case when r.password is null then u.reauthentication_sent_at end
      from asked as r
     where u.id = r.user_id
       and ` + instance + `
    returning u.*
), ended as (
    delete from auth.sessions as s
     using member as u, asked as r
     where s.user_id = u.id
       and r.password is not null
), cleared as (
    delete from auth.one_time_tokens as t
     using member as u, asked as r
     where t.user_id = u.id
       and (coalesce(r.password, r.email, r.phone) is not null
            or coalesce(r.email_confirmed_at, r.phone_confirmed_at) is not null)
), changed_identities as (
    insert into auth.identities as i (id, provider_id, user_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
    select n.id, n.provider_id, n.user_id, n.provider, n.identity_data, n.last_sign_in_at, n.created_at, n.updated_at
      from asked as r
      join member as u on u.id = r.user_id
     cross join json_populate_recordset(null::auth.identities, r.identities) as n
        on conflict (provider_id, provider) do update
       set identity_data = i.identity_data || excluded.identity_data, updated_at = excluded.updated_at
     where i.user_id = excluded.user_id
    returning i.*
` + entriesFollow + `
select json_build_object(
           'user', row_to_json(u),
           'identities', coalesce((
               select json_agg(i order by i.created_at, i.id)
                 from (select * from changed_identities
                       union all select o.*
                                   from auth.identities as o
                                  where o.user_id = u.id and o.id not in (select c.id from changed_identities as c)) as i), '[]'),
           ` + factorsOf + `)
  from member as u`

// ChangeUser changes a user and writes lines of the audit log, and gives the user as they are then; false when there is none.
// The error is ErrTaken where the address or the number belongs to somebody else, and then nothing is written.
func (s *Store) ChangeUser(ctx context.Context, c Change) (User, bool, error) {
	var p person
	c.Identities, c.Entries = append([]Identity{}, c.Identities...), s.entries(c.Entries)
	found, err := s.ask(ctx, &p, false, changeUserSQL, record(c))
	return p.whole(), found, err
}
