package store

import "context"

const siblingsSQL = `
select coalesce(json_agg(s), '[]')
  from auth.sessions as s
 where s.user_id = $1::uuid`

// Siblings gives all sessions of a user, whose id is a UUID, without their methods and in no order.
func (s *Store) Siblings(ctx context.Context, user string) ([]Session, error) {
	var all []Session
	_, err := s.ask(ctx, &all, true, siblingsSQL, text(user))
	return all, err
}
