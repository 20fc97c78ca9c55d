package store

import (
	"context"
	"strconv"
	"time"
)

// NewFactor is what the enrolment of a second factor writes.
type NewFactor struct {
	Factor  Factor
	Session string    // of the user who enrols it
	Stale   time.Time // factors made earlier that were never challenged nor verified make room
	Most    int       // how many factors a user may have
	Entry   Entry

	MostVerified int // how many verified ones
}

// addFactorSQL counts what is left when the stale ones are gone. The session is asked anew, as it may have lost its level.
const addFactorSQL = `
with stale as (
    delete from auth.mfa_factors as f
     using json_populate_record(null::auth.mfa_factors, $1::json) as r
     where f.user_id = r.user_id
       and f.status = 'unverified'
       and f.last_challenged_at is null
       and f.created_at < $3::timestamptz
    returning f.id
), others as (
    select f.friendly_name, f.status
      from auth.mfa_factors as f
      join json_populate_record(null::auth.mfa_factors, $1::json) as r on r.user_id = f.user_id
     where f.id not in (select id from stale)
), new_factor as (
    insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
    select r.id, r.user_id, r.friendly_name, r.factor_type, r.status, r.secret, r.created_at, r.created_at
      from json_populate_record(null::auth.mfa_factors, $1::json) as r
      join auth.sessions as s on s.user_id = r.user_id
     where s.id = $2::uuid
       and (s.aal = 'aal2' or not exists (select 1 from others where status = 'verified'))
       and not exists (select 1 from others where coalesce(friendly_name, '') = r.friendly_name)
       and (select count(*) from others) < $4::integer
       and (select count(*) from others where status = 'verified') < $6::integer
    returning *
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $5::json) as r
      join new_factor as f on true
     where r.id is not null
)
select row_to_json(f)
  from new_factor as f`

// AddFactor writes a factor, if the user has none of its name and not too many, and if the session has the level
// aal2 or the user no verified factor; false when not, and then nothing is written. The error is ErrTaken where another
// factor of that name came in between.
func (s *Store) AddFactor(ctx context.Context, n NewFactor) (Factor, bool, error) {
	var made Factor
	found, err := s.ask(ctx, &made, false, addFactorSQL,
		record(n.Factor), text(n.Session), moment(n.Stale), text(strconv.Itoa(n.Most)), s.entry(n.Entry), text(strconv.Itoa(n.MostVerified)))
	return made, found, err
}

const renameFactorSQL = `
with renamed as (
    update auth.mfa_factors as f
       set friendly_name = coalesce(nullif(r.friendly_name, ''), f.friendly_name),
           phone = case when f.factor_type = 'phone' then coalesce(nullif(r.phone, ''), f.phone) else f.phone end,
           updated_at = r.updated_at
      from json_populate_record(null::auth.mfa_factors, $1::json) as r
     where f.id = r.id
       and f.user_id = r.user_id
       and not exists (
           select 1
             from auth.mfa_factors as o
            where o.user_id = r.user_id
              and o.id <> r.id
              and o.friendly_name = nullif(r.friendly_name, ''))
    returning f.*
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $2::json) as r
      join renamed as f on true
     where r.id is not null
)
select row_to_json(f)
  from renamed as f`

// RenameFactor gives a factor the friendly name, and one that is a phone the number, of the factor with the same id and user;
// an empty one keeps what there is. It is false when there is no such factor, or another one of the user has the name.
func (s *Store) RenameFactor(ctx context.Context, f Factor, e Entry) (Factor, bool, error) {
	to := record(struct {
		ID        string    `json:"id"`
		UserID    string    `json:"user_id"`
		Name      string    `json:"friendly_name"`
		Phone     string    `json:"phone"`
		UpdatedAt time.Time `json:"updated_at"`
	}{f.ID, f.UserID, f.FriendlyName, f.Phone, f.UpdatedAt})
	var renamed Factor
	found, err := s.ask(ctx, &renamed, false, renameFactorSQL, to, s.entry(e))
	return renamed, found, err
}

// Removal is what takes a factor away.
type Removal struct {
	Factor, User string
	// Session is the one that has to have the level aal2 if the factor is verified; "" for an administrator's.
	Session string
	At      time.Time
	Entry   Entry
}

// removeFactorSQL lowers the sessions that the factor has raised. GoTrue names the methods of other factors than apps with
// mfa/ in front.
const removeFactorSQL = `
with removed as (
    delete from auth.mfa_factors as f
     where f.id = $1::uuid
       and f.user_id = $2::uuid
       and (f.status = 'unverified' or $3 = '' or exists (
           select 1 from auth.sessions as s where s.id = nullif($3, '')::uuid and s.user_id = f.user_id and s.aal = 'aal2'))
    returning f.*
), lowered as (
    update auth.sessions as s
       set aal = 'aal1', factor_id = null, updated_at = $4::timestamptz
      from removed as f
     where s.user_id = f.user_id
       and s.factor_id = f.id
    returning s.id, f.factor_type
), forgotten_methods as (
    delete from auth.mfa_amr_claims as m
     using lowered as s
     where m.session_id = s.id
       and m.authentication_method in (s.factor_type::text, 'mfa/' || s.factor_type::text)
), forgotten_guards as (
    delete from auth_internal.factor_guards as g
     using removed as f
     where g.factor_id = f.id
), new_entry as (` + writeEntry + `
      from json_populate_record(null::auth.audit_log_entries, $5::json) as r
      join removed as f on true
     where r.id is not null
)
select row_to_json(f)
  from removed as f`

// RemoveFactor takes a factor away and lowers the sessions that have their level by it, and gives the factor as it was; false
// when the user has no such factor, or the session may not take it away, and then nothing is written.
func (s *Store) RemoveFactor(ctx context.Context, r Removal) (Factor, bool, error) {
	var removed Factor
	found, err := s.ask(ctx, &removed, false, removeFactorSQL, text(r.Factor), text(r.User), text(r.Session), moment(r.At), s.entry(r.Entry))
	return removed, found, err
}
