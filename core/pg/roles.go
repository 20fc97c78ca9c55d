package pg

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pergola-dev/pergola/core/catalog"
)

// rolesSQL reads the settings of the roles that the connection's role may become, as far as it may change them: those
// that anyone may, and all of them for a superuser. The views pg_roles and pg_settings say the same, but it takes the server
// longer to open them than to answer.
const rolesSQL = `
select pg_get_userbyid(s.setrole), e.entry
  from pg_db_role_setting s
  cross join unnest(s.setconfig) with ordinality as e (entry, place)
  join pg_show_all_settings() g on g.name = split_part(e.entry, '=', 1)
 where s.setdatabase = 0
   and s.setrole <> 0
   and pg_has_role(current_user, s.setrole, 'member')
   and (g.context = 'user' or g.context = 'superuser' and current_setting('is_superuser')::boolean)
 order by s.setrole, e.place`

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
