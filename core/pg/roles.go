package pg

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// rolesSQL reads the settings of the roles that the connection's role may become, as far as it may change them: those
// that anyone may, and all of them for a superuser.
const rolesSQL = `
select r.rolname, s.entry
  from pg_roles r
  cross join unnest(r.rolconfig) with ordinality as s (entry, place)
  join pg_settings g on g.name = split_part(s.entry, '=', 1)
 where pg_has_role(current_user, r.oid, 'member')
   and (g.context = 'user'
        or g.context = 'superuser' and (select u.rolsuper from pg_roles u where u.rolname = current_user))
 order by r.rolname, s.place`

func (r *reading) scanRoles(rows pgx.Rows) error {
	r.src.Roles = map[string]catalog.RoleSettings{}
	var role, entry string
	_, err := pgx.ForEachRow(rows, []any{&role, &entry}, func() error {
		name, value, _ := strings.Cut(entry, "=")
		settings := r.src.Roles[role]
		if name == "default_transaction_isolation" {
			settings.Isolation = strings.ToLower(value)
		} else {
			settings.Settings = append(settings.Settings, catalog.Setting{Name: name, Value: value})
		}
		r.src.Roles[role] = settings
		return nil
	})
	return err
}
