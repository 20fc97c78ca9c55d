-- Names what the database lacks, in the order in which it can be added. Each name is a file beside this one,
-- or, with auth_ before it, a function of the schema auth.
select item.name
from (values
  (1, 'role_anon', to_regrole('anon') is not null),
  (2, 'role_authenticated', to_regrole('authenticated') is not null),
  (3, 'role_service_role', to_regrole('service_role') is not null),
  (4, 'role_authenticator', to_regrole('authenticator') is not null),
  (5, 'authenticator_membership', 3 = (
    select count(distinct m.roleid)
    from pg_auth_members m
    where m.member = to_regrole('authenticator')
      and m.roleid in (to_regrole('anon'), to_regrole('authenticated'), to_regrole('service_role')))),
  (6, 'schema_auth', to_regnamespace('auth') is not null),
  (7, 'auth_jwt', to_regprocedure('auth.jwt()') is not null),
  (8, 'auth_uid', to_regprocedure('auth.uid()') is not null),
  (9, 'auth_role', to_regprocedure('auth.role()') is not null),
  (10, 'auth_email', to_regprocedure('auth.email()') is not null),
  (11, 'public_privileges', 3 = (
    select count(distinct granted.grantee)
    from pg_default_acl d
    cross join lateral aclexplode(d.defaclacl) as granted
    where d.defaclrole = to_regrole(quote_ident(current_user))
      and d.defaclnamespace = to_regnamespace('public')
      and d.defaclobjtype = 'r'
      and granted.grantee in (to_regrole('anon'), to_regrole('authenticated'), to_regrole('service_role'))))
) as item (place, name, present)
where not item.present
order by item.place
